package doctor

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// Limits of the clock. Schedulers stamp messages with it, and TLS and tokens
// of others depend on it.
const (
	clockOff   = 5 * time.Second
	clockWrong = time.Minute
)

// maxPeers bounds the peers that are asked, and atOnce how many at a time.
const (
	maxPeers = 64
	atOnce   = 8
)

// Peer is a node that another works with.
type Peer struct {
	URL  string // scheme and host
	Used string // what for
	Own  bool   // the operator has named it; others are those of the default routes
}

// PeersOf returns the nodes that a configuration works with, and more.
func PeersOf(c *node.Config, more []string) []Peer {
	var out []Peer
	add := func(raw, used string, own bool) {
		if !strings.Contains(raw, "://") {
			raw = "https://" + raw
		}
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" {
			return
		}
		p := Peer{u.Scheme + "://" + u.Host, used, own}
		if !slices.ContainsFunc(out, func(q Peer) bool { return q.URL == p.URL }) && len(out) < maxPeers {
			out = append(out, p)
		}
	}
	for _, p := range more {
		add(p, "named on the command line", true)
	}
	if b := text(c, "host_bootstrap_node"); b != "" && b != "false" {
		add(b, "host_bootstrap_node", true)
	}
	own := c.Options.Has(route.OptRoutes.Name)
	t, err := table(c)
	if err != nil {
		return out
	}
	for _, r := range t.Routes {
		for _, n := range nodesOf(r) {
			used := "a route for " + r.Text("template")
			m, ok := n.(*message.Message)
			if !ok {
				s, _ := message.Text(n)
				add(s, used, own)
				continue
			}
			for _, k := range []string{"uri", "prefix", "with"} {
				if m.Text(k) != "" {
					add(m.Text(k), used, own)
				}
			}
		}
	}
	return out
}

// met is what a peer answered.
type met struct {
	peer    Peer
	err     error
	took    time.Duration
	ahead   time.Duration // of the peer's clock
	dated   bool
	version string
}

// Peers asks each peer whether it is there, which version it has, and what time
// it is.
func Peers(ctx context.Context, peers []Peer, o Options) []Finding {
	o = o.withDefaults()
	answers := make([]met, len(peers))
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i, p := range peers {
		wg.Go(func() {
			slots <- struct{}{}
			answers[i] = meet(ctx, p, o)
			<-slots
		})
	}
	wg.Wait()
	f := findings{check: "peers"}
	for _, a := range answers {
		switch {
		case a.err != nil && a.peer.Own:
			f.add(Problem, "Check the address, the firewall and whether it is running.", "%s (%s) does not answer: %s", a.peer.URL, a.peer.Used, a.err)
		case a.err != nil:
			f.add(Note, "If you need it, run it or set routes to another node.", "%s (%s, a default) does not answer", a.peer.URL, a.peer.Used)
		default:
			version := ""
			if a.version != "" {
				version = ", HyperBEAM " + a.version
			}
			f.good("%s answers after %s%s", a.peer.URL, round(a.took), version)
		}
	}
	if len(peers) == 0 {
		f.good("the node works with no others")
	}
	return append(f.list, clockOf(answers)...)
}

// clockOf compares the clock with those of peers. Their median counts, since
// one of them may be wrong.
func clockOf(answers []met) []Finding {
	f := findings{check: "clock"}
	var ahead []time.Duration
	for _, a := range answers {
		if a.dated {
			ahead = append(ahead, a.ahead)
		}
	}
	if len(ahead) == 0 {
		f.add(Note, "Name a node that answers with --peer URL.", "no peer has told the time")
		return f.list
	}
	slices.Sort(ahead)
	off := -ahead[len(ahead)/2]
	switch {
	case off.Abs() >= clockWrong:
		f.add(Problem, "Let the system keep the time: timedatectl set-ntp true", "the clock is %s off", off.Round(time.Second))
	case off.Abs() >= clockOff:
		f.add(Warning, "Let the system keep the time: timedatectl set-ntp true", "the clock is %s off", off.Round(time.Second))
	default:
		f.good("the clock agrees with %d peers", len(ahead))
	}
	return f.list
}

// meet asks one peer.
func meet(ctx context.Context, p Peer, o Options) met {
	out := met{peer: p}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/~meta@1.0/build/version", nil)
	if err != nil {
		out.err = err
		return out
	}
	began, mono := o.Now(), time.Now()
	res, err := o.Client.Do(req)
	if err != nil {
		out.err = plain(err)
		return out
	}
	out.took = time.Since(mono)
	defer func() { _ = res.Body.Close() }()
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		// A date is cut to the second: half a second more is the best guess.
		out.ahead, out.dated = date.Add(time.Second/2).Sub(began.Add(out.took/2)), true
	}
	if body, err := io.ReadAll(io.LimitReader(res.Body, 64)); err == nil && res.StatusCode == http.StatusOK {
		if version, err := strconv.ParseFloat(string(body), 64); err == nil {
			out.version = strconv.FormatFloat(version, 'g', 4, 64)
		}
	}
	return out
}

// plain returns an error of a request without its URL.
func plain(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

// ask returns the body of a page, "" when there is none.
func ask(ctx context.Context, client *http.Client, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return ""
	}
	res, err := client.Do(req)
	if err != nil {
		return ""
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil || res.StatusCode != http.StatusOK {
		return ""
	}
	return string(body)
}
