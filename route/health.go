package route

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// maxPeers bounds the peers whose health is kept; the one that was heard of
// longest ago makes room.
const maxPeers = 1024

// Peer is what is known of a node.
type Peer struct {
	URL      string // scheme and host
	Requests int64
	Failures int64         // without an answer, or with a status of 500 or more
	Streak   int           // failures since the last success
	Latency  time.Duration // moving average of successes; the last one counts an eighth
	Last     time.Time     // when the last request was sent
	Error    string        // of the last failure
}

// Down reports whether a peer has failed so often in a row that others are
// tried before it: from the third failure on for 2 seconds, twice as long with
// every further one, at most a minute.
func (p Peer) Down(now time.Time) bool {
	if p.Streak < 3 {
		return false
	}
	pause := min(time.Minute, 2*time.Second<<min(p.Streak-3, 10))
	return now.Sub(p.Last) < pause
}

// health keeps what is known of peers. The zero value is ready.
type health struct {
	mu    sync.Mutex
	peers map[string]*Peer
}

// note adds the outcome of an exchange.
func (h *health) note(url string, at time.Time, took time.Duration, status int, err error) {
	if a := authority(url); a != "" {
		url = a
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.peers[url]
	if p == nil {
		p = h.add(url)
	}
	p.Requests++
	p.Last = at
	switch {
	case err != nil:
		p.Error = fail.Sentence(err)
	case status >= 500:
		p.Error = "status " + strconv.Itoa(status)
	default:
		p.Streak = 0
		if p.Latency == 0 {
			p.Latency = took
		}
		p.Latency += (took - p.Latency) / 8
		return
	}
	p.Failures++
	p.Streak++
}

func (h *health) add(url string) *Peer {
	if h.peers == nil {
		h.peers = map[string]*Peer{}
	}
	if len(h.peers) >= maxPeers {
		var oldest *Peer
		for _, p := range h.peers {
			if oldest == nil || p.Last.Before(oldest.Last) {
				oldest = p
			}
		}
		delete(h.peers, oldest.URL)
	}
	p := &Peer{URL: url}
	h.peers[url] = p
	return p
}

// order returns targets with those that are down at the end.
func (h *health) order(now time.Time, targets []Target) []Target {
	h.mu.Lock()
	defer h.mu.Unlock()
	var up, down []Target
	for _, t := range targets {
		url := t.Peer
		if a := authority(url); a != "" {
			url = a
		}
		if p := h.peers[url]; p != nil && p.Down(now) {
			down = append(down, t)
			continue
		}
		up = append(up, t)
	}
	return append(up, down...)
}

// Health returns what is known of the nodes that were asked, by URL.
func (s *Service) Health() []Peer {
	s.health.mu.Lock()
	defer s.health.mu.Unlock()
	out := make([]Peer, 0, len(s.health.peers))
	for _, p := range s.health.peers {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Peer) int { return strings.Compare(a.URL, b.URL) })
	return out
}
