package remote

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// maxCommitments bounds the commitments that are verified in one assignment.
const maxCommitments = 4096

// tip is the last verified slot of a schedule, as far as the next one depends on
// it.
type tip struct {
	slot     int64 // -1 before the first
	known    bool  // the rest is known; always before the first
	id       id.ID // of the assignment
	chain    id.ID // its hash chain, if chained
	chained  bool
	hashpath string // that the next one may have as "base-hashpath"; "" is not known
	height   int64  // block of a legacynet item
}

// verifier checks the assignments of a process one after the other.
type verifier struct {
	s     *Service
	env   *ao.Env
	p     schedule.Process
	at    Place
	tip   tip
	named []string // schedulers
}

// begin returns a verifier for what follows a slot; contiguous says that the
// slot is the newest one stored here, so that the chain can be followed.
func (s *Service) begin(ctx context.Context, env *ao.Env, p schedule.Process, at Place, after int64, contiguous bool) (*verifier, error) {
	v := &verifier{s: s, env: env, p: p, at: at, named: p.Schedulers(), tip: tip{slot: after}}
	if after < 0 {
		v.tip = tip{slot: -1, known: true, hashpath: p.ID}
		return v, nil
	}
	if !contiguous {
		return v, nil
	}
	a, err := s.Local.Stored(ctx, p, after)
	if err != nil || a == nil {
		return v, err
	}
	return v, v.move(ctx, a)
}

// move takes a verified assignment as the last one.
func (v *verifier) move(ctx context.Context, a *message.Message) error {
	aid, err := commit.SignedID(ctx, a)
	if err != nil {
		return err
	}
	base := a.Text("base-hashpath")
	if base == "" {
		base = v.tip.hashpath
	}
	next := tip{slot: v.tip.slot, known: true, id: aid}
	if base != "" {
		if next.hashpath, err = ao.CombineHashpath(base, aid.String(), v.p.Definition.Text("hashpath-alg")); err != nil {
			next.hashpath = ""
		}
	}
	if text := a.Text("hash-chain"); text != "" {
		next.chain, err = id.Parse(text)
		next.chained = err == nil
	}
	next.height = number(a, "block-height")
	v.tip = next
	return nil
}

// accept verifies the assignment of the next slot (R1 to R5) and returns it,
// reduced to what is signed, with its message loaded.
func (v *verifier) accept(ctx context.Context, a *message.Message) (*message.Message, error) {
	slot := v.tip.slot + 1
	a, body, err := v.signed(ctx, a, slot)
	if err != nil {
		return nil, err
	}
	bid, err := commit.SignedID(ctx, body)
	if err != nil {
		return nil, err
	}
	if err := v.chain(ctx, a, slot, bid); err != nil {
		return nil, err
	}
	v.tip.slot = slot
	return a, v.move(ctx, a)
}

// signed verifies an assignment by itself: signatures, process, slot, message.
func (v *verifier) signed(ctx context.Context, a *message.Message, slot int64) (whole, body *message.Message, err error) {
	refuse := func(format string, args ...any) (*message.Message, *message.Message, error) {
		return nil, nil, lie(v.at, v.p, slot, format, args...)
	}
	if got, err := schedule.Slot(a); err != nil || got != slot {
		return refuse("in its place is the assignment of slot %s", show(a, "slot"))
	}
	if l, isLink := value(a, "body").(message.Link); isLink {
		content, err := message.Loaded(ctx, v.s.Local.Cache, l)
		if fail.Is(err, fail.NotFound) {
			return refuse("the assignment does not carry its message")
		}
		if err != nil {
			return nil, nil, err
		}
		a = a.Set("body", content)
	}
	a, strangers := v.bySchedulers(a)
	a = a.OnlyCommitted().WithPrivate(nil)
	for _, key := range [...]string{"process", "slot", "epoch", "type", "body"} {
		if !a.Has(key) {
			return refuse("the signatures of the assignment do not cover its %q", key)
		}
	}
	if _, err := commit.VerifyDeep(ctx, v.env.Codec(), a, maxCommitments); err != nil {
		return refuse("a signature does not hold: %s", fail.Sentence(err))
	}
	signers := commit.VerifiedSigners(ctx, v.env.Codec(), a)
	if !slices.ContainsFunc(signers, func(who string) bool { return slices.Contains(v.named, who) }) {
		return refuse("the assignment is signed by %s, which is not a scheduler of the process", orNobody(strangers))
	}
	switch {
	case a.Text("process") != v.p.ID:
		return refuse("the assignment is of process %.43s", a.Text("process"))
	case show(a, "epoch") != "0":
		return refuse("the assignment is of epoch %s", show(a, "epoch"))
	case !strings.EqualFold(a.Text("type"), "assignment"):
		return refuse("its type is %.32q, not assignment", a.Text("type"))
	}
	body = a.Message("body")
	if body == nil {
		return refuse("what is assigned is not a message")
	}
	if err := commit.VerifyAll(ctx, v.env.Codec(), body); err != nil {
		return refuse("a signature of the message does not hold: %s", fail.Sentence(err))
	}
	if len(commit.Committers(body)) == 0 && OptVerify.Text(v.env) == "true" {
		return refuse("the message is not signed")
	}
	if asked := steps(a); !slices.Equal(asked, []string{"compute"}) && !slices.Equal(asked, steps(body)) {
		return refuse("the assignment asks for %.100q, which its message does not", strings.Join(asked, "/"))
	}
	return a, body, nil
}

