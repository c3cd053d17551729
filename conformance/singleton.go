package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/commit"
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
	return values(l), nil
}

// sameLoaded compares values with their links loaded.
func (c *testCase) sameLoaded(what string, got, want message.Value) error {
	ctx := context.Background()
	g, err := message.LoadAll(ctx, c.shelf, got)
	if err != nil {
		return err
	}
	w, err := message.LoadAll(ctx, c.shelf, adopt(want, g))
	if err != nil {
		return err
	}
	return same(what, g, w)
}

// adopt returns want with its links replaced by what got has in their place,
// where that has the ID of the link: the reference stores lists of a path.
func adopt(want, got message.Value) message.Value {
	switch w := want.(type) {
	case message.Link:
		switch got.(type) {
		case *message.Message, *message.List:
			if i, err := commit.LinkID(context.Background(), got); err == nil && i.String() == w.ID {
				return got
			}
		}
	case *message.Message:
		g, _ := got.(*message.Message)
		out := w
		for k, e := range w.All() {
			if h, ok := g.Get(k); ok {
				out = out.Set(k, adopt(e, h))
			}
		}
		return out
	case *message.As:
		if g, ok := got.(*message.As); ok {
			return &message.As{Device: w.Device, Message: adopt(w.Message, g.Message)}
		}
	case *message.Resolve:
		if g, ok := got.(*message.Resolve); ok {
			return &message.Resolve{Steps: adoptAll(w.Steps, g.Steps)}
		}
	case *message.List:
		if g, ok := got.(*message.List); ok {
			return message.NewList(adoptAll(values(w), values(g))...)
		}
	}
	return want
}

func adoptAll(want, got []message.Value) []message.Value {
	out := slices.Clone(want)
	for i := range min(len(want), len(got)) {
		out[i] = adopt(want[i], got[i])
	}
	return out
}

func values(l *message.List) []message.Value {
	out := make([]message.Value, 0, l.Len())
	for _, v := range l.All() {
		out = append(out, v)
	}
	return out
}
