package ao

import (
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Subject returns the message a request is about, as schedulers and push read
// it (spec 03, 3.2.1): the request itself when its key "subject" is "self", the
// message under the key that "subject" names, and without one the message under
// "body" or else the request. It fails with kind Invalid when the named key
// holds no message.
func (c *Call) Subject() (*message.Message, error) {
	req := c.Request()
	name := req.Text("subject")
	if name == "self" {
		return req, nil
	}
	key := name
	if key == "" {
		key = "body"
	}
	v, _, err := c.Lookup(req, key)
	if err != nil {
		return nil, err
	}
	if m, ok := v.(*message.Message); ok {
		return m, nil
	}
	if name != "" {
		return nil, fail.New(fail.Invalid, "ao.Subject", "the subject %.64q of the request is not a message", name)
	}
	return req, nil
}
