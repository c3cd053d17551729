package conformance

import (
	"context"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/message"
)

func flatCase(c *testCase) error {
	switch c.kind {
	case "parse-text":
		text, err := parseValue(c.m["text"])
		if err != nil {
			return err
		}
		s, _ := message.Text(text)
		got, err := flat.Parse(s)
		return c.expect("message", got, err)
	case "decode":
		in, err := parseValue(c.m["flat"])
		if err != nil {
			return err
		}
		got, err := decodeFlat(in)
		return c.expect("message", got, err)
	}
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	ctx := context.Background()
	tabm, err := structured.ToTABM(ctx, c.env(), in)
	if err == nil {
		tabm, err = flat.Codec{}.Encode(ctx, c.env(), tabm, codec.Options{})
	}
	if err := c.expect("flat", tabm, err); err != nil || tabm == nil {
		return err
	}
	m, ok := tabm.(*message.Message)
	if !ok {
		return nil
	}
	text, err := flat.Format(m)
	if err := c.expect("text", message.Binary(text), err); err != nil {
		return err
	}
	back, err := decodeFlat(tabm)
	return c.expect("back", back, err)
}

func decodeFlat(in message.Value) (message.Value, error) {
	tabm, err := flat.Codec{}.Decode(context.Background(), codec.Env{}, in, codec.Options{})
	if err != nil {
		return nil, err
	}
	return structured.FromTABM(tabm)
}
