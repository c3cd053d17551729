package authhook

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// relevant reports whether the handler is to sign the request: both conditions
// of "when" hold (spec 04, 6.7.2).
func (h *hooked) relevant() (bool, error) {
	v, _, err := h.Lookup(h.Base, "when")
	if err != nil {
		return false, err
	}
	when, _ := v.(*message.Message)
	if ok, err := h.committersMatch(when); !ok || err != nil {
		return false, err
	}
	v, ok, err := h.Lookup(when, "keys")
	if err != nil || !ok || message.Equal(v, message.Binary("always")) {
		return err == nil, err
	}
	for _, key := range hosted.Texts(v) {
		if h.raw.Has(key) || slices.ContainsFunc(h.seq, func(e message.Value) bool {
			m, isMsg := e.(*message.Message)
			return isMsg && m.Has(key)
		}) {
			return true, nil
		}
	}
	return false, nil
}

// committersMatch evaluates the condition on who has signed the request.
func (h *hooked) committersMatch(when *message.Message) (bool, error) {
	v, ok, err := h.Lookup(when, "committers")
	if err != nil {
		return false, err
	}
	text, isText := message.Text(v)
	switch {
	case !ok || text == "uncommitted":
		return len(h.signers) == 0, nil
	case text == "always":
		return true, nil
	case isText && len(text) < 32:
		return false, fail.New(fail.Invalid, Name+"/when", "committers is uncommitted, always or a list of addresses, not %.32q", text)
	}
	for _, who := range hosted.Texts(v) {
		if slices.Contains(h.signers, who) {
			return true, nil
		}
	}
	return false, nil
}

// marked reports whether the request, or a message in it, asks to be signed.
func (h *hooked) marked() bool { return isMarked(h.raw, h.mark) || h.marks(h.seq) > 0 }

// marks returns the number of messages in a sequence that ask to be signed.
func (h *hooked) marks(seq []message.Value) (n int) {
	for _, e := range seq {
		if m, ok := e.(*message.Message); ok && isMarked(m, h.mark) {
			n++
		}
	}
	return n
}

func isMarked(m *message.Message, mark string) bool {
	v, ok := m.Get(mark)
	return ok && message.IsTrue(v)
}
