package lua_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// FuzzNormalize reads damaged snapshots: they are refused, or give a program
// that can be called.
func FuzzNormalize(f *testing.F) {
	b := aotest.New(f, lua.New())
	base := program(source("t", "n = 0 t = {1, 2, {x = 'y'}} function f() n = n + 1 return #t end"))
	s := b.Message(b.Ask(base, "init"))
	whole := b.Message(b.Ask(s, "snapshot", P("format", Binary("body"))))
	f.Add([]byte(whole.Text("body")), 0, byte(0))
	f.Add([]byte("HBLUA"), 7, byte(3))
	f.Fuzz(func(t *testing.T, body []byte, at int, flip byte) {
		if at >= 0 && at < len(body) {
			body[at] ^= flip
		}
		b := aotest.With(t, ao.Services{}, Of(P("lua_fuel", Int(100_000)), P("lua_memory_bytes", Int(1<<20))), lua.New())
		saved := base.Set("snapshot", Of(P("format", Binary("lua-state@1")), P("body", Binary(body))))
		if r := b.Ask(saved, "normalize"); r.Status == ao.OK {
			b.Ask(r.Value, "f")
			b.Ask(r.Value, "snapshot")
		}
	})
}

// FuzzProgram runs any source text under small limits: it ends, and what it
// returns is a message or an error.
func FuzzProgram(f *testing.F) {
	f.Add("function f(base) base.x = 1 return base end")
	f.Add("function f() return ao.resolve({path = '/~lua@5.3a/f'}) end")
	f.Add("function f() return ao.set({}, 'a/b', {{}}) end")
	f.Add("function f() return {[1] = {}, ['1'] = 2, [true] = false, [2^70] = 1} end")
	f.Add("function f(b, r) r.b = b b.r = r return ao.get('b', r) end")
	f.Fuzz(func(t *testing.T, src string) {
		b := aotest.With(t, ao.Services{}, Of(P("lua_fuel", Int(100_000)), P("lua_memory_bytes", Int(1<<20))), lua.New())
		r := b.Ask(text(src), "f")
		if m, ok := r.Value.(*Message); ok && r.Status == ao.OK {
			if r := b.Ask(m.Set("device", Binary(lua.Name)), "snapshot"); r.Status != ao.OK && r.Value.(*Message).Text("body") == "" {
				t.Fatal("an error without a reason")
			}
		}
	})
}
