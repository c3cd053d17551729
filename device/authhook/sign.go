package authhook

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// maxMarked bounds the messages of one path that are signed: a signature takes a
// processor for milliseconds.
const maxMarked = 16

// sign signs the request, parses it again, and signs what is marked in it.
func (h *hooked) sign(w *hosted.Wallet) error {
	if v, ok := h.provider.Get("skip-commit"); ok && message.Equal(v, message.False) || h.provider.Text("skip-commit") == "false" {
		// The name says the opposite of what the reference does, and so do
		// configurations.
		h.raw = h.raw.Without(secrets...)
		return nil
	}
	if len(h.signers) == 0 {
		h.raw = h.raw.Without(message.CommitmentsKey)
	}
	var err error
	if h.raw, err = h.signed(h.raw, w); err != nil {
		return err
	}
	seq, err := path.Parse(h.raw)
	if err != nil {
		return err
	}
	cookie.Spread(seq, h.raw)
	if n := h.marks(seq); n > maxMarked {
		return fail.New(fail.TooLarge, Name+"/request", "%d messages to sign in one path, at most %d are signed", n, maxMarked)
	}
	for i, v := range seq {
		m, ok := v.(*message.Message)
		if !ok || !isMarked(m, h.mark) {
			seq[i] = h.withAuthorization(v)
			continue
		}
		if seq[i], err = h.signed(m.Without(message.CommitmentsKey), w); err != nil {
			return err
		}
	}
	h.seq = seq
	return nil
}

// withAuthorization gives an unmarked message of the sequence the authorization
// of the request back: devices of this node may ask for it.
func (h *hooked) withAuthorization(v message.Value) message.Value {
	if h.authorization == nil {
		return v
	}
	switch x := v.(type) {
	case *message.Message:
		return x.Set("authorization", h.authorization)
	case *message.As:
		if m, ok := x.Message.(*message.Message); ok {
			return &message.As{Device: x.Device, Message: m.Set("authorization", h.authorization)}
		}
	}
	return v
}

// signed returns a message signed without the ignored keys, which it has
// afterwards all the same, except for secrets.
func (h *hooked) signed(m *message.Message, w *hosted.Wallet) (*message.Message, error) {
	var covered []string
	if c := m.Commitments(); c != nil {
		covered = m.Committed(c.Keys(), false)
	}
	aside := slices.DeleteFunc(slices.Clone(h.ignored), func(k string) bool { return slices.Contains(covered, k) })
	out, err := hosted.Sign(h.Call, m.Without(aside...), commit.Spec{}, w)
	if err != nil {
		return nil, err
	}
	for _, k := range aside {
		if v, ok := m.Get(k); ok && !slices.Contains(secrets, k) {
			out = out.Set(k, v)
		}
	}
	return out, nil
}
