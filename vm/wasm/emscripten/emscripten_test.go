package emscripten

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// ram is memory without a program.
type ram []byte

func (m ram) Size() uint64      { return uint64(len(m)) }
func (m ram) Grow(uint64) error { return fail.New(fail.Exhausted, "ram", "full") }
func (m ram) Read(at, n uint64) ([]byte, error) {
	if at > m.Size() || n > m.Size()-at {
		return nil, fail.New(fail.Invalid, "ram", "Read request out of bounds")
	}
	return append([]byte{}, m[at:at+n]...), nil
}
func (m ram) Write(at uint64, b []byte) error {
	if at > m.Size() || uint64(len(b)) > m.Size()-at {
		return fail.New(fail.Invalid, "ram", "Write request out of bounds")
	}
	copy(m[at:], b)
	return nil
}
func (m ram) ReadString(at uint64) ([]byte, error) {
	for i := at; i < m.Size(); i++ {
		if m[i] == 0 {
			return append([]byte{}, m[at:i]...), nil
		}
	}
	return nil, fail.New(fail.Invalid, "ram", "no end")
}

// world is a host of 64 bits with memory, and a place for texts.
type world struct {
	t testing.TB
	*Host
	mem ram
}

func newWorld(t testing.TB) *world {
	return &world{t, New(Options{Memory64: true}), make(ram, 1<<16)}
}

// text stores a text at an address.
func (w *world) text(at uint64, s string) int64 {
	w.t.Helper()
	if err := w.mem.Write(at, append([]byte(s), 0)); err != nil {
		w.t.Fatal(err)
	}
	return int64(at)
}

// call calls an import with integers, of which pointers and sizes are wide.
func (w *world) call(name string, args ...any) int64 {
	w.t.Helper()
	values := make([]wasm.Value, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case int:
			values[i] = wasm.I32(int32(v))
		case int64:
			values[i] = wasm.I64(v)
		}
	}
	results := make([]wasm.Value, 1)
	if err := w.Answer(w.mem, wasm.Import{Module: "env", Name: name}, values, results); err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return results[0].Int()
}

// vector stores a buffer of size bytes behind a vector at an address.
func (w *world) vector(at uint64, size uint64) int64 {
	b := binary.LittleEndian.AppendUint64(nil, at+16)
	if err := w.mem.Write(at, binary.LittleEndian.AppendUint64(b, size)); err != nil {
		w.t.Fatal(err)
	}
	return int64(at)
}

const here = -100 // the working folder

