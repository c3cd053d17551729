package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// env is the environment of conversions of a case: the messages that occur in
// the files stand for the store of the reference, which holds what earlier cases
// wrote.
func (c *testCase) env() codec.Env { return commit.Env(c.shelf) }

// shelf is a loader over the messages that occur in the vector files.
type shelf map[string]message.Value

// Load returns a message of the files by the ID under which it is linked.
func (s shelf) Load(ctx context.Context, id string) (message.Value, error) {
	if v, ok := s[id]; ok {
		return v, nil
	}
	return message.NoLoader{}.Load(ctx, id)
}

// collectMembers adds the typed values among the members of a case, and among
// the members of its members.
func (s shelf) collectMembers(o object) {
	for _, r := range o {
		if v, err := parseValue(r); err == nil {
			s.collect(v)
			continue
		}
		var inner object
		if json.Unmarshal(r, &inner) == nil {
			s.collectMembers(inner)
		}
	}
}

// collect adds every message and list of a typed value to the shelf.
func (s shelf) collect(v message.Value) {
	switch x := v.(type) {
	case *message.Message:
		for _, e := range x.All() {
			s.collect(e)
		}
	case *message.List:
		for _, e := range x.All() {
			s.collect(e)
		}
	default:
		return
	}
	if i, err := commit.LinkID(context.Background(), v); err == nil {
		s[i.String()] = v
	}
	if m, ok := v.(*message.Message); ok {
		if i, err := commit.CalculatedID(context.Background(), m.Without(message.CommitmentsKey)); err == nil {
			s[i.String()] = m.Without(message.CommitmentsKey)
		}
	}
}

// expect compares a result with the typed value of a member. When the member
// records a crash, an error is expected.
func (c *testCase) expect(member string, got message.Value, gotErr error) error {
	return expectRaw(member, c.m[member], got, gotErr)
}

func expectRaw(what string, raw json.RawMessage, got message.Value, gotErr error) error {
	want, err := parseValue(raw)
	var host *hostError
	if errors.As(err, &host) {
		if gotErr == nil {
			return fmt.Errorf("%s: got %s, the reference refuses: %w", what, show(got), host)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if gotErr != nil {
		return fmt.Errorf("%s: %w, want %s", what, gotErr, show(want))
	}
	return same(what, got, want)
}

func structuredCase(c *testCase) error {
	ctx := context.Background()
	if c.kind == "decode" {
		tabm, err := parseValue(c.m["tabm"])
		if err != nil {
			return err
		}
		got, err := structured.FromTABM(tabm)
		return c.expect("structured", got, err)
	}
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	tabm, err := structured.ToTABM(ctx, c.env(), in)
	if err := c.expect("tabm", tabm, err); err != nil {
		return err
	}
	if err == nil {
		back, err := structured.FromTABM(tabm)
		if err := c.expect("back", back, err); err != nil {
			return err
		}
	}
	bundled, err := structured.Bundle(ctx, c.env(), in)
	if err := c.expect("tabm_bundled", bundled, err); err != nil {
		return err
	}
	if err != nil {
		return nil
	}
	back, err := structured.FromTABM(bundled)
	return c.expect("back_bundled", back, err)
}

func httpsigCase(c *testCase) error {
	in, err := parseValue(c.m["input"])
	if err != nil {
		return err
	}
	for _, form := range []string{"plain", "bundle"} {
		var o object
		if err := json.Unmarshal(c.m[form], &o); err != nil {
			return err
		}
		if err := c.httpsigForm(in, form == "bundle", o); err != nil {
			return fmt.Errorf("%s: %w", form, err)
		}
	}
	return nil
}

func (c *testCase) httpsigForm(in message.Value, bundle bool, o object) error {
	ctx := context.Background()
	enc, err := c.encodeHTTP(ctx, in, bundle)
	want, wantErr := parseHTTP(o["encoded"])
	if wantErr != nil || err != nil {
		if wantErr != nil && err != nil {
			return nil
		}
		return fmt.Errorf("encode: %v, the reference: %v", err, wantErr)
	}
	if err := same("encoded", enc, want); err != nil {
		return err
	}
	if o["decoded_tabm"] == nil {
		return nil
	}
	tabm, err := httpsig.Codec{}.Decode(ctx, c.env(), enc, codec.Options{})
	if err := expectRaw("decoded_tabm", o["decoded_tabm"], tabm, err); err != nil {
		return err
	}
	if err != nil {
		return nil
	}
	rich, err := structured.FromTABM(tabm)
	return expectRaw("decoded", o["decoded"], rich, err)
}

func (c *testCase) encodeHTTP(ctx context.Context, in message.Value, bundle bool) (message.Value, error) {
	tabm, err := structured.ToTABM(ctx, c.env(), in)
	if bundle {
		tabm, err = structured.Bundle(ctx, c.env(), in)
	}
	if err != nil {
		return nil, err
	}
	return httpsig.Codec{}.Encode(ctx, c.env(), tabm, codec.Options{Bundle: bundle, Inlined: bundle})
}

// parseHTTP reads {headers, body} as an encoded message.
func parseHTTP(raw json.RawMessage) (message.Value, error) {
	var o struct {
		Headers object
		Body    json.RawMessage
	}
	if err := json.Unmarshal(raw, &o); err != nil || o.Headers == nil {
		return parseValue(raw)
	}
	m, err := parseMap(o.Headers)
	if err != nil || len(o.Body) == 0 || bytes.Equal(o.Body, []byte("null")) {
		return m, err
	}
	body, err := parseValue(o.Body)
	return m.Set("body", body), err
}

func mapOrderCase(c *testCase) error {
	var keys []string
	if err := json.Unmarshal(c.m["keys"], &keys); err != nil {
		return err
	}
	b := message.NewBuilder(len(keys))
	for _, k := range keys {
		b.Set(k, message.Binary("v"))
	}
	m := b.Message()
	var order []string
	if err := json.Unmarshal(c.m["order"], &order); err != nil {
		return err
	}
	if got := fmt.Sprint(m.WireKeys()); got != fmt.Sprint(order) {
		if got = fmt.Sprint(m.MapKeys()); got != fmt.Sprint(order) {
			return fmt.Errorf("order %s, want %s", got, order)
		}
	}
	i, err := commit.UnsignedID(context.Background(), m)
	if err != nil {
		return err
	}
	if want := c.text("unsigned_id"); i.String() != want {
		return fmt.Errorf("unsigned id %s, want %s", i, want)
	}
	return nil
}
