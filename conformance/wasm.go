package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// operator is the address of ref-wallet.json.
const operator = "IC04uinebAqC_kAxB9eBWmDPBMfqaWIN7l7KvRa-RzA"

// wasmSuite runs modules.
type wasmSuite struct {
	engine *vm.Engine
	file   func(name string) []byte // of testdata
}

func newWasmSuite(t testing.TB) *wasmSuite {
	engine, err := vm.New(vm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { engine.Close() })
	return &wasmSuite{engine, func(name string) []byte { return sharedtest.File(t, "testdata/"+name) }}
}

// env returns an environment whose devices can run modules, with a cache in
// memory and a key that signs.
func (s *wasmSuite) env(key *keys.PrivateKey) (*ao.Env, error) {
	r, err := ao.NewRegistry(append(all.Devices(all.Deps{Wasm: s.engine}), testdevice.New())...)
	if err != nil {
		return nil, err
	}
	return ao.New(r, ao.Services{Key: key}, ao.Limits{}).Env(message.Empty()).WithCacheControl(ao.CacheNever()), nil
}

// wasmCase runs one case of wasm.json.
func (s *wasmSuite) wasmCase(c *testCase) error {
	ctx := context.Background()
	switch c.kind {
	case "device":
		return s.device(ctx, c)
	case "aos-eval":
		return s.aosEval(ctx, c)
	}
	m, err := s.engine.Compile(ctx, s.image(c))
	if err != nil {
		return err
	}
	switch c.kind {
	case "call":
		return s.call(ctx, c, m)
	case "interface":
		return s.borders(ctx, c, m)
	case "memory-string":
		return s.memoryString(ctx, c, m)
	}
	return fmt.Errorf("no such case: %s", c.kind)
}

// image returns the module of a case.
func (s *wasmSuite) image(c *testCase) []byte {
	if name := c.text("file"); name != "" {
		return s.file(name)
	}
	return s.file("test-calling.wasm") // the only one that is named by its hash alone
}

// call calls an export as the reference does, numbers by their bits.
func (s *wasmSuite) call(ctx context.Context, c *testCase, m *vm.Module) error {
	in, err := m.Instantiate(ctx, vm.Stubs(), vm.Limits{Fuel: 1e9, RawNumbers: true})
	if err != nil {
		return err
	}
	defer in.Close()
	params, err := parseItems(c.m["params"])
	if err != nil {
		return err
	}
	var args []vm.Value
	for _, p := range params.All() {
		switch x := p.(type) {
		case message.Int:
			args = append(args, vm.I64(int64(x)))
		case message.Float:
			args = append(args, vm.F64(float64(x)))
		}
	}
	out, err := in.Call(ctx, c.text("function"), args...)
	values := make([]message.Value, len(out))
	for i, v := range out {
		if values[i] = message.Value(message.Float(v.Float())); v.IsInt() {
			values[i] = message.Int(v.Int())
		}
	}
	var want struct{ Value, Error json.RawMessage }
	if err := json.Unmarshal(c.m["result"], &want); err != nil {
		return err
	}
	if want.Error != nil {
		return expectRaw("result", c.m["result"], nil, err)
	}
	return expectRaw("result", want.Value, message.NewList(values...), err)
}

// device resolves compute on a message with the module.
func (s *wasmSuite) device(ctx context.Context, c *testCase) error {
	env, err := s.env(nil)
	if err != nil {
		return err
	}
	extra, err := parseValue(c.m["base_extra"])
	if err != nil {
		return err
	}
	params, err := parseItems(c.m["params"])
	if err != nil {
		return err
	}
	base := message.Of(
		message.P("device", message.Binary("wasm-64@1.0")),
		message.P("image", message.Of(message.P("body", message.Binary(s.image(c)))))).Merge(extra.(*message.Message))
	v, err := env.Resolve(ctx, base, message.Binary("init"))
	if err != nil {
		return err
	}
	v, err = env.Resolve(ctx, v, message.Of(
		message.P("path", message.Binary("compute")),
		message.P("function", message.Binary(c.text("function"))),
		message.P("parameters", params)))
	if err != nil {
		return err
	}
	var want struct{ Results json.RawMessage }
	if err := json.Unmarshal(c.m["result"], &want); err != nil {
		return err
	}
	return expectRaw("results", want.Results, v.(*message.Message).Message("results"), nil)
}

// border is an import or export.
type border struct{ Kind, Module, Name, Signature string }

func (s *wasmSuite) borders(ctx context.Context, c *testCase, m *vm.Module) error {
	var imports, exports []border
	if json.Unmarshal(c.m["imports"], &imports) != nil || json.Unmarshal(c.m["exports"], &exports) != nil {
		// The reference cannot make an instance; it is enough that this engine can.
		in, err := m.Instantiate(ctx, vm.Stubs(), vm.Limits{})
		if err != nil {
			return err
		}
		return in.Close()
	}
	var gotImports, gotExports []border
	for _, im := range m.Imports() {
		gotImports = append(gotImports, border{im.Kind.String(), im.Module, im.Name, im.Type.String()})
	}
	for _, ex := range m.Exports() {
		b := border{Kind: ex.Kind.String(), Name: ex.Name}
		if b.Kind == "func" {
			b.Signature = ex.Type.String()
		}
		gotExports = append(gotExports, b)
	}
	if !slices.Equal(gotImports, imports) {
		return fmt.Errorf("imports:\n   got  %v\n   want %v", gotImports, imports)
	}
	if !slices.Equal(gotExports, exports) {
		return fmt.Errorf("exports:\n   got  %v\n   want %v", gotExports, exports)
	}
	return nil
}