// Files are written, read, sought in, renamed and removed as anywhere, and every
// host begins without them.
func TestFiles(t *testing.T) {
	w := newWorld(t)
	name := w.text(100, "/data/x")
	fd := w.call("__syscall_openat", here, name, flagCreate|1, int64(0))
	if fd != 3 {
		t.Fatalf("open: %d", fd)
	}
	w.text(1016, "hello")
	for range 2 {
		if got := w.call("fd_write", int(fd), w.vector(1000, 5), int64(1), int64(900)); got != 0 || w.mem[900] != 5 {
			t.Fatalf("write: %d, %d bytes", got, w.mem[900])
		}
	}
	if got := w.call("fd_read", int(fd), w.vector(2000, 20), int64(1), int64(900)); got != int64(errBadFD) {
		t.Errorf("reading what is open for writing: %d", got)
	}
	if got := w.call("fd_close", int(fd)); got != 0 {
		t.Errorf("close: %d", got)
	}
	if got := w.call("fd_close", int(fd)); got != int64(errBadFD) {
		t.Errorf("close again: %d", got)
	}
	if got := w.call("__syscall_renameat", here, name, here, w.text(200, "data/../tmp/y")); got != 0 {
		t.Errorf("rename: %d", got)
	}
	fd = w.call("__syscall_openat", here, int64(200), 0, int64(0))
	if got := w.call("fd_seek", int(fd), int64(-4), 2, int64(900)); got != 0 || w.mem[900] != 6 {
		t.Errorf("seek: %d, %d", got, w.mem[900])
	}
	if got := w.call("fd_read", int(fd), w.vector(2000, 20), int64(1), int64(900)); got != 0 || string(w.mem[2016:2020]) != "ello" || w.mem[900] != 4 {
		t.Errorf("read: %d %q", got, w.mem[2016:2020])
	}
	for _, c := range []struct {
		name string
		args []any
		want errno
	}{
		{"__syscall_openat", []any{here, name, 0, int64(0)}, errNoEntry},
		{"__syscall_openat", []any{here, w.text(300, "/nowhere/z"), flagCreate | 1, int64(0)}, errNoEntry},
		{"__syscall_openat", []any{here, w.text(320, "/tmp/y/z"), 0, int64(0)}, errNotDir},
		{"__syscall_openat", []any{here, int64(200), flagCreate | flagExcl, int64(0)}, errExists},
		{"__syscall_openat", []any{here, w.text(340, "/tmp"), 1, int64(0)}, errIsDir},
		{"__syscall_openat", []any{here, w.text(360, ""), 0, int64(0)}, errNoEntry},
		{"__syscall_rmdir", []any{int64(200)}, errNotDir},
		{"__syscall_rmdir", []any{int64(340)}, errNotEmpty},
		{"__syscall_unlinkat", []any{here, int64(340), 0}, errIsDir},
		{"__syscall_unlinkat", []any{here, int64(200), 0}, 0},
		{"__syscall_unlinkat", []any{here, int64(200), 0}, errNoEntry},
		{"__syscall_mkdirat", []any{here, w.text(380, "/a"), 0}, 0},
		{"__syscall_mkdirat", []any{here, int64(380), 0}, errExists},
		{"__syscall_renameat", []any{here, int64(380), here, w.text(400, "/a/b")}, errInvalid},
		{"__syscall_unlinkat", []any{here, int64(380), 0x200}, 0},
		{"__syscall_dup3", []any{9, 10, 0}, errBadFD},
		{"__syscall_ioctl", []any{int(fd), ioctlWindow, int64(0)}, errNoTTY},
	} {
		if got := w.call(c.name, c.args...); got != -int64(c.want) {
			t.Errorf("%s %v: %d, want %d", c.name, c.args, got, -int64(c.want))
		}
	}
	if got := newWorld(t); got.call("__syscall_openat", here, got.text(100, "/data/x"), 0, int64(0)) != -int64(errNoEntry) {
		t.Error("a new host has the files of another")
	}
}

// A program cannot fill the memory of its node.
func TestFilesAreBounded(t *testing.T) {
	w := newWorld(t)
	fd := w.call("__syscall_openat", here, w.text(100, "/x"), flagCreate|2, int64(0))
	if got := w.call("__syscall_ftruncate64", int(fd), int64(maxFileBytes+1)); got != -int64(errNoSpace) {
		t.Errorf("a file that is too large: %d", got)
	}
	if got := w.call("fd_seek", int(fd), int64(1<<50), 0, int64(900)); got != 0 {
		t.Errorf("seek: %d", got)
	}
	if got := w.call("fd_write", int(fd), w.vector(1000, 5), int64(1), int64(900)); got != int64(errNoSpace) {
		t.Errorf("a write far away: %d", got)
	}
	last := int64(0)
	for i := 0; i < maxFDs && last >= 0; i++ {
		last = w.call("__syscall_openat", here, int64(100), 0, int64(0))
	}
	if last != -int64(errManyFDs) {
		t.Errorf("too many files: %d", last)
	}
}

