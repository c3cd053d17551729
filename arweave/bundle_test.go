package arweave

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/iotest"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// TestBundleExample checks EX-19.
// CONF-MSG-120
func TestBundleExample(t *testing.T) {
	outer := Item{Tags: tagged(t, "a", "b")}
	it, err := outer.WithMembers(MapShape, []Member{{"n", Item{Tags: tagged(t, "x", "y")}}})
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(it.Data)
	if len(it.Data) != 2346 || hex.EncodeToString(sum[:]) != "68cc9823c68893e6d1a2c2d4d9f5157fd4aa6a453e096fc0bc9d5c500bd3478c" {
		t.Errorf("%d bytes, hash %x", len(it.Data), sum)
	}
	if got := it.UnsignedID().String(); got != "w3clVfOC5SbS5OL6J0IZeO6phKarsQ906GOto-4KF9Y" {
		t.Error(got)
	}
	shape, members, err := it.Members()
	if err != nil || shape != MapShape || len(members) != 1 || members[0].Name != "n" {
		t.Errorf("%v %+v", err, members)
	}
	list, err := outer.WithMembers(ListShape, []Member{{"1", BinaryItem([]byte("x"))}})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := list.Tags.Get(TagMapFormat); !ok || v != "list" || list.Tags.Len() != 5 {
		t.Errorf("%q", list.Tags.List())
	}
	again, err := list.WithMembers(MapShape, members)
	if err != nil || again.Tags.Len() != 5 {
		t.Errorf("bundle tags are repeated: %q, %v", again.Tags.List(), err)
	}
}

// TestManyMembers checks that names survive beyond the size from which the
// manifest is written backwards, and that escapes do.
func TestManyMembers(t *testing.T) {
	var members []Member
	for i := range 40 {
		members = append(members, Member{fmt.Sprintf("\"\\\b\f\n\r\t\v\x01/ü%d", i), BinaryItem([]byte{byte(i)})})
	}
	it, err := new(Item).WithMembers(MapShape, members)
	if err != nil {
		t.Fatal(err)
	}
	_, back, err := it.Members()
	if err != nil || len(back) != 40 {
		t.Fatal(len(back), err)
	}
	for i := range back {
		if want := members[39-i]; back[i].Name != want.Name || !bytes.Equal(back[i].Item.Data, want.Item.Data) {
			t.Errorf("member %d is %q", i, back[i].Name)
		}
	}
	b, err := ParseBundle(it.Data)
	if err != nil {
		t.Fatal(err)
	}
	first, err := ParseItem(b.Entries[0].Bytes)
	if err != nil || !bytes.Contains(first.Data, []byte(`\"\\\b\f\n\r\t\u000B\u0001/ü39`)) {
		t.Errorf("%s, %v", first.Data, err)
	}
}

