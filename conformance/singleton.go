package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// singletonCase parses a request into its sequence, or folds a sequence into a
// request.
func singletonCase(c *testCase) error {
	want, wantErr := parseSequence(c.m["messages"])
	req, err := parseValue(c.m["request"])
	if c.kind == "to-singleton" {
		got, err := path.Format(want)
		return c.expect("request", got, err)
	}
	if err != nil {
		return err
	}
	got, err := path.Parse(req.(*message.Message))
	var host *hostError
	if errors.As(wantErr, &host) {
		if err == nil {
			return fmt.Errorf("got %s, the reference refuses: %w", show(message.NewList(got...)), host)
		}
		return nil
	}
	if err != nil {
		return err
	}
	return c.sameLoaded("messages", message.NewList(got...), message.NewList(want...))
}

func parseSequence(raw []byte) ([]message.Value, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) {
		_, err := parseValue(raw)
		return nil, err
	}
	l, err := parseItems(raw)
	if err != nil {
		return nil, err
	}
	out := make([]message.Value, l.Len())
	for i, v := range l.All() {
		out[i] = v
	}
	return out, nil
}

// sameLoaded compares values with their links loaded.
func (c *testCase) sameLoaded(what string, got, want message.Value) error {
	ctx := context.Background()
	g, err := message.LoadAll(ctx, c.shelf, got)
	if err != nil {
		return err
	}
	w, err := message.LoadAll(ctx, c.shelf, want)
	if err != nil {
		return err
	}
	return same(what, g, w)
}
