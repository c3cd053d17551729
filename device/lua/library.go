package lua

import (
	"errors"
	"log/slog"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// askCost is the fuel that asking the engine costs.
const askCost = 500

// functions are the functions of the table ao (spec 03, 14.3).
func (in *instance) functions() map[string]vm.HostFunction {
	return map[string]vm.HostFunction{
		"ao.resolve": in.resolve,
		"ao.get":     in.get,
		"ao.set":     in.set,
		"ao.event":   in.event,
	}
}

// install puts the functions into the table ao, which the program may have made
// already (spec 03, 14.2.4).
func (in *instance) install() {
	m := in.vm
	t, ok := m.Global("ao").AsTable()
	if !ok {
		t = m.NewTable(0, 4)
		m.SetGlobal("ao", t.Value())
	}
	for _, name := range [...]string{"event", "get", "resolve", "set"} {
		m.SetField(t, name, m.Register("ao."+name, in.functions()["ao."+name]))
	}
}

// question asks the engine.
type question func(env *ao.Env, s *session, args []message.Value) (message.Value, error)

// ask answers a function of the library: it puts a question to the engine, or
// gives the answer that there was when the call is done again.
func (in *instance) ask(c *vm.Call, q question) (answer, error) {
	s := in.now
	if s == nil {
		return answer{}, c.Raisef("the engine cannot be asked while the program is loading")
	}
	if err := c.Spend(askCost); err != nil {
		return answer{}, err
	}
	if s.replay {
		a := in.op.answers[in.asked]
		in.asked++
		return a, c.Spend(a.charge)
	}
	args, err := in.arguments(s, c)
	if err != nil {
		return answer{}, c.Raisef("%s", fail.Sentence(err))
	}
	env, err := s.engine(in.prog)
	if err != nil {
		return answer{}, err
	}
	v, err := q(env, s, args)
	a, err := s.answerOf(c, v, err)
	if err != nil {
		return answer{}, err
	}
	a.charge = s.spent.Swap(0)
	in.op.answers = append(in.op.answers, a)
	return a, c.Spend(a.charge)
}

// answerOf returns what a program sees of a result. Refusals are answers; what
// a node cannot do at the moment ends the call, since it would be different on
// another node.
func (s *session) answerOf(c *vm.Call, v message.Value, err error) (answer, error) {
	var o *ao.Outcome
	switch {
	case err == nil:
		return answer{status: string(ao.OK), value: v}, nil
	case errors.As(err, &o):
		return answer{status: string(o.Status), value: o.Value}, nil
	case fail.KindOf(err).HTTPStatus() < 500:
		return answer{status: string(ao.Failed), value: ao.ErrorMessage(err)}, nil
	}
	s.fault = err
	return answer{}, &vm.Error{Reason: "error_call", Args: []vm.Value{c.VM().String(fail.Sentence(err))}, Fatal: true}
}

// arguments returns the arguments of a function of the library as messages.
func (in *instance) arguments(s *session, c *vm.Call) ([]message.Value, error) {
	d := in.decoder(s)
	out := make([]message.Value, len(c.Args()))
	for i, a := range c.Args() {
		v, err := d.result(a)
		if err != nil {
			return nil, err
		}
		out[i] = cast(v)
	}
	return out, nil
}

// cast returns {"as", device, message} as the message seen through the device.
func cast(v message.Value) message.Value {
	l, ok := v.(*message.List)
	if !ok || l.Len() != 3 || l.At(0) != message.Value(message.Binary("as")) {
		return v
	}
	return &message.As{Device: l.At(1), Message: l.At(2)}
}

// resolve is ao.resolve: it returns status and value.
func (in *instance) resolve(c *vm.Call) error {
	if len(c.Args()) == 0 {
		return c.Raisef("ao.resolve needs a request")
	}
	a, err := in.ask(c, func(env *ao.Env, s *session, args []message.Value) (message.Value, error) {
		if len(args) > 1 {
			return env.Run(s.asking(), sequence(args))
		}
		switch x := args[0].(type) {
		case *message.Message:
			return env.ResolveRequest(s.asking(), x)
		case message.Binary:
			return env.ResolveRequest(s.asking(), message.Of(message.P(path.Key, x)))
		}
		return env.Run(s.asking(), args)
	})
	if err != nil {
		return err
	}
	c.PushString(a.status)
	return in.push(c, a.value)
}

// sequence splits a path that stands second into its parts.
func sequence(args []message.Value) []message.Value {
	text, ok := args[1].(message.Binary)
	if !ok || len(args) != 2 {
		return args
	}
	out := args[:1:1]
	for _, part := range message.Parts(string(text)) {
		out = append(out, message.Binary(part))
	}
	return out
}

func (in *instance) push(c *vm.Call, v message.Value) error {
	x, err := in.enc.encode(v, 0)
	if err != nil {
		return c.Raisef("%s", fail.Sentence(err))
	}
	c.Push(x)
	return nil
}

// get is ao.get(key, base): the value, or "not_found".
func (in *instance) get(c *vm.Call) error {
	if len(c.Args()) < 2 {
		return c.Raisef("ao.get needs a key and a message")
	}
	a, err := in.ask(c, func(env *ao.Env, s *session, args []message.Value) (message.Value, error) {
		key, ok := message.NormalizeKey(args[0])
		if !ok {
			return nil, fail.New(fail.Invalid, "ao.get", "the key must be a text")
		}
		v, ok, err := env.Get(s.asking(), args[1], key)
		if err == nil && !ok {
			return message.NotFound, nil
		}
		return v, err
	})
	if err != nil {
		return err
	}
	return in.push(c, a.value)
}

// set is ao.set(base, key, value) and ao.set(base, table): the new message.
func (in *instance) set(c *vm.Call) error {
	if len(c.Args()) < 2 {
		return c.Raisef("ao.set needs a message, and a key and value or a table")
	}
	a, err := in.ask(c, func(env *ao.Env, s *session, args []message.Value) (message.Value, error) {
		if len(args) == 2 {
			req, ok := args[1].(*message.Message)
			if !ok {
				return nil, fail.New(fail.Invalid, "ao.set", "the second argument must be a table of keys to set")
			}
			return env.Resolve(s.asking(), args[0], req.Set(path.Key, message.Binary("set")))
		}
		m, ok := args[0].(*message.Message)
		key, isKey := message.NormalizeKey(args[1])
		if !ok || !isKey {
			return nil, fail.New(fail.Invalid, "ao.set", "the arguments must be a message, a key and a value")
		}
		return env.Set(s.asking(), m, key, args[2])
	})
	if err != nil {
		return err
	}
	if a.status != string(ao.OK) {
		text, _ := message.Text(a.value)
		if m, ok := a.value.(*message.Message); ok {
			text = m.Text("body")
		}
		return c.Raisef("ao.set: %s", text)
	}
	return in.push(c, a.value)
}

// event is ao.event(x) and ao.event(group, x): it is logged, if anyone listens.
func (in *instance) event(c *vm.Call) error {
	s := in.now
	if s != nil && !s.replay && s.env.Log.Enabled(s.ctx, slog.LevelDebug) {
		group, x := "lua", c.Arg(0)
		if len(c.Args()) > 1 {
			group, x = c.VM().ToText(x), c.Arg(1)
		}
		s.env.Log.Debug("lua event", "group", group, "event", in.describe(s, x))
	}
	c.PushString("ok")
	return c.Spend(askCost)
}

// describe returns an event as text.
func (in *instance) describe(s *session, x vm.Value) string {
	v, err := in.decoder(s).result(x)
	if err != nil {
		return in.vm.ToText(x)
	}
	text, ok := message.Text(v)
	if l, isList := v.(*message.List); isList {
		v = l.Numbered()
	}
	if m, isMsg := v.(*message.Message); isMsg && !ok {
		if text, err = json.Encode(s.ctx, s.env.Codec(), m, codec.Options{Bundle: true, Inlined: true}); err != nil {
			text = in.vm.ToText(x)
		}
	}
	return text[:min(len(text), maxEvent)]
}

// maxEvent bounds the text of an event in the log, in bytes.
const maxEvent = 2000
