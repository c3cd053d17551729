package push_test

import (
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
)

// player answers Ping with Pong and Pong with Ping until it has got as many as
// its definition's "limit", and then is done.
const player = `
function compute(base, req)
  local m = req.body or {}
  base.results = { data = "quiet" }
  if m.action == "Start" then
    base.results = { data = "started", outbox = { ["1"] = { Target = base.process.peer, Action = "Ping", n = "1" } } }
  elseif m.action == "Ping" or m.action == "Pong" then
    base.count = (base.count or 0) + 1
    local n = tonumber(m.n)
    if n >= base.process.limit then
      base.results = { data = "Done." }
    else
      local answer = "Pong"
      if m.action == "Pong" then answer = "Ping" end
      base.results = { data = "GOT " .. string.upper(m.action), outbox = { ["1"] =
        { target = m["from-process"], action = answer, n = "" .. math.tointeger(n + 1) } } }
    end
  end
  return base
end`

// CONF-PUSH-01: two processes ping and pong up to the limit in one push.
func TestPUSH01PingPong(t *testing.T) {
	n := fresh(t)
	b := n.spawn(player, P("limit", Int(6)))
	a := n.spawn(player, P("limit", Int(6)), P("peer", Binary(b)))
	m := n.say(a, action("Start"), P("result-depth", Int(3)))
	for path, want := range map[string]Value{
		"slot": Int(1), "process": Binary(a), "data": Binary("started"),
		"1/target": Binary(b), "1/slot": Int(1), "1/resulted-in/process": Binary(b), "1/resulted-in/slot": Int(1),
		"1/resulted-in/data": Binary("GOT PING"), "1/resulted-in/1/target": Binary(a), "1/resulted-in/1/resulted-in/data": Binary("GOT PONG"),
		"1/resulted-in/1/resulted-in/1/resulted-in/slot": Int(2),
	} {
		if got := n.at(m, path); !Equal(got, want) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if got := n.at(m, "1/resulted-in/1/resulted-in/1/resulted-in/data"); got != nil {
		t.Errorf("results below the depth: %v", got)
	}
	n.want("/"+b+"/now/results/data", Binary("GOT PING"))
	n.want("/"+a+"/now/results/data", Binary("Done."))
	n.want("/"+a+"/now/count", Int(3))
	n.want("/"+b+"/now/count", Int(3))
	// What was pushed stays so.
	before := n.slot(a) + n.slot(b)
	n.get("/" + a + "/push&slot=1")
	n.get("/" + b + "/push&slot=1&push-mode=async")
	if after := n.slot(a) + n.slot(b); after != before {
		t.Fatalf("pushing again scheduled %d messages", after-before)
	}
	assertIdle(t, n)
}
