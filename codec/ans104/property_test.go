package ans104

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// anyMessage returns a random message of the kind that survives an item: keys in
// lower case, no empty data.
func anyMessage(rng *rand.Rand, depth int) *message.Message {
	b := message.NewBuilder(8)
	for range rng.IntN(7) {
		key := fmt.Sprint("k", rng.IntN(20))
		switch rng.IntN(12) {
		case 0:
			key = "data"
		case 1:
			key = "body"
		case 2:
			key = "target"
		}
		v := anyValue(rng, depth)
		if b, _ := v.(message.Binary); key == "target" && len(b) > maxTagValue {
			continue
		}
		if _, text := v.(message.Binary); !text && key == "target" || key == "data" && v == message.Value(message.Binary("")) || key == "body" && v == message.Value(message.Binary("")) {
			continue
		}
		b.Set(key, v)
	}
	return b.Message()
}

func anyValue(rng *rand.Rand, depth int) message.Value {
	switch n := rng.IntN(9); {
	case n == 0 && depth > 0:
		return anyMessage(rng, depth-1)
	case n == 1 && depth > 0:
		items := make([]message.Value, rng.IntN(4))
		for i := range items {
			items[i] = anyValue(rng, depth-1)
		}
		return message.NewList(items...)
	case n == 2:
		return message.Int(rng.Int64() - rng.Int64())
	case n == 3:
		return message.Float(rng.NormFloat64())
	case n == 4:
		return message.Atom([]string{"true", "false", "ok"}[rng.IntN(3)])
	case n == 5:
		return message.Binary(strings.Repeat("long", 700+rng.IntN(200)))
	case n == 6:
		return message.Binary(id.Hash([]byte{byte(n)}).String())
	}
	raw := make([]byte, rng.IntN(40))
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	return message.Binary(raw)
}

// TestAnyMessageSurvives turns random messages into items and back, unsigned
// and signed: content and bytes stay the same.
func TestAnyMessageSurvives(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	s := signer(t)
	for range 2000 {
		m := anyMessage(rng, 3)
		tabm, err := structured.Bundle(t.Context(), env, m)
		if err != nil {
			t.Fatal(err)
		}
		it, err := ToItem(t.Context(), env, tabm, codec.Options{Bundle: true, Inlined: true})
		if err != nil {
			t.Fatalf("%v: %v", m.Keys(), err)
		}
		sameBack(t, m, it)
		if err := it.Sign(s); err != nil {
			t.Fatal(err)
		}
		item := encoded(t, it)
		sameBack(t, m, it)
		got, err := rebuilt(t.Context(), decode(t, item))
		if err != nil || got != message.Value(item) {
			t.Fatalf("the signed item of %v is not restored: %v", m.Keys(), err)
		}
	}
}

// sameBack reads an item and compares with the message it was made of.
func sameBack(t *testing.T, m *message.Message, it arweave.Item) {
	t.Helper()
	back, err := structured.FromTABM(decode(t, encoded(t, it)))
	if err != nil {
		t.Fatal(err)
	}
	r, ok := back.(*message.Message)
	if !ok || !message.Equal(r.Without("commitments"), m) {
		t.Fatalf("%v came back as %v", m.Keys(), back)
	}
}

// FuzzDecode reads arbitrary items; what can be read and was signed is written
// again byte for byte.
func FuzzDecode(f *testing.F) {
	leaf := arweave.Item{Tags: tags(f, "A", "1", "a", "2", "ao-types", `a="integer"`), Data: []byte("x"), Anchor: make([]byte, 32)}
	if err := leaf.Sign(signer(f)); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(encoded(f, leaf)))
	f.Add([]byte(encoded(f, bundleOf(f, arweave.Item{}, arweave.MapShape, arweave.Member{Name: "k", Item: leaf}))))
	f.Add([]byte(encoded(f, arweave.BinaryItem([]byte("raw")))))
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := arweave.ParseItem(b)
		if err != nil {
			return
		}
		tabm, err := FromItem(&it)
		if err != nil {
			return
		}
		got, err := rebuilt(t.Context(), tabm)
		emptyList := it.Tags.Len() == 0 && len(it.Tags.Encoded()) > 0 // no tags, in one byte
		if err != nil || !it.Signed() || len(it.Owner) == 0 || isNamedBundle(it.Tags) || emptyList {
			return
		}
		if tabm, ok := tabm.(*message.Message); ok && got != message.Value(message.Binary(b)) {
			t.Fatalf("%v is not restored", tabm.Keys())
		}
	})
}
