package node

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/device/greenzone"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/legacynet"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/tee/luks"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
	"github.com/hyperbeam-go/hyperbeam/volume"
)

// assembly is a node being put together: what its later parts need of the
// earlier ones. The steps run in the order in which [Node.open] lists them.
type assembly struct {
	*Node
	parts
	c Config

	kept      *cache.Cache
	programs  *wasm.Engine
	peer      *client.Client
	routes    *route.Service
	routed    push.Routed
	orders    *schedule.Service
	schedules *remote.Service
	computing *process.Service
	pushing   *push.Service
	tasks     *cron.Service
	monitors  *legacynet.Monitors
	book      *pay.Ledger
	wallets   *hosted.Service
	host      *message.Slot[string] // of a request
}

// closing notes what is to be closed with the node, in the order of opening.
func (a *assembly) closing(f func() error) { a.close = append(a.close, f) }

// ground opens what everything stands on: wallet, store, cache, settings, and
// the engine of programs.
func (a *assembly) ground(ctx context.Context) (err error) {
	if a.Node.key = a.parts.key; a.Node.key == nil {
		if a.Node.key, err = wallet(&a.c, a.log); err != nil {
			return err
		}
	}
	if a.Node.store = a.parts.store; a.Node.store == nil {
		if a.Node.store, err = openStore(&a.c); err != nil {
			return err
		}
		a.closing(a.Node.store.Close)
	}
	a.kept = cache.New(a.Node.store, cache.Options{MemoryBytes: a.c.CacheSize})
	if a.settings, err = newSettings(ctx, a.c, a.kept); err != nil {
		return err
	}
	if a.programs, err = wasm.New(wasm.Options{CacheDir: a.c.moduleFolder()}); err != nil {
		return err
	}
	a.closing(func() error { a.programs.Close(); return nil })
	return nil
}

// processes opens what orders, computes and delivers messages.
func (a *assembly) processes(context.Context) error {
	own := []*keys.PrivateKey{a.Node.key}
	a.orders = schedule.New(schedule.Options{Store: a.Node.store, Cache: a.kept, Identities: own, Clock: a.clock})
	a.closing(a.orders.Close)
	places := location.New(location.Options{
		Store: a.Node.store, Cache: a.kept, Peers: chosen{a.routes}, Key: a.Node.key, Clock: a.clock, Log: a.log,
	})
	a.closing(places.Close)
	a.schedules = remote.New(remote.Options{Local: a.orders, Locations: places, Peers: a.routed, Known: a.routed, Log: a.log})
	a.computing = process.New(process.Options{Order: a.schedules, Cache: a.kept, Clock: a.clock, Log: a.log})
	a.closing(a.computing.Close)
	a.pushing = push.New(push.Options{
		Store: a.Node.store, Cache: a.kept, Order: a.orders, Compute: a.computing, Identities: own,
		Locate: remote.Nodes{Service: a.schedules}, Peers: a.routed, Log: a.log,
	})
	a.closing(a.pushing.Close)
	a.tasks = cron.NewService(cron.Options{Store: a.Node.store, Cache: a.kept, Clock: a.clock, Log: a.log})
	a.closing(a.tasks.Close)
	a.monitors = legacynet.NewMonitors(legacynet.MonitorOptions{Store: a.Node.store, Order: a.orders, Push: a.pushing, Log: a.log})
	a.closing(a.monitors.Close)
	count(a.metrics, a.orders, a.computing, a.pushing)
	return nil
}

// custody opens what is kept for others: their money and their wallets.
func (a *assembly) custody(ctx context.Context) (err error) {
	if a.book, err = openLedger(a.c, a.parts); err != nil {
		return err
	}
	a.closing(a.book.Close)
	a.wallets, err = a.hostedWallets(ctx, a.c, a.parts)
	return err
}

// devices makes the engine with all devices.
func (a *assembly) devices(context.Context) error {
	devices := all.Devices(all.Deps{
		Node: a.settings, Wasm: a.programs, Schedules: a.schedules, Computing: a.computing, Routes: a.routes, Tasks: a.tasks,
		Pushing: a.pushing, Pay: a.book, Hosted: a.wallets, Host: a.host, Metrics: a.metrics,
		Zone: greenzone.Parts{
			Node:   identities{a.settings, a.orders, a.pushing},
			Attest: evidence.New(evidence.Options{Guest: a.guest, Cache: a.kept, Root: a.root}),
			Volume: volume.New(luks.Host()),
		},
	})
	registry, err := ao.NewRegistry(append(devices, a.more...)...)
	if err != nil {
		return err
	}
	a.engine = ao.New(registry, ao.Services{
		Cache: a.kept, Transport: a.peer, Clock: a.clock, Key: a.Node.key, Log: a.log,
	}, ao.Limits{Depth: a.c.MaxDepth, Time: a.c.RequestTimeout})
	return nil
}

// edge makes the HTTP server.
func (a *assembly) edge(context.Context) (err error) {
	a.server, err = server.New(a.engine, server.Options{
		Config:  a.Message,
		Codecs:  codecs(),
		Host:    a.host,
		Root:    a.rootPage(a.c),
		Observe: served(a.metrics),
		Front: func(server http.Handler) http.Handler {
			return legacynet.New(legacynet.Options{Env: a.Env, Order: a.orders, Locate: a.schedules, Monitors: a.monitors}, server)
		},
		Limits: server.Limits{HeaderBytes: int(a.c.MaxHeaderBytes), IdleTime: a.c.IdleTimeout},
	})
	return err
}

// start takes up what an earlier run of the node has left.
func (a *assembly) start(ctx context.Context) error {
	a.schedules.Start(a.Env)
	if err := a.startHook(ctx); err != nil {
		return err
	}
	return errors.Join(a.pushing.Start(a.stranger), a.tasks.Start(a.Env), a.monitors.Start(a.stranger))
}

// stranger returns the environment of work that programs asked for: whoever wrote
// them, and not the operator, says what it does.
func (n *Node) stranger() *ao.Env { return n.Env().WithRemote() }

// codecs are the formats beside HTTP messages and JSON.
func codecs() []codec.Codec { return []codec.Codec{flat.Codec{}, ans104.Codec{}} }

// moduleFolder is where compiled WASM modules are kept, "" for nowhere.
func (c *Config) moduleFolder() string {
	if c.DataDir == "" {
		return ""
	}
	return filepath.Join(c.DataDir, "modules")
}
