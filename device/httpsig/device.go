// Package httpsig is the device httpsig@1.0: messages as HTTP texts.
package httpsig

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const doc = `Writes messages as HTTP messages, signed as RFC 9421 says.

This is the codec in which nodes talk to each other and in which messages are committed to, unless another is named. The text of a
message is its header fields, one a line, an empty line and the body.`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: httpsig.Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "serialize", Doc: "The base as an HTTP message: its text, or headers and body.", Reads: "request: format (text, components), bundle", Run: serialize},
		},
		Examples: []ao.Example{
			{Path: `/~httpsig@1.0&a=1/serialize`, Answer: "a: 1\r\ndevice: httpsig@1.0"},
		},
	}
}

// serialize encodes the base (spec 01, 10.12).
func serialize(c *ao.Call) (message.Value, error) {
	bundle, err := c.Arg("bundle")
	if err != nil {
		return nil, err
	}
	tabm, err := structured.ToTABM(c.Ctx, c.Codec(), c.Base)
	if err != nil {
		return nil, err
	}
	v, err := httpsig.Codec{}.Encode(c.Ctx, c.Codec(), tabm, codec.Options{Bundle: message.IsTrue(bundle)})
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return v, nil
	}
	switch format := c.Request().Text("format"); format {
	case "", "text":
		return message.Binary(text(m)), nil
	case "components":
		out := message.Of(message.P("headers", m.Without("body")))
		if body, ok := m.Get("body"); ok {
			out = out.Set("body", body)
		}
		return out, nil
	default:
		return nil, fail.New(fail.Invalid, httpsig.Name+"/serialize", "unknown format %.32q; known are text and components", format)
	}
}

// text returns the encoded message as one text.
func text(m *message.Message) string {
	var lines []string
	for _, k := range m.WireKeys() {
		if k != "body" {
			lines = append(lines, k+": "+m.Text(k))
		}
	}
	out := strings.Join(lines, "\r\n")
	if body := m.Text("body"); body != "" {
		out += "\r\n\r\n" + body
	}
	return out
}