// bySchedulers returns an assignment without the signatures of strangers, which
// whoever passes it on can add to give it another ID, and who they are.
func (v *verifier) bySchedulers(a *message.Message) (own *message.Message, strangers []string) {
	all := a.Commitments()
	for k, e := range all.All() {
		c, _ := e.(*message.Message)
		if who := c.Text(commit.FieldCommitter); who != "" && !slices.Contains(v.named, who) {
			strangers = append(strangers, who)
			all = all.Without(k)
		}
	}
	if len(strangers) == 0 {
		return a, nil
	}
	return a.Set(message.CommitmentsKey, all), strangers
}

// chain verifies that an assignment continues the schedule (R3).
func (v *verifier) chain(ctx context.Context, a *message.Message, slot int64, body id.ID) error {
	hasChain, hasBase := a.Has("hash-chain"), a.Has("base-hashpath")
	switch {
	case slot > 0 && !v.tip.known:
		return nil
	case !hasChain && !hasBase && v.tip.chained:
		return lie(v.at, v.p, slot, "the hash chain ends here")
	}
	if hasChain {
		got, err := id.Parse(a.Text("hash-chain"))
		if err != nil {
			return lie(v.at, v.p, slot, "the hash chain is not an ID")
		}
		if (slot == 0 || v.tip.chained) && got != schedule.NextChain(slot, v.tip.chain, body) {
			return lie(v.at, v.p, slot, "the hash chain does not continue that of slot %d with this message", slot-1)
		}
	}
	if hasBase {
		want, err := v.hashpath(ctx)
		if err != nil {
			return err
		}
		if a.Text("base-hashpath") != want {
			return lie(v.at, v.p, slot, "its base-hashpath is not that of the assignments before it")
		}
	}
	return nil
}

// hashpath returns the base-hashpath of the next slot, from all stored
// assignments when it is not at hand.
func (v *verifier) hashpath(ctx context.Context) (string, error) {
	if v.tip.hashpath != "" {
		return v.tip.hashpath, nil
	}
	h := v.p.ID
	for slot := int64(0); slot <= v.tip.slot; slot++ {
		a, err := v.s.Local.Stored(ctx, v.p, slot)
		if err != nil {
			return "", err
		}
		if a == nil {
			return "", fail.New(fail.Internal, "remote.Verify", "slot %d is not stored", slot).At(v.p.ID)
		}
		aid, err := commit.SignedID(ctx, a)
		if err != nil {
			return "", err
		}
		if h, err = ao.CombineHashpath(h, aid.String(), v.p.Definition.Text("hashpath-alg")); err != nil {
			return "", err
		}
	}
	v.tip.hashpath = h
	return h, nil
}

// steps returns the parts of the path of a message; no path is "compute".
func steps(m *message.Message) []string {
	x, ok := m.Get(path.Key)
	if !ok {
		return []string{"compute"}
	}
	if n, isMsg := x.(*message.Message); isMsg {
		if l, err := n.List(); err == nil {
			x = l
		}
	}
	if l, isList := x.(*message.List); isList {
		var out []string
		for _, e := range l.All() {
			text, _ := message.NormalizeKey(e)
			out = append(out, text)
		}
		return out
	}
	text, _ := message.NormalizeKey(x)
	return message.Parts(text)
}

func value(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// show returns the text of a key for errors.
func show(m *message.Message, key string) string {
	text, _ := message.Text(value(m, key))
	return text[:min(len(text), 32)]
}

// number returns a key that is a number of 0 or more, 0 otherwise.
func number(m *message.Message, key string) int64 {
	n, _ := message.AsInt(value(m, key))
	return max(n, 0)
}

func orNobody(who []string) string {
	if len(who) == 0 {
		return "nobody"
	}
	return strings.Join(who, ", ")
}

// isLie reports whether an error is about what a scheduler said.
func isLie(err error) bool {
	var l *Lie
	return errors.As(err, &l)
}
