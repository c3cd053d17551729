package jsoniface

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// process is what messages of a state need to know of its process. It stays
// with the state, since the process never changes.
type process struct {
	source message.Value // the message or link it was made from
	env    string        // the process as JSON
	from   aos.Sender
}

var processSlot = message.NewSlot[*process]("process in JSON")

// image returns the image for the message to the program.
func (p *process) image() message.Value {
	if p.from.Image == nil {
		return message.NotFound
	}
	return p.from.Image
}

// processOf returns the process of the base, or an empty one when it has none.
func processOf(c *ao.Call) (*process, error) {
	source, ok := c.Base.Get("process")
	if !ok {
		source = message.Empty()
	}
	if p, ok := processSlot.In(c.Base); ok && p.source == source {
		return p, nil
	}
	v, err := message.Loaded(c.Ctx, c.Cache, source)
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		m = message.Empty()
	}
	p := &process{source: source}
	encoded, err := aos.Encode(c.Ctx, c.Codec(), m, "")
	if err != nil {
		return nil, err
	}
	if p.env, err = json.Format(message.Of(message.P("Process", encoded))); err != nil {
		return nil, err
	}
	pid, err := commit.UnsignedID(c.Ctx, m)
	if err != nil {
		return nil, err
	}
	p.from.Process = pid.String()
	if image, ok := m.Get("image"); ok {
		if text, isText := message.Text(image); isText {
			p.from.Image = message.Binary(text)
		}
	}
	return p, nil
}
