package p4

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// terms are what a hook message says about paying.
type terms struct {
	hook            *message.Message // without what belongs to the hook itself
	pricing, ledger string           // devices
	account         string           // name of the ledger in the book
	name            string           // of payments on these terms, on a tab

	pricingBase, ledgerBase *message.Message // the hook message, as those devices see it
}

// maxTerms bounds the hook messages that are remembered: those of a node are the
// same until its configuration changes.
const maxTerms = 64

// termsOf reads a hook message, or remembers it.
func (d *device) termsOf(hook *message.Message) *terms {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.known[hook]; t != nil {
		return t
	}
	t := readTerms(hook)
	if d.known == nil || len(d.known) >= maxTerms {
		d.known = map[*message.Message]*terms{}
	}
	d.known[hook] = t
	return t
}

func readTerms(hook *message.Message) *terms {
	t := &terms{hook: hook.Without("hook", "path", "method"), pricing: hook.Text("pricing-device"), ledger: hook.Text("ledger-device")}
	t.account = t.ledger
	if p := hook.Text("ledger-path"); p != "" {
		t.account += " " + p
	}
	t.name = Name + " " + t.pricing + " " + t.account
	t.pricingBase = t.hook.Set("device", message.Binary(t.pricing))
	t.ledgerBase = t.hook.Set("device", message.Binary(t.ledger))
	return t
}

// complete reports whether both devices are named.
func (t *terms) complete() bool { return t.pricing != "" && t.ledger != "" }

// local reports whether the ledger is a device of this node, which knows a
// charge by the hold in its context.
func (t *terms) local() bool {
	switch t.ledger {
	case pay.Own, pay.Recharging, pay.Faff:
		return true
	}
	return false
}

// ask resolves a key of the pricing or ledger device.
func ask(c *ao.Call, base *message.Message, key string, keys ...message.Pair) (message.Value, error) {
	req := message.Of(append(keys, message.P("path", message.Binary(key)), message.P("method", message.Binary("GET")))...)
	return c.Internal().Resolve(c.Ctx, base, req)
}
