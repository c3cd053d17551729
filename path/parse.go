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
	cut := scan(decoded, "?")
	query := ""
	if cut < len(decoded) {
		query = decoded[cut+1:]
	}
	g, err := newKeys(req, query, depth)
	if err != nil {
		return nil, err
	}
	segments := split(decoded[:cut], '/')
	if len(segments) > MaxSegments {
		return nil, fail.New(fail.TooLarge, op, "path of %d segments, at most %d are read", len(segments), MaxSegments)
	}
	seq := make([]message.Value, 0, len(segments)+1)
	for i, s := range segments {
		v, err := segment(s, depth)
		if err != nil {
			return nil, err
		}
		if _, plain := v.(*message.Message); i == 0 && plain {
			seq = append(seq, message.Empty())
		}
		seq = append(seq, v)
	}
	for i := range seq {
		seq[i] = g.apply(seq[i], i)
	}
	return seq, nil
}

// segment parses one segment (spec 02, 6.4).
func segment(s string, depth int) (message.Value, error) {
	if len(s) > MaxSegment {
		return nil, fail.New(fail.TooLarge, op, "path segment of %d bytes, at most %d are read", len(s), MaxSegment)
	}
	if id.Is(s) {
		return message.Binary(s), nil
	}
	if inner, ok := parenthesised(s); ok {
		return nested(inner, depth)
	}
	i := scan(s, "&~+ =")
	if i == len(s) {
		return message.Of(message.P(Key, message.Binary(s))), nil
	}
	name, rest := s[:i], s[i+1:]
	switch s[i] {
	case '~':
		end := scan(rest, "&")
		dev, err := device(rest[:end], depth)
		if err != nil {
			return nil, err
		}
		m, err := pairs(name, strings.TrimPrefix(rest[end:], "&"), depth)
		if err != nil {
			return nil, err
		}
		return &message.As{Device: dev, Message: m}, nil
	case '&':
		return pairs(name, rest, depth)
	case ' ':
		return nil, fail.New(fail.Invalid, op, "path segment %.80q contains a space", s)
	}
	return pairs(name, s, depth) // NAME=VALUE is short for NAME&NAME=VALUE
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

// pairs returns the step with the given name and inline keys.
func pairs(name, text string, depth int) (*message.Message, error) {
	b := message.NewBuilder(4)
	b.Set(Key, message.Binary(name))
	for _, p := range split(text, '&') {
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
