//go:build cgo

package wasm

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

const aosEnv = `{"Process":{"Id":"AOS","Owner":"FOOBAR","Tags":[{"name":"Name","value":"Thomas"}, {"name":"Authority","value":"FOOBAR"}]}}`

// aosEval returns the message of spec 03, 15.3 that evaluates code.
func aosEval(code string) string {
	q, _ := json.Marshal(code)
	return fmt.Sprintf(`{"From":"FOOBAR","Block-Height":"1","Target":"AOS","Owner":"FOOBAR","Id":"1","Module":"W","Tags":[{"name":"Action","value":"Eval"}],"Data":%s}`, q)
}

func newEngine(t testing.TB, o Options) *Engine {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func image(t testing.TB, file string) []byte { return sharedtest.File(t, "testdata/"+file) }

func compile(t testing.TB, e *Engine, file string) *Module {
	t.Helper()
	m, err := e.Compile(context.Background(), image(t, file))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return m
}

func instantiate(t testing.TB, m *Module, h Host, l Limits) *Instance {
	t.Helper()
	in, err := m.Instantiate(context.Background(), h, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

func call(t testing.TB, in *Instance, name string, args ...Value) []Value {
	t.Helper()
	out, err := in.Call(context.Background(), name, args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// aosHost answers as the reference does without extra libraries: zeros, except
// that the clock fails and written bytes are counted.
var aosHost = HostFuncs(func(im Import) HostFunc {
	switch im.Name {
	case "clock_time_get":
		return func(_ *Caller, _, results []Value) error {
			results[0] = I32(1)
			return nil
		}
	case "fd_write":
		return fdWrite
	}
	return nil
})

// fdWrite counts the bytes of 16-byte vectors, or 8-byte ones on 32 bits.
func fdWrite(c *Caller, args, _ []Value) error {
	word := uint64(8)
	if args[1].Type() == TypeI32 {
		word = 4
	}
	var total uint64
	for i := range args[2].Uint() {
		b, err := c.Read(args[1].Uint()+2*word*i+word, word)
		if err != nil {
			return err
		}
		total += uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16
	}
	out := make([]byte, word)
	out[0], out[1], out[2] = byte(total), byte(total>>8), byte(total>>16)
	return c.Write(args[3].Uint(), out)
}

// handle runs one message through an aos instance and returns the addresses of
// message, environment and answer, and the answer.
func handle(t testing.TB, in *Instance, msg string) (ptrs [3]uint64, answer string) {
	t.Helper()
	ptrs, answer, err := tryHandle(in, msg)
	if err != nil {
		t.Fatal(err)
	}
	return ptrs, answer
}

func tryHandle(in *Instance, msg string) (ptrs [3]uint64, answer string, err error) {
	ctx := context.Background()
	for i, text := range []string{msg, aosEnv} {
		if ptrs[i], err = in.WriteString(ctx, []byte(text)); err != nil {
			return ptrs, "", err
		}
	}
	out, err := in.Call(ctx, "handle", I64(int64(ptrs[0])), I64(int64(ptrs[1])))
	if err != nil {
		return ptrs, "", err
	}
	ptrs[2] = out[0].Uint()
	b, err := in.ReadString(ptrs[2])
	return ptrs, string(b), err
}

// data returns the text of "data", of an output that is text, or of "Error" of
// an answer.
func data(t testing.TB, answer string) string {
	t.Helper()
	var a struct {
		Response struct{ Output, Error any }
	}
	if err := json.NewDecoder(strings.NewReader(answer)).Decode(&a); err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	if a.Response.Error != nil {
		return fmt.Sprint("error: ", a.Response.Error)
	}
	if m, ok := a.Response.Output.(map[string]any); ok {
		return fmt.Sprint(m["data"])
	}
	return fmt.Sprint(a.Response.Output)
}
