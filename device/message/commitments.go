package message

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

var optCommitDevice = ao.Option{Name: "commitment_device", Default: message.Binary(httpsig.Name), Doc: "Codec that commits when a request names none."}

// id returns the ID of the base (spec 01, 8.2).
func id(c *ao.Call) (message.Value, error) {
	s, err := commit.SelectionOf(c.Request())
	if err != nil {
		return nil, err
	}
	i, err := commit.SelectedID(c.Ctx, c.Base, s)
	if err != nil {
		return nil, err
	}
	return message.Binary(i.String()), nil
}

// target returns the message a request is about: the base, or the value of the
// request key that "target" names (spec 01, 7.5).
func target(c *ao.Call) (*message.Message, error) {
	req := c.Request()
	t, ok := req.Get("target")
	if !ok || t == message.Value(message.Binary("self")) {
		return c.Base, nil
	}
	name, _ := message.Text(t)
	v, found, err := c.Lookup(req, name)
	if err == nil && !found {
		v, found, err = c.Lookup(req, "body")
	}
	if err != nil {
		return nil, err
	}
	m, isMsg := v.(*message.Message)
	if !found || !isMsg {
		return nil, fail.New(fail.Invalid, "message@1.0/target", "the request has no message under %.64q or body", name)
	}
	return m, nil
}

// commitKey commits with the key of the node (spec 01, 8.4). Over the network
// only the operator may ask for it: else anyone could have the node say, and
// order, anything.
func commitKey(c *ao.Call) (message.Value, error) {
	m, err := target(c)
	if err != nil {
		return nil, err
	}
	req := c.Request()
	if c.Remote() && req.Text("secret") == "" && req.Text(commit.FieldType) != "unsigned" && !c.FromOperator(path.Key, "target", "body", commit.FieldCommitted, commit.FieldType, commit.FieldBundle) {
		return nil, ao.Refuse(403, "Only the operator can have this node sign a message.")
	}
	bundle, _ := req.Get("bundle")
	spec := commit.Spec{
		Device: req.Text(commit.FieldDevice), Type: req.Text(commit.FieldType),
		Bundle: message.IsTrue(bundle),
		KeyID:  req.Text(commit.FieldKeyID), Scheme: req.Text("scheme"), Secret: req.Text("secret"),
	}
	if spec.Device == "" {
		spec.Device = optCommitDevice.Text(&c.Env)
	}
	if req.Has(commit.FieldCommitted) {
		spec.Committed = append([]string{}, message.CommittedBy(req)...)
	}
	return commit.Commit(c.Ctx, c.Codec(), m, c.Env.Key(), spec)
}

// verify checks the selected commitments (spec 01, 8.5).
func verify(c *ao.Call) (message.Value, error) {
	m, err := target(c)
	if err != nil {
		return nil, err
	}
	s, err := commit.SelectionOf(c.Request())
	if err != nil {
		return nil, err
	}
	err = commit.Verify(c.Ctx, c.Codec(), m, s, c.Request().Text("secret"))
	if fail.Is(err, fail.Unauthorized) {
		return message.False, nil
	}
	return message.True, err
}

// committed lists covered keys (spec 01, 8.6).
func committed(c *ao.Call) (message.Value, error) {
	s, err := commit.SelectionOf(c.Request())
	if err != nil {
		return nil, err
	}
	ids, err := s.Of(c.Base)
	if err != nil {
		return nil, err
	}
	raw, _ := c.Request().Get("raw")
	return message.Strings(c.Base.Committed(ids, raw == message.Value(message.True))), nil
}

// committers lists who has committed (spec 01, 8.3).
func committers(c *ao.Call) (message.Value, error) {
	return message.Strings(commit.Committers(c.Base)), nil
}
