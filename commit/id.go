package commit

import (
	"context"
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Env returns the environment in which codecs link nested messages by the IDs
// of this package and load links with l.
func Env(l message.Loader) codec.Env { return codec.Env{Load: l, LinkID: LinkID} }

// pure is an environment without a loader: enough for IDs of messages that are
// not bundled.
func pure() codec.Env { return Env(message.NoLoader{}) }

// UnsignedID returns the ID of m without regard to signatures: the sum of its
// unsigned httpsig@1.0 commitments, or the calculated one.
//
// # Errors
//
// [fail.Invalid] when a value has no wire form.
func UnsignedID(ctx context.Context, m *message.Message) (id.ID, error) {
	return remember(ctx, &m.Memo().UnsignedID, m, none)
}

// SignedID returns the ID of m over the commitments that have a committer, or
// its unsigned ID when there are none. Errors are those of [UnsignedID].
func SignedID(ctx context.Context, m *message.Message) (id.ID, error) {
	return remember(ctx, &m.Memo().SignedID, m, allCommitters)
}

// EveryID returns the ID of m over all its commitments, or its unsigned ID
// when there are none. Errors are those of [UnsignedID].
func EveryID(ctx context.Context, m *message.Message) (id.ID, error) {
	return remember(ctx, &m.Memo().EveryID, m, every)
}

func remember(ctx context.Context, slot *atomic.Pointer[id.ID], m *message.Message, s Selection) (id.ID, error) {
	if p := slot.Load(); p != nil {
		return *p, nil
	}
	i, err := SelectedID(ctx, m, s)
	if err == nil {
		slot.Store(&i)
	}
	return i, err
}

// SelectedID returns the ID of m over a selection of its commitments (spec 01,
// 8.2).
//
// # Errors
//
// [fail.NotFound] when a selected committer or commitment is missing,
// [fail.Invalid] when a commitment ID is not an ID.
func SelectedID(ctx context.Context, m *message.Message, s Selection) (id.ID, error) {
	names, err := s.Of(m)
	if err != nil {
		return id.ID{}, err
	}
	if m.Commitments() != nil {
		names = present(m, names)
	}
	if len(names) == 0 || m.Commitments() == nil {
		return CalculatedID(ctx, m)
	}
	ids := make([]id.ID, len(names))
	for i, n := range names {
		if ids[i], err = id.Parse(n); err != nil {
			return id.ID{}, fail.New(fail.Invalid, "commit.SelectedID", "the commitment %.64q is not under an ID", n)
		}
	}
	return id.Accumulate(ids...), nil
}

// present drops names that m has no commitment for, and repetitions.
func present(m *message.Message, names []string) []string {
	all := m.Commitments()
	out := names[:0:0]
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		if all.Has(n) && !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// CalculatedID returns the unsigned ID of the content of m, whatever its
// commitments say: the HMAC over its encoding with the constant key.
//
// # Errors
//
// As [UnsignedID].
func CalculatedID(ctx context.Context, m *message.Message) (id.ID, error) {
	memo := m.Memo()
	if p := memo.CalculatedID.Load(); p != nil {
		return *p, nil
	}
	i, err := calculate(ctx, m)
	if err == nil {
		memo.CalculatedID.Store(&i)
	}
	return i, err
}

func calculate(ctx context.Context, m *message.Message) (id.ID, error) {
	v, err := structured.ToTABM(ctx, pure(), m.Without(message.CommitmentsKey))
	if err != nil {
		return id.ID{}, err
	}
	return calculateTABM(ctx, v.(*message.Message))
}

func calculateTABM(ctx context.Context, tabm *message.Message) (id.ID, error) {
	s, err := httpsig.WholeSurface(ctx, pure(), tabm, codec.Options{})
	if err != nil {
		return id.ID{}, err
	}
	return macOf([]byte(constantKey), s, constant), nil
}

// constantKey is the key, and the key ID, of unsigned commitments (spec 01,
// 10.9).
const constantKey = "constant:ao"

// constant holds the parameters of an unsigned commitment.
var constant = message.Of(
	message.P(FieldType, message.Binary(TypeHMAC)),
	message.P(FieldKeyID, message.Binary(constantKey)))

// LinkID returns the ID under which a nested message or list is linked (spec
// 01, 5.1). Values of other types are identified by their bytes.
//
// # Errors
//
// As [UnsignedID].
func LinkID(ctx context.Context, v message.Value) (id.ID, error) {
	switch x := v.(type) {
	case *message.Message:
		return SignedID(ctx, x)
	case *message.List:
		t, err := structured.ToTABM(ctx, pure(), x)
		if err != nil {
			return id.ID{}, err
		}
		return calculateTABM(ctx, t.(*message.Message))
	case message.Link:
		return id.Parse(x.ID)
	}
	s, ok := message.Text(v)
	if !ok {
		return id.ID{}, fail.New(fail.Invalid, "commit.LinkID", "an unresolved path has no ID")
	}
	return id.Hash([]byte(s)), nil
}