func (s *wasmSuite) memoryString(ctx context.Context, c *testCase, m *vm.Module) error {
	var want struct {
		ReadBack json.RawMessage `json:"read_back"`
		Size     uint64          `json:"memory_size"`
	}
	if err := json.Unmarshal(c.m["result"], &want); err != nil {
		return err
	}
	text, err := parseValue(c.m["string"])
	if err != nil {
		return err
	}
	in, err := m.Instantiate(ctx, vm.Stubs(), vm.Limits{})
	if err != nil {
		return err
	}
	defer in.Close()
	addr, err := in.WriteString(ctx, []byte(text.(message.Binary)))
	if err != nil {
		return err
	}
	b, err := in.ReadString(addr)
	if err := expectRaw("read_back", want.ReadBack, message.Binary(b), err); err != nil {
		return err
	}
	if in.Size() != want.Size {
		return fmt.Errorf("memory_size: got %d, want %d", in.Size(), want.Size)
	}
	return nil
}

// aosEval runs a process. Addresses in results depend on the length of what the
// process is told, and so show whether that is the same to the byte. The
// reference's definition has a random number in it, of which only the length
// matters: one of the possible lengths must give exactly what was recorded.
func (s *wasmSuite) aosEval(ctx context.Context, c *testCase) error {
	var diff error
	for _, seed := range [...]int64{1, 10, 100, 1000} {
		if diff = s.aosEvalSeeded(ctx, c, seed); diff == nil {
			return nil
		}
	}
	return diff
}

func (s *wasmSuite) aosEvalSeeded(ctx context.Context, c *testCase, seed int64) error {
	var evals []string
	var want []json.RawMessage
	if err := errors.Join(json.Unmarshal(c.m["evals"], &evals), json.Unmarshal(c.m["results"], &want)); err != nil {
		return err
	}
	got, err := s.scheduled(ctx, c.wallets[operator], s.image(c), seed, evals)
	if err != nil {
		return err
	}
	for i := range want {
		recorded, err := parseValue(want[i])
		if err != nil {
			return err
		}
		if err := same(fmt.Sprintf("results of slot %d", i), settled(got[i]), settled(recorded)); err != nil {
			return err
		}
	}
	return nil
}

// scheduled evaluates code in the slots of a process that is scheduled and
// computed as any other, and returns the results.
func (s *wasmSuite) scheduled(ctx context.Context, key *keys.PrivateKey, image []byte, seed int64, evals []string) ([]message.Value, error) {
	env, stop, err := s.computing(mem.New(mem.Options{}), key, message.Empty())
	if err != nil {
		return nil, err
	}
	defer stop()
	def, err := aosDefinition(ctx, env, image, seed)
	if err != nil {
		return nil, err
	}
	if err := postEvals(ctx, env, def, evals); err != nil {
		return nil, err
	}
	results := make([]message.Value, len(evals))
	for i := range results {
		v, err := computeSlot(ctx, env, def, i)
		if err != nil {
			return nil, err
		}
		if results[i], err = message.LoadAll(ctx, env.Cache, v); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// computing returns the environment of a node that schedules and computes over
// a store, with the given options, and what stops it.
func (s *wasmSuite) computing(kept store.Store, key *keys.PrivateKey, config *message.Message) (*ao.Env, func(), error) {
	c := cache.New(kept, cache.Options{})
	order := schedule.New(schedule.Options{Store: kept, Cache: c, Identities: []*keys.PrivateKey{key}})
	svc := process.New(process.Options{Order: order, Cache: c})
	stop := func() {
		svc.Close()
		order.Close()
	}
	r, err := ao.NewRegistry(all.Devices(all.Deps{Wasm: s.engine, Schedules: remote.New(remote.Options{Local: order}), Computing: svc})...)
	if err != nil {
		stop()
		return nil, nil, err
	}
	return ao.New(r, ao.Services{Cache: c, Key: key}, ao.Limits{}).Env(config), stop, nil
}

// postEvals schedules a message for each code.
func postEvals(ctx context.Context, env *ao.Env, def *message.Message, evals []string) error {
	for _, code := range evals {
		m, err := aosMessage(ctx, env, def, code)
		if err != nil {
			return err
		}
		_, err = env.Resolve(ctx, def, message.Of(
			message.P("path", message.Binary("schedule")),
			message.P("method", message.Binary("POST")),
			message.P("body", m)))
		if err != nil {
			return err
		}
	}
	return nil
}

// computeSlot returns the results of a slot.
func computeSlot(ctx context.Context, env *ao.Env, def *message.Message, slot int) (message.Value, error) {
	return env.Resolve(ctx, def, message.Of(
		message.P("path", message.Binary("compute/results")),
		message.P("slot", message.Int(slot))))
}

// settled returns results without the IDs that differ from run to run.
func settled(v message.Value) message.Value {
	results, ok := v.(*message.Message)
	if !ok {
		return v
	}
	outbox := message.NewBuilder(1)
	for n, v := range results.Message("outbox").All() {
		m, _ := v.(*message.Message)
		m = m.Without("from-process", "from-image")
		if len(m.Text("target")) == 43 {
			m = m.Without("target")
		}
		outbox.Set(n, m)
	}
	return results.Set("outbox", outbox.Message())
}
