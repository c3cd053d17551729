package blacklist

import (
	"net/url"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// MaxIDs bounds the IDs of one list.
const MaxIDs = 1 << 22

// set is a set of IDs.
type set map[id.ID]struct{}

// Parse returns the IDs of a list: one a line, in human form, and whatever
// follows it after a blank is a remark. Lines that are empty or begin with "#"
// do not count.
//
// # Errors
//
// [fail.Invalid] for a line that is no ID: a page that says why there is no
// list must not pass for an empty one. [fail.TooLarge] over [MaxIDs].
func Parse(text string) (map[id.ID]struct{}, error) {
	const op = "blacklist.Parse"
	out := set{}
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		i, err := id.Parse(fields[0])
		if err != nil || len(fields[0]) != id.HumanSize {
			return nil, fail.New(fail.Invalid, op, "line %d of the list is no ID: %.64q", n, line)
		}
		if out[i] = struct{}{}; len(out) > MaxIDs {
			return nil, fail.New(fail.TooLarge, op, "the list has more than %d IDs", MaxIDs)
		}
	}
	return out, nil
}

// sets are several sets, which together are the policy.
type sets []set

// has reports whether an ID is listed.
func (s sets) has(i id.ID) bool {
	for _, one := range s {
		if _, ok := one[i]; ok {
			return true
		}
	}
	return false
}

// find returns the first listed ID in a value, "" when there is none: as text or
// inside of one, as bytes, as a key, as a link.
func (s sets) find(v message.Value) string {
	for _, one := range s {
		if len(one) > 0 {
			return s.in(v, message.MaxDepth)
		}
	}
	return ""
}

func (s sets) in(v message.Value, depth int) string {
	if depth == 0 {
		return ""
	}
	switch x := v.(type) {
	case message.Binary:
		return s.inText(string(x))
	case message.Atom:
		return s.inText(string(x))
	case message.Link:
		return s.inText(x.ID)
	case *message.As:
		if hit := s.in(x.Device, depth-1); hit != "" {
			return hit
		}
		return s.in(x.Message, depth-1)
	case *message.Resolve:
		for _, e := range x.Steps {
			if hit := s.in(e, depth-1); hit != "" {
				return hit
			}
		}
	case *message.List:
		for _, e := range x.All() {
			if hit := s.in(e, depth-1); hit != "" {
				return hit
			}
		}
	case *message.Message:
		for k, e := range x.All() {
			if hit := s.inText(k); hit != "" {
				return hit
			}
			if hit := s.in(e, depth-1); hit != "" {
				return hit
			}
		}
	}
	return ""
}

// inText returns the first listed ID in a text: 43 characters of base64url or 52
// of base32 between others, also percent-encoded, or the 32 bytes alone.
func (s sets) inText(text string) string {
	if len(text) == id.Size {
		if i, err := id.Parse(text); err == nil && s.has(i) {
			return i.String()
		}
	}
	for level := 0; ; level++ {
		if hit := s.inPlain(text); hit != "" {
			return hit
		}
		if level == maxEncodings || !strings.Contains(text, "%") {
			return ""
		}
		plain, err := url.PathUnescape(text)
		if err != nil || plain == text {
			return ""
		}
		text = plain
	}
}

// maxEncodings bounds how often a text is percent-decoded: the path language
// decodes once for each level of parentheses.
const maxEncodings = 4

func (s sets) inPlain(text string) string {
	begin := 0
	for end := 0; end <= len(text); end++ {
		if end < len(text) && inAlphabet(text[end]) {
			continue
		}
		switch end - begin {
		case id.HumanSize:
			if i, err := id.Parse(text[begin:end]); err == nil && s.has(i) {
				return text[begin:end]
			}
		case id.Base32Size:
			if i, ok := id.ParseBase32(text[begin:end]); ok && s.has(i) {
				return i.String()
			}
		}
		begin = end + 1
	}
	return ""
}

func inAlphabet(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
