package wasi

import (
	"encoding/binary"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Error numbers of WASI.
const (
	errnoOK     = 0
	errnoBadf   = 8
	errnoExist  = 20
	errnoFbig   = 22
	errnoInval  = 28
	errnoIsdir  = 31
	errnoMfile  = 33
	errnoNoent  = 44
	errnoNotdir = 54
)

// call is one call of a function by a program.
type call struct {
	files
	mem   *machine.Guest
	args  []uint64
	word  uint64 // bytes of an address or size: 8, or 4 in modules of 32 bits
	limit uint64 // bytes of a file
}

// function is a function of WASI. It returns an error number; an error ends the
// program.
type function struct {
	name string
	doc  string
	args int
	// pointer is the argument that tells the width of addresses.
	pointer int
	run     func(c *call) (uint64, error)
}

// functions are all that there are. What is missing returns 0 (spec 03, 11.8).
var functions = [...]function{
	{"fd_write", "Writes to a file.", 4, 1, fdWrite},
	{"fd_read", "Reads from a file.", 4, 1, fdRead},
	{"fd_close", "Closes a file.", 1, 0, fdClose},
	{"fd_seek", "Moves in a file.", 4, 3, fdSeek},
	{"fd_fdstat_get", "Describes an open file.", 2, 1, fdStat},
	{"fd_prestat_get", "Describes the root directory.", 2, 1, prestat},
	{"fd_prestat_dir_name", "Names the root directory.", 3, 1, prestatName},
	{"path_open", "Opens a file.", 9, 2, pathOpen},
	{"environ_sizes_get", "Says that there is no environment.", 2, 0, noStrings},
	{"environ_get", "Writes nothing, since there is no environment.", 2, 0, succeed},
	{"args_sizes_get", "Says that there are no arguments.", 2, 0, noStrings},
	{"args_get", "Writes nothing, since there are no arguments.", 2, 0, succeed},
	{"clock_time_get", "Fails: there is no clock (spec 03, 13.4).", 3, 2, noClock},
	{"proc_exit", "Ends the program.", 1, 0, exit},
}

// key returns the function as the key of a device: the request has the
// arguments, the base the state; the answer is {state, results}.
func (f function) key() ao.Func {
	return func(c *ao.Call) (message.Value, error) {
		k, err := f.read(c)
		if err != nil {
			return nil, err
		}
		errno, err := f.run(k)
		if err != nil {
			return nil, err
		}
		return message.Of(
			message.P("state", k.state),
			message.P("results", message.NewList(message.Int(errno)))), nil
	}
}

// read returns the call that a request describes.
func (f function) read(c *ao.Call) (*call, error) {
	op := Name + "/" + f.name
	v, _, err := c.Lookup(c.Base, "state")
	if err != nil {
		return nil, err
	}
	state, _ := v.(*message.Message)
	mem, err := machine.GuestOf(state)
	if err != nil {
		return nil, err
	}
	if v, err = c.Arg("args"); err != nil {
		return nil, err
	}
	args, ok := v.(*message.List)
	if !ok || args.Len() != f.args {
		return nil, fail.New(fail.Invalid, op, "%s takes %d arguments", f.name, f.args)
	}
	k := &call{files: files{c, state}, mem: mem, word: 8, limit: uint64(max(0, optFile.Int(&c.Env)))}
	for _, a := range args.All() {
		n, ok := message.AsInt(a)
		if !ok {
			return nil, fail.New(fail.Invalid, op, "the arguments of %s are integers", f.name)
		}
		k.args = append(k.args, uint64(n))
	}
	sig := strings.TrimPrefix(c.Text("func-sig"), "(")
	if f.pointer < len(sig) && sig[f.pointer] == 'i' {
		k.word = 4
		for i := range k.args {
			if i < len(sig) && sig[i] == 'i' {
				k.args[i] = uint64(uint32(k.args[i]))
			}
		}
	}
	return k, nil
}

// fd returns argument 0, a file descriptor.
func (c *call) fd() int64 { return int64(int32(c.args[0])) }

// writeWord stores an address or size.
func (c *call) writeWord(addr, v uint64) error {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return c.mem.Write(addr, b[:c.word])
}

// vector is a piece of memory.
type vector struct{ addr, size uint64 }

// maxVectors bounds the pieces of one read or write (IOV_MAX of POSIX systems).
const maxVectors = 1024

// vectors reads a list of pieces (spec 03, 13.2). ok is false when there are too
// many.
func (c *call) vectors(addr, n uint64) (list []vector, ok bool, err error) {
	if n > maxVectors {
		return nil, false, nil
	}
	b, err := c.mem.Read(addr, 2*c.word*n)
	if err != nil {
		return nil, false, err
	}
	for ; len(b) > 0; b = b[2*c.word:] {
		list = append(list, vector{c.word64(b), c.word64(b[c.word:])})
	}
	return list, true, nil
}

// word64 reads an address or size.
func (c *call) word64(b []byte) uint64 {
	if c.word == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}
