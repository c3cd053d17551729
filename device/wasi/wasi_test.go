package wasi_test

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/wasi"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/machine"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// program is a program of 32 or 64 bits in the middle of a call: what it does
// is written in Go.
type program struct {
	t     *testing.T
	bench aotest.Bench
	mem   *machine.Guest
	state *Message
	word  int // bytes of an address
}

// run runs f as a program with one page of memory, on a state after "init".
func run(t *testing.T, word int, options *Message, f func(p *program)) *Message {
	t.Helper()
	ctx := context.Background()
	engine, err := wasm.New(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	module, err := engine.Compile(ctx, sharedtest.File(t, "testdata/test-print.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, bench: aotest.With(t, ao.Services{}, options, wasi.New()), word: word}
	p.state = p.bench.Message(p.bench.Path(Of(P("device", Binary(wasi.Name))), "init"))
	imports := func(_ context.Context, g *machine.Guest, _ wasm.Import, _, _ []wasm.Value) error {
		p.mem = g
		f(p)
		return nil
	}
	m, err := machine.Start(ctx, module, machine.Run{Imports: imports})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = m.Call(ctx, machine.Run{Imports: imports}, "hello"); err != nil {
		t.Fatal(err)
	}
	return p.state
}

// ask calls a function of the library, as wasm-64@1.0 does.
func (p *program) ask(name, sig string, args ...int64) (int64, error) {
	list := make([]Value, len(args))
	for i, a := range args {
		list[i] = Int(a)
	}
	lib := Of(P("device", Binary(wasi.Name)), P("state", machine.WithGuest(p.state, p.mem)))
	r := p.bench.Ask(lib, name, P("args", NewList(list...)), P("func-sig", Binary(sig)))
	if r.Err != nil {
		return 0, r.Err
	}
	m := p.bench.Message(r)
	p.state = machine.WithoutGuest(m.Message("state"))
	results, _ := m.Get("results")
	n, _ := AsInt(results.(*List).At(0))
	return n, nil
}

// want fails the test unless a call returns an error number.
func (p *program) want(errno int64, name string, args ...int64) {
	p.t.Helper()
	got, err := p.ask(name, p.sig(name), args...)
	if err != nil || got != errno {
		p.t.Errorf("%s%v returns %d, %v; want %d", name, args, got, err, errno)
	}
}

// sig returns the signature of a function, as it is passed on (spec 03, 11.9).
func (p *program) sig(name string) string {
	s := map[string]string{
		"fd_write": "(iPPP)", "fd_read": "(iPPP)", "fd_close": "(i)", "fd_seek": "(iIiP)", "fd_fdstat_get": "(iP)",
		"fd_prestat_get": "(iP)", "fd_prestat_dir_name": "(iPP)", "path_open": "(iiPPiIIiP)",
		"environ_sizes_get": "(PP)", "environ_get": "(PP)", "clock_time_get": "(iIP)", "proc_exit": "(i",
	}[name]
	return strings.ReplaceAll(s, "P", map[int]string{4: "i", 8: "I"}[p.word])
}

func (p *program) put(addr uint64, text string) {
	if err := p.mem.Write(addr, []byte(text)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) get(addr, n uint64) string {
	b, err := p.mem.Read(addr, n)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// number reads an address or size.
func (p *program) number(addr uint64) uint64 {
	b := []byte(p.get(addr, 8))
	if p.word == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// vectors writes a list of pieces of memory at addr.
func (p *program) vectors(addr uint64, pieces ...uint64) {
	var b []byte
	for _, n := range pieces {
		b = binary.LittleEndian.AppendUint64(b, n)[:len(b)+p.word]
	}
	p.put(addr, string(b))
}

func (p *program) open(name string, flags, fdflags int64) int64 {
	p.t.Helper()
	p.put(1000, name)
	p.want(0, "path_open", 3, 0, 1000, int64(len(name)), flags, -1, -1, fdflags, 2000)
	b := []byte(p.get(2000, 4))
	return int64(binary.LittleEndian.Uint32(b))
}

func (p *program) write(fd int64, text string) {
	p.t.Helper()
	p.put(3000, text)
	p.vectors(100, 3000, uint64(len(text)/2), 3000+uint64(len(text)/2), uint64(len(text)-len(text)/2))
	p.want(0, "fd_write", fd, 100, 2, 200)
	if n := p.number(200); n != uint64(len(text)) {
		p.t.Errorf("%d bytes of %q written", n, text)
	}
}

func (p *program) read(fd int64, n uint64) string {
	p.t.Helper()
	p.vectors(100, 4000, n)
	p.want(0, "fd_read", fd, 100, 1, 200)
	return p.get(4000, p.number(200))
}

// TestFiles: files are made, written, read, moved in, closed, and are in the
// state, for addresses of both widths.
func TestFiles(t *testing.T) {
	for _, word := range []int{4, 8} {
		state := run(t, word, Empty(), func(p *program) {
			fd := p.open("dir/./x/../file", 1, 0)
			if fd != 4 {
				t.Errorf("the first file is %d", fd)
			}
			p.write(fd, "Hello, World")
			p.want(0, "fd_seek", fd, -5, 2, 300)
			if n := binary.LittleEndian.Uint64([]byte(p.get(300, 8))); n != 7 {
				t.Errorf("position %d", n)
			}
			if got := p.read(fd, 100); got != "World" {
				t.Errorf("read %q", got)
			}
			if got := p.read(fd, 100); got != "" {
				t.Errorf("read %q at the end", got)
			}
			again := p.open("/dir/file", 0, 1)
			p.write(again, "!")
			p.want(0, "fd_close", fd)
			p.want(8, "fd_close", fd)
			if next := p.open("dir/file", 0, 0); next != fd || p.read(next, 5) != "Hello" {
				t.Errorf("reopened as %d", next)
			}
			if next := p.open("dir/file", 8, 0); p.read(next, 5) != "" {
				t.Error("the file is not truncated")
			}
			p.write(1, "out")
			p.write(2, "err")
		})
		for path, want := range map[string]string{"vfs/dir/file": "", "vfs/dev/stdout": "out", "vfs/dev/stderr": "err"} {
			if got, _ := Text(DeepGet(state, Parts(path))); got != want {
				t.Errorf("%s is %q, want %q", path, got, want)
			}
		}
		if n, _ := AsInt(DeepGet(state, Parts("file-descriptors/1/offset"))); n != 3 {
			t.Errorf("offset of stdout %d", n)
		}
	}
}

// TestErrors: what cannot be done has an error number, and nothing happens.
func TestErrors(t *testing.T) {
	run(t, 8, Of(P("wasi_file_limit", Int(10))), func(p *program) {
		p.put(1000, "none")
		p.want(44, "path_open", 3, 0, 1000, 4, 0, 0, 0, 0, 2000)
		p.want(44, "path_open", 3, 0, 1000, 4, 2, 0, 0, 0, 2000)
		p.put(1000, "privx")
		p.want(28, "path_open", 3, 0, 1000, 5, 1, 0, 0, 0, 2000)
		p.want(28, "path_open", 3, 0, 1000, 5000, 1, 0, 0, 0, 2000)
		p.put(1000, "../..")
		p.want(31, "path_open", 3, 0, 1000, 5, 1, 0, 0, 0, 2000)
		fd := p.open("a", 1, 0)
		p.put(1000, "a")
		p.want(20, "path_open", 3, 0, 1000, 1, 5, 0, 0, 0, 2000)
		p.want(8, "path_open", 77, 0, 1000, 1, 1, 0, 0, 0, 2000)
		p.put(1000, "a/b")
		p.want(54, "path_open", 3, 0, 1000, 3, 1, 0, 0, 0, 2000)
		p.vectors(100, 0, 11)
		p.want(22, "fd_write", fd, 100, 1, 200)
		p.want(8, "fd_write", 50, 100, 1, 200)
		p.want(28, "fd_write", fd, 100, 1<<40, 200)
		p.want(8, "fd_read", 50, 100, 1, 200)
		p.want(28, "fd_seek", fd, -1, 0, 200)
		p.want(28, "fd_seek", fd, 0, 9, 200)
		p.want(8, "fd_seek", 50, 0, 0, 200)
		if v := DeepGet(p.state, Parts("vfs/a")); v != Value(Binary("")) {
			t.Errorf("the file is %v", v)
		}
	})
}

// TestSystem: the directory, the environment, the clock and the end.
func TestSystem(t *testing.T) {
	for _, word := range []int{4, 8} {
		run(t, word, Empty(), func(p *program) {
			p.want(0, "fd_prestat_get", 3, 500)
			if p.number(500) != 0 || p.number(500+uint64(word)) != 1 {
				t.Error("the directory is not described")
			}
			p.want(0, "fd_prestat_dir_name", 3, 500, 1)
			if p.get(500, 1) != "/" {
				t.Error("the directory is not named")
			}
			p.want(8, "fd_prestat_get", 4, 500)
			for fd, want := range map[int64]byte{0: 2, 1: 2, 3: 3} {
				p.want(0, "fd_fdstat_get", fd, 500)
				if got := p.get(500, 1)[0]; got != want {
					t.Errorf("descriptor %d has type %d", fd, got)
				}
			}
			p.put(500, strings.Repeat("x", 32))
			p.want(0, "environ_sizes_get", 500, 516)
			if p.number(500) != 0 || p.number(516) != 0 {
				t.Error("there is an environment")
			}
			p.want(0, "environ_get", 500, 516)
			p.put(500, "unchanged")
			p.want(1, "clock_time_get", 0, 1, 500)
			if p.get(500, 9) != "unchanged" {
				t.Error("the clock has written a time")
			}
			var exit *machine.Exit
			if _, err := p.ask("proc_exit", p.sig("proc_exit"), 3); !errors.As(err, &exit) || exit.Code != 3 {
				t.Errorf("proc_exit: %v", err)
			}
		})
	}
}

// TestOutside: functions are for programs that are being run.
func TestOutside(t *testing.T) {
	b := aotest.New(t, wasi.New())
	r := b.Ask(Of(P("device", Binary(wasi.Name)), P("state", Empty())), "fd_write", P("args", NewList(Int(1), Int(0), Int(0), Int(0))))
	if !fail.Is(r.Err, fail.Conflict) {
		t.Errorf("got %v", r.Err)
	}
}
