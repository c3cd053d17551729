package machine

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// opKind is a kind of op.
type opKind uint8

const (
	opStart opKind = iota // the instance was made
	opCall                // an export was called
	opWrite               // a text was written
	opDo                  // a function was run on the instance
)

// op is one thing that was done to an instance.
type op struct {
	kind   opKind
	export string       // name of the function, or the text that was written
	args   []wasm.Value // of the function
	memory uint64       // limit of memory in bytes, which the outcome depends on
	do     Action       // what was run
	size   int          // bytes that do holds on to
	trace  []answer     // of the calls of imports
}

// opOverhead is about what an op takes beyond its texts.
const opOverhead = 200

// weight returns about how many bytes an op takes.
func (o *op) weight() int {
	n := opOverhead + len(o.export) + 16*len(o.args) + o.size
	for i := range o.trace {
		n += 64 + 16*len(o.trace[i].results)
		for _, e := range o.trace[i].effects {
			n += 48 + len(e.data)
		}
	}
	return n
}

// answer is what one call of an import came to.
type answer struct {
	results []wasm.Value
	effects []effect
}

// effect is a write to memory, or its growth by a number of pages when data is
// nil.
type effect struct {
	addr uint64
	data []byte
}

// host answers imports.
type host interface {
	answer(c *wasm.Caller, im wasm.Import, args, results []wasm.Value) error
}

// recorder asks a library and remembers what it did.
type recorder struct {
	life  *life
	ask   ImportFunc
	trace []answer
}

func (r *recorder) answer(c *wasm.Caller, im wasm.Import, args, results []wasm.Value) error {
	if r.ask == nil {
		r.trace = append(r.trace, answer{results: append([]wasm.Value(nil), results...)})
		return nil
	}
	ctx := context.WithValue(c.Context(), r.life, true)
	g := &Guest{memory: c}
	err := r.ask(ctx, g, im, args, results)
	g.memory = nil
	if err != nil {
		return err
	}
	r.trace = append(r.trace, answer{append([]wasm.Value(nil), results...), g.effects})
	return nil
}

// replayer answers from a trace.
type replayer struct{ trace []answer }

func (r *replayer) answer(c *wasm.Caller, im wasm.Import, _, results []wasm.Value) error {
	const op = "machine.replay"
	if len(r.trace) == 0 || len(r.trace[0].results) != len(results) {
		return fail.New(fail.Internal, op, "the module called %s.%s, which it did not the first time", im.Module, im.Name)
	}
	a := r.trace[0]
	r.trace = r.trace[1:]
	for _, e := range a.effects {
		var err error
		if e.data == nil {
			err = c.Grow(e.addr)
		} else {
			err = c.Write(e.addr, e.data)
		}
		if err != nil {
			return err
		}
	}
	copy(results, a.results)
	return nil
}
