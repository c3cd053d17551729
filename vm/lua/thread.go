package lua

import "math/bits"

// frame is one activation: of a Lua function, or a marker that pcall, xpcall
// or yield leaves.
type frame struct {
	fn   *function // nil for markers
	base int       // first register in the stack
	pc   int       // next instruction
	ret  int       // where results go; the slot of the called function
	aux  int       // of the continuation
	want int32     // results wanted, -1 for all
	va   int32     // number of variable arguments, right below base
	kind frameKind
	cont continuation
}

type frameKind uint8

const (
	frameLua frameKind = iota
	framePcall
	frameXpcall // the handler is in the stack at ret
	frameYield
)

// continuation says what happens with the results of a call.
type continuation uint8

const (
	contCall   continuation = iota // copy want values to ret
	contHost                       // leave all values at ret, up to top
	contStore                      // first value to register aux of the caller
	contJump                       // caller jumps to aux>>1 if the truth equals aux&1
	contDrop                       // nothing
	contPcall                      // the caller is a pcall marker: prepend true
	contConcat                     // store in register aux, go on concatenating
)

// status of a coroutine.
type status uint8

const (
	suspended status = iota
	running
	normal
	dead
)

// thread is a coroutine, or the main thread.
type thread struct {
	kind   Kind
	status status
	dirty  bool
	pid    uint32
	id     uint64
	stack  []Value
	frames []frame
	top    int     // end of the last open list of values
	free   int     // first stack slot that a host function may use
	nested int     // Go activations on top of this thread that cannot yield
	start  Value   // the function of a coroutine that has not begun
	xfer   []Value // values passed by yield
}

// stackSlack is kept free above the base of every frame, so that a register
// window of 256 slots always exists.
const stackSlack = 256 + 16

// baseStack is the size of a stack that is not accounted for.
const baseStack = 512

func (vm *VM) newThread() *thread {
	t := &thread{kind: KindThread, id: vm.threads}
	vm.threads++
	vm.mem += costTable
	return t
}

// stackSize is the length of a stack that n slots need. It is a function of n
// alone, so that a restored coroutine has the stack of the saved one.
func stackSize(n int) int {
	return max(1<<bits.Len(uint(n+stackSlack-1)), baseStack)
}

// reserve makes the stack hold at least n slots besides the slack.
func (vm *VM) reserve(th *thread, n int) {
	if n+stackSlack > len(th.stack) {
		vm.resize(th, stackSize(n))
	}
}

func (vm *VM) resize(th *thread, size int) {
	s := make([]Value, size)
	copy(s, th.stack)
	vm.mem += int64(size-max(len(th.stack), baseStack)) * costSlot
	th.stack = s
}

// need returns the number of slots that the frames of a suspended coroutine use.
func (th *thread) need() int {
	for i := len(th.frames) - 1; i >= 0; i-- {
		if fr := &th.frames[i]; fr.fn != nil {
			return fr.base + fr.fn.proto.stack
		}
	}
	return 0
}

// settle gives a coroutine that has just been suspended the stack it needs.
func (vm *VM) settle(th *thread) {
	if size := stackSize(th.need()); size < len(th.stack) {
		vm.resize(th, size)
	}
}
