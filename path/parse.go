package path

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Limits of a path. MaxSegment is the reference's (spec 02, 6.1).
const (
	MaxSegment  = 512    // bytes of one segment
	MaxSegments = 1024   // segments of one path
	MaxNesting  = 32     // levels of parentheses
	MaxPath     = 64_000 // bytes of a path with its query
)

const op = "path.Parse"

// Key is the key of a request that holds its path.
const Key = "path"

// Parse returns the sequence that a request names: first the base, then what
// is resolved on it. A path without segments gives an empty sequence.
//
// # Errors
//
// [fail.Invalid] for damaged percent-encoding, a key with a scope that is not a
// number, a value that is not of its type or a type that does not exist;
// [fail.TooLarge] over a limit.
func Parse(req *message.Message) ([]message.Value, error) {
	v, _ := req.Get(Key)
	text, _ := message.Text(v)
	return parse(req, text, MaxNesting)
}

// ParseText is [Parse] for a bare path.
func ParseText(text string) ([]message.Value, error) {
	return parse(message.Empty(), text, MaxNesting)
}

func parse(req *message.Message, text string, depth int) ([]message.Value, error) {
	if depth == 0 {
		return nil, fail.New(fail.TooLarge, op, "more than %d levels of parentheses", MaxNesting)
	}
	if len(text) > MaxPath {
		return nil, fail.New(fail.TooLarge, op, "path of %d bytes, at most %d are read", len(text), MaxPath)
	}
	decoded, ok := decodePercent(text)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "path has a %% that is not followed by two hex digits")
	}
	text, query := cut(decoded, '?')
	var g keys
	if err := g.read(req, query, depth); err != nil {
		return nil, err
	}
	seq := make([]message.Value, 0, min(strings.Count(text, "/"), MaxSegments)+2)
	for n := 0; text != ""; {
		var s string
		if s, text = cut(text, '/'); s == "" {
			continue
		}
		if n++; n > MaxSegments {
			return nil, fail.New(fail.TooLarge, op, "path of more than %d segments", MaxSegments)
		}
		f, err := formOf(s)
		if err != nil {
			return nil, err
		}
		if n == 1 && (f.kind == formName || f.kind == formPairs) {
			seq = append(seq, g.step(message.Empty(), 0))
		}
		v, err := f.element(&g, len(seq), depth)
		if err != nil {
			return nil, err
		}
		seq = append(seq, v)
	}
	return seq, nil
}

// form is a segment that has been cut but not read.
type form struct {
	kind formKind
	head string // the segment, or what comes before device or pairs
	rest string // device and pairs, or pairs
}

type formKind uint8

const (
	formID     formKind = iota
	formPath            // a sub-path
	formName            // a key alone
	formPairs           // a key with inline pairs
	formDevice          // a message seen through a device
)

// formOf says what a segment is (spec 02, 6.4).
func formOf(s string) (form, error) {
	if len(s) > MaxSegment {
		return form{}, fail.New(fail.TooLarge, op, "path segment of %d bytes, at most %d are read", len(s), MaxSegment)
	}
	if id.Is(s) {
		return form{formID, s, ""}, nil
	}
	if inner, ok := parenthesised(s); ok {
		return form{formPath, inner, ""}, nil
	}
	i := scan(s, "&~+ =")
	if i == len(s) {
		return form{formName, s, ""}, nil
	}
	switch head, rest := s[:i], s[i+1:]; s[i] {
	case '~':
		return form{formDevice, head, rest}, nil
	case '&':
		return form{formPairs, head, rest}, nil
	case ' ':
		return form{}, fail.New(fail.Invalid, op, "path segment %.80q contains a space", s)
	default:
		return form{formPairs, head, s}, nil // NAME=VALUE is short for NAME&NAME=VALUE
	}
}

// element returns the segment as element i of the sequence, with its keys
// (spec 02, 6.9).
func (f form) element(g *keys, i, depth int) (message.Value, error) {
	switch f.kind {
	case formID:
		return message.Binary(f.head), nil
	case formPath:
		return nested(f.head, depth)
	case formName:
		return g.name(f.head, i), nil
	case formPairs:
		m, err := pairs(f.head, true, f.rest, depth)
		if err != nil {
			return nil, err
		}
		return g.step(m, i), nil
	}
	text, inline := cut(f.rest, '&')
	dev, err := device(text, depth)
	if err != nil {
		return nil, err
	}
	m, err := pairs(f.head, f.head != "", inline, depth)
	if err != nil {
		return nil, err
	}
	if !id.Is(f.head) {
		m = g.step(m, i)
	} else {
		m = g.own(m, i)
	}
	return &message.As{Device: dev, Message: m}, nil
}

func device(text string, depth int) (message.Value, error) {
	if inner, ok := parenthesised(text); ok {
		return nested(inner, depth)
	}
	return message.Binary(text), nil
}

func nested(text string, depth int) (*message.Resolve, error) {
	seq, err := parse(message.Empty(), text, depth-1)
	if err != nil {
		return nil, err
	}
	return &message.Resolve{Steps: seq}, nil
}

// pairs returns the step with the given inline keys, and its name unless it has
// none.
func pairs(name string, named bool, text string, depth int) (*message.Message, error) {
	b := message.NewBuilder(strings.Count(text, "&") + 2)
	if named {
		b.Set(Key, message.Binary(name))
	}
	for text != "" {
		var p string
		if p, text = cut(text, '&'); p == "" {
			continue
		}
		k, v, err := pair(p, depth)
		if err != nil {
			return nil, err
		}
		b.Set(k, v)
	}
	return b.Message(), nil
}

// pair parses one inline pair (spec 02, 6.5).
func pair(p string, depth int) (string, message.Value, error) {
	key, raw, hasValue := p, "", false
	if i := scan(p, "="); i < len(p) {
		key, raw, hasValue = p[:i], p[i+1:], true
	}
	if !hasValue {
		return key, message.True, nil
	}
	if strings.HasPrefix(raw, `"`) {
		raw = strings.TrimSuffix(raw[1:], `"`)
	}
	if inner, ok := parenthesised(raw); ok {
		r, err := nested(inner, depth)
		if err != nil {
			return "", nil, err
		}
		return typed(key, r, depth)
	}
	return typed(key, message.Binary(raw), depth)
}
