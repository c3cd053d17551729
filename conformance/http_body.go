package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// inputs returns the members of a signature-input field without their labels,
// which follow from random signatures, and with addresses for public keys.
func inputs(text string) []string {
	d, err := field.Lenient.ParseDictionary(text)
	if err != nil {
		return []string{text}
	}
	var out []string
	for _, e := range d {
		b, err := field.Lenient.AppendMember(nil, e.Member)
		if err != nil {
			return []string{text}
		}
		text := string(b)
		if k, ok := e.Params.Get("keyid"); ok && httpsig.Committer(k.Text()) != "" {
			text = strings.ReplaceAll(text, k.Text(), httpsig.Committer(k.Text()))
		}
		out = append(out, text)
	}
	return out
}

// verifyReply checks the signatures of a reply in header fields.
func verifyReply(got *exchange) error {
	digest := got.header.Get("content-digest")
	headOnly := got.body == "" && digest != ""
	if got.header.Get("signature") == "" || strings.HasPrefix(got.body, "<html>") || headOnly {
		return nil // the index page takes the place of the signed body
	}
	b := message.NewBuilder(len(got.header) + 1)
	for k, vs := range got.header {
		b.Set(strings.ToLower(k), message.Binary(strings.Join(vs, ", ")))
	}
	if got.body != "" {
		b.Set("body", message.Binary(got.body))
	}
	ctx, env := context.Background(), commit.Env(message.NoLoader{})
	tabm, err := httpsig.Codec{}.Decode(ctx, env, b.Message(), codec.Options{})
	if err != nil {
		return fmt.Errorf("the reply cannot be decoded: %w", err)
	}
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return fmt.Errorf("the reply cannot be decoded: %w", err)
	}
	m := rich.(*message.Message)
	if err := commit.VerifyAll(ctx, env, m.OnlyCommitted()); err != nil {
		return fmt.Errorf("the reply does not verify: %w", err)
	}
	return nil
}

// sameBody compares bodies: JSON by value and items by content, both without
// signatures and what follows from them; anything else by its bytes.
func sameBody(got, want *exchange) error {
	switch want.header.Get("content-type") {
	case "application/json":
		g, err := stableJSON(got.body)
		if err != nil {
			return err
		}
		w, err := stableJSON(want.body)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(g, w) {
			return fmt.Errorf("bodies differ:\n   got %.900s\n  want %.900s", got.body, want.body)
		}
		return nil
	case "application/ans104":
		return sameItem(got.body, want.body)
	}
	if got.body != want.body {
		return fmt.Errorf("body %.600q, want %.600q", got.body, want.body)
	}
	return nil
}

// stableJSON returns JSON with each map of commitments as a list of them,
// without signatures.
func stableJSON(text string) (any, error) {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, fmt.Errorf("not JSON: %w: %.200q", err, text)
	}
	return withoutSignatures(v), nil
}

func withoutSignatures(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, e := range m {
		c, isMap := e.(map[string]any)
		if k != "commitments" || !isMap {
			out[k] = withoutSignatures(e)
			continue
		}
		var list []string
		for _, e := range c {
			one := maps.Clone(e.(map[string]any))
			delete(one, "signature")
			text, _ := json.Marshal(one)
			list = append(list, string(text))
		}
		slices.Sort(list)
		out[k] = list
	}
	return out
}

// sameItem compares signed items apart from their signatures, which must hold.
func sameItem(got, want string) error {
	g, err := arweave.ParseItem([]byte(got))
	if err != nil {
		return err
	}
	w, err := arweave.ParseItem([]byte(want))
	if err != nil {
		return err
	}
	if err := g.Verify(); err != nil {
		return err
	}
	g.Signature, w.Signature = nil, nil
	a, b := fmt.Sprintf("%q", g.Tags.List()), fmt.Sprintf("%q", w.Tags.List())
	if a != b || string(g.Data) != string(w.Data) || string(g.Owner) != string(w.Owner) || !reflect.DeepEqual(g.Target, w.Target) {
		return fmt.Errorf("items differ:\n   got %s %q\n  want %s %q", a, g.Data, b, w.Data)
	}
	return nil
}
