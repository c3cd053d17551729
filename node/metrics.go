package node

import (
	"time"

	"github.com/hyperbeam-go/hyperbeam/metrics"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// count shows what the services of a node count.
func count(m *metrics.Metrics, orders *schedule.Service, computing *process.Service, pushing *push.Service) {
	m.Count("ao_scheduled_messages_total", "Messages that have got a slot of a process.", orders.Total)
	m.Count("ao_computed_slots_total", "Slots of processes that have been computed.", computing.Total)
	m.Count("ao_pushed_messages_total", "Messages of outboxes that have been delivered.", pushing.Total)
}

// served counts requests of clients.
func served(m *metrics.Metrics) func(server.Observation) {
	return func(o server.Observation) { m.Request(o.Method, o.Status, o.Duration, o.BytesIn, o.BytesOut) }
}

// sent counts requests to other nodes.
func sent(m *metrics.Metrics) func(method string, trusted bool, status int, took time.Duration) {
	return func(method string, trusted bool, status int, took time.Duration) {
		route := "strangers"
		if trusted {
			route = "peers"
		}
		m.Sent(method, route, status, took)
	}
}
