package conformance

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

const aosImage = "aos-2-pure-xs.wasm"

// wasmEnv returns an environment that runs modules, signs as the operator of the
// vectors, and has the given options.
func wasmEnv(t testing.TB, options ...message.Pair) (*wasmSuite, *ao.Env) {
	t.Helper()
	s := newWasmSuite(t)
	w, err := readWallets(sharedtest.Dir(t, "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	env, err := s.env(w[operator])
	if err != nil {
		t.Fatal(err)
	}
	return s, env.WithConfig(message.Of(options...))
}

// aosTest returns a process that runs aos.
func aosTest(t testing.TB, options ...message.Pair) *aosProcess {
	t.Helper()
	s, env := wasmEnv(t, options...)
	p, err := spawnAos(context.Background(), env, s.file(aosImage), 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// mustEval returns the data of the next slot.
func (p *aosProcess) mustEval(t testing.TB, code string) message.Value {
	t.Helper()
	v, err := p.eval(context.Background(), code)
	if err != nil {
		t.Fatalf("%s: %v", code, err)
	}
	data, _ := v.(*message.Message).Get("data")
	return data
}

func (p *aosProcess) memory(t testing.TB) []byte {
	t.Helper()
	b, err := machine.Of(p.state, "wasm").Memory(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mustResolve resolves a request and returns the message it gives.
func mustResolve(t testing.TB, env *ao.Env, base, req message.Value) *message.Message {
	t.Helper()
	v, err := env.Resolve(context.Background(), base, req)
	if err != nil {
		t.Fatalf("%s: %v", show(req), err)
	}
	m, ok := v.(*message.Message)
	if !ok {
		t.Fatalf("%s gives %s", show(req), show(v))
	}
	return m
}

// wasmMessage returns a message with a module as its body.
func (s *wasmSuite) message(file string, more ...message.Pair) *message.Message {
	return message.Of(
		message.P("device", message.Binary("wasm-64@1.0")),
		message.P("body", message.Binary(s.file(file)))).Merge(message.Of(more...))
}

func computeRequest(function string, params ...message.Value) *message.Message {
	return message.Of(
		message.P("path", message.Binary("compute")),
		message.P("function", message.Binary(function)),
		message.P("parameters", message.NewList(params...)))
}

// output returns the result under an output prefix.
func output(m *message.Message, prefix string) message.Value {
	return message.DeepGet(m, append(append([]string{"results"}, message.Parts(prefix)...), "output"))
}

func wantValue(t testing.TB, what string, got, want message.Value) {
	t.Helper()
	if err := same(what, got, want); err != nil {
		t.Error(err)
	}
}

var initKey = message.Binary("init")

// TestConfWasm01: init with input prefix, with output prefix, and plain.
// CONF-WASM-01
func TestConfWasm01(t *testing.T) {
	s, env := wasmEnv(t)
	ctx := context.Background()
	image := message.Of(message.P("body", message.Binary(s.file("test.wasm"))))
	name, err := env.Cache.Write(ctx, image, store.Lazy)
	if err != nil {
		t.Fatal(err)
	}
	dev := message.P("device", message.Binary("wasm-64@1.0"))
	for what, c := range map[string]struct {
		base   *message.Message
		prefix string
	}{
		"plain":        {s.message("test.wasm"), ""},
		"image by ID":  {message.Of(dev, message.P("image", message.Binary(name))), ""},
		"image inline": {message.Of(dev, message.P("image", image)), ""},
		"input prefix": {message.Of(dev, message.P("input-prefix", message.Binary("/in/here")),
			message.P("in", message.Of(message.P("here", message.Of(message.P("image", message.Binary(name))))))), ""},
		"output prefix": {s.message("test.wasm", message.P("output-prefix", message.Binary("wasm"))), "wasm"},
		"long prefix":   {s.message("test.wasm", message.P("output-prefix", message.Binary("/a/b/"))), "a/b"},
		"alias":         {s.message("test.wasm", message.P("device", message.Binary("wasm64@1.0"))), ""},
	} {
		m := mustResolve(t, env, c.base, initKey)
		if machine.Of(m, c.prefix) == nil {
			t.Errorf("%s: no instance under %q", what, c.prefix)
		}
		m = mustResolve(t, env, m, computeRequest("fac", message.Float(5)))
		wantValue(t, what, output(m, c.prefix), message.NewList(message.Float(120)))
	}
	for what, base := range map[string]*message.Message{
		"no image":      message.Of(dev),
		"unknown image": message.Of(dev, message.P("image", message.Binary(strings.Repeat("A", 43)))),
		"no module":     message.Of(dev, message.P("body", message.Binary("text"))),
		"wrong mode":    s.message("test.wasm", message.P("Mode", message.Binary("JIT"))),
	} {
		if v, err := env.Resolve(ctx, base, initKey); err == nil {
			t.Errorf("%s gives %s", what, show(v))
		}
	}
}

// TestConfWasm02: fac through the device, from both files.
// CONF-WASM-02
func TestConfWasm02(t *testing.T) {
	s, env := wasmEnv(t)
	for _, file := range []string{"test.wasm", "test-64.wasm"} {
		m := mustResolve(t, env, s.message(file), initKey)
		wantValue(t, file, output(mustResolve(t, env, m, computeRequest("fac", message.Float(5))), ""), message.NewList(message.Float(120)))
		// an integer and a text that is a number are converted
		for _, five := range []message.Value{message.Int(5), message.Binary("5")} {
			wantValue(t, file, output(mustResolve(t, env, m, computeRequest("fac", five)), ""), message.NewList(message.Float(120)))
		}
	}
}

func mulLib() message.Pair {
	return message.P("stdlib", message.Of(message.P("my_lib", message.Of(message.P("device", message.Binary("test-device@1.0"))))))
}

// TestConfWasm03: pow with an imported multiply.
// CONF-WASM-03
func TestConfWasm03(t *testing.T) {
	s, env := wasmEnv(t)
	m := mustResolve(t, env, s.message("pow_calculator.wasm", mulLib()), initKey)
	m = mustResolve(t, env, m, computeRequest("pow", message.Int(2), message.Int(5)))
	wantValue(t, "pow(2, 5)", output(m, ""), message.NewList(message.Int(32)))
}

// TestConfWasm04: a snapshot is computed on without init, from the cache, in
// both forms and in that of the reference.
// CONF-WASM-04
func TestConfWasm04(t *testing.T) {
	s, env := wasmEnv(t)
	ctx := context.Background()
	base := s.message("pow_calculator.wasm", mulLib())
	m := mustResolve(t, env, base, initKey)
	flat := mustResolve(t, env, m, message.Of(message.P("path", message.Binary("snapshot")), message.P("format", message.Binary("memory"))))
	for what, saved := range map[string]*message.Message{
		"pages":     mustResolve(t, env, m, message.Binary("snapshot")),
		"memory":    flat,
		"reference": flat.Without("state"),
	} {
		name, err := env.Cache.Write(ctx, base.Set("snapshot", saved), store.Lazy)
		if err != nil {
			t.Fatal(err)
		}
		v, err := env.Cache.ReadLazy(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		got := mustResolve(t, env, v, computeRequest("pow", message.Int(2), message.Int(2)))
		wantValue(t, what, output(got, ""), message.NewList(message.Int(4)))
		if got.Has("snapshot") {
			t.Errorf("%s: the snapshot is still there", what)
		}
	}
	if _, err := env.Resolve(ctx, base, computeRequest("pow")); !fail.Is(err, fail.Conflict) {
		t.Errorf("without instance or snapshot: %v", err)
	}
}

// TestConfWasm05: an instance serves several clients.
// CONF-WASM-05
func TestConfWasm05(t *testing.T) {
	s, env := wasmEnv(t)
	m := mustResolve(t, env, s.message("pow_calculator.wasm", mulLib()), initKey)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			v, err := env.Resolve(context.Background(), m, computeRequest("pow", message.Int(i), message.Int(2)))
			if err != nil {
				t.Error(err)
				return
			}
			wantValue(t, "pow", output(v.(*message.Message), ""), message.NewList(message.Int(i*i)))
		})
	}
	wg.Wait()
}

// TestConfWasm11: error texts, missing exports, stubs of unresolved imports.
// CONF-WASM-11
func TestConfWasm11(t *testing.T) {
	s, env := wasmEnv(t)
	m := mustResolve(t, env, s.message("pow_calculator.wasm"), initKey)
	for what, c := range map[string]struct {
		req  *message.Message
		text string
	}{
		"missing export": {computeRequest("missing"), "Function not found: missing"},
		"no number":      {computeRequest("pow", message.Binary("x"), message.Int(1)), "invalid argument: parameter 1 is not a number"},
		"fraction":       {computeRequest("pow", message.Float(1.5), message.Int(1)), "invalid argument: 1.5 is not an integer of 64 bits"},
	} {
		got := mustResolve(t, env, m, c.req)
		wantValue(t, what, message.DeepGet(got, []string{"results", "type"}), message.Atom("error"))
		if text, _ := message.Text(output(got, "")); !strings.Contains(text, c.text) {
			t.Errorf("%s: %q, want %q", what, text, c.text)
		}
		// what failed leaves no trace
		wantValue(t, what, output(mustResolve(t, env, got, computeRequest("pow", message.Int(1), message.Int(1))), ""), message.NewList(message.Int(0)))
	}
	got := mustResolve(t, env, m, computeRequest("pow", message.Int(2), message.Int(2)))
	calls, _ := message.DeepGet(got, []string{"state", "results", "undefined-calls"}).(*message.List)
	if calls == nil || calls.Len() == 0 {
		t.Fatalf("undefined calls are not noted: %s", show(got.Without("body")))
	}
	wantValue(t, "undefined call", calls.At(calls.Len()-1), message.Of(
		message.P("path", message.Binary("import")),
		message.P("module", message.Binary("my_lib")),
		message.P("func", message.Binary("mul")),
		message.P("func-sig", message.Binary("(ii)")),
		message.P("args", message.NewList(message.Int(1), message.Int(2)))))
}

// TestLimits: what a limit ends says which, and where; nothing of it remains.
func TestLimits(t *testing.T) {
	ctx := context.Background()
	p := aosTest(t, message.P("wasm_fuel_limit", message.Int(200_000_000)), message.P("wasm_time_limit", message.Int(60_000)))
	p.mustEval(t, "X = 1")
	before, memory := p.state, p.memory(t)
	_, err := p.eval(ctx, "while true do X = X + 1 end")
	r := ao.ResultOf(nil, err)
	text, _ := message.Text(message.DeepGet(r.Value.(*message.Message), []string{"results", "wasm", "output"}))
	if want := "fuel limit of 200000000 reached, in function handle at slot 1"; text != want {
		t.Errorf("got %v: %q, want %q", err, text, want)
	}
	if p.state = before; !bytes.Equal(p.memory(t), memory) {
		t.Error("the failed slot changed the state")
	}
	wantValue(t, "X", p.mustEval(t, "return X"), message.Binary("1"))

	p.env = p.env.WithConfig(message.Of(message.P("wasm_time_limit", message.Int(100)), message.P("wasm_fuel_limit", message.Int(0))))
	before = p.state
	if _, err := p.eval(ctx, "while true do X = X + 1 end"); err == nil || !strings.Contains(err.Error(), "time limit of 100ms reached, in function handle at slot 2") {
		t.Errorf("got %v", err)
	}
	p.state = before
	wantValue(t, "X", p.mustEval(t, "return X"), message.Binary("1"))
}

// TestMemoryLimit: a program that cannot grow its memory sees that, and goes on.
func TestMemoryLimit(t *testing.T) {
	p := aosTest(t, message.P("wasm_memory_limit", message.Int(20<<20)))
	p.mustEval(t, "X = 1")
	data, _ := message.Text(p.mustEval(t, "return #string.rep('x', 1e8)"))
	if !strings.Contains(data, "not enough memory") {
		t.Errorf("got %q", data)
	}
	wantValue(t, "X", p.mustEval(t, "return X"), message.Binary("1"))
	if n := len(p.memory(t)); n > 20<<20 {
		t.Errorf("memory of %d bytes", n)
	}
	s, env := wasmEnv(t, message.P("wasm_memory_limit", message.Int(1<<20)))
	_, err := spawnAos(context.Background(), env, s.file(aosImage), 1)
	if text := fmt.Sprint(err); !strings.Contains(text, "memory limit of 1048576 bytes reached") {
		t.Errorf("got %v", err)
	}
}

// TestFailingSlot: a process whose slot fails says why and where, keeps its
// earlier states, and is not passed.
func TestFailingSlot(t *testing.T) {
	ctx := context.Background()
	s, env := wasmEnv(t)
	env, stop, err := s.computing(mem.New(mem.Options{}), env.Key(), message.Of(message.P("wasm_fuel_limit", message.Int(100_000_000))))
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	def, err := aosDefinition(ctx, env, s.file(aosImage), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := postEvals(ctx, env, def, []string{"X = 1; return X", "while true do end", "return X"}); err != nil {
		t.Fatal(err)
	}
	for _, slot := range []int{0, 1, 2, 0} {
		v, err := computeSlot(ctx, env, def, slot)
		if slot == 0 {
			m, _ := v.(*message.Message)
			if err != nil || m.Text("data") != "1" {
				t.Fatal(slot, show(v), err)
			}
			continue
		}
		r := ao.ResultOf(v, err)
		m, _ := r.Value.(*message.Message)
		const want = "WASM execution error. fuel limit of 100000000 reached, in function handle at slot 1"
		if r.Status != ao.Failed || m.Text("body") != want || m.Text("phase") != "compute" {
			t.Errorf("slot %d: %s %s", slot, r.Status, show(m))
		}
		if at, _ := m.Get("attempted-slot"); at != message.Value(message.Int(1)) {
			t.Errorf("attempted slot %v", at)
		}
	}
}

// TestNodeRestart: a process goes on after its node has stopped and another one
// has started over the same store, with another engine.
// CONF-PROC-12
func TestNodeRestart(t *testing.T) {
	ctx := context.Background()
	kept := mem.New(mem.Options{})
	s, env := wasmEnv(t)
	key := env.Key()
	env, stop, err := s.computing(kept, key, message.Empty())
	if err != nil {
		t.Fatal(err)
	}
	def, err := aosDefinition(ctx, env, s.file(aosImage), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := postEvals(ctx, env, def, []string{"X = 42", "X = 1337", "return X", "T = {}", "return tostring(T)"}); err != nil {
		t.Fatal(err)
	}
	results := map[int]message.Value{}
	for _, nodes := range [][]int{{0, 1}, {2}, {3, 4}} {
		for _, slot := range nodes {
			if results[slot], err = computeSlot(ctx, env, def, slot); err != nil {
				t.Fatal(slot, err)
			}
		}
		stop()
		if env, stop, err = newWasmSuite(t).computing(kept, key, message.Empty()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	wantValue(t, "data", message.Binary(results[2].(*message.Message).Text("data")), message.Binary("1337"))
	if env, stop, err = s.computing(mem.New(mem.Options{}), key, message.Empty()); err != nil {
		t.Fatal(err)
	}
	defer stop()
	// the same in one go: an address shows that memory is the same
	if _, err := aosDefinition(ctx, env, s.file(aosImage), 1); err != nil {
		t.Fatal(err)
	}
	if err := postEvals(ctx, env, def, []string{"X = 42", "X = 1337", "return X", "T = {}", "return tostring(T)"}); err != nil {
		t.Fatal(err)
	}
	straight, err := computeSlot(ctx, env, def, 4)
	if err != nil {
		t.Fatal(err)
	}
	wantValue(t, "address of a table", message.Binary(results[4].(*message.Message).Text("data")), message.Binary(straight.(*message.Message).Text("data")))
}

// TestOldStates: a state that is used again is what it was.
func TestOldStates(t *testing.T) {
	p := aosTest(t)
	var states []*message.Message
	for i := range 8 {
		p.mustEval(t, fmt.Sprintf("X = %d", i))
		states = append(states, p.state)
	}
	for _, i := range []int{2, 7, 0, 5} {
		p.state = states[i]
		wantValue(t, fmt.Sprintf("X in state %d", i), p.mustEval(t, "return X"), message.Binary(fmt.Sprint(i)))
	}
}

// TestConfWasi01: an initialised stack message survives httpsig, and what wasi
// sets has the IDs that the reference published.
// CONF-WASI-01
func TestConfWasi01(t *testing.T) {
	ctx := context.Background()
	p := aosTest(t)
	tabm, err := structured.ToTABM(ctx, p.env.Codec(), p.state)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := httpsig.Codec{}.Encode(ctx, p.env.Codec(), tabm, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	back, err := httpsig.Codec{}.Decode(ctx, p.env.Codec(), encoded, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantValue(t, "state", back, tabm)
	for key, want := range map[string]string{
		"file-descriptors": "UALB4_AV7al-2i8yczBrENKj02rMi8DCknKmG8TJ3I0",
		"vfs":              "Cu2CZ2Yfhw1QXpHFy9TjaEBuktqjThhOItd20S3Zqs0",
		"wasm":             "4-zk_WKGqtVda-2lpP69dAzD9QTHt9R-Y7NLBSV3kxI",
	} {
		v, _ := p.state.Get(key)
		if i, err := commit.LinkID(ctx, v); err != nil || i.String() != want {
			t.Errorf("%s has the ID %s, want %s", key, i, want)
		}
	}
}

// TestConfWasi02: aos by hand, with addresses.
// CONF-WASI-02
func TestConfWasi02(t *testing.T) {
	ctx := context.Background()
	p := aosTest(t)
	m := machine.Of(p.state, "wasm")
	msg := `{"From":"FOOBAR","Block-Height":"1","Target":"AOS","Owner":"FOOBAR","Id":"1","Module":"W","Tags":[{"name":"Action","value":"Eval"}],"Data":"return 1+1"}`
	env := `{"Process":{"Id":"AOS","Owner":"FOOBAR","Tags":[{"name":"Name","value":"Thomas"}, {"name":"Authority","value":"FOOBAR"}]}}`
	m, a, err := m.WriteString(ctx, msg)
	if err != nil || a == 0 {
		t.Fatal(a, err)
	}
	m, b, err := m.WriteString(ctx, env)
	if err != nil || b == 0 {
		t.Fatal(b, err)
	}
	if got, err := m.ReadString(ctx, a); err != nil || string(got) != msg {
		t.Fatalf("read back %s, %v", got, err)
	}
	state := mustResolve(t, p.env, machine.With(p.state, "wasm", m).Set("device", message.Binary("wasm-64@1.0")),
		computeRequest("handle", message.Int(a), message.Int(b)))
	out, _ := output(state, "wasm").(*message.List)
	answer, err := machine.Of(state, "wasm").ReadString(ctx, uint64(out.At(0).(message.Int)))
	if err != nil || !strings.Contains(string(answer), `"data":"2"`) {
		t.Errorf("answer %s, %v", answer, err)
	}
}

// TestStdout: what a program prints is in the state (32-bit and 64-bit).
func TestStdout(t *testing.T) {
	s, env := wasmEnv(t)
	base := s.message("test-print.wasm", message.P("output-prefix", message.Binary("wasm")))
	state := mustResolve(t, env, base.Set("device", message.Binary("wasi@1.0")), initKey)
	state = mustResolve(t, env, state.Set("device", message.Binary("wasm-64@1.0")), initKey)
	for range 2 {
		state = mustResolve(t, env, state, computeRequest("hello"))
	}
	v, err := env.Resolve(context.Background(), state.Set("device", message.Binary("wasi@1.0")), message.Binary("stdout"))
	if text, _ := message.Text(v); err != nil || strings.Count(text, "Hello, World!") != 2 {
		t.Errorf("stdout is %q, %v", text, err)
	}
	offset := message.DeepGet(state, []string{"file-descriptors", "1", "offset"})
	text, _ := message.Text(v)
	wantValue(t, "offset", offset, message.Int(len(text)))
}

// TestConfJson01: Eval through the stack.
// CONF-JSON-01
func TestConfJson01(t *testing.T) {
	p := aosTest(t)
	wantValue(t, "data", p.mustEval(t, "return 1+1"), message.Binary("2"))
}

// TestThousandMessages: a process that is stored, forgotten and restored goes on
// as one that was not interrupted, to the byte of its memory.
func TestThousandMessages(t *testing.T) {
	n, stop := 1000, 617
	if testing.Short() {
		n, stop = 60, 31
	}
	ctx := context.Background()
	straight := aosTest(t)
	broken := restarted(t, straight)
	for i := range n {
		if i == stop {
			broken = restarted(t, broken)
		}
		code := fmt.Sprintf("X = (X or 0) + %d; T = T or {}; T[#T+1] = X; return X", i)
		body, err := aosMessage(ctx, straight.env, straight.def, code)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range []*aosProcess{straight, broken} {
			if err := p.compute(ctx, body); err != nil {
				t.Fatal(i, err)
			}
		}
		if a, b := straight.state.Message("results"), broken.state.Message("results"); !message.Equal(a, b) {
			t.Fatalf("slot %d: %s, after the restart %s", i, show(a), show(b))
		}
	}
	if !bytes.Equal(straight.memory(t), broken.memory(t)) {
		t.Error("memory differs")
	}
	data, _ := straight.state.Message("results").Get("data")
	wantValue(t, "data", data, message.Binary(fmt.Sprint(n*(n-1)/2)))
}

// restarted returns the process as it comes back from the store, in a new
// engine.
func restarted(t *testing.T, p *aosProcess) *aosProcess {
	ctx := context.Background()
	snapshot := mustResolve(t, p.env, p.state, message.Of(
		message.P("path", message.Binary("snapshot")), message.P("mode", message.Binary("Map"))))
	name, err := p.env.Cache.Write(ctx, p.state.Set("snapshot", snapshot), store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	p.env.Cache.Forget()
	s := newWasmSuite(t)
	env, err := s.env(p.env.Key())
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.env.Cache.Read(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	env.Engine.Cache = p.env.Cache
	back := &aosProcess{env: env.Internal(), def: p.def, slot: p.slot}
	back.state = mustResolve(t, back.env, v, message.Binary("normalize"))
	if back.state.Has("snapshot") {
		t.Error("the snapshot is still in the state")
	}
	return back
}

// BenchmarkAosThroughDevices is a message of aos through the stack, with its
// results stored, signed beforehand.
func BenchmarkAosThroughDevices(b *testing.B) {
	ctx := context.Background()
	p := aosTest(b)
	p.mustEval(b, "return 1")
	body, err := aosMessage(ctx, p.env, p.def, "return 1+1")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.compute(ctx, body); err != nil {
			b.Fatal(err)
		}
		if _, err := p.env.Cache.Write(ctx, p.state, store.Lazy, fmt.Sprintf("computed/P/slot/%d", p.slot)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkFacThroughDevice is a call of fac(10) through wasm-64@1.0.
func BenchmarkFacThroughDevice(b *testing.B) {
	s, env := wasmEnv(b)
	var v message.Value = mustResolve(b, env, s.message("test.wasm"), initKey)
	req := computeRequest("fac", message.Float(10))
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if v, err = env.Resolve(context.Background(), v, req); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkStoreSnapshot is the snapshot after one message, written to the
// cache.
func BenchmarkStoreSnapshot(b *testing.B) {
	ctx := context.Background()
	p := aosTest(b)
	p.mustEval(b, "return 1")
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		p.mustEval(b, "return 1")
		b.StartTimer()
		s := mustResolve(b, p.env, p.state, message.Of(
			message.P("path", message.Binary("snapshot")), message.P("mode", message.Binary("Map"))))
		if _, err := p.env.Cache.Write(ctx, p.state.Set("snapshot", s), store.Lazy); err != nil {
			b.Fatal(err)
		}
	}
}
