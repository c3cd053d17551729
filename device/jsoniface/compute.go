package jsoniface

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
)

var handle = message.Binary("handle")

func initialise(c *ao.Call) (message.Value, error) {
	return c.Base.Set("function", handle), nil
}

// compute prepares in pass 1 and reads results in pass 2 (spec 03, 9.1).
func compute(c *ao.Call) (message.Value, error) {
	v, _ := c.Base.Get("pass")
	switch n, _ := message.AsInt(v); n {
	case 1:
		return prepare(c)
	case 2:
		return results(c)
	}
	return c.Base, nil
}

// prepare writes what the program needs (spec 03, 9.4).
func prepare(c *ao.Call) (message.Value, error) {
	p, err := processOf(c)
	if err != nil {
		return nil, err
	}
	msg, err := messageText(c, p)
	if err != nil {
		return nil, err
	}
	base := c.Base.Set("function", handle)
	if known, _ := processSlot.In(base); known != p {
		base = processSlot.Set(base, p)
	}
	prefix := machine.Prefix(base)
	m := machine.Of(base, prefix)
	if m == nil {
		return base.Set("parameters", message.NewList(message.Binary(msg), message.Binary(p.env))), nil
	}
	params := make([]message.Value, 2)
	for i, text := range [...]string{msg, p.env} {
		var addr uint64
		if m, addr, err = m.WriteString(c.Ctx, text); err != nil {
			return nil, fail.New(fail.KindOf(err), Name+"/compute", "the message could not be written into the memory of the program: %s", fail.Sentence(err))
		}
		params[i] = message.Int(addr)
	}
	return machine.With(base, prefix, m).Set("parameters", message.NewList(params...)), nil
}

// messageText returns the message of the request as JSON.
func messageText(c *ao.Call, p *process) (string, error) {
	v, err := c.Arg("body")
	if err != nil {
		return "", err
	}
	body, ok := v.(*message.Message)
	if !ok {
		return "", fail.New(fail.Invalid, Name+"/compute", "the request has no message as its body")
	}
	m, err := aos.Encode(c.Ctx, c.Codec(), body, aos.Signature(body))
	if err != nil {
		return "", err
	}
	height, err := c.Arg("block-height")
	if err != nil {
		return "", err
	}
	if height == nil {
		height = message.NotFound
	}
	return json.Format(m.Merge(message.Of(message.P("Module", p.image()), message.P("Block-Height", height))))
}

// results reads the answer of the program (spec 03, 9.5).
func results(c *ao.Call) (message.Value, error) {
	prefix := machine.Prefix(c.Base)
	all, own, err := resultsOf(c, prefix)
	if err != nil {
		return nil, err
	}
	kind, _, err := c.Lookup(own, "type")
	if err != nil {
		return nil, err
	}
	name, _ := message.Text(kind)
	switch name {
	case "ok":
	case "error":
		return nil, failed(all, own, "WASM execution error.")
	default:
		return c.Base, nil
	}
	text, err := answer(c, prefix, own)
	if err != nil {
		return nil, failed(all, own, fail.Sentence(err))
	}
	p, err := processOf(c)
	if err != nil {
		return nil, err
	}
	res, err := aos.Parse(text, p.from)
	if err != nil {
		return nil, failed(all, own, fail.Sentence(err))
	}
	output, _ := own.Get("output")
	out := message.Of(
		message.P("outbox", res.Outbox),
		message.P("patches", res.Patches),
		message.P("data", res.Data))
	kept := message.Of(message.P("type", kind), message.P("output", output))
	switch {
	case prefix == "":
		out = out.Merge(kept)
	case strings.Contains(prefix, "/"):
		if out, err = message.DeepSet(out, message.Parts(prefix), kept); err != nil {
			return nil, err
		}
	default:
		out = out.Set(prefix, kept)
	}
	return c.Base.Set("results", out), nil
}

// resultsOf returns the results in the base, and those of the program.
func resultsOf(c *ao.Call, prefix string) (all, own *message.Message, err error) {
	v, _, err := c.Lookup(c.Base, "results")
	all, _ = v.(*message.Message)
	own = all
	for _, k := range message.Parts(prefix) {
		if err != nil {
			return nil, nil, err
		}
		v, _, err = c.Lookup(own, k)
		own, _ = v.(*message.Message)
	}
	return all, own, err
}

// answer returns the text that the program has answered with: the first result
// is its address, or the text itself when the program is no machine.
func answer(c *ao.Call, prefix string, own *message.Message) (string, error) {
	v, _, err := c.Lookup(own, "output")
	if err != nil {
		return "", err
	}
	if m, ok := v.(*message.Message); ok {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	if l, ok := v.(*message.List); ok && l.Len() > 0 {
		v = l.At(0)
	}
	m := machine.Of(c.Base, prefix)
	if m == nil {
		text, ok := v.(message.Binary)
		if !ok {
			return "", fail.New(fail.Invalid, Name, aos.BadJSON)
		}
		return string(text), nil
	}
	addr, ok := v.(message.Int)
	if !ok {
		return "", fail.New(fail.Invalid, Name, "The program has not answered with an address.")
	}
	b, err := m.ReadString(c.Ctx, uint64(addr))
	return string(b), err
}

// failed returns the outcome of a failed computation (spec 03, 9.5): results
// without an outbox but with a sentence, and the same sentence as body, with what
// the program was stopped by. The rest of the state is left out: it is no part
// of the answer to a client.
func failed(all, own *message.Message, reason string) error {
	body := reason
	if text := own.Text("output"); text != "" {
		body += " " + text
	}
	return &ao.Outcome{Status: ao.Failed, Value: message.Of(
		message.P("body", message.Binary(body)),
		message.P("results", all.Set("body", message.Binary(reason)).Without("outbox")))}
}
