package path

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Format folds a sequence into one request message, such that Parse gives the
// sequence back (spec 02, 6.11). A key of one message becomes scoped, "N.key";
// keys that every message has alike stay global; "method" is never scoped.
//
// # Errors
//
// [fail.Invalid] when an element or value has no text form in a path.
func Format(seq []message.Value) (*message.Message, error) {
	f := formatter{at: map[string][]int{}, values: map[string]message.Value{}}
	for i, v := range seq {
		if err := f.element(v, i); err != nil {
			return nil, err
		}
	}
	b := message.NewBuilder(len(f.values) + 2)
	for k, v := range f.values {
		where := f.at[k]
		if len(where) != 1 {
			b.Set(k, v)
			continue
		}
		k = strconv.Itoa(where[0]) + "." + k
		if n, ok := v.(message.Int); ok {
			k, v = k+"+integer", message.Binary(n.String())
		}
		b.Set(k, v)
	}
	b.Set(Key, message.Binary(f.path.String()))
	if f.method != nil {
		b.Set("method", f.method)
	}
	return b.Message(), nil
}

type formatter struct {
	path   strings.Builder
	at     map[string][]int // indices of the messages that have the key
	values map[string]message.Value
	method message.Value
}

func (f *formatter) element(v message.Value, i int) error {
	switch x := v.(type) {
	case message.Binary:
		f.path.WriteString("/" + string(x))
		return nil
	case *message.Resolve:
		inner, err := Format(x.Steps)
		if err != nil {
			return err
		}
		f.path.WriteString("/(" + strings.TrimPrefix(inner.Text(Key), "/") + ")")
		return nil
	case *message.As:
		m, ok := x.Message.(*message.Message)
		dev, isName := x.Device.(message.Binary)
		if !ok || !isName {
			return fail.New(fail.Invalid, "path.Format", "element %d has a device or message without a text form", i)
		}
		f.path.WriteString("/" + m.Text(Key) + "~" + string(dev))
		return f.keys(m, i)
	case *message.Message:
		if p := x.Text(Key); p != "" {
			f.path.WriteString("/" + strings.TrimPrefix(p, "/"))
		}
		return f.keys(x, i)
	}
	return fail.New(fail.Invalid, "path.Format", "element %d is not a message, an ID or a sequence", i)
}

func (f *formatter) keys(m *message.Message, i int) error {
	for k, v := range m.All() {
		switch k {
		case Key:
			continue
		case "method":
			f.method = v
			continue
		}
		if r, ok := v.(*message.Resolve); ok {
			inner, err := Format(r.Steps)
			if err != nil {
				return err
			}
			k, v = k+"+resolve", message.Binary(inner.Text(Key))
		}
		if !slices.Contains(f.at[k], i) {
			f.at[k] = append(f.at[k], i)
		}
		f.values[k] = v
	}
	return nil
}
