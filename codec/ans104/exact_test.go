package ans104

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// env links nested messages by nothing in particular: no test here depends on
// the ID of a link.
var env = codec.Env{Load: message.NoLoader{}, LinkID: func(context.Context, message.Value) (id.ID, error) { return id.ID{1}, nil }}

func tags(t testing.TB, pairs ...string) arweave.Tags {
	t.Helper()
	var list []arweave.Tag
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, arweave.Tag{Name: pairs[i], Value: pairs[i+1]})
	}
	out, err := arweave.NewTags(list...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func signer(t testing.TB) keys.Signer {
	t.Helper()
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	s, err := k.Signer(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func encoded(t testing.TB, it arweave.Item) message.Binary {
	t.Helper()
	b, err := it.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return message.Binary(b)
}

func signed(t testing.TB, it arweave.Item) message.Binary {
	t.Helper()
	if err := it.Sign(signer(t)); err != nil {
		t.Fatal(err)
	}
	return encoded(t, it)
}

func decode(t testing.TB, item message.Binary) message.Value {
	t.Helper()
	v, err := Codec{}.Decode(t.Context(), env, item, codec.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// rebuilt takes the way of a verifier: rich value, TABM, item.
func rebuilt(ctx context.Context, tabm message.Value) (message.Value, error) {
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	m, isMessage := rich.(*message.Message)
	convert := structured.ToTABM
	if isMessage {
		for _, c := range m.Commitments().All() {
			if Embeds(c.(*message.Message)) {
				convert = structured.Bundle
			}
		}
	}
	if tabm, err = convert(ctx, env, rich); err != nil {
		return nil, err
	}
	return Codec{}.Encode(ctx, env, tabm, codec.Options{Inlined: true})
}

// TestSignedItemsAreKept reads items that are hard to restore and writes them
// again.
// CONF-MSG-98
func TestSignedItemsAreKept(t *testing.T) {
	field := bytes.Repeat([]byte{0xf1}, 32)
	var many []string
	for i := range arweave.ValidTags {
		many = append(many, "t"+strconv.Itoa(i%100), strconv.Itoa(i))
	}
	for name, it := range map[string]arweave.Item{
		"plain":                 {Tags: tags(t, "z", "1", "a", "2"), Data: []byte("x")},
		"nothing":               {},
		"capitals":              {Tags: tags(t, "Action", "Eval", "action", "again"), Data: []byte("x")},
		"repeated":              {Tags: tags(t, "a", "1", "b", `q"\`, "a", "2, 3")},
		"fields":                {Target: field, Anchor: field, Tags: tags(t, "a", "1")},
		"target tag and field":  {Target: field, Tags: tags(t, "target", "x")},
		"target tag":            {Tags: tags(t, "target", id.Encode(field))},
		"anchor tag":            {Tags: tags(t, "anchor", id.Encode(field))},
		"data tag":              {Tags: tags(t, "data", "tag"), Data: []byte("x")},
		"body tag":              {Tags: tags(t, "body", "tag")},
		"body tag and data":     {Tags: tags(t, "body", "tag"), Data: []byte("x")},
		"data key":              {Tags: tags(t, "ao-data-key", "body", "a", "1"), Data: []byte("x")},
		"other data key":        {Tags: tags(t, "ao-data-key", "other", "a", "1"), Data: []byte("x")},
		"data key at the end":   {Tags: tags(t, "a", "1", "ao-data-key", "body"), Data: []byte("x")},
		"data key twice":        {Tags: tags(t, "ao-data-key", "body", "ao-data-key", "body"), Data: []byte("x")},
		"data key without data": {Tags: tags(t, "ao-data-key", "body")},
		"types":                 {Tags: tags(t, "ao-types", `n="integer"`, "n", "5")},
		"types of others":       {Tags: tags(t, "ao-types", `n=integer`, "n", "05")},
		"types of nothing":      {Tags: tags(t, "ao-types", `n="integer"`)},
		"list type":             {Tags: tags(t, "l", `"a", "b"`, "ao-types", `l="list"`)},
		"list type, capitals":   {Tags: tags(t, "L", `"a", "b"`, "ao-types", `l="list"`)},
		"types in capitals":     {Tags: tags(t, "ao-types", `Num-Key="integer"`, "Num-Key", "7")},
		"link":                  {Tags: tags(t, "n+link", id.Encode(field))},
		"private":               {Tags: tags(t, "priv_x", "1", "a", "2")},
		"commitments":           {Tags: tags(t, "commitments", "x"), Data: []byte("y")},
		"data in commitments":   {Tags: tags(t, "ao-data-key", "commitments"), Data: []byte("y")},
		"empty value":           {Tags: tags(t, "e", "")},
		"ID as a name":          {Tags: tags(t, id.Encode(field), "1")},
		"many":                  {Tags: tags(t, many...)},
		"long value":            {Tags: tags(t, "v", strings.Repeat("v", 3072)), Data: bytes.Repeat([]byte("d"), 5000)},
		"long body":             {Tags: tags(t, "ao-data-key", "body"), Data: bytes.Repeat([]byte("d"), 5000)},
		"layout tags alone":     {Tags: tags(t, "bundle-format", "binary", "bundle-version", "2.0.0"), Data: []byte("x")},
		"detached bundle":       {Tags: tags(t, "bundle-format", "binary", "bundle-version", "2.0.0", "bundle-map", id.Encode(field))},
		"type of an item":       {Tags: tags(t, "ao-type", "message")},
	} {
		t.Run(name, func(t *testing.T) {
			item := signed(t, it)
			got, err := rebuilt(t.Context(), decode(t, item))
			if err != nil {
				t.Fatal(err)
			}
			if got != message.Value(item) {
				was, _ := Parse(item)
				is, _ := Parse(got.(message.Binary))
				t.Fatalf("tags %q, want %q; data of %d bytes, want %d", is.Tags.List(), was.Tags.List(), len(is.Data), len(was.Data))
			}
		})
	}
}

// bundleOf returns an item with members as this node lays them out.
func bundleOf(t testing.TB, it arweave.Item, shape arweave.Shape, members ...arweave.Member) arweave.Item {
	t.Helper()
	out, err := it.WithMembers(shape, members)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSignedBundlesAreKept(t *testing.T) {
	leaf := arweave.Item{Tags: tags(t, "Leaf", "1"), Data: []byte("leaf")}
	if err := leaf.Sign(signer(t)); err != nil {
		t.Fatal(err)
	}
	small := arweave.BinaryItem([]byte("small"))
	inner := bundleOf(t, arweave.Item{}, arweave.ListShape, arweave.Member{Name: "1", Item: leaf}, arweave.Member{Name: "2", Item: small})
	list, err := arweave.Standard.AppendItems(nil, []arweave.Item{leaf, leaf})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		it   arweave.Item
		want string // a key of the message
	}{
		"empty map":     {bundleOf(t, arweave.Item{Tags: tags(t, "a", "1")}, arweave.MapShape), "a"},
		"empty list":    {bundleOf(t, arweave.Item{}, arweave.ListShape), "map-format"},
		"map":           {bundleOf(t, arweave.Item{Tags: tags(t, "a", "1")}, arweave.MapShape, arweave.Member{Name: "k", Item: leaf}), "k"},
		"capitals":      {bundleOf(t, arweave.Item{Tags: tags(t, "Type", "X")}, arweave.MapShape, arweave.Member{Name: "k", Item: leaf}), "k"},
		"small binary":  {bundleOf(t, arweave.Item{}, arweave.MapShape, arweave.Member{Name: "k", Item: small}), "k"},
		"nested":        {bundleOf(t, arweave.Item{}, arweave.MapShape, arweave.Member{Name: "k", Item: inner}), "k"},
		"body":          {bundleOf(t, arweave.Item{Tags: tags(t, "ao-data-key", "body")}, arweave.MapShape, arweave.Member{Name: "body", Item: leaf}), "body"},
		"tag as member": {bundleOf(t, arweave.Item{Tags: tags(t, "k", "1")}, arweave.MapShape, arweave.Member{Name: "k", Item: leaf}), "k"},
		"no manifest":   {arweave.Item{Tags: tags(t, "bundle-format", "binary", "bundle-version", "2.0.0"), Data: list}, "data"},
		"standard":      {arweave.Item{Tags: tags(t, "Bundle-Format", "binary", "Bundle-Version", "2.0.0"), Data: list}, "data"},
	} {
		t.Run(name, func(t *testing.T) {
			item := signed(t, c.it)
			tabm := decode(t, item).(*message.Message)
			if !tabm.Has(c.want) {
				t.Fatalf("keys %v lack %s", tabm.Keys(), c.want)
			}
			got, err := rebuilt(t.Context(), tabm)
			if err != nil {
				t.Fatal(err)
			}
			if got != message.Value(item) {
				t.Fatal("other bytes")
			}
		})
	}
}

// TestTransports rewrites the commitment as codecs, caches and peers do.
func TestTransports(t *testing.T) {
	anchor := bytes.Repeat([]byte{7}, 32)
	item := signed(t, arweave.Item{Anchor: anchor, Tags: tags(t, "B", "2", "a", "1"), Data: []byte("x")})
	m := decode(t, item).(*message.Message)
	key := m.Commitments().Keys()[0]
	c := m.Commitments().Message(key)
	committed, _ := c.Get("committed")
	original := c.Message("original-tags")
	list, err := original.List()
	if err != nil {
		t.Fatal(err)
	}
	for name, changed := range map[string]*message.Message{
		"committed numbered": c.Set("committed", committed.(*message.List).Numbered()),
		"tags as a list":     c.Set("original-tags", list),
		"anchor as text":     c.Set("field-anchor", message.Binary(id.Encode(anchor))),
		"padded key":         c.Set("keyid", message.Binary(c.Text("keyid")+"=")),
	} {
		got, err := Codec{}.Encode(t.Context(), env, m.Set("commitments", message.Of(message.P(key, changed))), codec.Options{})
		if err != nil || got != message.Value(item) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
	}
}

func TestArbundles(t *testing.T) {
	var cases []struct {
		ID  string
		Raw struct {
			Bytes []byte `json:"$bytes"`
		}
		Reading struct {
			Status  int
			Message map[string]any
		} `json:"reference-reading"`
	}
	if err := json.Unmarshal(sharedtest.File(t, "vectors/arbundles/items.json"), &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			item := message.Binary(c.Raw.Bytes)
			tabm := decode(t, item).(*message.Message)
			if got, err := rebuilt(t.Context(), tabm); err != nil || got != message.Value(item) {
				t.Errorf("not restored: %v", err)
			}
			if _, wrapped := c.Reading.Message["body"]; c.Reading.Status != 200 || wrapped && c.ID != "ao-data-key" {
				return
			}
			for k, v := range c.Reading.Message {
				if s, ok := v.(string); ok && !strings.HasSuffix(k, "+link") && tabm.Text(k) != s {
					t.Errorf("%s = %q, the reference reads %q", k, tabm.Text(k), s)
				}
			}
			for i, v := range c.Reading.Message["commitments"].(map[string]any) {
				compareCommitment(t, tabm.Commitments().Message(i), v.(map[string]any))
			}
		})
	}
}

// compareCommitment compares with a commitment in JSON. Original tags may be
// kept where the reference keeps none.
func compareCommitment(t *testing.T, got *message.Message, want map[string]any) {
	t.Helper()
	for k, v := range want {
		switch x := v.(type) {
		case string:
			if got.Text(k) != x {
				t.Errorf("%s = %q, the reference has %q", k, got.Text(k), x)
			}
		case []any:
			l := message.CommittedBy(got)
			for i := range x {
				if i >= len(l) || l[i] != x[i] {
					t.Errorf("%s = %v, the reference has %v", k, l, x)
					break
				}
			}
		case map[string]any:
			for n, e := range x {
				pair := e.(map[string]any)
				if tag := got.Message(k).Message(n); tag.Text("name") != pair["name"] || tag.Text("value") != pair["value"] {
					t.Errorf("%s/%s differs", k, n)
				}
			}
		}
	}
	for k := range got.All() {
		if _, ok := want[k]; !ok && k != "original-tags" {
			t.Errorf("the reference has no %s", k)
		}
	}
}
