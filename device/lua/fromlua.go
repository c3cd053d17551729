package lua

import (
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// decoder makes messages of Lua values (spec 03, 14.4.2).
type decoder struct {
	vm     *vm.VM
	origin map[*vm.Table]message.Value // what tables were made from
	limit  int64                       // bytes of the result that may be new
	option string                      // that says so
	size   int64
	path   []step
	// claimed looks at new messages that have commitments.
	claimed func(m *message.Message) *message.Message
	done    map[*vm.Table]decoded
}

// decoded is what has become of a table.
type decoded struct {
	value message.Value // nil while it is being decoded
	size  int64
}

// Sizes of values as the limit counts them.
const (
	sizeValue = 16
	sizeEntry = 48
)

// result returns a Lua value as messages have it.
func (d *decoder) result(v vm.Value) (message.Value, error) {
	x, err := d.decode(v)
	if err == nil {
		err = d.checkSize()
	}
	return x, err
}

// decode is result for a part of it.
func (d *decoder) decode(v vm.Value) (message.Value, error) {
	d.size += sizeValue
	switch v.Kind() {
	case vm.KindNil:
		return message.Atom("nil"), nil
	case vm.KindBool:
		b, _ := v.AsBool()
		return message.Bool(b), nil
	case vm.KindInt:
		n, _ := v.AsInt()
		return message.Int(n), nil
	case vm.KindFloat:
		f, _ := v.AsFloat()
		if f != f || f-f != 0 {
			return nil, d.fail("%v is not a number that messages have", f)
		}
		return message.Float(f), nil
	case vm.KindBig:
		n, _ := v.AsBig()
		return message.Integer(n), nil
	case vm.KindString:
		s, _ := v.AsString()
		d.size += int64(len(s))
		return message.Binary(s), nil
	case vm.KindTable:
		t, _ := v.AsTable()
		return d.table(t)
	}
	return nil, d.fail("a %s has no form as a message", v.TypeName())
}

// fail returns an error that names the place in the result.
func (d *decoder) fail(format string, args ...any) error {
	err := fail.New(fail.Failed, Name, format, args...)
	if len(d.path) == 0 {
		return err
	}
	names := make([]string, len(d.path))
	for i, p := range d.path {
		names[i] = p.key
		if p.index > 0 {
			names[i] = strconv.Itoa(p.index)
		}
	}
	return fail.New(fail.Failed, Name, "at %.200q of the result: %s", strings.Join(names, "/"), err.Text)
}

// step is one key on the way to a value: a name, or a position from 1.
type step struct {
	key   string
	index int
}

func (d *decoder) table(t *vm.Table) (message.Value, error) {
	if e, ok := d.done[t]; ok {
		if e.value == nil {
			return nil, d.fail("the table contains itself")
		}
		d.size += e.size
		return e.value, d.checkSize()
	}
	if len(d.path) >= message.MaxDepth {
		return nil, d.fail("tables nest deeper than %d levels", message.MaxDepth)
	}
	d.done[t] = decoded{}
	before := d.size
	v, err := d.content(t)
	if err != nil {
		return nil, err
	}
	d.done[t] = decoded{v, d.size - before}
	return v, d.checkSize()
}

func (d *decoder) checkSize() error {
	if d.size > d.limit {
		return fail.New(fail.Exhausted, Name, "the result is larger than %d bytes (option %s)", d.limit, d.option)
	}
	return nil
}

// content decodes the entries of a table.
func (d *decoder) content(t *vm.Table) (message.Value, error) {
	n := d.vm.Count(t)
	if n == 0 {
		return message.Empty(), nil
	}
	if d.isSequence(t, n) {
		return d.array(t, n)
	}
	if m, ok := d.origin[t].(*message.Message); ok {
		return d.changed(t, m)
	}
	b := message.NewBuilder(n)
	listed := 0 // how many of the keys are 1 to n
	err := d.each(t, nil, func(k string, v message.Value) {
		b.Set(k, v)
		if isIndex(k, n) {
			listed++
		}
	})
	if err != nil {
		return nil, err
	}
	m := b.Message()
	if listed == n {
		return m.List()
	}
	return d.checked(m), nil
}

// checked returns a new message as it may be believed.
func (d *decoder) checked(m *message.Message) *message.Message {
	if d.claimed == nil || !m.Has(message.CommitmentsKey) {
		return m
	}
	return d.claimed(m)
}

// each decodes the entries of a table, in the dialect's order, but for those
// with keys to skip.
func (d *decoder) each(t *vm.Table, skip func(k string) bool, f func(k string, v message.Value)) error {
	var err error
	d.vm.Each(t, func(k, v vm.Value) bool {
		var key string
		if key, err = d.key(k); err != nil {
			return false
		}
		if skip != nil && skip(key) {
			return true
		}
		var x message.Value
		if x, err = d.entry(key, v); err != nil {
			return false
		}
		f(key, x)
		return true
	})
	return err
}

// key returns the name of a key in the message.
func (d *decoder) key(k vm.Value) (string, error) {
	switch k.Kind() {
	case vm.KindString:
		s, _ := k.AsString()
		return s, nil
	case vm.KindInt, vm.KindBig:
		n, _ := k.AsBig()
		return n.String(), nil
	case vm.KindBool:
		if b, _ := k.AsBool(); b {
			return "true", nil
		}
		return "false", nil
	}
	return "", d.fail("a %s cannot be a key of a message", k.TypeName())
}

// isIndex reports whether k is the decimal of one of 1 to n.
func isIndex(k string, n int) bool {
	if k == "" || k[0] == '0' || len(k) > 18 {
		return false
	}
	i := 0
	for _, c := range []byte(k) {
		if c < '0' || c > '9' {
			return false
		}
		i = i*10 + int(c-'0')
	}
	return i <= n
}
