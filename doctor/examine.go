package doctor

import (
	"context"
	"net/http"
	"time"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Options say what is examined.
type Options struct {
	Config node.Config      // what the node would start with
	Given  *message.Message // what the operator wrote; nil is Config's options
	File   string           // configuration file it came from, "" for none

	Peers   []string // further nodes that must be reachable
	Offline bool     // no request leaves this machine

	Client  *http.Client     // nil waits 5 s for an answer
	Now     func() time.Time // nil is the clock of the system
	Environ []string         // NAME=VALUE; environment variables of the node
}

func (o Options) withDefaults() Options {
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 5 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Given == nil {
		o.Given = o.Config.Options
	}
	return o
}

// Local examines a configuration and the machine that it is for.
func Local(ctx context.Context, o Options) Report {
	o = o.withDefaults()
	c := &o.Config
	var r Report
	add := func(f []Finding) { r.Findings = append(r.Findings, f...) }
	add(Names(o.Given, o.Environ))
	add(Values(c.Options))
	add(Routes(c))
	add(Hooks(c))
	add(Exposure(c))
	add(Keys(c, o.File))
	add(Disk(c.DataDir))
	add(Ports(ctx, c, o.Client))
	if !o.Offline {
		add(Peers(ctx, PeersOf(c, o.Peers), o))
	}
	return r
}

// Remote examines the running node at a URL by what it tells everybody.
func Remote(ctx context.Context, o Options, url string) Report {
	o = o.withDefaults()
	var r Report
	add := func(f []Finding) { r.Findings = append(r.Findings, f...) }
	found, c := Running(ctx, url, o)
	add(found)
	if c == nil {
		return r
	}
	add(Values(c.Options))
	add(Routes(c))
	add(Hooks(c))
	add(Exposure(c))
	if !o.Offline {
		add(Peers(ctx, PeersOf(c, o.Peers), o))
	}
	return r
}
