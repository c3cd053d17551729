package lua

import (
	"context"
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
}

// module is one source text.
type module struct{ name, text string }

// instance is a machine with a program. Whoever uses it holds its token.
type instance struct {
	prog  *program
	vm    *vm.VM
	token chan struct{}
	at    *point   // the point that the machine is at, nil when unknown
	now   *session // the call under way
	op    *op      // what it does
	asked int      // how many answers of op have been used again

	// tracked says that the machine can tell whether it has changed since it
	// came to its point.
	tracked bool
	head    []byte        // of its last checkpoint
	groups  []*group      // the chunks of its last checkpoint, and older ones
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
	in := &instance{prog: p, token: make(chan struct{}, 1)}
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
		if err := in.replace(s, r); err != nil {
			return err
		}
	}
	in.install()
	return nil
}

// print notes what a program prints.
func (in *instance) print(text string) {
	if s := in.now; s != nil {
		s.env.Log.Debug("lua", "print", text)
	}
}

// encoder returns what turns messages into values of the machine during a
// session.
func (in *instance) encoder(s *session) *encoder {
	if s.values == nil {
		s.values = &encoder{ctx: s.ctx, loader: s.env.Cache, vm: in.vm, memory: s.memory, before: in.vm.MemoryUsed(), origin: map[*vm.Table]message.Value{}}
	}
	return s.values
}

// decoder returns the inverse.
func (in *instance) decoder(s *session) *decoder {
	return &decoder{vm: in.vm, origin: in.encoder(s).origin, limit: s.memory, done: map[*vm.Table]decoded{}}
}

// engine returns the environment in which the program asks the engine: without
// hashpaths, and with the devices that it may use (spec 03, 14.3.1).
func (s *session) engine(p *program) (*ao.Env, error) {
	if p.devices == nil {
		return s.env.Internal(), nil
	}
	var devices []*ao.Device
	seen := map[string]bool{}
	for _, name := range append([]string{"structured@1.0", ao.MessageDevice}, p.devices...) {
		d, err := s.env.Registry().Device(name)
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
	return ao.New(r, s.env.Services, ao.Limits{}).Env(s.env.Config()).Internal(), nil
}
