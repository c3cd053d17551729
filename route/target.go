package route

import (
	"math/big"
	"net/url"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Target is a node that a message is sent to.
type Target struct {
	Peer    string           // URL of the node, with whatever comes before the path
	Path    string           // path and query to ask for; "" for that of the message
	Opts    *message.Message // options of the route for this node; nil for none
	Trusted bool             // the operator's table spells the host
}

// TargetPath returns the path that routes are chosen by: "route-path", else
// "path" (spec 04, 4.2.4).
func TargetPath(msg *message.Message) string {
	for _, k := range [...]string{"route-path", path.Key} {
		if v, ok := msg.Get(k); ok {
			if s, ok := message.NormalizeKey(v); ok {
				return s
			}
		}
	}
	return ""
}

// isURL reports whether a path is a route of its own (spec 04, 4.2.1).
func isURL(p string) bool {
	return strings.HasPrefix(p, "http://") || strings.HasPrefix(p, "https://")
}

// split cuts a URL into the node and what is asked of it.
func split(uri string) (peer, rest string) {
	i := strings.Index(uri, "://")
	if i < 0 {
		i = -3
	}
	j := strings.IndexAny(uri[i+3:], "/?#")
	if j < 0 {
		return uri, "/"
	}
	return uri[:i+3+j], slashed(uri[i+3+j:])
}

// authority returns scheme and host of a URL in a form that can be compared, ""
// when there are none.
func authority(uri string) string {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// apply rewrites a path by the rule of a node (spec 04, 4.4).
//
// # Errors
//
// [fail.Invalid] for a node without a rule, or whose expression is none.
func (p *patterns) apply(node *message.Message, target string) (uri string, spelled bool, err error) {
	own := ""
	switch {
	case node.Text("uri") != "":
		return node.Text("uri"), true, nil
	case node.Has("prefix"):
		own = node.Text("prefix")
		uri = own + target
	case node.Has("suffix"):
		uri = target + node.Text("suffix")
	case node.Has("match") && node.Has("with"):
		re := p.compile(node.Text("match"))
		if re == nil {
			return "", false, fail.New(fail.Invalid, "route.Apply", "%.100q is not a regular expression", node.Text("match"))
		}
		own = node.Text("with")
		uri = re.ReplaceAllString(target, replacement(own))
	default:
		return "", false, fail.New(fail.Invalid, "route.Apply", "the node of the route has no prefix, suffix, or match and with")
	}
	host := authority(own)
	return uri, host != "" && host == authority(uri), nil
}

// replacement writes a replacement text with "\1" as Go expects it.
func replacement(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$':
			b.WriteString("$$")
		case s[i] == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
			b.WriteString("${" + s[i:i+1] + "}")
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// Base returns the 256 bits that By-Base and Nearest go by: the ID at the
// beginning of the target path of a message, else the SHA-256 of its first part
// (spec 04, 4.3.1).
func Base(msg *message.Message) id.ID {
	return baseOf(TargetPath(msg))
}

func baseOf(target string) id.ID {
	first := ""
	if parts := message.Parts(target); len(parts) > 0 {
		first = parts[0]
	}
	if n, ok := native(first); ok {
		return n
	}
	if i := strings.IndexAny(first, "~?&"); i >= 0 {
		if n, ok := native(first[:i]); ok {
			return n
		}
	}
	return id.Hash([]byte(first))
}

// native returns the 32 bytes of an ID.
func native(s string) (out id.ID, ok bool) {
	if !id.Is(s) {
		return out, false
	}
	b := []byte(s)
	if len(s) != id.Size {
		var err error
		if b, err = id.Decode(s); err != nil || len(b) > id.Size {
			return out, false
		}
	}
	copy(out[id.Size-len(b):], b)
	return out, true
}

func number(i id.ID) *big.Int { return new(big.Int).SetBytes(i[:]) }
