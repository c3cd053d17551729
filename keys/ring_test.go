package keys

import (
	"testing"
)

func TestRing(t *testing.T) {
	pair := func() *PrivateKey {
		k, err := Generate(Curve25519)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	a, b, c := pair(), pair(), pair()
	var none Ring
	if _, ok := none.First(); ok || none.Find([]string{a.Address()}) != nil {
		t.Error("an empty ring has identities")
	}
	r := NewRing(a, b)
	r.Add(b)
	r.Add(c)
	if first, ok := r.First(); !ok || first.Address != a.Address() {
		t.Error("the first one is the node's own")
	}
	got := r.Find([]string{c.Address(), "nobody", a.Address(), c.Address()})
	if len(got) != 2 || got[0].Key != c || got[1].Key != a {
		t.Error(got)
	}
}
