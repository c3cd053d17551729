package aos

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Result is what an evaluation came to.
type Result struct {
	Data    message.Value    // output, or the error, of any type
	Outbox  *message.Message // messages to send, by number
	Patches message.Value    // changes to the state
}

// Sender is what the messages of an outbox say they come from.
type Sender struct {
	Process string        // unsigned ID of the process
	Image   message.Value // of its module; nil when it has none
}

// BadJSON is the sentence about an answer that is not JSON (spec 03, 9.5).
const BadJSON = "JSON error parsing result output."

// Parse reads the answer of aos (spec 03, 9.5 to 9.7). Spawns and assignments
// are left out, as in the reference.
//
// # Errors
//
// [fail.Invalid] with [BadJSON] for a text that is not JSON, and with another
// sentence for an answer of another form; [fail.Failed] when the answer says
// that the evaluation failed.
func Parse(answer string, from Sender) (Result, error) {
	v, err := json.Parse(answer)
	if err != nil {
		return Result{}, fail.New(fail.Invalid, opParse, BadJSON)
	}
	top, ok := v.(*message.Message)
	if !ok {
		return Result{}, fail.New(fail.Invalid, opParse, "The answer is not a JSON object.")
	}
	if yes, _ := top.Get("ok"); yes != message.Value(message.True) {
		reason, _ := top.Get("response")
		s, err := json.Format(reason)
		if reason == nil || err != nil {
			s = "no reason given"
		}
		return Result{}, fail.New(fail.Failed, opParse, "The evaluation failed: %.1000s", s)
	}
	response := top.Message("response")
	if response == nil {
		return Result{}, fail.New(fail.Invalid, opParse, "The answer has no response.")
	}
	return ParseResponse(response, from)
}

const opParse = "aos.Parse"

// ParseResponse reads the member "response" of an answer, or the answer of a
// compute unit.
//
// # Errors
//
// [fail.Invalid] when a message or tag is not of the right form.
func ParseResponse(r *message.Message, from Sender) (Result, error) {
	r, _ = unclaimed(r).(*message.Message)
	none := Result{message.Binary(""), message.Empty(), message.NewList()}
	if e, failed := r.Get("Error"); failed {
		none.Data = e
		return none, nil
	}
	output, has := r.Get("Output")
	out, isObject := output.(*message.Message)
	if has && !isObject {
		return none, nil
	}
	res := none
	if v, ok := out.Get("data"); ok {
		res.Data = v
	} else if v, ok := r.Get("Data"); ok {
		res.Data = v
	}
	if v, ok := r.Get("patches"); ok {
		res.Patches = v
	}
	v, ok := r.Get("Messages")
	if !ok {
		return res, nil
	}
	var err error
	res.Outbox, err = outbox(v, from)
	return res, err
}

// unclaimed returns a value without the commitments that a program wrote into
// its answer: a program cannot sign, and what is stored is believed.
func unclaimed(v message.Value) message.Value {
	switch x := v.(type) {
	case *message.Message:
		out := x.Without(message.CommitmentsKey)
		for k, e := range x.All() {
			if n := unclaimed(e); n != e && k != message.CommitmentsKey {
				out = out.Set(k, n)
			}
		}
		return out
	case *message.List:
		items := make([]message.Value, x.Len())
		changed := false
		for i, e := range x.All() {
			items[i] = unclaimed(e)
			changed = changed || items[i] != e
		}
		if changed {
			return message.NewList(items...)
		}
	}
	return v
}

// outbox returns the messages to send, numbered from 1 (spec 03, 9.7).
func outbox(v message.Value, from Sender) (*message.Message, error) {
	list, ok := v.(*message.List)
	if m, isObject := v.(*message.Message); isObject && m.Len() == 0 {
		list, ok = message.NewList(), true // an empty table of Lua may be an object
	}
	if !ok {
		return nil, fail.New(fail.Invalid, opParse, "The messages of the answer are not a list.")
	}
	out := message.NewBuilder(list.Len())
	for i, v := range list.All() {
		m, ok := v.(*message.Message)
		if !ok {
			return nil, fail.New(fail.Invalid, opParse, "Message %d of the answer is not an object.", i+1)
		}
		sent, err := outgoing(m, from)
		if err != nil {
			return nil, fail.New(fail.Invalid, opParse, "Message %d of the answer: %s", i+1, fail.Sentence(err))
		}
		out.Set(strconv.Itoa(i+1), sent)
	}
	return out.Message(), nil
}

// outgoing returns one message: its fields, overlaid by its tags.
func outgoing(m *message.Message, from Sender) (*message.Message, error) {
	b := message.NewBuilder(m.Len() + 12)
	for k, v := range m.All() {
		switch k {
		case "from-process", "from-image", "anchor", "tags", "":
			continue
		}
		b.Set(k, v)
	}
	if v, ok := m.Get("Tags"); ok {
		if err := addTags(b, v); err != nil {
			return nil, err
		}
	}
	b.Set("from-process", message.Binary(from.Process))
	b.Set("from-image", from.Image)
	return b.Message(), nil
}

func addTags(b *message.Builder, v message.Value) error {
	list, ok := v.(*message.List)
	if m, isObject := v.(*message.Message); isObject && m.Len() == 0 {
		return nil
	}
	if !ok {
		return fail.New(fail.Invalid, opParse, "the tags are not a list")
	}
	for i, v := range list.All() {
		t, ok := v.(*message.Message)
		if !ok || t.Text("name") == "" {
			return fail.New(fail.Invalid, opParse, "tag %d is not an object with a name", i+1)
		}
		if value, ok := t.Get("value"); ok {
			b.Set(t.Text("name"), value)
		}
	}
	return nil
}
