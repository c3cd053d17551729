package conformance

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

func jsonCase(c *testCase) error {
	if c.kind == "decode" {
		text, err := parseValue(c.m["json"])
		if err != nil {
			return err
		}
		return c.jsonBack("tabm", "message", text)
	}
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	for _, bundle := range []bool{false, true} {
		member, back := "json", "back"
		if bundle {
			member, back = "json_bundled", "back_bundled"
		}
		text, err := c.encodeJSON(in, bundle)
		if err := c.expect(member, text, err); err != nil {
			return err
		}
		if err != nil {
			continue
		}
		if err := c.jsonBack("", back, text); err != nil {
			return err
		}
	}
	return nil
}

// layered is a loader that prefers the messages of the case itself: other cases
// may hold the same content with more commitments.
type layered struct{ own, all shelf }

// Load returns a message by ID, see [shelf.Load].
func (l layered) Load(ctx context.Context, id string) (message.Value, error) {
	if v, err := l.own.Load(ctx, id); err == nil {
		return v, nil
	}
	return l.all.Load(ctx, id)
}

func own(v message.Value) shelf {
	s := shelf{}
	s.collect(v)
	return s
}

// encodeJSON encodes through the TABM, and checks that encoding the rich value
// directly gives the same.
func (c *testCase) encodeJSON(in message.Value, bundle bool) (message.Value, error) {
	ctx := context.Background()
	env := commit.Env(layered{own(in), c.shelf})
	tabm, err := structured.ToTABM(ctx, env, in)
	if err != nil {
		return nil, err
	}
	text, err := json.Codec{}.Encode(ctx, env, tabm, codec.Options{Bundle: bundle})
	if err != nil {
		return nil, err
	}
	direct, err := json.Encode(ctx, env, in, codec.Options{Bundle: bundle})
	if err != nil {
		return nil, err
	}
	if message.Binary(direct) != text {
		return nil, fmt.Errorf("encoded directly: %s\nthrough the TABM: %s", direct, text)
	}
	return text, nil
}

// jsonBack decodes a text and compares its linked TABM and its rich form.
func (c *testCase) jsonBack(tabmMember, richMember string, text message.Value) error {
	ctx := context.Background()
	tabm, err := json.Codec{}.Decode(ctx, c.env(), text, codec.Options{})
	if err == nil {
		if tabm, err = structured.FromTABM(tabm); err == nil {
			tabm, err = structured.ToTABM(ctx, c.env(), tabm)
		}
	}
	if tabmMember != "" {
		if err := c.expect(tabmMember, tabm, err); err != nil {
			return err
		}
	}
	if err != nil {
		return c.expect(richMember, nil, err)
	}
	rich, err := structured.FromTABM(tabm)
	return c.expect(richMember, rich, err)
}
