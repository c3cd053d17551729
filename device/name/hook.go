package name

import (
	"net"
	"net/netip"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// hook is the request hook.
type hook struct{ host *message.Slot[string] }

// request puts what the host of a request stands for before its sequence (spec
// 05, 5.6). A call that is not that of the hook asks for a name.
func (h hook) request(c *ao.Call) (message.Value, error) {
	in := c.Request()
	original, err := c.Arg("request")
	if err != nil {
		return nil, err
	}
	v, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	m, ok := original.(*message.Message)
	seq, isList := v.(*message.List)
	if !ok || !isList {
		return find(c)
	}
	name := label(h.of(m), optHost.Text(&c.Env))
	if name == "" {
		return in, nil
	}
	first, err := begin(c, name)
	if err != nil {
		return nil, err
	}
	if first == nil {
		if seq.Len() == 0 {
			return nil, ao.Refuse(404, "Not Found")
		}
		return in, nil
	}
	if seq.Len() > 0 && sameID(first[0], seq.At(0)) {
		return in, nil
	}
	for i, v := range seq.All() {
		if m, ok := v.(*message.Message); ok && i == 0 && !m.Has(path.Key) {
			continue // the empty base of a path that begins with a key
		}
		first = append(first, v)
	}
	return in.Set("body", message.NewList(first...)), nil
}

// of returns the host that a request is for, "" when nobody has said it.
func (h hook) of(m *message.Message) string {
	if s := m.Text("host"); s != "" || h.host == nil {
		return s
	}
	s, _ := h.host.In(m)
	return s
}

// label returns the name at the beginning of a host, "" when there is none: an
// address, the node itself, a host of one label.
func label(host, node string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return ""
	}
	name, rest, ok := strings.Cut(host, ".")
	if node = strings.ToLower(node); !ok || rest == "" || node != "" && rest != node {
		return ""
	}
	return name
}

// begin returns the beginning of the sequence that a name stands for, nil when
// nobody knows the name.
func begin(c *ao.Call, name string) ([]message.Value, error) {
	v, err := resolve(c, name)
	if err != nil || v == nil {
		return nil, err
	}
	text, ok := message.Text(v)
	switch {
	case !ok:
		return []message.Value{v}, nil
	case id.Is(text):
		return []message.Value{message.Binary(text)}, nil
	}
	return path.ParseText(text)
}

// sameID reports whether two elements of a sequence are the same ID.
func sameID(a, b message.Value) bool {
	if as, ok := b.(*message.As); ok {
		b = as.Message
	}
	x, ok := a.(message.Binary)
	y, ok2 := b.(message.Binary)
	if !ok || !ok2 {
		return false
	}
	i, err := id.Parse(string(x))
	j, err2 := id.Parse(string(y))
	return err == nil && err2 == nil && i == j
}
