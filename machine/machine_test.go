package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

var ctx = context.Background()

func load(t testing.TB, file string) *wasm.Module {
	t.Helper()
	e, err := wasm.New(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.Compile(ctx, sharedtest.File(t, "testdata/"+file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const env = `{"Process":{"Id":"AOS","Owner":"FOOBAR","Tags":[{"name":"Name","value":"Thomas"}, {"name":"Authority","value":"FOOBAR"}]}}`

// clock is the library of aos: the clock fails, the rest does nothing.
func clock(_ context.Context, _ *Guest, im wasm.Import, _, results []wasm.Value) error {
	if im.Name == "clock_time_get" {
		results[0] = wasm.I32(1)
	}
	return nil
}

var aosRun = Run{Limits: wasm.Limits{Fuel: 1e9}, Imports: clock}

func start(t testing.TB, file string, run Run) *Machine {
	t.Helper()
	m, err := Start(ctx, load(t, file), run)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// eval sends code to an aos machine.
func eval(m *Machine, run Run, code string) (*Machine, string, error) {
	text := fmt.Sprintf(`{"From":"FOOBAR","Block-Height":"1","Target":"AOS","Owner":"FOOBAR","Id":"1","Module":"W","Tags":[{"name":"Action","value":"Eval"}],"Data":%q}`, code)
	m, a, err := m.WriteString(ctx, text)
	if err != nil {
		return nil, "", err
	}
	m, b, err := m.WriteString(ctx, env)
	if err != nil {
		return nil, "", err
	}
	m, out, err := m.Call(ctx, run, "handle", wasm.I64(int64(a)), wasm.I64(int64(b)))
	if err != nil {
		return nil, "", err
	}
	answer, err := m.ReadString(ctx, out[0].Uint())
	return m, string(answer), err
}

func mustEval(t testing.TB, m *Machine, code string) (*Machine, string) {
	t.Helper()
	m, s, err := eval(m, aosRun, code)
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func memory(t testing.TB, m *Machine) []byte {
	t.Helper()
	b, err := m.Memory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestOlderPoints: every point stays what it was, whatever is computed after
// it, and computing on from it gives the same again.
func TestOlderPoints(t *testing.T) {
	m := start(t, "aos-2-pure-xs.wasm", aosRun)
	points := []*Machine{m}
	memories := [][]byte{memory(t, m)}
	for i := range 12 {
		m, _ = mustEval(t, m, fmt.Sprintf("X = (X or 0) + %d; return X", i))
		points, memories = append(points, m), append(memories, memory(t, m))
	}
	for _, i := range []int{3, 11, 0, 7, 12, 1, 2} {
		if !bytes.Equal(memory(t, points[i]), memories[i]) {
			t.Errorf("point %d has other memory than before", i)
		}
		if i < 12 {
			again, _ := mustEval(t, points[i], fmt.Sprintf("X = (X or 0) + %d; return X", i))
			if !bytes.Equal(memory(t, again), memories[i+1]) {
				t.Errorf("going on from point %d gives another memory", i)
			}
		}
	}
}

// TestFailure: a call that ends in a limit leaves the point it started from as
// it was, and the same call under a higher limit succeeds.
func TestFailure(t *testing.T) {
	m := start(t, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(t, m, "X = 7")
	before := memory(t, m)
	const long = "for i = 1, 3e5 do X = X + 1 end; return X"
	small := aosRun
	small.Limits.Fuel = 1e7
	for range 2 {
		if _, _, err := eval(m, small, long); !fail.Is(err, fail.Exhausted) {
			t.Fatalf("got %v", err)
		}
	}
	if !bytes.Equal(memory(t, m), before) {
		t.Error("the failed call changed the point it started from")
	}
	_, s, err := eval(m, aosRun, "return X")
	if err != nil || !bytes.Contains([]byte(s), []byte(`"data":"7"`)) {
		t.Errorf("got %s, %v", s, err)
	}
	if _, s, err = eval(m, aosRun, long); err != nil || !bytes.Contains([]byte(s), []byte("300007")) {
		t.Errorf("got %s, %v", s, err)
	}
}

// TestReplayAsksNobody: moving back repeats what a library did to memory and
// answered without asking it.
func TestReplayAsksNobody(t *testing.T) {
	asked := 0
	run := Run{Imports: func(_ context.Context, g *Guest, im wasm.Import, args, results []wasm.Value) error {
		asked++
		if err := g.Write(66, []byte(fmt.Sprintf("Call %d", asked))); err != nil {
			return err
		}
		results[0] = wasm.I32(int32(asked))
		return nil
	}}
	m0 := start(t, "test-print.wasm", run)
	m1, _, err := m0.Call(ctx, run, "hello")
	if err != nil {
		t.Fatal(err)
	}
	before := memory(t, m1)
	if _, _, err := m1.Call(ctx, run, "hello"); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(memory(t, m1), before) || !bytes.Contains(before, []byte("Call 1")) || asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}

// TestFailingLibrary: the error of a library is what the call returns.
func TestFailingLibrary(t *testing.T) {
	boom := errors.New("boom")
	fails := Run{Imports: func(context.Context, *Guest, wasm.Import, []wasm.Value, []wasm.Value) error { return boom }}
	m := start(t, "test-print.wasm", fails)
	if _, _, err := m.Call(ctx, fails, "hello"); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if _, out, err := m.Call(ctx, Run{}, "hello"); err != nil || out[0].Int() != 0 {
		t.Errorf("got %v, %v", out, err)
	}
}

// TestReentry: a library that uses the waiting instance as a machine gets an
// error, not a deadlock.
func TestReentry(t *testing.T) {
	var m *Machine
	var inner error
	run := Run{Imports: func(ctx context.Context, g *Guest, _ wasm.Import, _, _ []wasm.Value) error {
		_, _, inner = m.Call(ctx, Run{}, "hello")
		return nil
	}}
	m = start(t, "test-print.wasm", run)
	if _, _, err := m.Call(ctx, run, "hello"); err != nil || !fail.Is(inner, fail.Conflict) {
		t.Errorf("got %v, inner %v", err, inner)
	}
}

// TestSnapshotForms: both message forms restore to the same memory and go on in
// the same way, also after the instance was stopped.
func TestSnapshotForms(t *testing.T) {
	m := start(t, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(t, m, "X = 'kept'")
	want, _ := mustEval(t, m, "return X")
	if err := want.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]func(context.Context) (*message.Message, error){"pages": m.Snapshot, "flat": m.Flat} {
		saved, err := form(ctx)
		if err != nil {
			t.Fatal(name, err)
		}
		r, err := Restore(ctx, m.Module(), saved, message.NoLoader{}, aosRun)
		if err != nil {
			t.Fatal(name, err)
		}
		got, _ := mustEval(t, r, "return X")
		if !bytes.Equal(memory(t, got), memory(t, want)) {
			t.Errorf("%s: memory differs after going on", name)
		}
	}
}

// TestSnapshotShares: parts that did not change are the same messages.
func TestSnapshotShares(t *testing.T) {
	m := start(t, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(t, m, "X = 1")
	a, err := m.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, _ = mustEval(t, m, "X = 2")
	b, err := m.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same, parts := 0, b.Message(keyMemory).Len()
	for k, v := range b.Message(keyMemory).All() {
		if old, _ := a.Message(keyMemory).Get(k); old == v {
			same++
		}
	}
	if same < parts/4 || same == parts {
		t.Errorf("%d of %d parts are shared", same, parts)
	}
}

// TestDamaged: a snapshot that is not what it was is refused.
func TestDamaged(t *testing.T) {
	m := start(t, "pow_calculator.wasm", Run{})
	s, err := m.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mem := s.Message(keyMemory)
	for name, bad := range map[string]*message.Message{
		"no state":   s.Without(keyState),
		"no memory":  s.Without(keyMemory),
		"other part": s.Set(keyMemory, mem.Set("x", message.Empty())),
		"far part":   s.Set(keyMemory, mem.Set("999", message.Empty())),
		"short page": s.Set(keyMemory, mem.Set("0", message.Of(message.P("0", message.Binary("x"))))),
		"list":       s.Set(keyMemory, message.NewList(message.Int(1))),
		"flat int":   message.Of(message.P(keyBody, message.Int(1))),
	} {
		if _, err := Restore(ctx, m.Module(), bad, message.NoLoader{}, Run{}); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := Restore(ctx, load(t, "test-print.wasm"), s, message.NoLoader{}, Run{}); !fail.Is(err, fail.Conflict) {
		t.Errorf("another module: %v", err)
	}
}

// FuzzRestore: no message makes Restore panic, and what it accepts saves to the
// same message again.
func FuzzRestore(f *testing.F) {
	module := load(f, "test-print.wasm")
	m, err := Start(ctx, module, Run{})
	if err != nil {
		f.Fatal(err)
	}
	good, err := m.Snapshot(ctx)
	if err != nil {
		f.Fatal(err)
	}
	page := good.Message(keyMemory).Message("0").Text("0")
	f.Add(good.Text(keyState), "0", "0", page, false)
	f.Add(good.Text(keyState), "1", "15", page, false)
	f.Add("", "0", "0", "", false)
	f.Add(good.Text(keyState), "", "", page, true)
	f.Fuzz(func(t *testing.T, state, part, page, text string, flat bool) {
		saved := message.Of(message.P(keyState, message.Binary(state)))
		if flat {
			saved = saved.Set(keyBody, message.Binary(text))
		} else {
			saved = saved.Set(keyMemory, message.Of(message.P(part, message.Of(message.P(page, message.Binary(text))))))
		}
		r, err := Restore(ctx, module, saved, message.NoLoader{}, Run{Limits: wasm.Limits{MemoryBytes: 1 << 20}})
		if err != nil {
			return
		}
		again, err := r.Snapshot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !flat && !message.Equal(again.Set(keyMemory, saved.Message(keyMemory)), saved) {
			t.Errorf("the state became another one")
		}
		if err := r.Stop(ctx); err != nil {
			t.Fatal(err)
		}
	})
}

// TestForgotten: an instance that no point refers to any more is freed.
func TestForgotten(t *testing.T) {
	run := Run{Imports: clock}
	m := start(t, "test-print.wasm", run)
	m, _, err := m.Call(ctx, run, "hello")
	if err != nil {
		t.Fatal(err)
	}
	in := weak.Make(m.life.in)
	runtime.KeepAlive(m)
	m = nil
	for range 100 {
		runtime.GC()
		if in.Value() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the instance is still there")
}

// TestUnsaveable: a module whose state cannot be saved still has points.
func TestUnsaveable(t *testing.T) {
	m := start(t, "test.wasm", Run{})
	m1, out, err := m.Call(ctx, Run{}, "fac", wasm.F64(5))
	if err != nil || out[0] != wasm.F64(120) {
		t.Fatal(out, err)
	}
	if _, out, err = m.Call(ctx, Run{}, "fac", wasm.F64(6)); err != nil || out[0] != wasm.F64(720) {
		t.Fatal(out, err)
	}
	if _, _, err := m1.Call(ctx, Run{}, "missing"); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
}

func TestPrefixes(t *testing.T) {
	a, b := &Machine{}, &Machine{}
	m := With(With(message.Empty(), "x", a), "", b)
	if Of(m, "x") != a || Of(m, "") != b || Of(m, "y") != nil {
		t.Error("machines are mixed up")
	}
	m = With(m.Set("k", message.Int(1)), "x", nil)
	if Of(m, "x") != nil || Of(m, "") != b {
		t.Error("removal is wrong")
	}
}

func BenchmarkEval(b *testing.B) {
	m := start(b, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(b, m, "return 1+1")
	b.ReportAllocs()
	for b.Loop() {
		m, _ = mustEval(b, m, "return 1+1")
	}
}

func BenchmarkBack(b *testing.B) {
	m := start(b, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(b, m, "return 1+1")
	b.ReportAllocs()
	for b.Loop() {
		mustEval(b, m, "return 1+1")
	}
}

func BenchmarkFac(b *testing.B) {
	m := start(b, "test.wasm", Run{})
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if m, _, err = m.Call(ctx, Run{}, "fac", wasm.F64(10)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSnapshot(b *testing.B) {
	m := start(b, "aos-2-pure-xs.wasm", aosRun)
	m, _ = mustEval(b, m, "return 1+1")
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		m, _ = mustEval(b, m, "return 1+1")
		b.StartTimer()
		if _, err := m.Snapshot(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
