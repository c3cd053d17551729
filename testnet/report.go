package testnet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Report is what a soak found.
type Report struct {
	Seed         uint64
	Time         time.Duration // of the load
	Sent         int           // messages of users
	Acknowledged int
	Refused      int // not acknowledged: the node was down, or died
	Kills        int
	Slots        int // all that the processes were given
	Memory       []Memory
	Violations   []string // what must not be

	took []time.Duration // to acknowledge
}

// Memory is the resident memory of a node over time, in bytes.
type Memory struct {
	Node    string
	Samples []int64 // at equal intervals while it was up
}

// thirds returns the most memory that was used in each third of the time.
func (m Memory) thirds() (out [3]int64) {
	for i := range out {
		n := len(m.Samples)
		for _, s := range m.Samples[i*n/3 : (i+1)*n/3] {
			out[i] = max(out[i], s)
		}
	}
	return out
}

// slack is what the memory of a node may grow by beside a tenth.
const slack = 16 << 20

// Flat reports whether the memory no longer grew in the last third of the time,
// by more than a tenth and 16 MiB.
func (m Memory) Flat() bool {
	t := m.thirds()
	return t[2] <= t[1]+t[1]/10+slack
}

// violate notes what must not be.
func (r *Report) violate(format string, args ...any) {
	r.Violations = append(r.Violations, fmt.Sprintf(format, args...))
}

// memory judges the memory of nodes that are processes of their own; that of
// others is also the soak's.
func (r *Report) memory(own bool) {
	if !own {
		r.Memory = nil
	}
	for _, m := range r.Memory {
		if !m.Flat() {
			r.violate("the memory of %s grows", m.Node)
		}
	}
}

// OK reports whether there are no violations.
func (r *Report) OK() bool { return len(r.Violations) == 0 }

// maxShown is how many violations are printed.
const maxShown = 20

// String returns the report for people.
func (r *Report) String() string {
	var s strings.Builder
	f := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	f("soak of %s, seed %d", r.Time.Round(time.Second), r.Seed)
	f("  messages sent           %d", r.Sent)
	f("  acknowledged            %d", r.Acknowledged)
	f("  not acknowledged        %d", r.Refused)
	if slices.Sort(r.took); len(r.took) > 0 {
		at := func(share int) time.Duration { return r.took[len(r.took)*share/100].Round(time.Microsecond * 10) }
		f("  acknowledged within     p50 %s, p99 %s, most %s", at(50), at(99), r.took[len(r.took)-1].Round(time.Millisecond))
	}
	f("  slots checked           %d", r.Slots)
	f("  nodes killed            %d times", r.Kills)
	for _, m := range r.Memory {
		t := m.thirds()
		flat := "flat"
		if !m.Flat() {
			flat = "GROWS"
		}
		f("  memory of %-13s %d / %d / %d MiB at most in the thirds of the time: %s", m.Node, t[0]>>20, t[1]>>20, t[2]>>20, flat)
	}
	for i, v := range r.Violations {
		if i == maxShown {
			f("  and %d more", len(r.Violations)-maxShown)
			break
		}
		f("  VIOLATION  %s", v)
	}
	if r.OK() {
		f("no acknowledged message was lost, none was applied twice")
	}
	return s.String()
}
