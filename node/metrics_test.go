package node_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// metric returns the value of a line of the metrics.
func metric(t *testing.T, url, line string) float64 {
	t.Helper()
	status, body := get(t, url+"/~hyperbuddy@1.0/metrics")
	found := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(line) + ` (\S+)$`).FindStringSubmatch(body)
	if status != 200 || found == nil {
		t.Fatalf("no %s: %d\n%s", line, status, body)
	}
	v, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestMetrics: what a node does is counted, for this node alone.
func TestMetrics(t *testing.T) {
	key := must.Key(t)
	_, other := start(t, config(""), node.WithKey(must.Key(t)))
	c := config("")
	program := Of(P("content-type", Binary("application/lua")), P("body", Binary(`function compute(base) base.n = (base.n or 0) + 1 return base end`)))
	process := Of(P("device", Binary("process@1.0")), P("type", Binary("Process")), P("execution-device", Binary("lua@5.3a")),
		P("scheduler-device", Binary("scheduler@1.0")), P("module", program))
	if err := c.Apply(Of(P("node_processes", Of(P("p", process))), P("relay_private", Binary("127.0.0.1")))); err != nil {
		t.Fatal(err)
	}
	_, url := start(t, c, node.WithKey(key))
	for range 3 {
		get(t, url+"/~message@1.0&a=1/a")
	}
	get(t, url+"/~message@1.0/nothing")
	if got := metric(t, url, `cowboy_spawned_processes_total{method="GET",reason="normal",status_class="success"}`); got != 3 {
		t.Error(got, "good requests")
	}
	if got := metric(t, url, `ao_request_duration_seconds_count{status_class="client-error"}`); got != 1 {
		t.Error(got, "bad requests")
	}
	for range 2 {
		postTo(t, url, "/p~node-process@1.0/schedule", key, P("action", Binary("go")))
	}
	if status, body := get(t, url+"/p~node-process@1.0/now/n"); status != 200 || body != "3" {
		t.Error(status, body)
	}
	if got := metric(t, url, "ao_scheduled_messages_total"); got != 3 {
		t.Error(got, "messages scheduled")
	}
	if got := metric(t, url, "ao_computed_slots_total"); got != 3 {
		t.Error(got, "slots computed")
	}
	get(t, url+"/~relay@1.0/call?relay-path="+other+"/~meta@1.0/build")
	if got := metric(t, url, `gun_requests_total{http_method="GET",route="strangers",status_class="success"}`); got != 1 {
		t.Error(got, "requests to others")
	}
	if got := metric(t, other, "ao_scheduled_messages_total"); got != 0 {
		t.Error("two nodes of one program share their counters:", got)
	}
	if rep := change(t, url, key, P("prometheus", False)); rep.Status != 200 {
		t.Fatal(rep.Body)
	}
	if _, body := get(t, url+"/~hyperbuddy@1.0/metrics"); body != "Prometheus metrics disabled." {
		t.Error(body)
	}
}
