package greenzone

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

// The bytes of spec 04, 7.7.7.
func TestTerms(t *testing.T) {
	if got := hex.EncodeToString(writeKey([]byte{0xAB, 0xCD})); got != "83680268027703727361620001000"+"16d00000002abcd" {
		t.Error("public:", got)
	}
	if got := hex.EncodeToString(writeKey([]byte{1}, []byte{2, 3})); got != "83680368027703727361620001000"+"16d00000001016d000000020203" {
		t.Error("private:", got)
	}
	old := []byte{131, 0x68, 2, 0x68, 2, 0x64, 0, 3, 'r', 's', 'a', 0x62, 0, 1, 0, 1, 0x6D, 0, 0, 0, 1, 7}
	if parts, err := readKey(old, 1); err != nil || !bytes.Equal(parts[0], []byte{7}) {
		t.Error("the older form of atoms:", err)
	}
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"another term":     {131, 0x77, 3, 'r', 's', 'a'},
		"a private one":    writeKey([]byte{1}, []byte{2}),
		"more":             append(writeKey([]byte{1}), 0),
		"less":             writeKey([]byte{1, 2, 3})[:20],
		"a long number":    writeKey(make([]byte, maxPart+1)),
		"an empty number":  writeKey(nil),
		"another exponent": bytes.Replace(writeKey([]byte{1}), []byte{0x62, 0, 1, 0, 1}, []byte{0x62, 0, 0, 0, 3}, 1),
		"compressed":       {131, 80, 0, 0, 0, 1, 0},
	} {
		if parts, err := readKey(b, 1); err == nil {
			t.Errorf("%s: %x", name, parts)
		}
	}
}

func TestWalletSurvivesItsTerm(t *testing.T) {
	k := snptest.Wallet(t)
	n, d, _ := k.RSAParts()
	again, err := privateKey(writeKey(d, n))
	if err != nil || again.Address() != k.Address() {
		t.Fatal(err)
	}
	if _, err := privateKey(writeKey(n, d)); err == nil {
		t.Error("numbers in the wrong order are a key")
	}
	text, err := publicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := modulus(text); err != nil || !bytes.Equal(got, n) {
		t.Error(err)
	}
}

func FuzzReadKey(f *testing.F) {
	f.Add(writeKey([]byte{1, 2, 3}))
	f.Add(writeKey([]byte{1}, []byte{2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for count := 1; count <= 2; count++ {
			parts, err := readKey(b, count)
			if err != nil {
				continue
			}
			if again, err := readKey(writeKey(parts...), count); err != nil || len(again) != count {
				t.Fatal(err)
			}
		}
	})
}

func TestSeal(t *testing.T) {
	key, secret := bytes.Repeat([]byte{1}, zoneKeySize), []byte("secret")
	sealed, iv, err := seal(key, secret)
	if err != nil || len(iv) != ivSize || len(sealed) != len(secret)+tagSize {
		t.Fatal(err)
	}
	if got, err := unseal(key, sealed, iv); err != nil || !bytes.Equal(got, secret) {
		t.Error(err)
	}
	if _, again, _ := seal(key, secret); bytes.Equal(iv, again) {
		t.Error("the initialisation vector repeats")
	}
	for i := range sealed {
		sealed[i] ^= 1
		if _, err := unseal(key, sealed, iv); !fail.Is(err, fail.Unauthorized) {
			t.Fatal(i, err)
		}
		sealed[i] ^= 1
	}
	if _, err := unseal(key, sealed, iv[:12]); !fail.Is(err, fail.Invalid) {
		t.Error(err)
	}
	if _, err := unseal(bytes.Repeat([]byte{2}, zoneKeySize), sealed, iv); !fail.Is(err, fail.Unauthorized) {
		t.Error(err)
	}
}

func TestChallenges(t *testing.T) {
	var c, other challenges
	now := time.Unix(1_700_000_000, 0)
	text, err := c.issue(now)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.check(text, now.Add(challengeTime)); err != nil {
		t.Error(err)
	}
	if err := c.check(text, now.Add(challengeTime+time.Second)); err == nil {
		t.Error("a challenge does not run out")
	}
	if err := other.check(text, now); err == nil {
		t.Error("another node's challenge")
	}
	if again, _ := c.issue(now); again == text {
		t.Error("challenges repeat")
	}
	for _, bad := range []string{"", "x", text + "A", text[:20]} {
		if err := c.check(bad, now); err == nil {
			t.Errorf("%q", bad)
		}
	}
}

// CONF-TEE-14
func TestRequiredHistory(t *testing.T) {
	required := message.Of(message.P("mode", message.Binary("prod")), message.P("port", message.Int(8734)))
	node := message.Of(message.P("mode", message.Binary("prod")), message.P("port", message.Binary("8734")), message.P("other", message.Int(1)))
	change := func(k, v string) message.Value {
		return message.Of(message.P(k, message.Binary(v)), message.P("path", message.Binary("info")))
	}
	for name, c := range map[string]struct {
		node *message.Message
		want string
	}{
		"valid":                   {node, ""},
		"with a harmless history": {node.Set("node_history", message.NewList(change("x", "1"), change("Mode", "prod"))), ""},
		"missing key":             {node.Without("port"), "invalid_values"},
		"wrong value":             {node.Set("mode", message.Binary("debug")), "invalid_values"},
		"changed and back":        {node.Set("node_history", message.NewList(change("mode", "debug"), change("mode", "prod"))), "modified_required_key"},
		"in another spelling":     {node.Set("Mode", message.Binary("debug")), "invalid_values"},
		"history in numbers":      {node.Set("node-history", message.Of(message.P("1", change("MODE", "debug")))), "modified_required_key"},
		"no history":              {node.Set("node_history", message.Binary("x")), "invalid_values"},
		"two histories":           {node.Set("node_history", message.NewList()).Set("Node-History", message.NewList(change("a", "b"))), "invalid_values"},
		"nested in history":       {node.Set("node_history", message.NewList(message.NewList())), "invalid_values"},
	} {
		err := satisfies(c.node, required)
		got := ""
		if o, ok := err.(*ao.Outcome); ok {
			got = o.Value.(*message.Message).Text("body")
		}
		if got != c.want || (err == nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
