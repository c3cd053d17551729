package manifest

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// request is the hook that makes manifests sites (spec 05, 5.7). It returns its
// input, with another sequence if the request is for a manifest. A call that is
// not that of the hook asks for a file of this name.
func (d *device) request(c *ao.Call) (message.Value, error) {
	in := c.Request()
	v, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	seq, ok := v.(*message.List)
	if !ok {
		return d.file(c)
	}
	if seq.Len() == 0 {
		return in, nil
	}
	m, err := first(c, seq.At(0))
	if err != nil || m == nil {
		return in, err
	}
	s, err := d.read(c, m)
	if err != nil {
		return nil, err
	}
	return in.Set("body", message.NewList(s.sequence(c, seq)...)), nil
}

// first returns the manifest that the first message of a sequence is, or nil.
func first(c *ao.Call, v message.Value) (*message.Message, error) {
	if name, ok := v.(message.Binary); ok && id.Is(string(name)) {
		var err error
		if v, err = c.Cache.ReadLazy(c.Ctx, string(name)); fail.Is(err, fail.NotFound) {
			return nil, nil // which the request will be told
		} else if err != nil {
			return nil, err
		}
	}
	m, ok := v.(*message.Message)
	if !ok || m.Has("device") || !strings.HasPrefix(strings.ToLower(m.Text("content-type")), ContentType) {
		return nil, nil
	}
	return m, nil
}

// sequence returns the sequence of a request for the site.
func (s site) sequence(c *ao.Call, seq *message.List) []message.Value {
	rest := make([]message.Value, 0, seq.Len())
	for i, v := range seq.All() {
		if i > 0 {
			rest = append(rest, v)
		}
	}
	base := message.Value(&message.As{Device: message.Binary(Name), Message: seq.At(0)})
	if len(rest) == 0 {
		req, _ := c.Request().Get("request")
		m, _ := req.(*message.Message)
		return []message.Value{base, m.Without(message.CommitmentsKey).Set(path.Key, message.Binary("index"))}
	}
	if file, n := s.detour(c, rest); file != "" {
		return append([]message.Value{message.Binary(file)}, rest[n:]...)
	}
	return append([]message.Value{base}, rest...)
}

// detour returns the file that a request means where going from folder to
// folder would not come to it, and how many messages name it: a path that goes
// on below a file, one that ends in a folder, and one that ends further down
// than anything.
func (s site) detour(c *ao.Call, rest []message.Value) (file string, n int) {
	names, plain := namesOf(rest)
	files := 0 // on the way
	for i := range names {
		at, isFile, isFolder := s.File(strings.Join(names[:i+1], "/"))
		if isFile {
			if files++; files > 1 {
				file, n = at, i+1
			}
		}
		if !isFile && !isFolder {
			break
		}
	}
	if files > 0 || !plain || names[0] == "index" {
		return file, n
	}
	return s.instead(c), len(rest)
}

// namesOf returns the keys that the messages of a sequence name, up to the
// first that does more, and whether there is none of these.
func namesOf(rest []message.Value) (names []string, plain bool) {
	for _, v := range rest {
		m, ok := v.(*message.Message)
		if !ok || m.Text(path.Key) == "" {
			return names, false
		}
		names = append(names, m.Text(path.Key))
	}
	return names, true
}
