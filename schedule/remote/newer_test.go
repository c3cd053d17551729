package remote_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// newer rewrites the schedule of a node as nodes of 2026 write theirs: without
// hash chain, each with the hashpath of what it is applied to (spec 05, 3.2).
type newer struct {
	t       *testing.T
	s       *server
	process string
	written map[int]*Message
	without bool // leaves the hashpath out, too
}

// hashpath returns what slot n is applied to, by the words of the
// specification.
func (w *newer) hashpath(n int) string {
	if n == 0 {
		return w.process
	}
	root := must.Have[id.ID](w.t)(id.Parse(w.process))
	for i := range n - 1 {
		a := must.Have[id.ID](w.t)(id.Parse(idOf(w.t, w.written[i])))
		root = id.Chain(root, a[:])
	}
	return root.String() + "/" + idOf(w.t, w.written[n-1])
}

func (w *newer) twist(all map[int]*Message) {
	for n := range 100 {
		a, ok := all[n]
		if !ok {
			continue
		}
		if w.written[n] == nil {
			w.written[n] = again(w.t, w.s.key, a, func(m *Message) *Message {
				m = m.Without("hash-chain").Set("type", Binary("Assignment")).Set("path", Binary("compute"))
				if !w.without {
					m = m.Set("base-hashpath", Binary(w.hashpath(n)))
				}
				return m
			})
		}
		all[n] = w.written[n]
	}
}

// CONF-NEW-17: assignments of newer nodes are read, and those of which say
// nothing of what came before; a hashpath that does not continue is refused.
func TestNewerAssignments(t *testing.T) {
	for _, without := range []bool{false, true} {
		t.Run(strconv.FormatBool(without), func(t *testing.T) {
			l := &liar{}
			a := start(t, settings{devices: []*ao.Device{l.device()}})
			b := fresh(t)
			b.meet(a)
			m := definition(t, a.key.Address(), P("scheduler-device", Binary("liar@1.0")))
			w := &newer{t: t, s: a, process: a.spawn(m), written: map[int]*Message{}, without: without}
			b.knowsProcess(m)
			l.twist = w.twist
			l.on.Store(true)
			a.fill(w.process, 3)
			b.want("/"+w.process+"~process@1.0/now/results/assignment-slot", "3")
			a.fill(w.process, 2)
			b.want("/"+w.process+"~process@1.0/now/results/assignment-slot", "5")
			a.fill(w.process, 1)
			l.twist = func(all map[int]*Message) {
				w.twist(all)
				if all[6] != nil {
					all[6] = again(t, a.key, all[6], func(m *Message) *Message { return m.Set("base-hashpath", Binary(w.hashpath(5))) })
				}
			}
			r := b.ask("/" + w.process + "~process@1.0/now")
			if text := explain(r); r.Status != 502 || !strings.Contains(text, "base-hashpath is not that") {
				t.Fatalf("status %d: %s", r.Status, text)
			}
		})
	}
}