// TestArbundlesBundle reads a standard bundle with one nested in it.
// CONF-MSG-94
func TestArbundlesBundle(t *testing.T) {
	text, err := os.ReadFile("testdata/arbundles-bundle.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		IDs      []string
		InnerIDs []string
		Raw      string
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	raw, err := id.Decode(file.Raw)
	if err != nil {
		t.Fatal(err)
	}
	items := checkStandard(t, raw, file.IDs)
	checkStandard(t, items[1].Data, file.InnerIDs)
}

func checkStandard(t *testing.T, raw []byte, ids []string) []Item {
	t.Helper()
	b, err := ParseBundle(raw)
	if err != nil || b.Dialect != Standard || len(b.Entries) != len(ids) {
		t.Fatalf("%d entries, dialect %d, %v", len(b.Entries), b.Dialect, err)
	}
	items, err := b.Items()
	if err != nil {
		t.Fatal(err)
	}
	for i := range items {
		if got, _ := items[i].ID(); got.String() != ids[i] || got != b.Entries[i].ID {
			t.Errorf("item %d has ID %s, want %s", i, got, ids[i])
		}
		if err := items[i].Verify(); err != nil {
			t.Error(err)
		}
	}
	out, err := Standard.AppendItems(nil, items)
	if err != nil || !bytes.Equal(out, raw) {
		t.Errorf("encoded again: %v", err)
	}
	return items
}

// CONF-MSG-94
func TestBundleDialects(t *testing.T) {
	for _, d := range []Dialect{AOCore, Standard} {
		for _, n := range []int{0, 1, 2, 255, 256, 300} {
			b := Bundle{Dialect: d}
			for i := range n {
				b.Entries = append(b.Entries, Entry{id.Hash([]byte{byte(i)}), bytes.Repeat([]byte{1}, i)})
			}
			raw := b.Append(nil)
			back, err := ParseBundle(raw)
			if err != nil || len(back.Entries) != n || (n > 0 && back.Dialect != d) || b.Size() != len(raw) {
				t.Errorf("dialect %d, %d items: %v", d, n, err)
			}
			r, err := NewReader(iotest.HalfReader(bytes.NewReader(raw)), 1000)
			if err != nil || r.Len() != n || r.Dialect() != back.Dialect {
				t.Fatal(err)
			}
			for i := range n {
				e, err := r.Next()
				if err != nil || e.ID != b.Entries[i].ID || !bytes.Equal(e.Bytes, b.Entries[i].Bytes) {
					t.Fatalf("entry %d: %v", i, err)
				}
			}
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		}
	}
	if _, err := Standard.AppendItems(nil, make([]Item, 1)); !fail.Is(err, fail.Invalid) {
		t.Errorf("unsigned item in a standard bundle: %v", err)
	}
}

// readAll reads a bundle through a Reader.
func readAll(b []byte, limit int64) error {
	r, err := NewReader(bytes.NewReader(b), limit)
	for err == nil {
		_, err = r.Next()
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func TestMalformedBundles(t *testing.T) {
	good := Bundle{Entries: []Entry{{Bytes: []byte("abc")}, {Bytes: []byte("de")}}}.Append(nil)
	edit := func(at int, v byte) []byte {
		b := bytes.Clone(good)
		b[at] = v
		return b
	}
	cases := map[string][]byte{
		"trailing": append(bytes.Clone(good), 0), "count 1": edit(31, 1), "count 3": edit(31, 3), "both ends": edit(0, 1), "middle": edit(16, 1),
		"many": edit(28, 0x10), "huge": edit(24, 0xff), "size": edit(63, 4), "size beyond": edit(60, 1), "size huge": edit(40, 1), "size 2^63": edit(56, 0x80),
	}
	for i := range good {
		cases[fmt.Sprint(i, " bytes")] = good[:i]
	}
	for name, b := range cases {
		if _, err := ParseBundle(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if err := readAll(b, 1<<20); err == nil {
			t.Errorf("%s: accepted by the reader", name)
		}
	}
	if err := readAll(good, 2); !fail.Is(err, fail.TooLarge) {
		t.Errorf("limit of the reader: %v", err)
	}
	if _, err := NewReader(iotest.ErrReader(errors.New("broken")), 1); !fail.Is(err, fail.Unavailable) {
		t.Errorf("broken stream: %v", err)
	}
}

func TestMalformedMembers(t *testing.T) {
	bundle := func(tags Tags, items ...Item) Item {
		data, err := AOCore.AppendItems(nil, items)
		if err != nil {
			t.Fatal(err)
		}
		return Item{Tags: tags, Data: data}
	}
	tags := func(mapID string) Tags {
		return tagged(t, TagFormat, formatBinary, TagVersion, version2, TagMap, mapID)
	}
	of := func(text string) Item {
		m := Item{Data: []byte(text)}
		return bundle(tags(m.UnsignedID().String()), m, BinaryItem(nil))
	}
	binaryItem := BinaryItem(nil)
	ref := binaryItem.UnsignedID().String()
	if _, m, err := func() (Shape, []Member, error) {
		it := of(`{"a":"` + ref + `", "b" : "` + ref + `","a":"x"}`)
		return it.Members()
	}(); err != nil || len(m) != 2 {
		t.Errorf("good manifest: %v", err)
	}
	unnamed := bundle(tagged(t, TagFormat, formatBinary, TagVersion, version2), BinaryItem([]byte("1")), Item{})
	if shape, m, err := unnamed.Members(); err != nil || shape != ListShape || len(m) != 2 || m[0].Name != "" {
		t.Errorf("list: %v", err)
	}
	for name, it := range map[string]Item{
		"untagged":         {Data: unnamed.Data},
		"capitals":         {Tags: tagged(t, "Bundle-Format", "binary", "Bundle-Version", "2.0.0"), Data: unnamed.Data},
		"detached":         {Tags: tags(ref)},
		"no bundle":        {Tags: tags(ref), Data: []byte("x")},
		"bad item":         {Tags: tags(ref), Data: Bundle{Entries: []Entry{{}}}.Append(nil)},
		"bad ID":           bundle(tags("x"), binaryItem),
		"no manifest":      bundle(tags(ref), Item{}),
		"unknown item":     of(`{"a":"JnbAHPydAUTxKFYghapOTBj-ZRqx8IRjmLpsTXSVtH8"}`),
		"bad reference":    of(`{"a":"b"}`),
		"number":           of(`{"a":1}`),
		"nested":           of(`{"a":{"b":"c"}}`),
		"array":            of(`["a"]`),
		"empty":            of(``),
		"cut":              of(`{"a":"` + ref + `"`),
		"two values":       of(`{} {}`),
		"trailing garbage": of(`{}x`),
		"not UTF-8":        of("{\"\xff\":\"" + ref + "\"}"),
	} {
		if _, m, err := it.Members(); err == nil {
			t.Errorf("%s: accepted as %d members", name, len(m))
		}
	}
	for _, names := range [][]string{{"a", "a"}, {"\xff"}} {
		var members []Member
		for _, n := range names {
			members = append(members, Member{Name: n})
		}
		if _, err := new(Item).WithMembers(MapShape, members); !fail.Is(err, fail.Invalid) {
			t.Errorf("%q: %v", names, err)
		}
	}
}

func FuzzParseBundle(f *testing.F) {
	for _, d := range []Dialect{AOCore, Standard} {
		f.Add(Bundle{Dialect: d, Entries: []Entry{{Bytes: []byte("abc")}, {Bytes: nil}}}.Append(nil))
	}
	it, err := new(Item).WithMembers(MapShape, []Member{{"n", BinaryItem([]byte("x"))}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(it.Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		bundle, err := ParseBundle(b)
		if streamed := readAll(b, 1<<30); (streamed == nil) != (err == nil) {
			t.Fatalf("%x: %v, but the reader says %v", b, err, streamed)
		}
		if err != nil {
			return
		}
		if out := bundle.Append(nil); !bytes.Equal(out, b) {
			t.Fatalf("%x was encoded as %x", b, out)
		}
		_, _ = bundle.Items()
	})
}

// signedItem returns an item of about 1,240 bytes with a real signature.
func signedItem(b *testing.B) Item {
	b.Helper()
	wallet, err := keys.ReadFile(sharedtest.Dir(b, "testdata/key-1.json"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := wallet.Signer(keys.RSAPSSSHA256)
	if err != nil {
		b.Fatal(err)
	}
	it := Item{Tags: tagged(b, "Data-Protocol", "ao", "Type", "Message", "Variant", "ao.N.1", "Action", "Transfer"), Data: bytes.Repeat([]byte("d"), 64), Target: bytes.Repeat([]byte{1}, 32)}
	if err := it.Sign(s); err != nil {
		b.Fatal(err)
	}
	return it
}

func BenchmarkItem(b *testing.B) {
	it := signedItem(b)
	raw := encode(b, it)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			if _, err := ParseItem(raw); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := it.Verify(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signing-data", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = it.SigningData()
		}
	})
	b.Run("unsigned-id", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = it.UnsignedID()
		}
	})
}

// BenchmarkBundle handles 10,000 items.
func BenchmarkBundle(b *testing.B) {
	one := signedItem(b)
	items := make([]Item, 10_000)
	members := make([]Member, len(items))
	for i := range items {
		items[i] = one
		items[i].Data = binary.BigEndian.AppendUint64(bytes.Clone(one.Data), uint64(i))
		members[i] = Member{fmt.Sprint(i), items[i]}
	}
	raw, err := Standard.AppendItems(nil, items)
	if err != nil {
		b.Fatal(err)
	}
	named, err := new(Item).WithMembers(MapShape, members)
	if err != nil {
		b.Fatal(err)
	}
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("parse-header", func() error { _, err := ParseBundle(raw); return err })
	run("parse-items", func() error {
		bundle, err := ParseBundle(raw)
		if err != nil {
			return err
		}
		_, err = bundle.Items()
		return err
	})
	run("stream", func() error { return readAll(raw, 1<<20) })
	run("build-standard", func() error { _, err := Standard.AppendItems(nil, items); return err })
	run("build-ao-core", func() error { _, err := AOCore.AppendItems(nil, items); return err })
	run("members-read", func() error { _, _, err := named.Members(); return err })
	run("members-write", func() error { _, err := new(Item).WithMembers(MapShape, members); return err })
}
