package arweave

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

func tagged(t testing.TB, pairs ...string) Tags {
	t.Helper()
	var list []Tag
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, Tag{pairs[i], pairs[i+1]})
	}
	tags, err := NewTags(list...)
	if err != nil {
		t.Fatal(err)
	}
	return tags
}

func encode(t testing.TB, it Item) []byte {
	t.Helper()
	b, err := it.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDeepHash checks the values of EX-17 and the constants of sign.go.
// CONF-MSG-120
func TestDeepHash(t *testing.T) {
	one := HashBlob([]byte("1"))
	if got := hex.EncodeToString(one[:]); got != "d0f0947c45c74584c113cbbb12250832d77d4bf1506ae80469357093eb5622f71b61702d73aaa7caa821e5b05644a4ec" {
		t.Error("blob", got)
	}
	list := HashList(one)
	if got := hex.EncodeToString(list[:]); got != "c590716683e4310bfbe9a9f81691de1c9c38c69308ee366a64a8333f51f77b1e70fe26e1a7cb588c5aa9f4a37844e247" {
		t.Error("list", got)
	}
	start := fold(fold(fold(listStart(8), HashBlob([]byte("dataitem"))), one), one)
	if constant(startArweave) != start || constant(startUnsigned) != fold(start, HashBlob(make([]byte, 512))) || constant(emptyBlob) != HashBlob(nil) {
		t.Error("a constant is wrong")
	}
	it := Item{Owner: bytes.Repeat([]byte{7}, 512), Tags: tagged(t, "a", "b"), Data: []byte("data"), Target: bytes.Repeat([]byte{1}, 32)}
	want := HashList(HashBlob([]byte("dataitem")), one, one, HashBlob(it.Owner), HashBlob(it.Target), HashBlob(nil), HashBlob(it.Tags.Encoded()), HashBlob(it.Data))
	if it.SigningData() != want {
		t.Error("signing data")
	}
}

// TestUnsignedExamples checks the items of EX-17.
// CONF-MSG-93, 120
func TestUnsignedExamples(t *testing.T) {
	it := Item{Tags: tagged(t, "a", "b")}
	b := encode(t, it)
	if len(b) != 1050 || hex.EncodeToString(b[1026:]) != "0000"+"0100000000000000"+"0600000000000000"+"020261026200" {
		t.Errorf("%d bytes, tail %x", len(b), b[1026:])
	}
	if got := it.UnsignedID().String(); got != "JnbAHPydAUTxKFYghapOTBj-ZRqx8IRjmLpsTXSVtH8" {
		t.Error(got)
	}
	it = BinaryItem([]byte("raw"))
	b = encode(t, it)
	if got := hex.EncodeToString(b[1026:]); got != "0000"+"0100000000000000"+"1100000000000000"+"020e616f2d747970650c62696e61727900"+"726177" {
		t.Error(got)
	}
	if got := it.UnsignedID().String(); got != "uj0hm40Id8qGfKLx3R7MYMQ-9WnH9GkUTxKUxV6-cf8" {
		t.Error(got)
	}
	if !bytes.Equal(it.Tags.Encoded(), tagged(t, "ao-type", "binary").Encoded()) {
		t.Error("tags of a binary item")
	}
	it = Item{Tags: tagged(t, "ao-data-key", "body", "a", "b"), Data: []byte("BODY")}
	if got := it.UnsignedID().String(); got != "-ui48cJPnU3ZK92H9Vi4I6PtlNfOPXnmRf0QNLNeu_E" {
		t.Error(got)
	}
}

// CONF-MSG-91
func TestSign(t *testing.T) {
	wallet, err := keys.ReadFile(sharedtest.Dir(t, "testdata/key-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	curve, err := keys.Generate(keys.Secp256k1)
	if err != nil {
		t.Fatal(err)
	}
	edwards, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	for alg, k := range map[keys.Algorithm]*keys.PrivateKey{
		keys.RSAPSSSHA256: wallet, keys.Ethereum: curve, keys.TypedEthereum: curve, keys.Ed25519: edwards, keys.Solana: edwards,
	} {
		s, err := k.Signer(alg)
		if err != nil {
			t.Fatal(err)
		}
		it := Item{Tags: tagged(t, "n", "v"), Data: []byte("data"), Anchor: bytes.Repeat([]byte{9}, 32)}
		unsigned := it.UnsignedID()
		if err := it.Verify(); !fail.Is(err, fail.Unauthorized) {
			t.Errorf("unsigned: %v", err)
		}
		if err := it.Sign(s); err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		back, err := ParseItem(encode(t, it))
		if err != nil || back.Verify() != nil || back.UnsignedID() != unsigned {
			t.Errorf("%s: does not verify after parsing: %v", alg, err)
		}
		back.Tags = tagged(t, "n", "w")
		if err := back.Verify(); !fail.Is(err, fail.Unauthorized) {
			t.Errorf("%s: changed tag: %v", alg, err)
		}
	}
	for alg, k := range map[keys.Algorithm]*keys.PrivateKey{keys.RSAPSSSHA512: wallet, keys.ECDSASecp256k1: curve} {
		s, err := k.Signer(alg)
		if err != nil {
			t.Fatal(err)
		}
		var it Item
		if err := it.Sign(s); !fail.Is(err, fail.Unsupported) || it.Signed() {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("x", MaxTagSize+1)
	for _, bad := range []Tag{{"", "v"}, {"\xff", "v"}, {long, "v"}, {"n", long}} {
		if tags, err := NewTags(bad); err == nil {
			t.Errorf("tag accepted: %d bytes", len(tags.Encoded()))
		}
	}
	if _, err := NewTags(make([]Tag, MaxTags+1)...); !fail.Is(err, fail.TooLarge) {
		t.Error(err)
	}
	many := make([]Tag, ValidTags+1)
	for i := range many {
		many[i] = Tag{"n", ""}
	}
	for _, list := range [][]Tag{many, {{strings.Repeat("n", ValidNameSize+1), "v"}}} {
		tags, err := NewTags(list...)
		if err != nil {
			t.Fatal(err)
		}
		it, err := ParseItem(encode(t, Item{Tags: tags}))
		if err != nil || it.Tags.Len() != len(list) {
			t.Errorf("not readable: %v", err)
		}
		if err := it.Verify(); !fail.Is(err, fail.Invalid) {
			t.Errorf("verdict %v", err)
		}
	}
	for _, it := range []Item{
		{Target: make([]byte, 31)}, {Anchor: make([]byte, 33)}, {Owner: make([]byte, 65)}, {Signature: make([]byte, 64)},
		{Type: Ethereum, Owner: make([]byte, 512)}, {Type: 99},
	} {
		if _, err := it.Append(nil); err == nil {
			t.Errorf("%+v encoded", it)
		}
		if it.Verify() == nil {
			t.Errorf("%+v verified", it)
		}
	}
	it := Item{Type: Aptos, Owner: bytes.Repeat([]byte{1}, 32), Signature: bytes.Repeat([]byte{1}, 64)}
	if back, err := ParseItem(encode(t, it)); err != nil || !fail.Is(back.Verify(), fail.Unsupported) {
		t.Errorf("aptos: %v", err)
	}
}

// TestMalformed changes single places of an item and of tags.
func TestMalformed(t *testing.T) {
	good := encode(t, Item{Tags: tagged(t, "a", "b"), Data: []byte("data"), Target: bytes.Repeat([]byte{1}, 32)})
	const target, anchor, count, size, avro = 1026, 1059, 1060, 1068, 1076
	edit := func(at int, v ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], v)
		return b
	}
	for name, b := range map[string][]byte{
		"empty": nil, "one byte": {1}, "type": edit(0, 0), "type 99": edit(0, 99), "high type": edit(1, 1),
		"target 2": edit(target, 2), "anchor 2": edit(anchor, 2), "anchor 1": edit(anchor, 1),
		"count": edit(count, 2), "size": edit(size, 5), "size beyond": edit(size, 200), "size huge": edit(size+7, 0x80),
		"avro count 2": edit(avro, 4), "avro negative": edit(avro, 1), "no terminator": edit(avro+5, 1),
		"name empty": edit(avro+1, 0), "name long": edit(avro+1, 0x7e), "name not UTF-8": edit(avro+2, 0xff), "value long": edit(avro+3, 8),
	} {
		if it, err := ParseItem(b); err == nil {
			t.Errorf("%s: accepted as %+v", name, it.Tags)
		}
	}
	for i := range len(good) - len("data") {
		if _, err := ParseItem(good[:i]); err == nil {
			t.Errorf("%d of %d bytes accepted", i, len(good))
		}
	}
	for _, h := range []string{"0000", "02026102", "0202610262", "02026102620001", "8200026102620000", "82000261026200", "ffffffffffffffffffff01",
		"0202610262020261026200", "feffffff0f00", "80", "02f0ffffff1f"} {
		b, err := hex.DecodeString(h)
		if err != nil {
			t.Fatal(err)
		}
		if tags, err := ParseTags(b); err == nil {
			t.Errorf("%s accepted as %q", h, tags.List())
		}
	}
	if tags, err := ParseTags([]byte{0}); err != nil || tags.Len() != 0 || len(tags.Encoded()) != 1 {
		t.Errorf("the empty array: %v", err)
	}
}

func FuzzParseItem(f *testing.F) {
	tags, _ := NewTags(Tag{"a", "b"}, Tag{"name", "value"})
	for _, it := range []Item{{}, {Tags: tags, Data: []byte("x")}, {Type: Ed25519, Target: make([]byte, 32)}, {Type: TypedEthereum, Tags: tags}, BinaryItem(nil)} {
		b, err := it.Append(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := ParseItem(b)
		if err != nil {
			return
		}
		out, err := it.Append(nil)
		if err != nil || !bytes.Equal(out, b) {
			t.Fatalf("%x was encoded as %x, %v", b, out, err)
		}
		_ = it.Verify()
		_, _, _ = it.Members()
	})
}

func FuzzParseTags(f *testing.F) {
	f.Add([]byte{2, 2, 'a', 2, 'b', 0})
	f.Add([]byte{0})
	f.Add([]byte{1, 12, 2, 'a', 2, 'b', 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		tags, err := ParseTags(b)
		if err != nil || tags.Len() == 0 {
			return
		}
		for _, tag := range tags.List() {
			if len(tag.Name) > MaxTagSize || len(tag.Value) > MaxTagSize {
				return // read, but not written
			}
		}
		again, err := NewTags(tags.List()...)
		if err != nil || !bytes.Equal(again.Encoded(), b) {
			t.Fatalf("%x was encoded as %x, %v", b, again.Encoded(), err)
		}
	})
}
