package itemjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

func signed(t testing.TB, key *keys.PrivateKey, alg keys.Algorithm, it arweave.Item) arweave.Item {
	t.Helper()
	s, err := key.Signer(alg)
	if err != nil {
		t.Fatal(err)
	}
	if err := it.Sign(s); err != nil {
		t.Fatal(err)
	}
	return it
}

func tags(t testing.TB, list ...arweave.Tag) arweave.Tags {
	t.Helper()
	out, err := arweave.NewTags(list...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every kind of item that is written as JSON opens as what was signed.
func TestRoundTrip(t *testing.T) {
	ed, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	rsa, err := keys.ReadFile(sharedtest.Dir(t, "testdata/key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	full := arweave.Item{
		Target: []byte(strings.Repeat("t", 32)), Anchor: []byte(strings.Repeat("1", 32)), Data: []byte("data ✓"),
		Tags: tags(t, arweave.Tag{Name: "Type", Value: "Message"}, arweave.Tag{Name: "type", Value: "x"}),
	}
	bytes := full
	bytes.Anchor = []byte(strings.Repeat("\xff\x00", 16))
	for name, it := range map[string]arweave.Item{
		"ed25519": signed(t, ed, keys.Ed25519, full), "rsa": signed(t, rsa, keys.RSAPSSSHA256, full),
		"anchor of bytes": signed(t, ed, keys.Ed25519, bytes), "empty": signed(t, ed, keys.Ed25519, arweave.Item{}),
	} {
		t.Run(name, func(t *testing.T) {
			text, err := json.Marshal(itemjson.Of(it))
			if err != nil {
				t.Fatal(err)
			}
			back, err := itemjson.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			m, owner, err := back.Open()
			if err != nil {
				t.Fatal(err)
			}
			i, _ := it.ID()
			got, err := commit.SignedID(t.Context(), m)
			if err != nil || got != i || commit.Committers(m)[0] != owner {
				t.Fatalf("%v %v", got, err)
			}
			for what, change := range map[string]func(*itemjson.Item){
				"data":      func(x *itemjson.Item) { x.Data += "x" },
				"target":    func(x *itemjson.Item) { x.Target = strings.Repeat("A", 43) },
				"tags":      func(x *itemjson.Item) { x.Tags = append(x.Tags, itemjson.Tag{Name: "a", Value: "b"}) },
				"ID":        func(x *itemjson.Item) { x.ID = strings.Repeat("A", 43) },
				"signature": func(x *itemjson.Item) { x.Signature = strings.Repeat("A", len(x.Signature)) },
				"owner":     func(x *itemjson.Item) { x.Owner.Key = "AAAA" },
				"anchor":    func(x *itemjson.Item) { x.Anchor = "short" },
			} {
				bad := back
				change(&bad)
				if _, _, err := bad.Open(); !fail.Is(err, fail.Unauthorized) {
					t.Errorf("%s changed: %v", what, err)
				}
			}
		})
	}
}

func TestTag(t *testing.T) {
	it, err := itemjson.Parse([]byte(`{"id": "x", "anchor": null, "tags": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}], "more": {}}`))
	if err != nil || it.Tag("a") != "1" || it.Tag("b") != "" {
		t.Fatal(it, err)
	}
	if _, err := itemjson.Parse([]byte(`{"tags": 1}`)); !fail.Is(err, fail.Invalid) {
		t.Fatal(err)
	}
}

// FuzzOpen reads whatever a scheduler or gateway may answer: what opens has the
// ID that it says.
func FuzzOpen(f *testing.F) {
	key, err := keys.Generate(keys.Curve25519)
	if err != nil {
		f.Fatal(err)
	}
	it := signed(f, key, keys.Ed25519, arweave.Item{Data: []byte("x"), Tags: tags(f, arweave.Tag{Name: "a", Value: "b"})})
	good, err := json.Marshal(itemjson.Of(it))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"id":"x","owner":{"key":"AAAA"},"anchor":null,"tags":[]}`))
	f.Add([]byte(`{"tags":[{"name":"","value":""}],"signature":"!"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		it, err := itemjson.Parse(text)
		if err != nil {
			return
		}
		m, _, err := it.Open()
		if err != nil {
			return
		}
		if i, err := commit.SignedID(t.Context(), m); err != nil || i.String() != it.ID {
			t.Fatalf("%s opened as %s (%v)", it.ID, i, err)
		}
	})
}
