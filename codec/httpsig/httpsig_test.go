package httpsig_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

func text(s string) message.Value { return message.Binary(s) }

func of(pairs ...any) *message.Message {
	b := message.NewBuilder(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		v, ok := pairs[i+1].(message.Value)
		if !ok {
			v = text(pairs[i+1].(string))
		}
		b.Set(pairs[i].(string), v)
	}
	return b.Message()
}

// encode encodes a rich message, linked or bundled.
func encode(t testing.TB, m *message.Message, bundle bool) *message.Message {
	t.Helper()
	convert := structured.ToTABM
	if bundle {
		convert = structured.Bundle
	}
	env := commit.Env(message.NoLoader{})
	tabm, err := convert(t.Context(), env, m)
	if err != nil {
		t.Fatal(err)
	}
	v, err := httpsig.Codec{}.Encode(t.Context(), env, tabm, codec.Options{Bundle: bundle, Inlined: bundle})
	if err != nil {
		t.Fatal(err)
	}
	return v.(*message.Message)
}

func decode(t testing.TB, m *message.Message) (*message.Message, error) {
	t.Helper()
	v, err := httpsig.Codec{}.Decode(t.Context(), codec.Env{}, m, codec.Options{})
	if err != nil {
		return nil, err
	}
	v, err = structured.FromTABM(v)
	out, _ := v.(*message.Message)
	return out, err
}

func multipartType(boundary string) string { return `multipart/form-data; boundary="` + boundary + `"` }

// TestEncodings are EX-05 to EX-14 of spec 01: header fields and bodies.
// CONF-MSG-120
func TestEncodings(t *testing.T) {
	body := func(boundary string, parts ...string) string {
		out := ""
		for _, p := range parts {
			out += "--" + boundary + "\r\n" + p + "\r\n"
		}
		return out + "--" + boundary + "--"
	}
	nested := of("a", "1", "nested", of("b", "1"), "c", "3")
	idKey := "oK5A0WV1HLBCsclwlKv1Bw0ag_PGBZ6eSA86tJqU--4"
	b9, b10, b11, b12 := "P65SESRGBi4NXI6lBu75jBmrSDIOkAal6qe2q-XvCys", "PPgAm5TPwnBChqCgEreKKECzf5XG_PCpKiMwADf_HVU", "n4gs_esZzWRVDIiY1K3e_4lYaqIg6bicOJjEBcWyvqk", "N5CuzvPoFoGqGjrAiIaLoFCBHpCl_yg3j3kCp3rNRy4"
	for name, c := range map[string]struct {
		in     *message.Message
		bundle bool
		want   *message.Message // without content-digest
		digest string
	}{
		"05 link":       {nested, false, of("a", "1", "c", "3", "nested+link", "oK5A0WV1HLBCsclwlKv1Bw0ag_PGBZ6eSA86tJqU--4"), ""},
		"06 body":       {of("body", "Hello", "k", "v"), false, of("k", "v", "body", "Hello"), "sha-256=:GF+NsyJx/iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk=:"},
		"06 empty body": {of("body", ""), false, of("body", ""), ""},
		"07 data":       {of("data", "Hello", "k", "v"), false, of("k", "v", "ao-body-key", "data", "body", "Hello"), "sha-256=:GF+NsyJx/iX1Yab8k4suJkMG7DBO2lGAB9F2SCY4GWk=:"},
		"09 bundle": {nested, true, of("a", "1", "c", "3", "content-type", multipartType(b9),
			"body", body(b9, "b: 1\r\ncontent-disposition: form-data;name=\"nested\"")), "sha-256=:ajylwU65OOxHUK5DbnEQWpUYVeP+8hs9otLDOAkshCc=:"},
		"10 deeper": {of("a", "1", "n", of("b", "1", "m", of("x", "y"), "e", message.Empty())), true, of("a", "1", "content-type", multipartType(b10),
			"body", body(b10, "b: 1\r\ncontent-disposition: form-data;name=\"n\"", "ao-types: empty-message\r\ncontent-disposition: form-data;name=\"n/e\"", "content-disposition: form-data;name=\"n/m\"\r\nx: y")), "-"},
		"11 inner body": {of("k", "v", "n", of("body", "inner")), true, of("k", "v", "content-type", multipartType(b11),
			"body", body(b11, "content-disposition: form-data;name=\"n/body\"\r\n\r\ninner")), "-"},
		"12 list": {of("l", message.NewList(message.Int(1), text("two"), message.NewList(message.True), of("q", message.Float(2.5)))), true, of("content-type", multipartType(b12),
			"body", body(b12, "1: 1\r\n2: two\r\nao-types: .=\"list\", 1=\"integer\"\r\ncontent-disposition: form-data;name=\"l\"",
				"1: true\r\nao-types: .=\"list\", 1=\"atom\"\r\ncontent-disposition: form-data;name=\"l/3\"",
				"ao-types: q=\"float\"\r\ncontent-disposition: form-data;name=\"l/4\"\r\nq: 2.50000000000000000000e+00")), "-"},
		"13 long": {of("big", strings.Repeat("x", 4097), "ok", strings.Repeat("y", 20)), false, of("ok", strings.Repeat("y", 20),
			"content-type", multipartType("Tund6Cn4hi2pqp_x3Oi5iwNRNTMD42QwK7A3nOjKxp0"),
			"body", body("Tund6Cn4hi2pqp_x3Oi5iwNRNTMD42QwK7A3nOjKxp0", "content-disposition: form-data;name=\"big\"\r\n\r\n"+strings.Repeat("x", 4097))), "sha-256=:R4aDIVFzviomGyBhuDGe/klQrjP56RKJvzcu/o4TIng=:"},
		"14 ID keys": {of(idKey, message.Int(5), "x", "v"), false, of("x", "v", "ao-ids", idKey+`="5"`,
			"ao-types", `o%4b5%410%57%561%48%4c%42%43sclwl%4bv1%42w0ag_%50%47%42%5a6e%53%4186t%4aq%55--4="integer"`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := encode(t, c.in, c.bundle)
			if digest := got.Text("content-digest"); digest != c.digest && c.digest != "-" {
				t.Errorf("digest %s", digest)
			}
			if got = got.Without("content-digest"); !message.Equal(got, c.want) {
				for k, v := range got.All() {
					t.Errorf("%s: %q, want %q", k, v, c.want.Text(k))
				}
			}
		})
	}
}

