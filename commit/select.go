package commit

import (
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Fields of a commitment (spec 01, 9).
const (
	FieldDevice    = "commitment-device"
	FieldType      = "type"
	FieldKeyID     = "keyid"
	FieldCommitter = "committer"
	FieldCommitted = "committed"
	FieldSignature = "signature"
	FieldBundle    = "bundle"
	FieldTag       = "tag"
)

// Selection names commitments of a message by committer, by ID, or both (spec
// 01, 8.1). The zero value names none, which stands for the unsigned
// httpsig@1.0 commitments.
type Selection struct {
	AllCommitters  bool
	Committers     []string
	AllCommitments bool
	Commitments    []string
}

// IsZero reports whether the selection names nothing.
func (s Selection) IsZero() bool {
	return !s.AllCommitters && !s.AllCommitments && len(s.Committers) == 0 && len(s.Commitments) == 0
}

// The selections that IDs are made of.
var (
	none          = Selection{}
	allCommitters = Selection{AllCommitters: true}
	every         = Selection{AllCommitments: true}
)

// Signed selects the commitments that have a committer.
func Signed() Selection { return allCommitters }

// Every selects all commitments.
func Every() Selection { return every }

// SelectionOf reads the keys "committers" and "commitments" of a request: each
// is "all", "none", one value or a list.
//
// # Errors
//
// [fail.Invalid] when one of them has another form.
func SelectionOf(req *message.Message) (Selection, error) {
	var s Selection
	var err error
	if s.AllCommitters, s.Committers, err = choice(req, "committers"); err != nil {
		return s, err
	}
	s.AllCommitments, s.Commitments, err = choice(req, "commitments")
	return s, err
}

func choice(req *message.Message, key string) (all bool, some []string, err error) {
	v, ok := req.Get(key)
	if !ok {
		return false, nil, nil
	}
	if m, isMsg := v.(*message.Message); isMsg {
		l, err := m.List()
		switch {
		case err == nil:
			v = l
		case key == message.CommitmentsKey:
			return false, nil, nil // those of the request itself select nothing
		}
	}
	if l, isList := v.(*message.List); isList {
		for _, e := range l.All() {
			s, ok := message.Text(e)
			if !ok {
				return false, nil, fail.New(fail.Invalid, "commit.SelectionOf", "%q must be a list of texts", key)
			}
			some = append(some, s)
		}
		return false, some, nil
	}
	switch s, ok := message.Text(v); {
	case !ok:
		return false, nil, fail.New(fail.Invalid, "commit.SelectionOf", "%q must be \"all\", \"none\", an ID or a list of them", key)
	case s == "all":
		return true, nil, nil
	case s == "none":
		return false, nil, nil
	default:
		return false, []string{s}, nil
	}
}

// Of returns the IDs of the selected commitments of m, possibly with
// repetitions.
//
// # Errors
//
// [fail.NotFound] when a named committer has no commitment on m.
func (s Selection) Of(m *message.Message) ([]string, error) {
	all := m.Commitments()
	var out []string
	addresses := s.Committers
	if s.AllCommitters {
		addresses = Committers(m)
	}
	for _, a := range addresses {
		before := len(out)
		for k, v := range all.All() {
			if c, ok := v.(*message.Message); ok && c.Text(FieldCommitter) == a {
				out = append(out, k)
			}
		}
		if len(out) == before {
			return nil, fail.New(fail.NotFound, "commit.Selection", "the message has no commitment by %s", a)
		}
	}
	if s.AllCommitments {
		out = append(out, all.WireKeys()...)
	} else {
		out = append(out, s.Commitments...)
	}
	if len(out) > 0 {
		return out, nil
	}
	for k, v := range all.All() {
		if c, ok := v.(*message.Message); ok && device(c) == httpsig.Name && !c.Has(FieldCommitter) {
			out = append(out, k)
		}
	}
	return out, nil
}

// Committers returns the committer of each commitment of m that has one, in
// wire order of the commitment IDs (spec 01, 8.3). They are claims until the
// message has been verified.
func Committers(m *message.Message) []string {
	all := m.Commitments()
	var out []string
	for _, k := range all.WireKeys() {
		if who := all.Message(k).Text(FieldCommitter); who != "" {
			out = append(out, who)
		}
	}
	return out
}

// Signatures returns the IDs of the commitments of m that have a committer, in
// wire order. Each names one act of signing: a message that gets a signature by
// somebody else keeps them, while its [SignedID] changes.
func Signatures(m *message.Message) []string {
	all := m.Commitments()
	var out []string
	for _, k := range all.WireKeys() {
		if all.Message(k).Text(FieldCommitter) != "" {
			out = append(out, k)
		}
	}
	return out
}

func device(c *message.Message) string {
	if d := c.Text(FieldDevice); d != "" {
		return d
	}
	return httpsig.Name
}
