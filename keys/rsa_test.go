package keys

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"
	mathrand "math/rand/v2"
	"slices"
	"testing"
)

// TestPower compares s^65537 mod n with math/big over moduli of all lengths.
func TestPower(t *testing.T) {
	rng := mathrand.NewChaCha8([32]byte{1})
	number := func(size int) []byte {
		b := make([]byte, size)
		_, _ = rng.Read(b)
		return b
	}
	e := big.NewInt(publicExponent)
	for round := range 600 {
		size := 128 + int(rng.Uint64()%897)
		n := number(size)
		n[0] |= 1
		if size == 128 {
			n[0] |= 0x80
		}
		n[size-1] |= 1
		switch round % 4 { // words that provoke carries
		case 1:
			copy(n, bytes.Repeat([]byte{0xff}, size-1-int(rng.Uint64()%20)))
		case 2:
			clear(n[1 : size-1])
		}
		m, err := newModulus(n)
		if err != nil {
			t.Fatal(err)
		}
		N := new(big.Int).SetBytes(n)
		one := big.NewInt(1)
		for _, s := range []*big.Int{
			new(big.Int).Mod(new(big.Int).SetBytes(number(size)), N),
			new(big.Int).Sub(N, one), one, new(big.Int), new(big.Int).Rsh(N, 1),
		} {
			out := make([]byte, size)
			if !m.power65537(out, s.FillBytes(make([]byte, size))) {
				t.Fatalf("%d bits: a base below n was refused", m.bits)
			}
			if want := new(big.Int).Exp(s, e, N); new(big.Int).SetBytes(out).Cmp(want) != 0 {
				t.Fatalf("%d bits: wrong power of %x modulo %x", m.bits, s, N)
			}
		}
		if m.power65537(make([]byte, size), n) {
			t.Fatal("base equal to n accepted")
		}
	}
}

// TestAddMul compares the kernel of this machine with the portable one.
func TestAddMul(t *testing.T) {
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	for round := range 2000 {
		x, z := make([]uint64, round%70), make([]uint64, round%70)
		for i := range x {
			x[i], z[i] = rng.Uint64(), rng.Uint64()
			if round%3 == 0 {
				x[i], z[i] = ^uint64(0), ^uint64(0)
			}
		}
		y := rng.Uint64()
		if round%6 == 0 {
			y = ^uint64(0)
		}
		want := slices.Clone(z)
		wantCarry := addMulGo(want, x, y, 0)
		if carry := addMul(z, x, y); carry != wantCarry || !slices.Equal(z, want) {
			t.Fatalf("%d words: %x, carry %x; want %x, carry %x", len(x), z, carry, want, wantCarry)
		}
	}
}

// testSizes are modulus lengths around the places where the encoded message is
// a byte shorter than the modulus.
var testSizes = []int{1024, 1025, 1026, 1031, 1032, 1033, 1096, 2048}

func TestPSSAgainstStandardLibrary(t *testing.T) {
	for _, bits := range testSizes {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		for alg, h := range map[Algorithm]crypto.Hash{RSAPSSSHA256: crypto.SHA256, RSAPSSSHA512: crypto.SHA512} {
			pub, err := NewPublicKey(alg, key.N.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, salt := range []int{0, 1, 20, 32, 61, rsa.PSSSaltLengthAuto} {
				comparePSS(t, key, pub, h, salt)
			}
		}
	}
}

// comparePSS signs with the standard library and compares verdicts on the
// signature and on damaged ones.
func comparePSS(t *testing.T, key *rsa.PrivateKey, pub PublicKey, h crypto.Hash, salt int) {
	t.Helper()
	msg := []byte("message")
	sum256, sum512 := sha256.Sum256(msg), sha512.Sum512(msg)
	sum := sum256[:]
	if h == crypto.SHA512 {
		sum = sum512[:]
	}
	sig, err := rsa.SignPSS(rand.Reader, key, h, sum, &rsa.PSSOptions{SaltLength: salt})
	if err != nil {
		return // the salt does not fit
	}
	check := func(what string, sig []byte) {
		t.Helper()
		want := rsa.VerifyPSS(&key.PublicKey, h, sum, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto})
		if got := pub.Verify(msg, sig); (got == nil) != (want == nil) {
			t.Errorf("%d bits, %s, salt %d, %s: %v; the standard library says %v", key.N.BitLen(), h, salt, what, got, want)
		}
	}
	if err := pub.Verify(msg, sig); err != nil {
		t.Errorf("%d bits, %s, salt %d: %v", key.N.BitLen(), h, salt, err)
	}
	check("whole", sig)
	check("short", sig[:len(sig)-1])
	check("long", append(bytes.Clone(sig), 0))
	check("leading zero", append([]byte{0}, sig...))
	check("empty", nil)
	check("zeros", make([]byte, len(sig)))
	check("ones", bytes.Repeat([]byte{0xff}, len(sig)))
	check("n", key.N.FillBytes(make([]byte, len(sig))))
	check("n-1", new(big.Int).Sub(key.N, big.NewInt(1)).FillBytes(make([]byte, len(sig))))
	if wrapped := new(big.Int).Add(new(big.Int).SetBytes(sig), key.N); wrapped.BitLen() <= 8*len(sig) {
		check("s+n", wrapped.FillBytes(make([]byte, len(sig))))
	}
	for i := 0; i < len(sig); i += 7 {
		bad := bytes.Clone(sig)
		bad[i] ^= 1 << (i % 8)
		check("damaged", bad)
	}
	// Valid powers of wrongly encoded messages: forge the encoding with the key.
	em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(publicExponent), key.N).FillBytes(make([]byte, len(sig)))
	for i := 0; i < len(em); i++ {
		bad := bytes.Clone(em)
		bad[i] ^= 1 << (i % 8)
		s := new(big.Int).SetBytes(bad)
		if s.Cmp(key.N) < 0 && i%5 == 0 {
			check("forged encoding", s.Exp(s, key.D, key.N).FillBytes(make([]byte, len(sig))))
		}
	}
}

