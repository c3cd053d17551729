package push

import (
	"github.com/hyperbeam-go/hyperbeam/message"
)

// answer is what a push answers with (spec 03, 6.3 to 6.5).
type answer struct {
	job     job
	results *message.Message // nil at depth 0
	entries *message.Builder
}

func newAnswer(j job, results *message.Message) answer {
	a := answer{job: j, entries: message.NewBuilder(4)}
	if j.depth > 0 {
		a.results = results
	}
	return a
}

// add notes what became of an entry; resulted is nil when it led to no slot that
// is pushed.
func (a answer) add(d delivery, resulted *message.Message) {
	b := message.NewBuilder(6)
	text := func(key, value string) { b.Set(key, message.Binary(value)) }
	target := d.entry.msg.Text("target")
	switch {
	case d.err != nil:
		status, reason := statusOf(d.err)
		b.Set("status", message.Int(status))
		text("response", "error")
		text("target", target)
		text("reason", reason)
	case d.state.stage == failed:
		text("response", "error")
		text("reason", d.state.reason)
		if d.state.status != 0 {
			b.Set("status", message.Int(d.state.status))
		}
		if target != "" {
			text("target", target)
			break
		}
		text("outbox-index", d.entry.key)
		if d.entry.msg != nil {
			b.Set("message", d.entry.msg)
		}
	case d.entry.spawns():
		text("id", d.state.letter)
		text("process", d.state.target)
		b.Set("slot", message.Int(d.state.slot))
	default:
		text("id", d.state.letter)
		text("target", target)
		b.Set("slot", message.Int(d.state.slot))
		if resulted != nil {
			b.Set("resulted-in", resulted)
		}
	}
	a.entries.Set(d.entry.key, b.Message())
}

func (a answer) message() *message.Message {
	return a.entries.Message().Merge(a.results.WithPrivate(nil)).Merge(message.Of(
		message.P("slot", message.Int(a.job.slot)),
		message.P("process", message.Binary(a.job.to.process.ID)))).WithPrivate(nil)
}

// accepted is the answer to what is pushed in the background.
func accepted(process string, slot int64) *message.Message {
	return message.Of(
		message.P("status", message.Int(202)),
		message.P("slot", message.Int(slot)),
		message.P("process", message.Binary(process)))
}
