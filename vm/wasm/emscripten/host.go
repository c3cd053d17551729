package emscripten

import (
	"encoding/binary"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// clockStart is what the clock shows at the first look, in milliseconds:
// ao-loader starts at 10,000 and has then made three links and a folder.
const clockStart = 10_004

// Options describe a host.
type Options struct {
	Memory64 bool // pointers of the module have 64 bits
}

// Host answers the imports of one call. It is used by one goroutine.
type Host struct {
	Options
	clock int64 // milliseconds; a step with every look and every change of a file
	files *files
}

// New returns the world of one call.
func New(o Options) *Host {
	h := &Host{Options: o, clock: clockStart}
	h.files = newFiles(h.now)
	return h
}

// Exit is the error of a call that the program ended with exit.
type Exit struct{ Code int32 }

// Error describes the end.
func (e *Exit) Error() string { return fmt.Sprintf("Program terminated with exit(%d)", e.Code) }

// now returns the time and moves the clock.
func (h *Host) now() int64 {
	h.clock++
	return h.clock - 1
}

// Import implements [wasm.Host].
func (h *Host) Import(im wasm.Import) wasm.HostFunc {
	return func(c *wasm.Caller, args, results []wasm.Value) error {
		return h.Answer(c, im, args, results)
	}
}

// Answer answers one call of an import, whose memory is mem.
//
// # Errors
//
// [*Exit] when the program ends itself, [fail.Failed] when it aborts, and those
// of memory.
func (h *Host) Answer(mem wasm.Memory, im wasm.Import, args, results []wasm.Value) error {
	if im.Module != "env" && im.Module != "wasi_snapshot_preview1" {
		return fail.New(fail.Unsupported, "emscripten.Host", "no host has the import %s.%s", im.Module, im.Name)
	}
	f, ok := functions[im.Name]
	if !ok {
		return nil
	}
	if len(args) != f.params && len(args) != f.params32 {
		return fail.New(fail.Unsupported, "emscripten.Host", "the import %s.%s has %d parameters", im.Module, im.Name, len(args))
	}
	c := &call{Host: h, mem: mem, args: args, split: len(args) != f.params}
	out := f.run(c)
	if c.err != nil {
		return c.err
	}
	if len(results) > 0 {
		results[0] = out
	}
	return nil
}

// call is a call of an import. The first error ends it; what is read after that
// is zero.
type call struct {
	*Host
	mem  wasm.Memory
	args []wasm.Value
	// split says that integers of 64 bits come in two parts, the low one first.
	split bool
	err   error
}

func (c *call) int(i int) int32 { return int32(c.args[i].Int()) }
func (c *call) pointer(i int) uint64 {
	if c.Memory64 {
		return c.args[i].Uint()
	}
	return uint64(uint32(c.args[i].Uint()))
}

// wide returns an integer of 64 bits at i, and the index after it.
func (c *call) wide(i int) (int64, int) {
	if !c.split {
		return c.args[i].Int(), i + 1
	}
	return int64(uint64(uint32(c.args[i].Uint())) | uint64(uint32(c.args[i+1].Uint()))<<32), i + 2
}

// word is the size of a pointer.
func (c *call) word() uint64 {
	if c.Memory64 {
		return 8
	}
	return 4
}

func (c *call) read(at, n uint64) []byte {
	if c.err == nil {
		var b []byte
		if b, c.err = c.mem.Read(at, n); c.err == nil {
			return b
		}
	}
	if n <= 8 {
		return make([]byte, n)
	}
	return nil
}

func (c *call) write(at uint64, b []byte) {
	if c.err == nil {
		c.err = c.mem.Write(at, b)
	}
}

func (c *call) i32(at uint64) int32 { return int32(binary.LittleEndian.Uint32(c.read(at, 4))) }

func (c *call) setI32(at uint64, v int32) {
	c.write(at, binary.LittleEndian.AppendUint32(nil, uint32(v)))
}

func (c *call) setI64(at uint64, v int64) {
	c.write(at, binary.LittleEndian.AppendUint64(nil, uint64(v)))
}

// size reads a value as wide as a pointer.
func (c *call) size(at uint64) uint64 {
	if c.Memory64 {
		return binary.LittleEndian.Uint64(c.read(at, 8))
	}
	return uint64(binary.LittleEndian.Uint32(c.read(at, 4)))
}

func (c *call) setSize(at, v uint64) {
	if c.Memory64 {
		c.setI64(at, int64(v))
		return
	}
	c.setI32(at, int32(v))
}

func (c *call) text(at uint64) string {
	if c.err != nil {
		return ""
	}
	var b []byte
	b, c.err = c.mem.ReadString(at)
	return string(b)
}

// errno returns the result of a function of WASI.
func wasi(e errno) wasm.Value { return wasm.I32(int32(e)) }

// syscall returns the result of a system call: a value, or a negative error.
func syscall(v int32, e errno) wasm.Value {
	if e != 0 {
		v = -int32(e)
	}
	return wasm.I32(v)
}
