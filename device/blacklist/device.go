// Package blacklist is the device blacklist@1.0: what a node does not serve.
package blacklist

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "blacklist@1.0"

const doc = `Refuses requests for content that the node's operator does not serve.

As a request hook the device looks at every ID in a request: in its path, in links, commitments and all nested values. When one of
them is listed, the request is not executed and answered 451, with "reason" content-policy and the ID under "blocked-id". As a response
hook it looks at the answer likewise, which also finds what a name, a manifest or a process leads to:

    "blacklist_providers": ["/~relay@1.0/call&relay-path=\"https://example.org/ids.txt\""],
    "on": {"request": [{"device": "name@1.0"}, {"device": "blacklist@1.0"}], "response": {"device": "blacklist@1.0"}}

The lists come from the option "blacklist_providers": paths and messages whose result, or its body, is text with an ID a line; lines that
are empty or begin with "#" do not count. They are read again every "blacklist_refresh_frequency" seconds, in the background; a list that
cannot be read then stays as it was. Until each has been read once, "blacklist_fallback" decides: "halt" answers 503, "continue" serves;
a request waits for the lists, at most "blacklist_timeout" milliseconds. What "blacklist_whitelist" lists is served meanwhile, so that
the operator can still configure the node.

    curl http://localhost:8734/~blacklist@1.0/info/lists
    # 0`

var (
	optProviders = ao.Option{Name: "blacklist_providers", Default: message.NewList(), Doc: "Paths and messages whose results are lists of IDs that the node does not serve, one a line."}
	optRefresh   = ao.Option{Name: "blacklist_refresh_frequency", Default: message.Int(300), Doc: "Seconds after which the lists are read again."}
	optFallback  = ao.Option{Name: "blacklist_fallback", Default: message.Binary("halt"), Doc: "What happens to requests while a list has never been read: halt (503) or continue."}
	optTimeout   = ao.Option{Name: "blacklist_timeout", Default: message.Int(1000), Doc: "Milliseconds that a request waits for lists that have never been read."}
	optWhitelist = ao.Option{Name: "blacklist_whitelist", Default: message.Strings([]string{"/~meta@1.0/info", "/~hyperbuddy@1.0/*"}),
		Doc: `Paths that are served while lists have not been read: exact ones, or all that begin with what is before "*".`}
)

// New returns the device, which reads the lists in the background and keeps
// them.
func New(run Background) *ao.Device {
	d := &device{lists{background: run}}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "request", Doc: "As a request hook: refuses requests that name a listed ID.", Reads: "request: request, body", Run: d.request},
			{Name: "response", Doc: "As a response hook: refuses answers that name a listed ID.", Reads: "request: body", Run: d.response},
			{Name: "info", Doc: "How many lists there are, how many have been read, and how many IDs they have.", Run: d.info},
		},
		Options: []ao.Option{optProviders, optRefresh, optFallback, optTimeout, optWhitelist},
		Examples: []ao.Example{
			{Path: `/~blacklist@1.0/info/lists`, Answer: "0"},
		},
	}
}

type device struct{ lists lists }

// request is the request hook (spec 05, 5.2).
func (d *device) request(c *ao.Call) (message.Value, error) {
	in := c.Request()
	original, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	m, ok := original.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, Name+"/request", "the hook has no request")
	}
	known, complete, err := d.lists.known(c)
	if err != nil {
		return nil, err
	}
	if !complete && optFallback.Text(&c.Env) != "continue" && !exempt(c, m) {
		return nil, &ao.Outcome{Status: ao.Unavailable, Value: message.Of(
			message.P("status", message.Int(503)), message.P("reason", message.Binary("content-policy")),
			message.P("body", message.Binary("This node has not read its content policy yet. Try again soon.")))}
	}
	if hit := known.find(in.Without(path.Key, "method")); hit != "" {
		return in.Set("body", message.NewList(refusal(hit))), nil
	}
	return in, nil
}

// response is the response hook.
func (d *device) response(c *ao.Call) (message.Value, error) {
	in := c.Request()
	body, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	known, _, err := d.lists.known(c)
	if err != nil {
		return nil, err
	}
	if hit := known.find(body); hit != "" && !refused(body) {
		return in.Set("body", refusal(hit)), nil
	}
	return in, nil
}

// refusal is the answer to a request for listed content (RFC 7725).
func refusal(hit string) *message.Message {
	return message.Of(
		message.P("status", message.Int(451)),
		message.P("reason", message.Binary("content-policy")),
		message.P("blocked-id", message.Binary(hit)),
		message.P("body", message.Binary("This node does not serve the content that was asked for.")))
}

// refused reports whether an answer is a refusal already.
func refused(v message.Value) bool {
	m, ok := v.(*message.Message)
	return ok && message.Equal(m, refusal(m.Text("blocked-id")))
}

// exempt reports whether a request is served while there are no lists. A path
// that does more than name a plain place is not: it might reach content.
func exempt(c *ao.Call, m *message.Message) bool {
	p := m.Text(path.Key)
	p, _, _ = strings.Cut(p, "?")
	if strings.ContainsAny(p, "&()=+%") || strings.Contains(p, "..") {
		return false
	}
	p = "/" + strings.Trim(p, "/")
	allowed, _ := optWhitelist.In(&c.Env).(*message.List)
	if n, ok := optWhitelist.In(&c.Env).(*message.Message); ok {
		allowed, _ = n.List()
	}
	if allowed == nil {
		return false
	}
	for _, v := range allowed.All() {
		text, _ := message.Text(v)
		begin, open := strings.CutSuffix(text, "*")
		if p == text || open && strings.HasPrefix(p, begin) {
			return true
		}
	}
	return false
}

// info says what has been read.
func (d *device) info(c *ao.Call) (message.Value, error) {
	lists, read, ids := d.lists.count(c)
	return message.Of(message.P("lists", message.Int(lists)), message.P("read", message.Int(read)), message.P("ids", message.Int(ids))), nil
}
