package testnet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/testnet"
)

// The benchmarks run nodes with all their devices and stores in folders, over
// HTTP, with the user in the same process.

// wallets are the kinds that benchmarks compare: RSA signatures are the limit of
// most of them.
var wallets = map[string]keys.Kind{"ed25519": keys.Curve25519, "rsa": keys.RSA}

func benchNet(b *testing.B, nodes int, kind keys.Kind) (*testnet.Net, *testnet.User) {
	return startWith(b, testnet.Options{Nodes: testnet.Roles(nodes), Keys: kind, Dir: b.TempDir()})
}

// quantiles reports the times of a benchmark.
func quantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1e3, "p99-ms")
}

// signing reports how long one signature of a node takes in the same run: what
// messages cost at least.
func signing(b *testing.B, x *testnet.Node) {
	alg := map[keys.Kind]keys.Algorithm{keys.RSA: keys.RSAPSSSHA512, keys.Curve25519: keys.Ed25519}[x.Key().Kind()]
	signer := must.Have[keys.Signer](b)(x.Key().Signer(alg))
	took := make([]time.Duration, 31)
	for i := range took {
		began := time.Now()
		must.Have[[]byte](b)(signer.Sign(make([]byte, 1024)))
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "signature-ms")
}

// BenchmarkPingPong measures pushes by which a process sends to a process on
// another node and gets its answer: three messages scheduled and computed, two
// of them signed by nodes, four requests between nodes.
func BenchmarkPingPong(b *testing.B) {
	for name, kind := range wallets {
		b.Run(name, func(b *testing.B) {
			net, u := benchNet(b, 2, kind)
			one, two := pair(b, u, net.Node(0), net.Node(1))
			letters := make([]*Message, b.N+2)
			for i := range letters {
				letters[i] = must.Have[*Message](b)(u.Letter(ctx, one.id, P("action", Binary("Ball")), P("n", Binary("2")), P("to", two.target()), P("me", one.target())))
			}
			push := func(i int) time.Duration {
				began := time.Now()
				must.Have[*Message](b)(u.Post(ctx, one.on, "/"+one.id+"~process@1.0/push", letters[i]))
				return time.Since(began)
			}
			push(b.N)
			push(b.N + 1)
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			for i := range took {
				took[i] = push(i)
			}
			b.StopTimer()
			quantiles(b, took)
			signing(b, one.on)
			eventually(b, u, two.on, "/"+two.id+"/now/hits", int64(b.N+2))
			eventually(b, u, one.on, "/"+one.id+"/now/hits", int64(2*(b.N+2)))
		})
	}
}

// aosModule returns the content of an aos image.
func aosModule(b *testing.B) string {
	return string(must.Have[[]byte](b)(os.ReadFile(filepath.Join(sharedtest.Dir(b, "testdata"), "aos-2-pure-xs.wasm"))))
}

// spawnAos starts a process of an aos module that is on the node.
func spawnAos(b *testing.B, u *testnet.User, x *testnet.Node, module string) string {
	return must.Have[string](b)(u.SpawnOf(ctx, x, u.Definition(x,
		P("execution-device", Binary("stack@1.0")),
		P("device-stack", Strings([]string{"wasi@1.0", "json-iface@1.0", "wasm-64@1.0", "patch@1.0", "multipass@1.0"})),
		P("stack-keys", Strings([]string{"init", "compute", "snapshot", "normalize"})),
		P("passes", Int(2)), P("output-prefix", Binary("wasm")),
		P("patch-from", Binary("/results/outbox")), P("image", Binary(module)))))
}

// eval returns the keys of a message that has aos evaluate a line.
func eval(line string) []Pair { return []Pair{P("action", Binary("Eval")), P("data", Binary(line))} }

