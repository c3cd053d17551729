package computeunit

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// object formats members in the order of the list: programs can see it, since
// it decides where the fields are in a table. Nil members are left out.
func object(members ...message.Pair) (string, error) {
	var b strings.Builder
	for _, m := range members {
		if m.Value == nil {
			continue
		}
		v, err := json.Format(m.Value)
		if err != nil {
			return "", err
		}
		key, err := json.Format(message.Binary(m.Key))
		if err != nil {
			return "", err
		}
		if b.Len() == 0 {
			b.WriteByte('{')
		} else {
			b.WriteByte(',')
		}
		b.WriteString(key + ":" + v)
	}
	if b.Len() == 0 {
		return "{}", nil
	}
	return b.String() + "}", nil
}

// Scheduled returns the text of the message in an assignment as programs get it
// (spec 03, 10.6). The body of a is loaded.
//
// # Errors
//
// [fail.Invalid] when a holds no message; those of [aos.Encode].
func Scheduled(ctx context.Context, c *cache.Cache, process string, a *message.Message) (string, error) {
	v, _ := a.Get("body")
	v, err := message.LoadAll(ctx, c, v)
	if err != nil {
		return "", err
	}
	body, ok := v.(*message.Message)
	if !ok {
		return "", fail.New(fail.Invalid, "computeunit.Scheduled", "the assignment holds no message")
	}
	m, err := aos.Encode(ctx, c.Env(), body, aos.Signature(body))
	if err != nil {
		return "", err
	}
	number := func(keys ...string) message.Value {
		for _, k := range keys {
			if v, ok := a.Get(k); ok {
				if n, isInt := message.AsInt(v); isInt {
					return message.Int(n)
				}
			}
		}
		return nil
	}
	chain, _ := a.Get("hash-chain")
	return object(
		message.P("Id", field(m, "Id")),
		message.P("Signature", field(m, "Signature")),
		message.P("Data", field(m, "Data")),
		message.P("Owner", field(m, "Owner")),
		message.P("Target", message.Binary(process)),
		message.P("Anchor", field(m, "Anchor")),
		message.P("From", field(m, "From")),
		message.P("Forwarded-By", forwarder(m)),
		message.P("Tags", userTags(m)),
		message.P("Epoch", number("epoch")),
		message.P("Nonce", number("slot", "nonce")),
		message.P("Timestamp", number("timestamp")),
		message.P("Block-Height", number("block-height")),
		message.P("Hash-Chain", chain),
		message.P("Cron", message.False))
}

func field(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// forwarder returns the owner of a message that comes from somebody else.
func forwarder(m *message.Message) message.Value {
	if owner := m.Text("Owner"); owner != m.Text("From") {
		return message.Binary(owner)
	}
	return nil
}

// userTags returns the tags without those that would hide fields.
func userTags(m *message.Message) message.Value {
	l, _ := field(m, "Tags").(*message.List)
	var out []message.Value
	for _, v := range l.All() {
		t, _ := v.(*message.Message)
		switch t.Text("name") {
		case "From", "Owner":
		default:
			out = append(out, v)
		}
	}
	return message.NewList(out...)
}

// nobody is the owner of a message that is only tried.
const nobody = "1234"

// Dry returns the text of a message that is only tried (spec 03, 10.5): m has
// the fields Id, Owner, From, Target, Data, Tags and Anchor as far as it likes,
// and may have others; last is the assignment of the newest slot, whose time and
// height the message gets, or nil.
//
// # Errors
//
// [fail.Invalid] for tags that are not a list of {name, value}.
func Dry(process string, m, last *message.Message) (string, error) {
	tags, err := dryTags(m)
	if err != nil {
		return "", err
	}
	owner := or(field(m, "Owner"), message.Binary(nobody))
	from := owner
	for _, v := range tags.All() {
		if t := v.(*message.Message); t.Text("name") == "From-Process" {
			from = field(t, "value")
		}
	}
	members := []message.Pair{
		message.P("Timestamp", or(field(m, "Timestamp"), or(field(last, "timestamp"), message.Int(0)))),
		message.P("Block-Height", or(field(m, "Block-Height"), or(field(last, "block-height"), message.Int(0)))),
		message.P("Cron", message.False),
		message.P("Target", or(field(m, "Target"), message.Binary(process))),
		message.P("Id", or(field(m, "Id"), message.Binary(nobody))),
		message.P("Owner", owner),
		message.P("Data", or(field(m, "Data"), message.Binary(nobody))),
		message.P("Tags", tags),
		message.P("Anchor", or(field(m, "Anchor"), message.Binary("0"))),
	}
	for k, v := range m.All() {
		switch k {
		case "Timestamp", "Block-Height", "Cron", "Target", "Id", "Owner", "Data", "Tags", "Anchor", "From", "Read-Only":
		default:
			members = append(members, message.P(k, v))
		}
	}
	return object(append(members, message.P("From", from), message.P("Read-Only", message.True))...)
}

// or returns v unless it is nothing, null or an empty text.
func or(v, otherwise message.Value) message.Value {
	if v == nil || v == message.Value(message.Binary("")) || v == message.Value(message.Null) {
		return otherwise
	}
	return v
}

func dryTags(m *message.Message) (*message.List, error) {
	v := or(field(m, "Tags"), message.NewList())
	if n, ok := v.(*message.Message); ok {
		if l, err := n.List(); err == nil {
			v = l
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		return nil, fail.New(fail.Invalid, "computeunit.Dry", "Tags must be a list of {name, value}")
	}
	for i, e := range l.All() {
		t, isMessage := e.(*message.Message)
		if !isMessage || t.Text("name") == "" || !t.Has("value") {
			return nil, fail.New(fail.Invalid, "computeunit.Dry", "tag %d is not an object with name and value", i+1)
		}
	}
	return l, nil
}

// KeyDry is the key of a request that has the fields of a message to be tried as
// they are, where the request itself would be tried otherwise.
const KeyDry = "dry-run"

// DryFields returns the fields of a request that is to be tried (spec 03, 10.1):
// those under "dry-run", or those of its message, with a tag for each of its
// keys but those that say how it is to be resolved.
//
// # Errors
//
// Those of [aos.Encode].
func DryFields(ctx context.Context, c *cache.Cache, req *message.Message) (*message.Message, error) {
	if fields := req.Message(KeyDry); fields != nil {
		return fields, nil
	}
	return aos.Encode(ctx, c.Env(), req.WithPrivate(nil).Without(message.CommitmentsKey, "path", "method", "as", "as-device", "accept", "accept-bundle",
		"accept-codec", "require-codec", "signing-format", "codec-device", "content-type"), "")
}
