package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is what a run of equal work gave.
type load struct {
	name     string
	done     int
	failed   int
	elapsed  time.Duration
	p50, p99 time.Duration
	reason   string // of the first failure
}

// rate returns completed operations a second.
func (l load) rate() float64 { return float64(l.done) / l.elapsed.Seconds() }

func (l load) String() string {
	s := fmt.Sprintf("%-44s %10.0f /s   p50 %8s   p99 %8s", l.name, l.rate(), round(l.p50), round(l.p99))
	if l.failed > 0 {
		s += fmt.Sprintf("   %d failed: %s", l.failed, l.reason)
	}
	return s
}

func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Nanosecond)
}

// drive runs work on several workers until the time is over or n operations
// are done; work gets the number of its operation.
func drive(ctx context.Context, name string, workers int, limit time.Duration, n int, work func(ctx context.Context, i int) error) load {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var next atomic.Int64
	var mu sync.Mutex
	out := load{name: name}
	var all []time.Duration
	start := time.Now()
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			var mine []time.Duration
			failed, reason := 0, ""
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if n > 0 && i >= n {
					break
				}
				t := time.Now()
				err := work(ctx, i)
				if ctx.Err() != nil {
					break // cut off by the end of the run
				}
				if err != nil {
					failed++
					reason = err.Error()
					continue
				}
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, mine...)
			if out.failed += failed; reason != "" {
				out.reason = reason
			}
		})
	}
	wg.Wait()
	out.elapsed, out.done = time.Since(start), len(all)
	slices.Sort(all)
	if len(all) > 0 {
		out.p50, out.p99 = all[len(all)/2], all[len(all)*99/100]
	}
	return out
}

// getter returns work that gets a URL over kept connections.
func getter(workers int, url string) func(context.Context, int) error {
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}}
	return func(ctx context.Context, _ int) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := c.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
		if resp.StatusCode >= 400 {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		return nil
	}
}