func TestModulusLimits(t *testing.T) {
	odd := func(bits int) []byte {
		n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
		return n.SetBit(n, 0, 1).Bytes()
	}
	even := odd(2048)
	even[len(even)-1] = 0
	for name, bad := range map[string][]byte{
		"empty": nil, "zero": make([]byte, 512), "even": even, "1023 bits": odd(1023), "8193 bits": odd(8193),
	} {
		if _, err := NewPublicKey(RSAPSSSHA256, bad); err == nil {
			t.Errorf("%s accepted", name)
		}
	}
	for _, bits := range []int{1024, 4096, 8192} {
		n := odd(bits)
		for _, raw := range [][]byte{n, append(make([]byte, 3), n...)} {
			k, err := NewPublicKey(RSAPSSSHA512, raw)
			if err != nil {
				t.Errorf("%d bits: %v", bits, err)
				continue
			}
			for _, sig := range [][]byte{nil, make([]byte, bits/8), bytes.Repeat([]byte{0xff}, bits/8)} {
				if k.Verify([]byte("m"), sig) == nil {
					t.Errorf("%d bits: a made-up signature was accepted", bits)
				}
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	n := make([]byte, 128)
	n[0], n[127] = 0x80, 1
	f.Add(n, []byte("m"), make([]byte, 128), byte(RSAPSSSHA256))
	f.Add(make([]byte, 32), []byte("m"), make([]byte, 64), byte(Ed25519))
	f.Add([]byte("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), []byte("m"), make([]byte, 65), byte(TypedEthereum))
	f.Fuzz(func(t *testing.T, raw, msg, sig []byte, alg byte) {
		k, err := NewPublicKey(Algorithm(alg), raw)
		if err != nil {
			return
		}
		_ = k.Address()
		accepted := k.Verify(msg, sig) == nil
		if k.Algorithm().Kind() != RSA {
			return
		}
		h, sum256, sum512 := crypto.SHA256, sha256.Sum256(msg), sha512.Sum512(msg)
		sum := sum256[:]
		if k.Algorithm() == RSAPSSSHA512 {
			h, sum = crypto.SHA512, sum512[:]
		}
		pub := &rsa.PublicKey{N: new(big.Int).SetBytes(raw), E: publicExponent}
		if want := rsa.VerifyPSS(pub, h, sum, sig, nil) == nil; want != accepted {
			t.Errorf("accepted is %v, the standard library says %v", accepted, want)
		}
	})
}

func BenchmarkVerifyRSA4096(b *testing.B) {
	s, msg, sig := signed4096(b)
	pub := s.Public()
	b.Run("keys", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := pub.Verify(msg, sig); err != nil {
				b.Fatal(err)
			}
		}
	})
	raw := pub.Bytes()
	b.Run("keys-with-parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			k, err := NewPublicKey(RSAPSSSHA256, raw)
			if err != nil || k.Verify(msg, sig) != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("crypto-rsa", func(b *testing.B) {
		b.ReportAllocs()
		std := &rsa.PublicKey{N: new(big.Int).SetBytes(raw), E: publicExponent}
		for b.Loop() {
			sum := sha256.Sum256(msg)
			if err := rsa.VerifyPSS(std, crypto.SHA256, sum[:], sig, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSignRSA4096(b *testing.B) {
	s, msg, _ := signed4096(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign(msg); err != nil {
			b.Fatal(err)
		}
	}
}

func signed4096(b *testing.B) (s Signer, msg, sig []byte) {
	b.Helper()
	s, err := wallet(b).Signer(RSAPSSSHA256)
	if err != nil {
		b.Fatal(err)
	}
	msg = []byte("message")
	if sig, err = s.Sign(msg); err != nil {
		b.Fatal(err)
	}
	return s, msg, sig
}
