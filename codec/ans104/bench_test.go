package ans104

import (
	"fmt"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// rsaShaped returns an item of the usual kind with the fields of a signed one.
func rsaShaped(t testing.TB, i int) arweave.Item {
	field := make([]byte, 512)
	field[0], field[1], field[2] = 1, byte(i), byte(i>>8)
	return arweave.Item{
		Type: arweave.Arweave, Owner: field, Signature: field, Target: field[:32],
		Tags: tags(t, "Data-Protocol", "ao", "Variant", "ao.TN.1", "Type", "Message", "Action", "Eval", "Reference", fmt.Sprint(i)),
		Data: []byte("return Inbox"),
	}
}

func BenchmarkItemToMessage(b *testing.B) {
	lower := rsaShaped(b, 1)
	lower.Tags = tags(b, "data-protocol", "ao", "variant", "ao.TN.1", "type", "Message", "action", "Eval", "reference", "1")
	for name, it := range map[string]arweave.Item{"capitals": rsaShaped(b, 1), "lower-case": lower} {
		b.Run(name, func(b *testing.B) {
			item := encoded(b, it)
			b.ReportAllocs()
			for b.Loop() {
				tabm, err := Codec{}.Decode(b.Context(), env, item, codec.Options{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := structured.FromTABM(tabm); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMessageToItem(b *testing.B) {
	tabm := decode(b, encoded(b, rsaShaped(b, 1)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (Codec{}).Encode(b.Context(), env, tabm, codec.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBundle reads a bundle of 10,000 items into one message: with a
// manifest, so each item is hashed to be found.
func BenchmarkBundle(b *testing.B) {
	members := make([]arweave.Member, 10000)
	names := make([]string, len(members))
	for i := range members {
		names[i] = fmt.Sprint("m", i)
	}
	message.SortWire(names)
	for i := range members {
		members[i] = arweave.Member{Name: names[i], Item: rsaShaped(b, i)}
	}
	item := encoded(b, bundleOf(b, arweave.Item{}, arweave.MapShape, members...))
	b.SetBytes(int64(len(item)))
	b.ReportAllocs()
	for b.Loop() {
		decode(b, item)
	}
}
