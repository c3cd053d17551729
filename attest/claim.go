package attest

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Type is the "type" of attestations.
const Type = "Attestation"

// maxCommitments bounds the signatures that are checked for one attestation.
const maxCommitments = 64

// Claim is what an attestation says. Two claims are the same statement when
// they are equal.
type Claim struct {
	Process  string // ID
	Slot     int64
	Hashpath string // of the state
	State    string // ID of the state after the slot
	Results  string // ID of the results in it, "" without any
	Item     string // ID of the message in the results that counts, "" for all
}

// Message returns the claim as a message, unsigned.
func (c Claim) Message() *message.Message {
	m := message.Of(
		message.P("data-protocol", message.Binary("ao")),
		message.P("variant", message.Binary("ao.N.1")),
		message.P("type", message.Binary(Type)),
		message.P("status", message.Int(200)),
		message.P("process", message.Binary(c.Process)),
		message.P("slot", message.Int(c.Slot)),
		message.P("hashpath", message.Binary(c.Hashpath)),
		message.P("state", message.Binary(c.State)))
	if c.Results != "" {
		m = m.Set("results", message.Binary(c.Results))
	}
	if c.Item != "" {
		m = m.Set("commitment-for", message.Binary(c.Item))
	}
	return m
}

// Read returns what an attestation says: of its keys, only those count that all
// of its commitments cover.
//
// # Errors
//
// [fail.Invalid] when m is not an attestation, or its signatures leave out what
// makes it one.
func Read(m *message.Message) (Claim, error) {
	const op = "attest.Read"
	m = m.OnlyCommitted()
	v, _ := m.Get("slot")
	slot, ok := message.AsInt(v)
	c := Claim{
		Process: m.Text("process"), Slot: slot, Hashpath: m.Text("hashpath"),
		State: m.Text("state"), Results: m.Text("results"), Item: m.Text("commitment-for"),
	}
	switch {
	case m.Text("type") != Type:
		return Claim{}, fail.New(fail.Invalid, op, "this is not a message of the type %s, or its signatures do not cover the type", Type)
	case !ok || slot < 0 || c.Hashpath == "" || !isID(c.Process) || !isID(c.State):
		return Claim{}, fail.New(fail.Invalid, op, "the attestation must name process, slot, hashpath and state, and its signatures must cover them")
	}
	return c, nil
}

func isID(text string) bool {
	_, err := id.Parse(text)
	return err == nil
}

// Witnesses returns who has signed an attestation, without repetition.
//
// # Errors
//
// [fail.Invalid] when a commitment does not hold; those of
// [commit.VerifyDeep].
func Witnesses(ctx context.Context, env codec.Env, m *message.Message) ([]string, error) {
	return commit.VerifyDeep(ctx, env, m.WithPrivate(nil), maxCommitments)
}
