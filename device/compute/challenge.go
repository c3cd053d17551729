package compute

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/attest"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// challenge answers "challenge".
func (d device) challenge(c *ao.Call) (message.Value, error) {
	const op = "compute.Challenge"
	m, err := challenged(c)
	if err != nil {
		return nil, err
	}
	witnesses, err := attest.Witnesses(c.Ctx, c.Codec(), m)
	if err != nil {
		return nil, err
	}
	if len(witnesses) == 0 {
		return nil, fail.New(fail.Invalid, op, "nobody has signed the attestation")
	}
	claim, err := attest.Read(m)
	if err != nil {
		return nil, err
	}
	own, err := d.recompute(c.Ctx, &c.Env, attest.Question{Process: claim.Process, Slot: claim.Slot, Item: claim.Item})
	if err != nil {
		return nil, err
	}
	return verdict(c, m.OnlyCommitted(), witnesses, claim, own)
}

// challenged returns the attestation that a call is about.
func challenged(c *ao.Call) (*message.Message, error) {
	if peer := c.Request().Text("peer"); peer != "" {
		q, err := question(c)
		if err != nil {
			return nil, err
		}
		return attest.Ask(c.Ctx, &c.Env, peer, q)
	}
	v, err := c.Arg("attestation")
	if err != nil {
		return nil, err
	}
	if text, ok := v.(message.Binary); ok {
		if v, err = c.Cache.Read(c.Ctx, string(text)); err != nil {
			return nil, err
		}
	}
	if v == nil {
		if v, err = c.Arg("body"); err != nil {
			return nil, err
		}
	}
	if v == nil && c.Base.Text("type") == attest.Type {
		v = c.Base.Without("device")
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, "compute.Challenge", `send the attestation as the body, its ID as "attestation", or name a "peer"`)
	}
	return m, nil
}

// verdict compares what is attested with what this node came to.
func verdict(c *ao.Call, m *message.Message, witnesses []string, claim, own attest.Claim) (message.Value, error) {
	said := "agree"
	if own != claim {
		said = "disagree"
		m = own.Message()
	}
	if said == "disagree" || !slices.Contains(witnesses, c.Address()) {
		var err error
		if m, err = sign(c, m); err != nil {
			return nil, err
		}
	}
	out := message.Of(
		message.P("verdict", message.Binary(said)),
		message.P("process", message.Binary(claim.Process)),
		message.P("slot", message.Int(claim.Slot)),
		message.P("attested", message.Binary(claim.State)),
		message.P("computed", message.Binary(own.State)),
		message.P("attested-hashpath", message.Binary(claim.Hashpath)),
		message.P("computed-hashpath", message.Binary(own.Hashpath)),
		message.P("witnesses", message.Strings(witnesses)),
		message.P("attestation", m))
	if claim.Item != "" {
		out = out.Set("commitment-for", message.Binary(claim.Item)).Set("in-results", message.Bool(own.Item != ""))
	}
	return out, nil
}
