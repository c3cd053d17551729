package route

import (
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message that routing reads.
var (
	OptRoutes = ao.Option{Name: "routes", Default: defaultRoutes(),
		Doc: "Where requests to other nodes go: a list of {template, node or nodes, strategy, choose, ...}."}
	OptRouter = ao.Option{Name: "router_opts", Default: message.Empty(),
		Doc: "provider: a request whose result is the route table; registrar, registrar-path: what takes new routes; offered: routes to register with peers."}
	OptTimeout = ao.Option{Name: "http_request_send_timeout", Default: message.Int(60_000),
		Doc: "Milliseconds that a request to other nodes may take, all attempts together."}
	OptHosts = ao.Option{Name: "relay_hosts", Default: message.NewList(),
		Doc: `Hosts that requests may have the node contact beside those of its routes: "name", "name:port", "*.name". Empty is every public host.`}
	OptPrivate = ao.Option{Name: "relay_private", Default: message.NewList(),
		Doc: `Private addresses that requests may have the node connect to: "127.0.0.1", "10.0.0.0/8", "127.0.0.1:6363". Empty is none.`}
	OptMonitor = ao.Option{Name: "http_monitor", Default: message.False,
		Doc: "A message that is resolved after each request to another node, with a signed report of its duration as body."}
)

// NodeOptions returns the options that routing reads, for the devices that are
// built on it.
func NodeOptions() []ao.Option {
	return []ao.Option{OptRoutes, OptRouter, OptTimeout, OptHosts, OptPrivate, OptMonitor, ao.OptOperator}
}

// timeoutOf returns the time that a request may take.
func timeoutOf(env *ao.Env) time.Duration {
	if d := OptTimeout.Milliseconds(env); d > 0 {
		return d
	}
	return time.Minute
}

// defaultRoutes is the table of a node whose operator has set none (spec 04,
// 4.8).
func defaultRoutes() *message.List {
	text := func(k, v string) message.Pair { return message.P(k, message.Binary(v)) }
	http2 := message.P("opts", message.Of(text("protocol", "http2")))
	prefix := func(url string) *message.Message { return message.Of(text("prefix", url), http2) }
	to := func(template string, node *message.Message) message.Value {
		return message.Of(text("template", template), message.P("node", node))
	}
	const legacy, gateway = "http://localhost:6363", "https://arweave.net"
	return message.NewList(
		to("/result/.*", prefix(legacy)),
		to("/snapshot/.*", prefix(legacy)),
		to("/dry-run.*", prefix(legacy)),
		message.Of(text("template", "/graphql"), message.P("nodes", message.NewList(
			prefix("https://ao-search-gateway.goldsky.com"), prefix("https://arweave-search.goldsky.com"), prefix(gateway)))),
		to("/arweave", message.Of(text("match", "^/arweave"), text("with", gateway), http2)),
		to("/raw", prefix(gateway)))
}
