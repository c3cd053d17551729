package lua

import "github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"

// chunk is a compiled source text. A saved state holds the text and names its
// functions by index, so that no bytecode is ever read from outside.
type chunk struct {
	name   string
	shown  string // the name as messages show it
	source string
	protos []*proto // in the order of their completion; the last is the chunk itself
	pid    uint32
}

func newChunk(name, source string) *chunk {
	return &chunk{name: name, shown: displayName(name), source: source}
}

// proto is a compiled function.
type proto struct {
	chunk  *chunk
	index  int    // in chunk.protos
	id     uint64 // number within the VM, printed by tostring in the Luerl dialect
	name   string
	line   int
	params int
	vararg bool
	stack  int // registers needed
	code   []instr
	lines  []int32
	live   []uint8 // registers in use when an instruction begins
	k      []Value
	protos []*proto
	up     []upvalueInfo
	locals []localInfo
	cache  []uint32 // by instruction: where a string key was found last
}

type upvalueInfo struct {
	name  string
	local bool // from a register of the enclosing function, else its upvalue
	index int
}

// localInfo says which instructions see a local variable; for error messages.
type localInfo struct {
	name       string
	reg        int
	captured   bool
	start, end int
}

// MaxSource is the largest source text that is compiled, in bytes.
const MaxSource = 16 << 20

// compile parses and compiles a source text.
func (vm *VM) compile(source, name string) (*proto, error) {
	if len(source) > MaxSource {
		return nil, &syntax.Error{Chunk: name, Line: 1, Msg: "source text is too large"}
	}
	d := syntax.Standard
	if vm.dialect == Luerl {
		d = syntax.Luerl
	}
	fn, err := syntax.Parse(source, displayName(name), d)
	if err != nil {
		return nil, err
	}
	ch := newChunk(name, source)
	c := &compiler{vm: vm, chunk: ch}
	p, err := c.function(fn, nil)
	if err != nil {
		return nil, err
	}
	vm.mem += int64(len(source)) * 8
	vm.slice -= int64(len(source)) / 4
	return p, nil
}

// displayName shortens a chunk name for messages, as PUC-Lua does.
func displayName(name string) string {
	const size = 60
	if name == "" {
		return `[string ""]`
	}
	switch name[0] {
	case '=':
		return name[1:min(len(name), size)]
	case '@':
		if len(name) <= size {
			return name[1:]
		}
		return "..." + name[len(name)-size+4:]
	}
	line := name
	cut := false
	for i := 0; i < len(name); i++ {
		if name[i] == '\n' {
			line, cut = name[:i], true
			break
		}
	}
	room := size - len(`[string "..."]`) - 1
	if !cut && len(line) <= room {
		return `[string "` + line + `"]`
	}
	if len(line) > room {
		line = line[:room]
	}
	return `[string "` + line + `..."]`
}
