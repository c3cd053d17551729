package poda

import (
	"context"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Reasons for refusing a message, as the reference spells them.
const (
	missing   = "Required PoDA messages missing"
	tooFew    = "Not enough validations"
	seenOnce  = "The message has been executed before"
	ambiguous = "The message names its sender in more than one way"
	elsewhere = "The message is for another process"
)

// gate answers "compute".
func gate(c *ao.Call) (message.Value, error) {
	if n, _ := message.AsInt(first(c.Base, "pass")); n > 1 {
		return pass(c) // the first pass has decided
	}
	v, err := c.Arg("body")
	if err != nil {
		return nil, err
	}
	if v, err = message.LoadAll(c.Ctx, c.Cache, v); err != nil {
		return nil, err
	}
	letter, _ := v.(*message.Message)
	from, unclear := sender(letter)
	switch {
	case unclear:
		return refuse(c, ambiguous)
	case from == "":
		return pass(c)
	}
	r, err := rulesOf(c.Ctx, &c.Env, definition(c))
	if err != nil {
		return nil, err
	}
	claim, reason, err := r.validate(c, letter, from)
	if err != nil {
		return nil, err
	}
	if reason != "" {
		return refuse(c, reason)
	}
	mark := markOf(claim)
	attested := c.Base.Message(attestedKey)
	if attested.Has(mark) {
		return refuse(c, seenOnce)
	}
	return admit(c, letter.Message("body"), from, attested.Set(mark, message.Int(claim.Slot)))
}

func first(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// sender returns the process that a message says it is from, "" for those of
// users, and whether it says so in a way that programs may read differently.
func sender(letter *message.Message) (from string, unclear bool) {
	for k, v := range letter.All() {
		if !strings.EqualFold(k, "from-process") {
			continue
		}
		text, ok := message.Text(v)
		if from != "" || !ok || text == "" || k != "from-process" {
			return "", true
		}
		from = text
	}
	return from, false
}

// markOf returns the key under which an executed message is remembered.
func markOf(c attest.Claim) string {
	return id.Hash([]byte(c.Process + "/" + strconv.FormatInt(c.Slot, 10) + "/" + c.Item)).String()
}

// admit lets a message pass.
func admit(c *ao.Call, item *message.Message, from string, attested *message.Message) (message.Value, error) {
	if !c.Base.Has(gatedKey) {
		return c.Base.Set(attestedKey, attested), nil
	}
	item = item.Without(message.CommitmentsKey).WithPrivate(nil).Set("from-process", message.Binary(from))
	v, err := delegate(c, c.Request().Set("body", item))
	if err != nil {
		return nil, err
	}
	if m, ok := v.(*message.Message); ok {
		return m.Set(attestedKey, attested), nil
	}
	return v, nil
}

// refuse ends a slot that changes nothing but its results. In a stack it ends
// the pass.
func refuse(c *ao.Call, reason string) (message.Value, error) {
	out := c.Base.Set("results", message.Of(
		message.P("error", message.Binary("PoDA")),
		message.P("body", message.Binary(reason)),
		message.P("data", message.Binary(reason))))
	if c.Base.Has(gatedKey) || !c.Base.Has("device-stack") {
		return out, nil
	}
	return nil, &ao.Outcome{Status: "skip", Value: out}
}

// maxAttestations bounds those that are looked at for one message.
const maxAttestations = 64

// validate returns what a quorum of authorities attests about a message, or the
// reason why it is refused.
func (r rules) validate(c *ao.Call, letter *message.Message, from string) (attest.Claim, string, error) {
	item, list := letter.Message("body"), letter.Message("attestations")
	if l, ok := first(letter, "attestations").(*message.List); ok {
		list = l.Numbered()
	}
	if item == nil || list == nil {
		return attest.Claim{}, missing, nil
	}
	here, err := commit.SignedID(c.Ctx, definition(c))
	if err != nil {
		return attest.Claim{}, "", err
	}
	if address(item.Text("target")) != here.String() {
		return attest.Claim{}, elsewhere, nil
	}
	itemID, err := attest.ItemID(c.Ctx, item)
	if err != nil {
		return attest.Claim{}, "", err
	}
	t := tally{rules: r, by: map[attest.Claim]map[string]bool{}}
	for _, v := range list.All() {
		m, ok := v.(*message.Message)
		if t.looked++; !ok || t.looked > maxAttestations {
			continue
		}
		claim, reached, err := t.add(c.Ctx, &c.Env, m, from, itemID)
		if reached || err != nil {
			return claim, "", err
		}
	}
	return attest.Claim{}, tooFew, nil
}

// tally counts the authorities behind each claim.
type tally struct {
	rules
	by     map[attest.Claim]map[string]bool
	looked int
}

// support returns how many signatures count.
func (t *tally) support() int {
	n := 0
	for _, by := range t.by {
		n += len(by)
	}
	return n
}

// add counts an attestation, and reports whether its claim has reached the
// quorum. One that does not hold, or is about something else, does not count.
func (t *tally) add(ctx context.Context, env *ao.Env, m *message.Message, process, item string) (attest.Claim, bool, error) {
	claim, err := attest.Read(m)
	if err != nil || claim.Process != process || claim.Item != item {
		return claim, false, nil
	}
	witnesses, err := attest.Witnesses(ctx, env.Codec(), m)
	if err != nil {
		if fail.Is(err, fail.Unavailable) || fail.Is(err, fail.Timeout) || fail.Is(err, fail.Busy) {
			return claim, false, err // nobody knows whether it holds
		}
		return claim, false, nil
	}
	if t.by[claim] == nil {
		t.by[claim] = map[string]bool{}
	}
	for _, w := range witnesses {
		for _, a := range t.authorities {
			if address(a) == w {
				t.by[claim][w] = true
			}
		}
	}
	return claim, len(t.by[claim]) >= t.quorum, nil
}
