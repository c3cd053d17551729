package lua

func coroutineFunctions() []libFunction {
	return []libFunction{
		{"create", coroutineCreate}, {"isyieldable", coroutineIsYieldable}, {"resume", coroutineResume},
		{"running", coroutineRunning}, {"status", coroutineStatus}, {"wrap", coroutineWrap}, {"yield", runsInMachine},
	}
}

func (c *Call) newCoroutine() (*thread, error) {
	if !c.Arg(0).IsFunction() {
		return nil, c.typeError(0, "function")
	}
	th := c.vm.newThread()
	th.start = c.Arg(0)
	return th, nil
}

func coroutineCreate(c *Call) error {
	th, err := c.newCoroutine()
	if err != nil {
		return err
	}
	return c.push(th.value())
}

// coroutineWrap returns a function whose upvalue is the coroutine.
func coroutineWrap(c *Call) error {
	th, err := c.newCoroutine()
	if err != nil {
		return err
	}
	w := &hostFunction{kind: KindHost, name: "coroutine.wrap.next", fn: wrapNext, up: []Value{th.value()}}
	return c.push(w.value())
}

func wrapNext(c *Call) error {
	if len(c.fn.up) != 1 || c.fn.up[0].Kind() != KindThread {
		return c.Raisef("function without coroutine")
	}
	res, err := c.vm.resume(c.fn.up[0].thread(), c.args)
	if err != nil {
		if e, ok := err.(*Error); ok && !e.Fatal {
			if s, ok := c.vm.errorValue(e).AsString(); ok {
				// The position of the resumer goes before a message, as in PUC-Lua.
				return c.Raise(c.vm.String(c.vm.position(1) + s))
			}
		}
		return err
	}
	c.Push(res...)
	return nil
}

func (c *Call) coroutine() (*thread, error) {
	if c.Arg(0).Kind() == KindThread {
		return c.Arg(0).thread(), nil
	}
	return nil, c.typeError(0, "coroutine")
}

func coroutineResume(c *Call) error {
	th, err := c.coroutine()
	if err != nil {
		return err
	}
	res, err := c.vm.resume(th, c.args[1:])
	if err != nil {
		e, ok := err.(*Error)
		if !ok || e.Fatal {
			return err
		}
		c.Push(Bool(false), c.vm.errorValue(e))
		return nil
	}
	c.Push(Bool(true))
	c.Push(res...)
	return nil
}

func coroutineStatus(c *Call) error {
	th, err := c.coroutine()
	if err != nil {
		return err
	}
	return c.push(c.vm.intern([...]string{"suspended", "running", "normal", "dead"}[th.status]))
}

func coroutineRunning(c *Call) error {
	c.Push(c.th.value(), Bool(c.th == c.vm.main))
	return nil
}

func coroutineIsYieldable(c *Call) error {
	return c.push(Bool(c.th != c.vm.main && c.th.nested == 0))
}

// resume runs a coroutine until it yields, ends or fails. The results are
// valid until it is resumed again.
func (vm *VM) resume(th *thread, args []Value) ([]Value, error) {
	if th.status != suspended || th == vm.main {
		name := [...]string{"suspended", "non-suspended", "non-suspended", "dead"}[th.status]
		msg := "cannot resume " + name + " coroutine"
		return nil, vm.located(&Error{Reason: "error_message", text: msg, Value: vm.String(msg), set: true})
	}
	if vm.depth >= maxHostDepth {
		return nil, vm.errorf("C stack overflow")
	}
	if th.pid != 0 && !th.dirty {
		vm.touchThread(th)
	}
	prev := vm.cur
	prev.status, th.status = normal, running
	vm.cur = th
	vm.depth++
	err := vm.continueThread(th, args)
	vm.depth--
	vm.cur = prev
	prev.status = running
	switch {
	case err == errYield:
		th.status = suspended
		vm.settle(th)
		return th.xfer, nil
	case err != nil:
		th.status = dead
		th.frames = nil
		th.stack = nil
		return nil, err
	}
	th.status = dead
	res := append([]Value(nil), th.stack[:th.top]...)
	th.stack, th.frames, th.top = nil, nil, 0
	return res, nil
}

// continueThread begins the function of a coroutine, or hands args to the
// yield that suspended it, and runs on.
func (vm *VM) continueThread(th *thread, args []Value) error {
	var err error
	if len(th.frames) == 0 {
		vm.reserve(th, len(args)+1)
		th.stack[0] = th.start
		copy(th.stack[1:], args)
		th.start = Value{}
		err = vm.callAt(th, 0, len(args), -1, contHost, 0)
	} else {
		m := th.frames[len(th.frames)-1]
		th.frames = th.frames[:len(th.frames)-1]
		vm.reserve(th, m.ret+len(args))
		copy(th.stack[m.ret:], args)
		err = vm.deliver(th, m.ret, int(m.want), m.cont, m.aux, m.ret, len(args))
	}
	if err == errYield {
		return err
	}
	return vm.run(th, 0, err)
}