// TestSignatureFields is the wire form of EX-02.
// CONF-MSG-120
func TestSignatureFields(t *testing.T) {
	m, err := commit.Commit(t.Context(), commit.Env(message.NoLoader{}), of("a", "b"), nil, commit.Spec{Type: "unsigned"})
	if err != nil {
		t.Fatal(err)
	}
	want := of("a", "b",
		"signature", "comm-ypoij5uyuoycokmuvmds_g2ctq8imvsfentpuu23mki=:qoKsl5XJIjkL7QIfUXNplkdh71dTOV1mUtP3b4WlzMk=:",
		"signature-input", `comm-ypoij5uyuoycokmuvmds_g2ctq8imvsfentpuu23mki=("a");alg="hmac-sha256";keyid="constant:ao"`)
	got := encode(t, m, false)
	if !message.Equal(got, want) {
		t.Fatal(got.Text("signature"), got.Text("signature-input"))
	}
	if back, err := decode(t, got); err != nil || !message.Equal(back, m) {
		t.Fatal(back, err)
	}
	foreign := got.Set("signature", text(got.Text("signature")+`, other=:AAAA:`)).Set("signature-input", text(got.Text("signature-input")+`, other=();alg="x"`))
	if back, err := decode(t, foreign); err != nil || back.Commitments().Len() != 1 {
		t.Fatalf("a signature of another protocol (Q-30): %v, %v", back, err)
	}
}

