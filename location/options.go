package location

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message.
var (
	OptTTL = ao.Option{Name: "scheduler_location_ttl", Default: message.Int(604_800_000),
		Doc: "Milliseconds for which location records hold that do not say it, and those of this node."}
	OptNotify = ao.Option{Name: "scheduler_location_notify_peers", Default: message.NewList(),
		Doc: "URLs of nodes that are sent each new location record of this node."}
	OptGateway = ao.Option{Name: "gateway", Default: message.Binary("https://arweave.net"),
		Doc: "URL of the gateway that is asked, over GraphQL, for the location records of addresses that are not known. Empty asks none."}
)

// NodeOptions returns the options that the package reads.
func NodeOptions() []ao.Option { return []ao.Option{OptTTL, OptNotify, OptGateway} }