// Texts of times, among them the first and last days of years.
func TestFormat(t *testing.T) {
	for _, c := range []struct {
		t             tm
		pattern, want string
	}{
		{tm{sec: 30, min: 31, hour: 23, day: 13, month: 1, year: 2009, weekday: 5, yearDay: 43}, "%c|%D|%F|%I|%p|%j|%U|%W|%V|%G|%g|%u|%w|%y|%C|%e|%h|%r|%R|%T|%z|%%",
			"Fri Feb 13 23:31:30 2009|02/13/09|2009-02-13|11|PM|044|06|06|07|2009|09|5|5|09|20|13|Feb|11:31:30 PM|23:31|23:31:30|+0000|%"},
		{tm{day: 1, month: 0, year: 2021, weekday: 5, yearDay: 0}, "%V %G %g %I %p", "53 2020 20 12 AM"},
		{tm{day: 31, month: 11, year: 2018, weekday: 1, yearDay: 364}, "%V %G", "01 2019"},
		{tm{day: 3, month: 0, year: 2016, weekday: 0, yearDay: 2, offset: -5400}, "%V %G %u %z", "53 2015 7 -0130"},
		{tm{year: 1970, weekday: 9, month: 12}, "%A %b %Q %", "undefined undefined %Q %"},
		{tm{year: 2000, day: 5, weekday: 3, zone: "UTC"}, "%Ex %Od %Ez %Z%n%t", "01/05/00 05 %Ez UTC\n\t"},
	} {
		if got := c.t.format(c.pattern); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", c.pattern, got, c.want)
		}
	}
}

// The clock moves only when it is looked at, and ends with the host.
func TestClock(t *testing.T) {
	w := newWorld(t)
	for i := range 3 {
		results := make([]wasm.Value, 1)
		if err := w.Answer(w.mem, wasm.Import{Module: "env", Name: "emscripten_date_now"}, nil, results); err != nil || results[0].Float() != float64(clockStart+i) {
			t.Errorf("look %d: %v, %v", i, results[0], err)
		}
	}
	seconds := []int{0, 951782400, -1, 1 << 40}
	for _, s := range seconds {
		w.call("_gmtime_js", int64(s), int64(500))
		if got := w.call("_mktime_js", int64(500)); got != int64(s) {
			t.Errorf("%d seconds become %d", s, got)
		}
	}
}

// Exit and abort end the call; what is not known returns zero.
func TestEnds(t *testing.T) {
	w := newWorld(t)
	var exit *Exit
	if err := w.Answer(w.mem, wasm.Import{Module: "env", Name: "exit"}, []wasm.Value{wasm.I32(3)}, nil); !errors.As(err, &exit) || exit.Code != 3 {
		t.Errorf("exit: %v", err)
	}
	if err := w.Answer(w.mem, wasm.Import{Module: "env", Name: "_abort_js"}, nil, nil); !fail.Is(err, fail.Failed) {
		t.Errorf("abort: %v", err)
	}
	if got := w.call("__asyncjs__weavedrive_open", int64(1), int64(2)); got != 0 {
		t.Errorf("no drive, but %d", got)
	}
	if err := w.Answer(w.mem, wasm.Import{Module: "other", Name: "x"}, nil, nil); !fail.Is(err, fail.Unsupported) {
		t.Errorf("another module: %v", err)
	}
	if err := w.Answer(w.mem, wasm.Import{Module: "env", Name: "fd_close"}, nil, nil); !fail.Is(err, fail.Unsupported) {
		t.Errorf("no parameters: %v", err)
	}
}

// FuzzAnswer: no arguments and no memory can make the host panic, or take more
// than its share.
func FuzzAnswer(f *testing.F) {
	var names []string
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names)
	f.Add(uint8(3), int64(1), int64(2), int64(3), int64(4), []byte("/tmp/x"))
	f.Fuzz(func(t *testing.T, which uint8, a, b, c, d int64, mem []byte) {
		m := make(ram, 1<<12)
		copy(m, mem)
		h := New(Options{Memory64: which%2 == 0})
		for i := range 3 {
			name := names[(int(which)+i)%len(names)]
			fn := functions[name]
			n := fn.params
			if which%5 == 0 {
				n = fn.params32
			}
			args := []wasm.Value{wasm.I64(a), wasm.I64(b), wasm.I64(c), wasm.I64(d), wasm.I64(a)}[:n]
			if n > 0 && which%3 == 0 {
				args[0] = wasm.I32(int32(a))
			}
			_ = h.Answer(m, wasm.Import{Module: "env", Name: name}, args, make([]wasm.Value, 1)) // any error is an answer
			if h.files.bytes > maxFileBytes || len(h.files.streams) > maxFDs {
				t.Fatal("the files are too large")
			}
		}
	})
}