func TestDecode(t *testing.T) {
	part := func(parts ...string) *message.Message {
		return of("content-type", "multipart/form-data; boundary=B", "body", "--B\r\n"+strings.Join(parts, "\r\n--B\r\n")+"\r\n--B--")
	}
	for name, c := range map[string]struct {
		in, want *message.Message
	}{
		"loose content type": {of("content-type", "text/html; charset=utf-8", "body", "x"), of("content-type", "text/html; charset=utf-8", "body", "x")},
		"inline part":        {part("content-disposition: inline\r\n\r\nx"), of("body", "x")},
		"part of headers":    {part(`content-disposition: form-data;name="n"` + "\r\na: 1\r\nb: 2"), of("n", of("a", "1", "b", "2"))},
		"part with body":     {part(`content-disposition: form-data;name="n"` + "\r\na: 1\r\n\r\nx"), of("n", of("a", "1", "body", "x"))},
		"part with body key": {part(`content-disposition: form-data;name="n"` + "\r\nao-body-key: k\r\na: 1\r\n\r\nx"), of("n", of("a", "1", "k", "x"))},
		"part with data":     {part(`content-disposition: form-data;name="n"` + "\r\ndata: 1\r\n\r\nx"), of("n", of("data", "x"))},
		"typed part":         {part(`content-disposition: form-data;name="n"` + "\r\nao-types: body=\"integer\"\r\n\r\n5"), of("n", "5")},
		"names with spaces":  {part(`content-disposition: form-data; name="n m"` + "\r\n\r\nx"), of("n m", "x")},
		"escaped name":       {part(`content-disposition: form-data;name="a\"b"` + "\r\n\r\nx"), of(`a"b`, "x")},
		"slashes in headers": {part(`content-disposition: form-data;name="n"` + "\r\na/b: 1"), of("n", of("a", of("b", "1")))},
		"paths":              {part(`content-disposition: form-data;name="n/m"`+"\r\na: 1", `content-disposition: form-data;name="n"`+"\r\nb: 2", `content-disposition: form-data;name="/n//k"`+"\r\n\r\nx"), of("n", of("m", of("a", "1"), "b", "2", "k", "x"))},
		"same name twice":    {part(`content-disposition: form-data;name="n"`+"\r\na: 1", `content-disposition: form-data;name="n"`+"\r\nb: 2"), of("n", of("a", "1", "b", "2"))},
		"empty message":      {part(`content-disposition: form-data;name="n"` + "\r\nao-types: empty-message"), of("n", message.Empty())},
		"no body":            {of("a", "1"), of("a", "1")},
		"IDs":                {of("ao-ids", `oK5A0WV1HLBCsclwlKv1Bw0ag_PGBZ6eSA86tJqU--4="x"`), of("oK5A0WV1HLBCsclwlKv1Bw0ag_PGBZ6eSA86tJqU--4", "x")},
	} {
		if got, err := decode(t, c.in); err != nil || !message.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestDecodeRefusals(t *testing.T) {
	typ := "multipart/form-data; boundary=B"
	many := strings.Repeat("content-disposition: inline\r\n\r\nx\r\n--B\r\n", httpsig.MaxParts)
	for name, c := range map[string]struct {
		in   *message.Message
		kind fail.Kind
	}{
		"no boundary":      {of("content-type", typ, "body", "x"), fail.Invalid},
		"no end":           {of("content-type", typ, "body", "--B\r\nx"), fail.Invalid},
		"no name":          {of("content-type", typ, "body", "--B\r\na: 1\r\n--B--"), fail.Invalid},
		"empty name":       {of("content-type", typ, "body", "--B\r\ncontent-disposition: form-data;name=\"\"\r\n\r\nx\r\n--B--"), fail.Invalid},
		"conflict":         {of("content-type", typ, "body", "--B\r\ncontent-disposition: form-data;name=\"a\"\r\n\r\nx\r\n--B\r\ncontent-disposition: form-data;name=\"a/b\"\r\n\r\nx\r\n--B--"), fail.Invalid},
		"deep name":        {of("content-type", typ, "body", "--B\r\ncontent-disposition: form-data;name=\""+strings.Repeat("a/", 300)+"\"\r\n\r\nx\r\n--B--"), fail.Invalid},
		"too many parts":   {of("content-type", typ, "body", "--B\r\n"+many+"content-disposition: inline\r\n\r\nx\r\n--B--"), fail.TooLarge},
		"body is no bytes": {of("body", message.Empty()), fail.Invalid},
		"bad IDs":          {of("ao-ids", "=;"), fail.Invalid},
		"no input":         {of("signature", "comm-a=:AA==:", "signature-input", `comm-b=();alg="x"`), fail.Invalid},
		"no algorithm":     {of("signature", "comm-a=:AA==:", "signature-input", `comm-a=()`), fail.Invalid},
		"signature text":   {of("signature", `comm-a="x"`, "signature-input", `comm-a=();alg="x"`), fail.Invalid},
	} {
		if got, err := decode(t, c.in); !fail.Is(err, c.kind) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// anyMessage returns a random message that survives HTTP: the quirks Q-24 to
// Q-27 are about those that do not.
func anyMessage(rng *rand.Rand, depth int) *message.Message {
	b := message.NewBuilder(4)
	for range 1 + rng.IntN(5) {
		key := fmt.Sprintf("%c-%d", 'a'+rng.IntN(26), rng.IntN(5))
		if rng.IntN(8) == 0 {
			key = "body"
		}
		switch n := rng.IntN(8); {
		case n < 2 && depth > 0:
			b.Set(key, anyMessage(rng, depth-1))
		case n == 2 && depth > 0 && key != "body":
			b.Set(key, message.NewList(message.Int(rng.IntN(9)), text("x"), anyMessage(rng, depth-1)))
		case key == "body":
			b.Set(key, text("body\r\n\r\n"+strings.Repeat("y", rng.IntN(9000))))
		case n == 3:
			b.Set(key, message.Int(rng.Int64()))
		case n == 4:
			b.Set(key, message.True)
		default:
			b.Set(key, text(strings.Repeat("v", 1+rng.IntN(5))))
		}
	}
	return b.Message()
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	env := commit.Env(message.NoLoader{})
	for range 2000 {
		m := anyMessage(rng, 3)
		signed, err := commit.Commit(t.Context(), env, m, nil, commit.Spec{Type: "unsigned", Bundle: true})
		if err != nil {
			t.Fatal(err)
		}
		enc := encode(t, signed, true)
		back, err := decode(t, enc)
		if err != nil || !message.Equal(back.Without("commitments"), m) {
			t.Fatalf("%v, %v\n%q\n%q", m.Keys(), err, enc.Text("content-type"), enc.Text("body"))
		}
		if err := commit.VerifyAll(t.Context(), env, back); err != nil {
			t.Fatalf("%v: %v", m.Keys(), err)
		}
	}
}

// FuzzDecode reads arbitrary header fields and bodies; what was read can be
// written, and reads the same again.
func FuzzDecode(f *testing.F) {
	f.Add("multipart/form-data; boundary=B", "--B\r\ncontent-disposition: form-data;name=\"a/b\"\r\nk: v\r\n\r\nx\r\n--B--", "", "", "")
	f.Add("", "x", `comm-a=:AA==:, comm-b=:AQ==:`, `comm-a=("k" "@path");alg="x";keyid="constant:ao", comm-b=();alg="ans104@1.0/y";original-tags="1:a:b, c, 2:d:e"`, `k="v"`)
	f.Add("text/html; charset=utf-8", "<p>", "comm-", "comm-", "a=5")
	f.Fuzz(func(t *testing.T, typ, body, signature, input, ids string) {
		in := of("content-type", typ, "body", body, "signature", signature, "signature-input", input, "ao-ids", ids)
		m, err := decode(t, in)
		if err != nil || m == nil {
			return
		}
		env := commit.Env(message.NoLoader{})
		tabm, err := structured.Bundle(t.Context(), env, m)
		if err != nil {
			return
		}
		if enc, err := (httpsig.Codec{}).Encode(t.Context(), env, tabm, codec.Options{Bundle: true, Inlined: true}); err == nil {
			_, _ = decode(t, enc.(*message.Message))
		}
		_ = commit.VerifyAll(t.Context(), env, m)
	})
}

// The parameter "alg" names the type of a commitment, and its device when that
// is another one.
//
// CONF-MSG-67
func TestAlgorithms(t *testing.T) {
	for alg, want := range map[string][2]string{
		"rsa-pss-sha512":            {"httpsig@1.0", "rsa-pss-sha512"},
		"hmac-sha256":               {"httpsig@1.0", "hmac-sha256"},
		"ans104@1.0/rsa-pss-sha256": {"ans104@1.0", "rsa-pss-sha256"},
	} {
		m, err := decode(t, of("a", "b", "signature", "comm-x=:qoKsl5XJIjkL7QIfUXNplkdh71dTOV1mUtP3b4WlzMk=:",
			"signature-input", `comm-x=("a");alg="`+alg+`";keyid="publickey:AAAA"`))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range m.Commitments().All() {
			c := c.(*message.Message)
			if c.Text("commitment-device") != want[0] || c.Text("type") != want[1] {
				t.Errorf("%s: device %s, type %s", alg, c.Text("commitment-device"), c.Text("type"))
			}
			if got := httpsig.Algorithm(c); got != alg {
				t.Errorf("%s is written %s", alg, got)
			}
		}
		if m.Commitments().Len() != 1 {
			t.Errorf("%s: %d commitments", alg, m.Commitments().Len())
		}
	}
}
