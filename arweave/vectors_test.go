package arweave

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// raw is bytes as the vectors write them: text, {"bin"}, {"b64u"}, {"empty"},
// {"$bytes"} or null.
type raw []byte

func (r *raw) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*r = raw(s)
		return nil
	}
	var o struct {
		Bin, B64u string
		Bytes     string `json:"$bytes"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return err
	}
	*r = raw(o.Bin)
	if text := o.B64u + o.Bytes; text != "" {
		d, err := id.Decode(text)
		if err != nil {
			return err
		}
		*r = d
	}
	return nil
}

// record is an item in the vectors.
type record struct {
	Owner, Signature, Target, Anchor raw
	Tags                             [][2]raw
	Data                             json.RawMessage
	ID                               string
	UnsignedID                       string `json:"unsigned_id"`
	Error                            json.RawMessage
}

type vector struct {
	Name, Op     string
	Bytes        raw
	Parsed, Item *record
	Verify       json.RawMessage
}

func vectors(t testing.TB) []vector {
	t.Helper()
	var file struct{ Cases []vector }
	if err := json.Unmarshal(sharedtest.File(t, "vectors/ans104.json"), &file); err != nil {
		t.Fatal(err)
	}
	return file.Cases
}

// checkRecord compares a parsed item with what the reference parsed.
func checkRecord(t *testing.T, it *Item, want *record) {
	t.Helper()
	got := [4][]byte{it.Owner, it.Signature, it.Target, it.Anchor}
	for i, w := range [4]raw{want.Owner, want.Signature, want.Target, want.Anchor} {
		if !bytes.Equal(got[i], w) {
			t.Errorf("field %d is %x, want %x", i, got[i], w)
		}
	}
	if it.Tags.Len() != len(want.Tags) {
		t.Fatalf("tags %q, want %q", it.Tags.List(), want.Tags)
	}
	for i, w := range want.Tags {
		if got := it.Tags.At(i); got.Name != string(w[0]) || got.Value != string(w[1]) {
			t.Errorf("tag %d is %q, want %q", i, got, w)
		}
	}
	if got := it.UnsignedID().String(); got != want.UnsignedID {
		t.Errorf("unsigned ID %s, want %s", got, want.UnsignedID)
	}
	if got, ok := it.ID(); (want.ID != "") != ok || (ok && got.String() != want.ID) {
		t.Errorf("ID %s, want %s", got, want.ID)
	}
	var bundle struct {
		Map map[string]*record `json:"bundle_map"`
	}
	if json.Unmarshal(want.Data, &bundle) == nil && bundle.Map != nil {
		checkMembers(t, it, bundle.Map)
		return
	}
	var data raw
	if err := json.Unmarshal(want.Data, &data); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(it.Data, data) {
		t.Errorf("data %x, want %x", it.Data, data)
	}
}

// checkMembers compares the members of a bundle, then builds the bundle again
// from them.
func checkMembers(t *testing.T, it *Item, want map[string]*record) {
	t.Helper()
	_, members, err := it.Members()
	if err != nil || len(members) != len(want) {
		t.Fatalf("%d members, %v; want %d", len(members), err, len(want))
	}
	for i := range members {
		w := want[members[i].Name]
		if w == nil {
			t.Errorf("member %q is too much", members[i].Name)
			continue
		}
		checkRecord(t, &members[i].Item, w)
	}
	if len(members) > smallMap {
		for i, j := 0, len(members)-1; i < j; i, j = i+1, j-1 {
			members[i], members[j] = members[j], members[i]
		}
	}
	again, err := it.WithMembers(MapShape, members)
	if err != nil || !bytes.Equal(again.Data, it.Data) || !bytes.Equal(again.Tags.Encoded(), it.Tags.Encoded()) {
		t.Errorf("the bundle built again differs: %v\n%q\n%q", err, again.Tags.List(), it.Tags.List())
	}
}

func TestVectors(t *testing.T) {
	items, refused := 0, 0
	for _, c := range vectors(t) {
		t.Run(c.Name, func(t *testing.T) {
			it, err := ParseItem(c.Bytes)
			if c.Parsed != nil && c.Parsed.Error != nil {
				refused++
				if err == nil {
					t.Error("accepted")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			items++
			if c.Parsed != nil {
				checkRecord(t, &it, c.Parsed)
			}
			out, err := it.Append(nil)
			if err != nil || !bytes.Equal(out, c.Bytes) || it.Size() != len(out) {
				t.Errorf("encoded again: %v, %d bytes, want %d", err, len(out), len(c.Bytes))
			}
			if err := it.Verify(); (err == nil) != (string(c.Verify) == "true") {
				t.Errorf("verdict %v, want %s", err, c.Verify)
			}
		})
	}
	if items < 200 || refused < 2 {
		t.Errorf("only %d items and %d refusals were found", items, refused)
	}
}

// foreign is an item made by arbundles.
type foreign struct {
	Name     string `json:"id"`
	ItemID   string `json:"item-id"`
	Owner    string
	Type     SignatureType `json:"signature-type"`
	Target   string
	Anchor   string
	Tags     []Tag
	Data     raw
	DeepHash raw `json:"deep-hash"`
	Raw      raw
	Valid    bool
}

func TestArbundles(t *testing.T) {
	var list []foreign
	if err := json.Unmarshal(sharedtest.File(t, "vectors/arbundles/items.json"), &list); err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		t.Run(c.Name, func(t *testing.T) {
			it, err := ParseItem(c.Raw)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := it.ID(); got.String() != c.ItemID || it.OwnerAddress().String() != c.Owner || it.Type != c.Type {
				t.Errorf("ID %s, owner %s, type %s", got, it.OwnerAddress(), it.Type)
			}
			if id.Encode(it.Target) != c.Target || string(it.Anchor) != c.Anchor || !bytes.Equal(it.Data, c.Data) {
				t.Errorf("target %x, anchor %x, data %x", it.Target, it.Anchor, it.Data)
			}
			if h := it.SigningData(); !bytes.Equal(h[:], c.DeepHash) {
				t.Errorf("deep hash %x, want %x", h, c.DeepHash)
			}
			tags, err := NewTags(c.Tags...)
			if err != nil || !bytes.Equal(tags.Encoded(), it.Tags.Encoded()) {
				t.Errorf("tags %q encode to %x, %v; want %x", c.Tags, tags.Encoded(), err, it.Tags.Encoded())
			}
			if err := it.Verify(); (err == nil) != c.Valid {
				t.Error(err)
			}
			if out, err := it.Append(nil); err != nil || !bytes.Equal(out, c.Raw) {
				t.Errorf("encoded again: %v", err)
			}
		})
	}
}

// TestOtherKeys reads and verifies items that arbundles signed with keys of
// Ethereum, Solana and Ed25519.
func TestOtherKeys(t *testing.T) {
	text, err := os.ReadFile("../keys/testdata/arbundles.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Items []struct {
			Name, ID, Raw, Signed string
			SignatureType         SignatureType
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Items {
		b, err := base64.RawURLEncoding.DecodeString(c.Raw)
		if err != nil {
			t.Fatal(err)
		}
		it, err := ParseItem(b)
		if err != nil {
			t.Fatal(err)
		}
		if h := it.SigningData(); id.Encode(h[:]) != c.Signed || it.Type != c.SignatureType || it.Type.String() != c.Name {
			t.Errorf("%s: signing data %x, type %s", c.Name, h, it.Type)
		}
		if got, _ := it.ID(); got.String() != c.ID {
			t.Errorf("%s: ID %s", c.Name, got)
		}
		if err := it.Verify(); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		it.Data = append([]byte("x"), it.Data...)
		if it.Verify() == nil {
			t.Errorf("%s: verified with other data", c.Name)
		}
		if out, err := it.Append(nil); err != nil || len(out) != len(b)+1 {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}
