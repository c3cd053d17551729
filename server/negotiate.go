package server

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// codecs are the formats that the server speaks, by device name.
type codecs map[string]codec.Codec

func newCodecs(more []codec.Codec) (codecs, error) {
	out := codecs{httpsig.Name: httpsig.Codec{}, json.Name: json.Codec{}}
	for _, c := range more {
		if old, dup := out[c.Name()]; dup && old != c {
			return nil, fail.New(fail.Conflict, "server.New", "two codecs are called %q", c.Name())
		}
		out[c.Name()] = c
	}
	return out, nil
}

// named returns the codec of a device name, or of the part behind the slash of
// "application/NAME" and "device/NAME", with or without version (spec 02,
// 13.2).
func (c codecs) named(text string) (codec.Codec, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if kind, name, ok := strings.Cut(text, "/"); ok {
		if kind != "application" && kind != "device" {
			return nil, false
		}
		text = name
	} else if !strings.Contains(text, "@") {
		return nil, false
	}
	if !strings.Contains(text, "@") {
		text += "@1.0"
	}
	got, ok := c[text]
	return got, ok
}

// accepted returns the codec that a list of media ranges prefers (RFC 9110,
// 12.5.1): the registered one with the highest quality, the earlier of two
// equals. Ranges that match anything, and HTML, stand for the default.
func (c codecs) accepted(list string, otherwise codec.Codec) codec.Codec {
	best, bestQ := otherwise, 0.0
	for r := range strings.SplitSeq(list, ",") {
		name, params, _ := strings.Cut(r, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		got, ok := c.named(name)
		if !ok {
			switch name {
			case "*/*", "application/*", "text/html", "text/*":
				got = otherwise
			default:
				continue
			}
		}
		if q := quality(params); q > bestQ {
			best, bestQ = got, q
		}
	}
	return best
}

// quality returns the weight of a media range, 1 when it has none.
func quality(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(k, "q") {
			if q, err := strconv.ParseFloat(v, 64); err == nil && q >= 0 && q <= 1 {
				return q
			}
			return 0
		}
	}
	return 1
}

// inbound returns the codec of a request (spec 02, 11.2).
//
// # Errors
//
// [fail.Unsupported] when codec-device names a codec that is not registered.
func (s *Server) inbound(w *wire, set *settings) (codec.Codec, error) {
	if v, ok := w.header("codec-device"); ok {
		name, _ := message.Text(v)
		if c, ok := s.codecs[strings.TrimSpace(name)]; ok {
			return c, nil
		}
		return nil, fail.New(fail.Unsupported, "server.Codec", "this node has no codec %.64q; it has %s", name, s.codecs.list())
	}
	if v, ok := w.header("content-type"); ok {
		text, _ := message.Text(v)
		media, _, _ := strings.Cut(text, ";")
		if c, ok := s.codecs.named(media); ok {
			return c, nil
		}
	}
	if c, ok := s.codecs[set.defaultCodec]; ok {
		return c, nil
	}
	return s.codecs[httpsig.Name], nil
}

// list names the registered codecs.
func (c codecs) list() string {
	var names []string
	for n := range c {
		names = append(names, n)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// wishes say how a client wants its reply.
type wishes struct {
	required codec.Codec // whatever the reply is, or nil
	accepted codec.Codec // unless the reply has a content-type
	bundle   bool
	headers  string // of access-control-request-headers
}

// wishesOf reads what a request says about its reply: the keys of the message,
// of the query and of the headers, in this order (spec 02, 13.2 and 13.3; spec
// 06, 15.1).
//
// # Errors
//
// [fail.Unsupported] when the required codec is not registered.
func (s *Server) wishesOf(m *message.Message, w *wire) (wishes, error) {
	get := func(key string) string {
		v, ok := m.Get(key)
		if !ok {
			v, _ = w.header(key)
		}
		text, _ := message.Text(v)
		return text
	}
	otherwise := s.codecs[httpsig.Name]
	out := wishes{accepted: otherwise, bundle: get("accept-bundle") == "true", headers: w.fields.Text("access-control-request-headers")}
	if text := get("accept"); text != "" {
		out.accepted = s.codecs.accepted(text, otherwise)
	}
	if text := get("accept-codec"); text != "" {
		out.accepted = s.codecs.accepted(text, out.accepted)
	}
	if text := get("require-codec"); text != "" {
		c, ok := s.codecs.named(text)
		if !ok {
			return out, fail.New(fail.Unsupported, "server.Codec", "this node has no codec %.64q to answer with; it has %s", text, s.codecs.list())
		}
		out.required = c
	}
	return out, nil
}

// codecFor returns the codec of a reply.
func (w wishes) codecFor(m *message.Message, fallback codec.Codec) codec.Codec {
	switch {
	case w.required != nil:
		return w.required
	case m.Has("content-type") || w.accepted == nil:
		return fallback
	}
	return w.accepted
}
