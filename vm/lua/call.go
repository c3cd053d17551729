package lua

import "errors"

// special marks host functions that the machine runs itself, because they
// start or end activations.
type special uint8

const (
	specialNone special = iota
	specialPcall
	specialXpcall
	specialYield
	specialNext
)

// callAt calls the value at stack slot at with the n arguments above it. A Lua
// function gets a frame, to be run by the caller's loop; a host function runs
// at once and its results are delivered.
func (vm *VM) callAt(th *thread, at, n, want int, cont continuation, aux int) error {
	for range maxMetaChain {
		f := th.stack[at]
		switch f.Kind() {
		case KindFunction:
			return vm.pushLua(th, f.fn(), at, n, want, cont, aux)
		case KindHost:
			h := f.host()
			if h.special != specialNone && h.special != specialNext {
				return vm.callSpecial(th, h, at, n, want, cont, aux)
			}
			return vm.callHost(th, h, at, n, want, cont, aux)
		}
		mm := vm.metamethod(f, evCall)
		if mm.isNil() {
			return vm.callError(f)
		}
		vm.reserve(th, at+n+2)
		copy(th.stack[at+1:], th.stack[at:at+n+1])
		th.stack[at] = mm
		n++
		vm.slice--
	}
	return vm.errorf("'__call' chain too long")
}

// pushLua pushes the frame of a Lua function whose arguments lie above slot at.
func (vm *VM) pushLua(th *thread, f *function, at, n, want int, cont continuation, aux int) error {
	p := f.proto
	if len(th.frames) >= vm.limits.Depth {
		return vm.depthError()
	}
	base := at + 1
	va := 0
	if p.vararg {
		base += n
		vm.reserve(th, base+p.stack)
		if n > p.params {
			va = n - p.params
		}
		for i := range p.params {
			if i < n {
				th.stack[base+i] = th.stack[at+1+i]
			} else {
				th.stack[base+i] = Value{}
			}
		}
		if va > 0 { // the variable arguments end right below base
			copy(th.stack[base-va:base], th.stack[at+1+p.params:at+1+n])
		}
	} else {
		vm.reserve(th, base+p.stack)
		for i := n; i < p.params; i++ {
			th.stack[base+i] = Value{}
		}
	}
	nf := len(th.frames)
	if nf == cap(th.frames) {
		th.frames = append(th.frames, frame{})
	} else {
		th.frames = th.frames[:nf+1]
	}
	fr := &th.frames[nf] // in place: cheaper than building a frame and copying it
	fr.fn = f
	fr.base, fr.pc, fr.ret, fr.aux = base, 0, at, aux
	fr.want, fr.va = int32(want), int32(va)
	fr.kind, fr.cont = frameLua, cont
	return nil
}

func (vm *VM) depthError() error {
	msg := "stack overflow"
	if vm.dialect == Standard {
		msg = vm.position(1) + msg
	}
	return vm.located(&Error{Reason: "limit", Where: "depth", text: msg, Value: vm.String(msg), set: true, Limit: "depth"})
}

// callHost runs a host function and delivers its results.
func (vm *VM) callHost(th *thread, h *hostFunction, at, n, want int, cont continuation, aux int) error {
	c := vm.acquire(th, h, at, n)
	free := th.free
	th.free = at + 1 + n
	err := h.fn(c)
	th.free = free
	vm.depth--
	if err != nil {
		return vm.asError(err)
	}
	c.th = nil
	k := len(c.ret)
	vm.reserve(th, at+k)
	copy(th.stack[at:], c.ret)
	return vm.deliver(th, at, want, cont, aux, at, k)
}

