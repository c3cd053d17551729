// Package metrics counts what a node does, for Prometheus.
//
//	m := metrics.New(time.Now)
//	m.Request("GET", 200, took, in, out)             // after each request
//	m.Count("ao_scheduled_total", "...", orders.Total) // what somebody else counts
//	text, err := m.Text()
//
// Every node has metrics of its own: there is no registry for the process. The
// names of the reference are kept where they mean something in Go (spec 04,
// 8.11); times are in seconds, as their names say.
package metrics

import (
	"bytes"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Metrics are the counters of one node. All methods may be called concurrently.
type Metrics struct {
	registry *prometheus.Registry

	requests [len(methods)][len(classes)]prometheus.Counter
	served   [len(classes)]prometheus.Observer
	read     prometheus.Counter
	written  prometheus.Counter

	sent *prometheus.CounterVec
	took *prometheus.HistogramVec
}

// methods and classes are the values of labels: what else clients and peers say
// makes no further ones.
var (
	methods = [...]string{"other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	classes = [...]string{"error", "informational", "success", "redirect", "client-error", "server-error"}
)

// buckets are those of the reference, with finer ones for what a node answers by
// itself.
func buckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .05, .1, .5, 1, 5, 10, 30, 60}
}

// New returns metrics of a node that starts at the time that now tells.
func New(now func() time.Time) *Metrics {
	labels := []string{"http_method", "route", "status_class"}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "cowboy_spawned_processes_total",
		Help: "Requests served, by method and status."}, []string{"method", "reason", "status_class"})
	served := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "ao_request_duration_seconds",
		Help: "Time from the headers of a request to the end of its answer.", Buckets: buckets()}, []string{"status_class"})
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		read:     prometheus.NewCounter(prometheus.CounterOpts{Name: "ao_request_body_bytes_total", Help: "Bytes of the bodies of requests."}),
		written:  prometheus.NewCounter(prometheus.CounterOpts{Name: "ao_response_body_bytes_total", Help: "Bytes of the bodies of answers."}),
		sent:     prometheus.NewCounterVec(prometheus.CounterOpts{Name: "gun_requests_total", Help: "Requests to other nodes."}, labels),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_seconds",
			Help: "Time that other nodes take to answer.", Buckets: buckets()}, labels),
	}
	for i, class := range classes {
		m.served[i] = served.WithLabelValues(class)
		for j, method := range methods {
			m.requests[j][i] = requests.WithLabelValues(method, "normal", class)
		}
	}
	start := now()
	m.registry.MustRegister(requests, served, m.read, m.written, m.sent, m.took,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "process_uptime_seconds", Help: "Seconds since the node started."},
			func() float64 { return now().Sub(start).Seconds() }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "system_load", Help: "Load of the machine in the last minute, by core."}, load),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "go_goroutines", Help: "Goroutines of the process."},
			func() float64 { return float64(runtime.NumGoroutine()) }))
	return m
}

// Request counts a request that has been answered.
func (m *Metrics) Request(method string, status int, took time.Duration, in, out int) {
	class := classOf(status)
	m.requests[methodOf(method)][class].Inc()
	m.served[class].Observe(took.Seconds())
	m.read.Add(float64(in))
	m.written.Add(float64(out))
}

// Sent counts a request to another node. route says how the node was found;
// status is 0 when there was no answer.
func (m *Metrics) Sent(method, route string, status int, took time.Duration) {
	method, class := methods[methodOf(method)], classes[classOf(status)]
	m.sent.WithLabelValues(method, route, class).Inc()
	m.took.WithLabelValues(method, route, class).Observe(took.Seconds())
}

// Count shows a total that somebody else counts. The name is used once.
func (m *Metrics) Count(name, help string, total func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help},
		func() float64 { return float64(total()) }))
}

// Text returns all metrics in the text format of Prometheus.
//
// # Errors
//
// [fail.Internal] when they cannot be gathered.
func (m *Metrics) Text() (string, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return "", fail.Wrap(fail.Internal, "metrics.Text", err)
	}
	var b bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&b, f); err != nil {
			return "", fail.Wrap(fail.Internal, "metrics.Text", err)
		}
	}
	return b.String(), nil
}

// ContentType is that of [Metrics.Text].
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// methodOf returns the place of a method among those that count; clients can
// send any word.
func methodOf(method string) int {
	if method == "" {
		method = "GET"
	}
	return max(0, slices.Index(methods[:], method))
}

// classOf returns the place of the class of a status, by the names of the
// reference; 0 for no status.
func classOf(status int) int {
	if class := status / 100; class >= 1 && class < len(classes) {
		return class
	}
	return 0
}

// load returns the load of the machine in the last minute by core, 0 where it
// cannot be told.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return v / float64(runtime.NumCPU())
}
