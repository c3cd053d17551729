package ans104

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// TestExamples are EX-17 and EX-19 of spec 01.
// CONF-MSG-120
func TestExamples(t *testing.T) {
	for _, c := range []struct {
		m    message.Value
		want string
	}{
		{message.Of(message.P("a", message.Binary("b"))), "JnbAHPydAUTxKFYghapOTBj-ZRqx8IRjmLpsTXSVtH8"},
		{message.Binary("raw"), "uj0hm40Id8qGfKLx3R7MYMQ-9WnH9GkUTxKUxV6-cf8"},
		{message.Of(message.P("a", message.Binary("b")), message.P("n", message.Int(5)), message.P("Cap", message.Binary("x"))), "nBuU1aF2s3u487NlQYGLS7EJpeeYdVQ2gpcBQLWIavQ"},
		{message.Of(message.P("a", message.Binary("b")), message.P("body", message.Binary("BODY"))), "-ui48cJPnU3ZK92H9Vi4I6PtlNfOPXnmRf0QNLNeu_E"},
		{message.Of(message.P("a", message.Binary("b")), message.P("n", message.Of(message.P("x", message.Binary("y"))))), "w3clVfOC5SbS5OL6J0IZeO6phKarsQ906GOto-4KF9Y"},
	} {
		tabm, err := structured.Bundle(t.Context(), env, c.m)
		if err != nil {
			t.Fatal(err)
		}
		it, err := ToItem(t.Context(), env, tabm, codec.Options{Bundle: true, Inlined: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := it.UnsignedID().String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.m, got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	many := message.NewBuilder(200)
	for i := range maxKeys + 1 {
		many.Set(fmt.Sprint("k", i), message.Binary("v"))
	}
	deep := message.Empty()
	for range MaxDepth + 1 {
		deep = message.Of(message.P("n", deep))
	}
	item := func(key string) *message.Message {
		return message.Of(message.P(key, message.Of(message.P("commitment-device", message.Binary(Name)))))
	}
	for name, c := range map[string]struct {
		m    message.Value
		kind fail.Kind
	}{
		"too many keys":       {many.Message(), fail.TooLarge},
		"too deep":            {deep, fail.Exhausted},
		"several commitments": {message.Of(message.P("commitments", item("a").Merge(item("b")))), fail.Invalid},
		"damaged commitment":  {message.Of(message.P("commitments", item("a"))), fail.Unsupported},
		"commitments as text": {message.Of(message.P("commitments", message.Binary("x"))), fail.Invalid},
		"target as a message": {message.Of(message.P("target", message.Empty())), fail.Invalid},
		"name beyond UTF-8":   {message.Of(message.P("\xff", message.Binary("x"))), fail.Invalid},
		"typed value":         {message.Of(message.P("a", message.Int(1))), fail.Invalid},
		"list":                {message.NewList(), fail.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := (Codec{}).Encode(t.Context(), env, c.m, codec.Options{Inlined: true}); !fail.Is(err, c.kind) {
				t.Fatalf("%v, %v", v, err)
			}
		})
	}
}

// TestKeysBecomeTags covers.
// CONF-MSG-103
func TestKeysBecomeTags(t *testing.T) {
	long := message.Binary(strings.Repeat("x", maxTagValue+1))
	for name, c := range map[string]struct {
		m    *message.Message
		want string
	}{
		"long target text":  {message.Of(message.P("target", message.Binary(id.Encode(make([]byte, 43))))), "target"},
		"explicit data key": {message.Of(message.P("ao-data-key", message.Binary("body")), message.P("body", message.Binary("x"))), "ao-data-key ao-data-key"},
		"long data":         {message.Of(message.P("data", long)), ""},
		"long body":         {message.Of(message.P("body", long)), "bundle-format bundle-version ao-data-key bundle-map"},
		"empty data":        {message.Of(message.P("data", message.Binary("")), message.P("body", message.Binary("x"))), "ao-data-key data"},
	} {
		it, err := ToItem(t.Context(), env, c.m, codec.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		var names []string
		for _, tag := range it.Tags.List() {
			names = append(names, tag.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: tags %s, want %s", name, got, c.want)
		}
	}
}

// TestBombs reads bundles that name one member many times, at every level: they
// are small, and the message they stand for is not.
func TestBombs(t *testing.T) {
	it := arweave.Item{Data: []byte("x")}
	for range 8 {
		members := make([]arweave.Member, 100)
		for i := range members {
			members[i] = arweave.Member{Name: fmt.Sprint("m", i), Item: it}
		}
		message.SortWire(namesOf(members))
		it = collapse(t, bundleOf(t, arweave.Item{}, arweave.MapShape, members...))
	}
	if size := it.Size(); size > 1<<20 {
		t.Fatalf("the item has %d bytes", size)
	}
	if _, err := FromItem(&it); !fail.Is(err, fail.TooLarge) {
		t.Fatal(err)
	}
	deep := arweave.Item{}
	for range MaxDepth {
		deep = bundleOf(t, arweave.Item{}, arweave.MapShape, arweave.Member{Name: "n", Item: deep})
	}
	if _, err := FromItem(&deep); !fail.Is(err, fail.Exhausted) {
		t.Fatal(err)
	}
}

func namesOf(members []arweave.Member) []string {
	names := make([]string, len(members))
	for i := range members {
		names[i] = members[i].Name
	}
	return names
}

// collapse keeps the manifest and the first member of a bundle: the others are
// the same item.
func collapse(t *testing.T, it arweave.Item) arweave.Item {
	t.Helper()
	b, err := arweave.ParseBundle(it.Data)
	if err != nil {
		t.Fatal(err)
	}
	b.Entries = b.Entries[:2]
	it.Data = b.Append(nil)
	return it
}

func TestForgedCommitments(t *testing.T) {
	it := bundleOf(t, arweave.Item{}, arweave.MapShape, arweave.Member{Name: "commitments", Item: arweave.Item{Data: []byte("x")}})
	if v, err := FromItem(&it); !fail.Is(err, fail.Invalid) {
		t.Fatalf("%v, %v", v, err)
	}
}

// TestDataIsShared checks that large data is not copied, and small data is.
func TestDataIsShared(t *testing.T) {
	item := signed(t, arweave.Item{Data: make([]byte, 10<<20)})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decode(t, item)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
		t.Errorf("reading an item of 10 MiB allocates %d bytes", got)
	}
}
