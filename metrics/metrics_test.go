package metrics_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/hyperbeam-go/hyperbeam/metrics"
)

func text(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	s, err := m.Text()
	if err != nil {
		t.Fatal(err)
	}
	p := expfmt.NewTextParser(model.LegacyValidation)
	if _, err := p.TextToMetricFamilies(strings.NewReader(s)); err != nil {
		t.Fatal("Prometheus cannot read it:", err)
	}
	return s
}

func TestText(t *testing.T) {
	at := time.Unix(1000, 0)
	m := metrics.New(func() time.Time { return at })
	at = at.Add(90 * time.Second)
	m.Request("GET", 200, 20*time.Millisecond, 0, 100)
	m.Request("GET", 204, time.Second, 5, 1)
	m.Request("POST", 503, time.Second, 5, 1)
	m.Request("EVIL\nword", 404, time.Second, 0, 0)
	m.Sent("GET", "routes/1", 0, time.Second)
	m.Count("ao_scheduled_total", "Messages.", func() int64 { return 7 })
	s := text(t, m)
	for _, want := range []string{
		`process_uptime_seconds 90`, `system_load `,
		`cowboy_spawned_processes_total{method="GET",reason="normal",status_class="success"} 2`,
		`cowboy_spawned_processes_total{method="POST",reason="normal",status_class="server-error"} 1`,
		`cowboy_spawned_processes_total{method="other",reason="normal",status_class="client-error"} 1`,
		`ao_request_duration_seconds_bucket{status_class="success",le="0.05"} 1`, `ao_response_body_bytes_total 102`, `ao_request_body_bytes_total 10`,
		`gun_requests_total{http_method="GET",route="routes/1",status_class="error"} 1`, `ao_scheduled_total 7`,
	} {
		if !strings.Contains(s, want+"\n") && !strings.Contains(s, "\n"+want) {
			t.Errorf("no %s in\n%s", want, s)
		}
	}
	other := text(t, metrics.New(time.Now))
	if strings.Contains(other, "ao_scheduled_total") || !strings.Contains(other, `{method="GET",reason="normal",status_class="success"} 0`) {
		t.Error("two nodes share their counters")
	}
}

// TestBounded: words of clients do not make new series.
func TestBounded(t *testing.T) {
	m := metrics.New(time.Now)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				m.Request(strings.Repeat("X", i*200+j+1), 100+j*4, time.Millisecond, 0, 0)
			}
		})
	}
	all.Wait()
	if n := strings.Count(text(t, m), "\ncowboy_spawned_processes_total{"); n != 8*6 {
		t.Error(n, "series")
	}
}

func BenchmarkRequest(b *testing.B) {
	m := metrics.New(time.Now)
	b.ReportAllocs()
	for b.Loop() {
		m.Request("GET", 200, time.Millisecond, 10, 10)
	}
}
