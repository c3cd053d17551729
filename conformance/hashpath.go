package conformance

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// hashpathCase rolls the hashpath of a base over requests, or checks the two
// functions that roll.
func hashpathCase(c *testCase) error {
	if c.kind == "primitive" {
		return c.hashpathFunctions()
	}
	base, err := c.baseMessage()
	if err != nil {
		return err
	}
	ctx := context.Background()
	h, err := ao.Hashpath(ctx, base)
	if err := c.expect("base_hashpath", message.Binary(h), err); err != nil {
		return err
	}
	var steps []struct{ Request, Hashpath json.RawMessage }
	if err := json.Unmarshal(c.m["steps"], &steps); err != nil {
		return err
	}
	for i, s := range steps {
		req, err := parseValue(s.Request)
		if err != nil {
			return err
		}
		next, err := nextHashpath(ctx, base.WithHashpath(message.KnownHashpath(h)), req)
		if err == nil {
			h = next
		}
		if err := expectRaw(fmt.Sprintf("step %d", i+1), s.Hashpath, message.Binary(next), err); err != nil {
			return err
		}
	}
	return nil
}

func nextHashpath(ctx context.Context, base *message.Message, req message.Value) (string, error) {
	if key, ok := req.(message.Binary); ok {
		return ao.CombineHashpath(base.Hashpath(), string(key), base.Text("hashpath-alg"))
	}
	m, ok := req.(*message.Message)
	if !ok {
		return "", fmt.Errorf("request %s", show(req))
	}
	return ao.NextHashpath(ctx, base, m)
}

func (c *testCase) hashpathFunctions() error {
	left, err := id.Parse(c.text("left"))
	if err != nil {
		return err
	}
	v, err := parseValue(c.m["right"])
	if err != nil {
		return err
	}
	right, _ := message.Text(v)
	if err := c.expect("sha-256-chain", message.Binary(id.Chain(left, []byte(right)).String()), nil); err != nil {
		return err
	}
	return c.expect("accumulate-256", message.Binary(id.Accumulate(left, id.ID([]byte(right))).String()), nil)
}

// baseMessage returns the member "base" as a message.
func (c *testCase) baseMessage() (*message.Message, error) {
	v, err := parseValue(c.m["base"])
	if err != nil {
		return nil, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fmt.Errorf("base is %s", show(v))
	}
	return m, nil
}