// BenchmarkWakeAos measures the first computation of an aos process that sleeps:
// it is restored from its snapshot, and computes a message. "cold" is the first
// process after the start of the node, whose module is compiled already and on
// disk; "warm" is another of the same module.
func BenchmarkWakeAos(b *testing.B) {
	net, u := benchNet(b, 1, keys.Curve25519)
	x := net.Node(0)
	module := must.Have[string](b)(u.Upload(ctx, x, "application/wasm", aosModule(b)))
	ps := []string{spawnAos(b, u, x, module), spawnAos(b, u, x, module)}
	for _, p := range ps {
		must.Have[int64](b)(u.Schedule(ctx, x, p, eval("x = 0")...))
		must.Have[*Message](b)(u.Read(ctx, x, "/"+p+"/now"))
	}
	took := [2][]time.Duration{}
	for b.Loop() {
		for _, p := range ps {
			must.Have[int64](b)(u.Schedule(ctx, x, p, eval("x = x + 1; return x")...))
		}
		if err := x.Stop(); err != nil {
			b.Fatal(err)
		}
		if err := x.Start(ctx); err != nil {
			b.Fatal(err)
		}
		for i, p := range ps {
			began := time.Now()
			v := must.Have[Value](b)(u.Get(ctx, x, "/"+p+"/now/results/data"))
			took[i] = append(took[i], time.Since(began))
			if text, _ := Text(v); text != fmt.Sprint(len(took[i])) {
				b.Fatalf("x is %v", v)
			}
		}
	}
	for i, name := range []string{"cold", "warm"} {
		slices.Sort(took[i])
		b.ReportMetric(float64(took[i][len(took[i])/2].Microseconds())/1e3, name+"-p50-ms")
		b.ReportMetric(float64(took[i][len(took[i])-1].Microseconds())/1e3, name+"-max-ms")
	}
}

// BenchmarkMessages measures messages end to end: scheduled by sixteen clients
// over HTTP, each answered when it is on disk, and computed by one request for
// the newest state.
func BenchmarkMessages(b *testing.B) {
	for name, kind := range wallets {
		b.Run("lua/"+name, func(b *testing.B) {
			net, u := benchNet(b, 1, kind)
			messages(b, u, net.Node(0), must.Have[string](b)(u.Spawn(ctx, net.Node(0), counting)), "count", P("action", Binary("Add")))
		})
		b.Run("aos/"+name, func(b *testing.B) {
			net, u := benchNet(b, 1, kind)
			module := must.Have[string](b)(u.Upload(ctx, net.Node(0), "application/wasm", aosModule(b)))
			messages(b, u, net.Node(0), spawnAos(b, u, net.Node(0), module), "results/data", eval("count = (count or 0) + 1; return count")...)
		})
	}
}

const counting = `
function compute(base, req)
  if (req.body or {}).action == "Add" then base.count = (base.count or 0) + 1 end
  base.results = { output = { body = "counted" } }
  return base
end`

// messages sends b.N messages to a process, which counts them at a path.
func messages(b *testing.B, u *testnet.User, x *testnet.Node, id, at string, keys ...Pair) {
	letters := make([]*Message, b.N)
	for i := range letters {
		letters[i] = must.Have[*Message](b)(u.Letter(ctx, id, keys...))
	}
	must.Have[*Message](b)(u.Read(ctx, x, "/"+id+"/now"))
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	began := time.Now()
	for range 16 {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				if _, err := u.Post(ctx, x, "/"+id+"~process@1.0/schedule", letters[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	scheduled := time.Since(began)
	v := must.Have[Value](b)(u.Get(ctx, x, "/"+id+"/now/"+at))
	b.StopTimer()
	if text, _ := Text(v); text != fmt.Sprint(b.N) {
		b.Fatalf("%v of %d messages were counted", v, b.N)
	}
	signing(b, x)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
	b.ReportMetric(float64(b.N)/scheduled.Seconds(), "scheduled/s")
	b.ReportMetric(float64(b.N)/(b.Elapsed()-scheduled).Seconds(), "computed/s")
}
