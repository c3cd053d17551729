package commit

import (
	"fmt"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// flatOf returns a message of n short texts.
func flatOf(n int) *message.Message {
	b := message.NewBuilder(n)
	for i := range n {
		b.Set(fmt.Sprint("key-", i), message.Binary(fmt.Sprint("value of key ", i)))
	}
	return b.Message()
}

func nestedOf(n int) *message.Message {
	m := flatOf(4)
	for i := range n {
		m = m.Set(fmt.Sprint("nested-", i), message.Of(
			message.P("a", message.Binary(fmt.Sprint("text ", i))), message.P("n", message.Int(i)), message.P("b", message.True)))
	}
	return m
}

// fresh returns copies of m that share no memo, one a call.
func fresh(m *message.Message) func() *message.Message {
	type pair struct {
		k string
		v message.Value
	}
	var pairs []pair
	for k, v := range m.All() {
		if c, ok := v.(*message.Message); ok && k != message.CommitmentsKey {
			v = forget(c)
		}
		pairs = append(pairs, pair{k, v})
	}
	return func() *message.Message {
		b := message.NewBuilder(len(pairs))
		for _, p := range pairs {
			b.Set(p.k, p.v)
		}
		return b.Message()
	}
}

func BenchmarkUnsignedID(b *testing.B) {
	for _, n := range []int{4, 10, 1000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			next := fresh(flatOf(n))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := UnsignedID(b.Context(), next()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("nested", func(b *testing.B) {
		m := nestedOf(1)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := UnsignedID(b.Context(), fresh(m)()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("changed=1of1000", func(b *testing.B) {
		m := flatOf(1000)
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			i++
			m = m.Set("key-7", message.Int(i))
			if _, err := UnsignedID(b.Context(), m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkHMAC(b *testing.B) {
	next := fresh(flatOf(4))
	b.Run("commit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Commit(b.Context(), pure(), next(), nil, Spec{Type: "unsigned"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		m, err := Commit(b.Context(), pure(), flatOf(4), nil, Spec{Type: "unsigned"})
		if err != nil {
			b.Fatal(err)
		}
		next := fresh(m)
		b.ReportAllocs()
		for b.Loop() {
			if err := VerifyAll(b.Context(), pure(), next()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	key := testWallet(b)
	for name, spec := range map[string]Spec{"rsa+hmac": {}, "item": {Device: ans104.Name}} {
		b.Run(name, func(b *testing.B) {
			m, err := Commit(b.Context(), pure(), flatOf(4), key, spec)
			if err != nil {
				b.Fatal(err)
			}
			next := fresh(m)
			b.ReportAllocs()
			for b.Loop() {
				if err := VerifyAll(b.Context(), pure(), next()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("ed25519+hmac", func(b *testing.B) {
		m, err := Commit(b.Context(), pure(), flatOf(4), generate(b, keys.Curve25519), Spec{})
		if err != nil {
			b.Fatal(err)
		}
		next := fresh(m)
		b.ReportAllocs()
		for b.Loop() {
			if err := VerifyAll(b.Context(), pure(), next()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	run := func(name string, m *message.Message, opt codec.Options) {
		convert := structured.ToTABM
		if opt.Bundle {
			convert = structured.Bundle
		}
		b.Run("structured-httpsig/"+name, func(b *testing.B) {
			next := fresh(m)
			b.ReportAllocs()
			for b.Loop() {
				tabm, err := convert(b.Context(), pure(), next())
				if err != nil {
					b.Fatal(err)
				}
				if _, err := (httpsig.Codec{}).Encode(b.Context(), pure(), tabm, opt); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("httpsig-structured/"+name, func(b *testing.B) {
			tabm, err := convert(b.Context(), pure(), m)
			if err != nil {
				b.Fatal(err)
			}
			enc, err := httpsig.Codec{}.Encode(b.Context(), pure(), tabm, opt)
			if err != nil {
				b.Fatal(err)
			}
			next := fresh(enc.(*message.Message))
			b.ReportAllocs()
			for b.Loop() {
				tabm, err := httpsig.Codec{}.Decode(b.Context(), pure(), next(), opt)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := structured.FromTABM(tabm); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("flat", flatOf(4), codec.Options{})
	run("typed", flatOf(4).Set("n", message.Int(5)).Set("t", message.True), codec.Options{})
	run("bundle20", nestedOf(20), codec.Options{Bundle: true, Inlined: true})
}
