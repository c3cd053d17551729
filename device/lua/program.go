package lua

import (
	"context"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// program is what a message says about its program: everything that the state
// after loading depends on.
type program struct {
	key     string // equal for equal programs
	modules []module
	sandbox []replacement
	devices []string // that it may use; nil for all
	dialect vm.Dialect
	seed    uint64
	start   time.Time // when its chunks run
	root    *point

	boxing   sync.Once
	boxed    *ao.Engine // with the devices that it may use
	boxFault error
}

// module is one source text.
type module struct{ name, text string }

// instance is a machine with a program. Whoever uses it holds its token.
type instance struct {
	prog  *program
	vm    *vm.VM
	token chan struct{}
	clock time.Time // what the program sees
	at    *point    // the point that the machine is at, nil when unknown
	now   *session  // the call under way
	op    *op       // what it does
	asked int       // how many answers of op have been used again
	enc   encoder
	dec   decoder

	// tracked says that the machine can tell whether it has changed since it
	// came to its point.
	tracked bool
	last    *checkpoint   // that it made or was restored from
	head    []byte        // of that
	whole   int           // bytes of the state when it was last looked at
	cost    time.Duration // of the last checkpoint
}

// lock waits until nobody uses the instance.
func (in *instance) lock(ctx context.Context) error {
	select {
	case in.token <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fail.New(fail.Timeout, Name, "cancelled while the program was busy: %w", context.Cause(ctx))
	}
}

func (in *instance) unlock() { <-in.token }

// bareInstance returns an instance without a machine; its token is held.
func bareInstance(p *program) *instance {
	in := &instance{prog: p, token: make(chan struct{}, 1), clock: p.start}
	in.token <- struct{}{}
	return in
}

// newInstance makes a machine, without a program; its token is held.
func newInstance(p *program, memory int64) (*instance, error) {
	in := bareInstance(p)
	m, err := vm.New(in.options(memory))
	if err != nil {
		return nil, err
	}
	in.vm = m
	return in, nil
}

// track makes the machine note changes from here on.
func (in *instance) track() error {
	if in.tracked {
		return nil
	}
	_, err := in.save()
	return err
}

// load runs the modules and prepares the globals (spec 03, 14.2).
func (in *instance) load(s *session) error {
	m := in.vm
	m.SetFuel(s.fuel)
	s.inst, in.now = in, s
	defer func() { in.now = nil }()
	in.prepare(s)
	ctx, cancel := s.bounded()
	defer cancel()
	for _, src := range in.prog.modules {
		f, err := m.Load(src.text, "="+src.name)
		if err == nil {
			_, err = m.Call(ctx, f)
		}
		if err != nil {
			return s.faultOf(err, "module "+src.name)
		}
	}
	for _, r := range in.prog.sandbox {
		if err := in.replace(r); err != nil {
			return err
		}
	}
	in.install()
	return nil
}

// print notes what a program prints.
func (in *instance) print(text string) {
	if s := in.now; s != nil && !s.replay {
		s.env.Log.Debug("lua", "print", text)
	}
}

// keptTables is how many tables the maps of a machine's codec have room for
// between calls.
const keptTables = 1024

// prepare makes the codec of the machine ready for a session. What it knows of
// tables holds until the next.
func (in *instance) prepare(s *session) {
	if len(in.enc.origin) > keptTables || in.enc.origin == nil {
		in.enc.origin = map[*vm.Table]message.Value{}
	} else {
		clear(in.enc.origin)
	}
	in.enc = encoder{ctx: s.ctx, loader: s.env.Cache, vm: in.vm, memory: s.memory, before: in.vm.MemoryUsed(), origin: in.enc.origin}
}

// decoder returns the inverse of the encoder. What it knows of tables holds as
// long as the program does not run.
func (in *instance) decoder(s *session) *decoder {
	d := &in.dec
	if len(d.done) > keptTables || d.done == nil {
		d.done = map[*vm.Table]decoded{}
	} else {
		clear(d.done)
	}
	*d = decoder{vm: in.vm, origin: in.enc.origin, limit: s.output, option: optOutput.Name, done: d.done, path: d.path[:0]}
	return d
}

// engine returns the environment in which the program asks the engine: without
// hashpaths, and with the devices that it may use (spec 03, 14.3.1).
func (s *session) engine(p *program) (*ao.Env, error) {
	if p.devices == nil {
		return s.env.Internal(), nil
	}
	p.boxing.Do(func() { p.boxed, p.boxFault = box(s.env, p.devices) })
	if p.boxFault != nil {
		return nil, p.boxFault
	}
	return p.boxed.Env(s.env.Config()).Internal(), nil
}

// box returns an engine with a few of the devices.
func box(env *ao.Env, names []string) (*ao.Engine, error) {
	var devices []*ao.Device
	seen := map[string]bool{}
	for _, name := range append([]string{"structured@1.0", ao.MessageDevice}, names...) {
		d, err := env.Registry().Device(name)
		if err != nil {
			return nil, err
		}
		if !seen[d.Name] {
			seen[d.Name] = true
			devices = append(devices, d)
		}
	}
	r, err := ao.NewRegistry(devices...)
	if err != nil {
		return nil, err
	}
	return ao.New(r, env.Services, ao.Limits{}), nil
}
