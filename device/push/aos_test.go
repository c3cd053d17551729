package push_test

import (
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// CONF-PUSH-01: an aos process that pings itself to a limit of 2 is done after
// one push.
func TestPUSH01Aos(t *testing.T) {
	s := open(t)
	key := s.Engine().Key
	image := s.keep(Of(P("content-type", Binary("application/wasm")), P("body", Binary(sharedtest.File(t, "testdata/aos-2-pure-xs.wasm")))))
	sign := func(m *Message) *Message {
		return must(t, func() (*Message, error) { return commit.Commit(ctx, s.Env().Codec(), m, key, commit.Spec{}) })
	}
	definition := sign(Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("scheduler", Binary(s.Address())),
		P("authority", Binary(s.Address())), P("execution-device", Binary("stack@1.0")),
		P("device-stack", NewList(Binary("wasi@1.0"), Binary("json-iface@1.0"), Binary("wasm-64@1.0"), Binary("multipass@1.0"))),
		P("image", Binary(image)), P("passes", Int(2)), P("output-prefix", Binary("wasm")), P("patch-from", Binary("/results/outbox")),
		P("stack-keys", NewList(Binary("init"), Binary("compute"), Binary("snapshot"), Binary("normalize")))))
	spawned := must(t, func() (Value, error) {
		return s.Resolve(ctx, definition.Set("path", Binary("/push")).Set("method", Binary("POST")))
	})
	id := spawned.(*Message).Text("process")
	program := `Handlers.add("Ping", Handlers.utils.hasMatchingTag("Action", "Ping"), function(m)
  local count = tonumber(m.Count)
  if count <= 2 then Send({ Target = ao.id, Action = "Ping", Count = tostring(count + 1) }) print("Ping") else print("Done.") end
end)
Send({ Target = ao.id, Action = "Ping", Count = "1" })`
	m := must(t, func() (Value, error) {
		return s.Resolve(ctx, Of(P("path", Binary("/"+id+"/push")), P("method", Binary("POST")), P("result-depth", Int(9)), P("body", sign(Of(
			P("target", Binary(id)), P("type", Binary("Message")), P("action", Binary("Eval")), P("data", Binary(program)))))))
	})
	if slot, _ := m.(*Message).Get("slot"); slot != Value(Int(1)) {
		t.Fatal(m)
	}
	if got := s.get("/" + id + "/slot/current"); got != "4" {
		t.Fatalf("slot %s", got)
	}
	if got := s.get("/" + id + "/now/results/data"); !strings.Contains(got, "Done.") {
		t.Fatalf("data %q", got)
	}
}