// asError makes sure that an error of a host function is one of ours.
func (vm *VM) asError(err error) error {
	if err == errYield {
		return err
	}
	if e, ok := err.(*Error); ok {
		return e
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return vm.located(&Error{Reason: "error_message", text: err.Error(), Value: vm.String(err.Error()), set: true})
}

// callSpecial begins pcall and xpcall, or leaves a coroutine.
func (vm *VM) callSpecial(th *thread, h *hostFunction, at, n, want int, cont continuation, aux int) error {
	m := frame{ret: at, aux: aux, want: int32(want), cont: cont, kind: framePcall, base: at + 1}
	switch h.special {
	case specialPcall:
		if n == 0 && vm.dialect == Luerl {
			return vm.hostFault("function_clause")
		}
		if n == 0 {
			return vm.argError(1, "pcall", "value expected")
		}
	case specialXpcall:
		if n < 2 {
			return vm.argError(2, "xpcall", "value expected")
		}
		// f, handler, args: keep the handler at ret, move f over the handler.
		m.kind = frameXpcall
		th.stack[at], th.stack[at+2] = th.stack[at+2], th.stack[at+1]
		at++
		n--
	case specialYield:
		if th == vm.main {
			return vm.errorf("attempt to yield from outside a coroutine")
		}
		if th.nested > 0 {
			return vm.errorf("attempt to yield across a C-call boundary")
		}
		m.kind = frameYield
		th.xfer = append(th.xfer[:0], th.stack[at+1:at+1+n]...)
		th.frames = append(th.frames, m)
		return errYield
	}
	if len(th.frames) >= vm.limits.Depth {
		return vm.depthError()
	}
	th.frames = append(th.frames, m)
	return vm.callAt(th, at+1, n-1, -1, contPcall, 0)
}

// deliver hands n values at stack slot src to whoever waits for them.
func (vm *VM) deliver(th *thread, ret, want int, cont continuation, aux int, src, n int) error {
	for {
		s := th.stack
		switch cont {
		case contCall:
			if want < 0 {
				copy(s[ret:], s[src:src+n])
				th.top = ret + n
				return nil
			}
			vm.reserve(th, ret+want)
			s = th.stack
			if n < want {
				copy(s[ret:], s[src:src+n])
				clear(s[ret+n : ret+want])
			} else {
				copy(s[ret:], s[src:src+want])
			}
			return nil
		case contHost:
			if n == 1 {
				s[ret] = s[src]
			} else {
				copy(s[ret:], s[src:src+n])
			}
			th.top = ret + n
			return nil
		case contDrop:
			return nil
		case contPcall:
			m := th.frames[len(th.frames)-1]
			th.frames = th.frames[:len(th.frames)-1]
			vm.reserve(th, m.ret+n+1)
			s = th.stack
			copy(s[m.ret+1:], s[src:src+n])
			s[m.ret] = Bool(true)
			ret, want, cont, aux, src, n = m.ret, int(m.want), m.cont, m.aux, m.ret, n+1
			continue
		}
		v := Value{}
		if n > 0 {
			v = s[src]
		}
		fr := &th.frames[len(th.frames)-1]
		switch cont {
		case contStore:
			s[fr.base+aux] = v
		case contJump:
			if v.Truth() == (aux&1 != 0) {
				fr.pc = aux >> 1
			}
		case contConcat:
			s[fr.base+aux] = v
			i := fr.fn.proto.code[fr.pc-1]
			return vm.concat(th, fr, i, aux-int(i.b())+1)
		}
		return nil
	}
}

// errorFuel is what catching an error costs: as much time as so many
// instructions.
const errorFuel = 50

// unwind looks for the pcall that catches an error and delivers it there. It
// returns the error when none does; the frames down to stop are gone then.
func (vm *VM) unwind(th *thread, stop int, err error) error {
	if err == errYield {
		return err // the frames stay
	}
	e, ok := err.(*Error)
	if !ok {
		err = vm.asError(err)
		e, _ = err.(*Error)
	}
	at := len(th.frames) - 1
	for at >= stop && (e.Fatal || th.frames[at].kind != framePcall && th.frames[at].kind != frameXpcall) {
		at--
	}
	if at < stop {
		th.frames = th.frames[:min(stop, len(th.frames))]
		return err
	}
	if out := vm.spend(errorFuel); out != nil {
		return vm.unwind(th, stop, out)
	}
	m := th.frames[at]
	res := []Value{vm.errorValue(e)}
	if m.kind == frameXpcall {
		var fatal error
		if res, fatal = vm.handle(th, th.stack[m.ret], res[0]); fatal != nil {
			return vm.unwind(th, stop, fatal)
		}
	}
	th.frames = th.frames[:at]
	vm.reserve(th, m.ret+len(res)+1)
	th.stack[m.ret] = Bool(false)
	copy(th.stack[m.ret+1:], res)
	if err := vm.deliver(th, m.ret, int(m.want), m.cont, m.aux, m.ret, len(res)+1); err != nil {
		return vm.unwind(th, stop, err)
	}
	return nil
}

// handle runs the handler of xpcall on top of the failed activation.
func (vm *VM) handle(th *thread, handler, v Value) ([]Value, error) {
	free := th.free
	if top := vm.stackEnd(th); top > th.free {
		th.free = top
	}
	res, err := vm.callNested(handler, v)
	th.free = free
	if err == nil {
		return res[:min(1, len(res))], nil
	}
	var e *Error
	if errors.As(err, &e) && !e.Fatal {
		return []Value{vm.errorValue(e)}, nil
	}
	return nil, err
}

// stackEnd returns the first slot above what the innermost frame uses; slots of
// outer frames beyond it are dead while it runs.
func (vm *VM) stackEnd(th *thread) int {
	if len(th.frames) == 0 {
		return 0
	}
	fr := &th.frames[len(th.frames)-1]
	if fr.fn == nil {
		return fr.base + 1
	}
	return fr.base + fr.fn.proto.stack
}

// callNested calls a function from Go and runs it to its end. The results are
// valid until the next call.
func (vm *VM) callNested(f Value, args ...Value) ([]Value, error) {
	th := vm.cur
	at := th.free
	vm.reserve(th, at+len(args)+1)
	th.stack[at] = f
	copy(th.stack[at+1:], args)
	return vm.callSlot(th, at, len(args))
}

// callSlot is callNested for a function that lies at slot at already.
func (vm *VM) callSlot(th *thread, at, n int) ([]Value, error) {
	if vm.depth >= maxHostDepth {
		return nil, vm.errorf("C stack overflow")
	}
	vm.depth++
	th.nested++
	stop := len(th.frames)
	err := vm.callAt(th, at, n, -1, contHost, 0)
	if err != nil || len(th.frames) > stop {
		err = vm.run(th, stop, err)
	}
	th.nested--
	vm.depth--
	if err != nil {
		return nil, err
	}
	return th.stack[at:th.top], nil
}

// call1 is callNested for one result.
func (vm *VM) call1(f Value, args ...Value) (Value, error) {
	res, err := vm.callNested(f, args...)
	if err != nil || len(res) == 0 {
		return Value{}, err
	}
	return res[0], nil
}
