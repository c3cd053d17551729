// Package all is the list of devices of a node: one line each.
package all

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/computeunit"
	"github.com/hyperbeam-go/hyperbeam/device/ans104"
	"github.com/hyperbeam-go/hyperbeam/device/apply"
	"github.com/hyperbeam-go/hyperbeam/device/authhook"
	"github.com/hyperbeam-go/hyperbeam/device/b32name"
	"github.com/hyperbeam-go/hyperbeam/device/blacklist"
	"github.com/hyperbeam-go/hyperbeam/device/cache"
	"github.com/hyperbeam-go/hyperbeam/device/compute"
	"github.com/hyperbeam-go/hyperbeam/device/cookie"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/device/dedup"
	"github.com/hyperbeam-go/hyperbeam/device/delegated"
	"github.com/hyperbeam-go/hyperbeam/device/faff"
	"github.com/hyperbeam-go/hyperbeam/device/flat"
	"github.com/hyperbeam-go/hyperbeam/device/genesis"
	"github.com/hyperbeam-go/hyperbeam/device/greenzone"
	"github.com/hyperbeam-go/hyperbeam/device/hook"
	"github.com/hyperbeam-go/hyperbeam/device/httpauth"
	"github.com/hyperbeam-go/hyperbeam/device/httpsig"
	"github.com/hyperbeam-go/hyperbeam/device/hyperbuddy"
	"github.com/hyperbeam-go/hyperbeam/device/json"
	"github.com/hyperbeam-go/hyperbeam/device/jsoniface"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/device/lookup"
	"github.com/hyperbeam-go/hyperbeam/device/lua"
	"github.com/hyperbeam-go/hyperbeam/device/manifest"
	"github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/device/meta"
	"github.com/hyperbeam-go/hyperbeam/device/metering"
	"github.com/hyperbeam-go/hyperbeam/device/monitor"
	"github.com/hyperbeam-go/hyperbeam/device/multipass"
	"github.com/hyperbeam-go/hyperbeam/device/name"
	"github.com/hyperbeam-go/hyperbeam/device/nodeprocess"
	"github.com/hyperbeam-go/hyperbeam/device/p4"
	"github.com/hyperbeam-go/hyperbeam/device/patch"
	"github.com/hyperbeam-go/hyperbeam/device/poda"
	"github.com/hyperbeam-go/hyperbeam/device/process"
	"github.com/hyperbeam-go/hyperbeam/device/push"
	"github.com/hyperbeam-go/hyperbeam/device/ratelimit"
	"github.com/hyperbeam-go/hyperbeam/device/recharging"
	"github.com/hyperbeam-go/hyperbeam/device/relay"
	"github.com/hyperbeam-go/hyperbeam/device/router"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/device/secret"
	"github.com/hyperbeam-go/hyperbeam/device/simplepay"
	"github.com/hyperbeam-go/hyperbeam/device/snp"
	"github.com/hyperbeam-go/hyperbeam/device/stack"
	"github.com/hyperbeam-go/hyperbeam/device/structured"
	disk "github.com/hyperbeam-go/hyperbeam/device/volume"
	"github.com/hyperbeam-go/hyperbeam/device/wasi"
	"github.com/hyperbeam-go/hyperbeam/device/wasm"
	"github.com/hyperbeam-go/hyperbeam/device/whois"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	value "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/metrics"
	"github.com/hyperbeam-go/hyperbeam/pay"
	computing "github.com/hyperbeam-go/hyperbeam/process"
	pushing "github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Deps are the parts of a node that devices work with. The zero value gives
// devices that can be listed and documented; keys that need what is missing
// must not be called.
type Deps struct {
	Node meta.Node
	Wasm *vm.Engine // runs WebAssembly; without it, no program runs

	Schedules *remote.Service // orders messages, and knows who else does
	Computing *computing.Service
	Routes    *route.Service // sends requests to other nodes
	Tasks     *cron.Service  // runs requests in the background
	Pushing   *pushing.Service
	Zone      greenzone.Parts // what confidential machines attest, share and mount
	Metrics   *metrics.Metrics

	// Host is the slot in which the server notes the host of a request.
	Host   *value.Slot[string]
	Pay    *pay.Ledger     // the money of the node
	Hosted *hosted.Service // keeps wallets for users
}

// Devices returns every device.
func Devices(d Deps) []*ao.Device {
	return []*ao.Device{
		message.New(),
		ans104.New(),
		apply.New(),
		b32name.New(),
		blacklist.New(d.Routes.Go),
		authhook.New(d.Hosted),
		cache.New(),
		compute.New(d.Computing),
		cookie.New(),
		cron.New(d.Tasks),
		dedup.New(),
		delegated.New(computeunit.Remote{Routes: d.Routes}),
		faff.New(),
		flat.New(),
		genesis.New(computeunit.Native{Engine: d.Wasm}, computeunit.Remote{Routes: d.Routes}),
		greenzone.New(d.Zone),
		hook.New(),
		httpauth.New(),
		httpsig.New(),
		hyperbuddy.New(d.Metrics),
		json.New(),
		jsoniface.New(),
		localname.New(),
		lookup.New(),
		lua.New(),
		manifest.New(),
		metering.New(),
		monitor.New(),
		multipass.New(),
		name.New(d.Host),
		nodeprocess.New(),
		p4.New(d.Pay),
		patch.New(),
		poda.New(d.Schedules),
		process.New(d.Computing),
		push.New(d.Pushing),
		ratelimit.New(),
		recharging.New(),
		relay.New(d.Routes),
		router.New(d.Routes),
		scheduler.New(d.Schedules),
		simplepay.New(d.Pay),
		secret.New(d.Hosted),
		snp.New(d.Zone.Attest),
		stack.New(),
		structured.New(),
		disk.New(d.Zone.Volume),
		wasi.New(),
		wasm.New(d.Wasm),
		whois.New(),
		meta.New(d.Node),
	}
}
