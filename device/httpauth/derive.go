package httpauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// deriver derives secrets from passwords. It bounds what strangers can make it
// do (SEC-14) and remembers what it has derived lately.
type deriver struct {
	pepper [32]byte // keys of known are of no use outside this process
	limit  hosted.Rate

	mu      sync.Mutex
	running int64
	ended   chan struct{} // closed when a derivation ends
	known   map[[32]byte]string
}

// maxKnown bounds the results that are remembered.
const maxKnown = 1024

func newDeriver() *deriver {
	d := &deriver{ended: make(chan struct{}), known: map[[32]byte]string{}}
	_, _ = rand.Read(d.pepper[:]) // never fails
	return d
}

// recipe is how a secret is derived.
type recipe struct {
	alg                string
	salt               []byte
	iterations, length int
}

// recipeOf reads a recipe from a request, within the bounds of the node.
//
// # Errors
//
// [fail.Invalid] says what the bounds are.
func recipeOf(c *ao.Call) (recipe, error) {
	const op = Name + "/derive"
	r := recipe{alg: "sha256", iterations: int(optIterations.Int(&c.Env)), length: 64}
	req := c.Request()
	if alg := req.Text("alg"); alg != "" {
		r.alg = alg
	}
	if r.alg != "sha256" && r.alg != "sha512" {
		return r, fail.New(fail.Invalid, op, "alg is sha256 or sha512, not %.32q", r.alg)
	}
	for _, x := range []struct {
		key       string
		to        *int
		low, high int64
	}{
		{"iterations", &r.iterations, optLeast.Int(&c.Env), min(optMost.Int(&c.Env), keys.MaxIterations)},
		{"key-length", &r.length, 32, 128},
	} {
		v, ok := req.Get(x.key)
		if !ok {
			continue
		}
		n, isInt := message.AsInt(v)
		if !isInt || n < x.low || n > x.high {
			return r, fail.New(fail.Invalid, op, "%s is a number from %d to %d on this node", x.key, x.low, x.high)
		}
		*x.to = int(n)
	}
	if salt := req.Text("salt"); salt != "" {
		if len(salt) > 256 {
			return r, fail.New(fail.Invalid, op, "salt has at most 256 bytes")
		}
		r.salt = []byte(salt)
		return r, nil
	}
	r.salt = saltOf(&c.Env)
	return r, nil
}

// saltOf returns the salt of the node.
func saltOf(e *ao.Env) []byte {
	text := optSalt.Text(e)
	switch text {
	case "constant":
		text = "constant:ao"
	case "node", "":
		text = "hyperbeam-go http-auth@1.0 " + e.Address()
	}
	sum := id.Hash([]byte(text))
	return sum[:]
}

// derived returns the secret of a user.
//
// # Errors
//
// [fail.Busy] when too many are asked for, [fail.Timeout] when the request ends
// before, [fail.Invalid] for a recipe out of bounds.
func (d *deriver) derived(c *ao.Call, credentials string) (string, error) {
	const op = Name + "/derive"
	r, err := recipeOf(c)
	if err != nil {
		return "", err
	}
	name := d.name(r, credentials)
	d.mu.Lock()
	secret, ok := d.known[name]
	d.mu.Unlock()
	if ok {
		return secret, nil
	}
	if c.Remote() && !d.limit.Take(c.Now(), float64(optRate.Int(&c.Env))) {
		return "", fail.New(fail.Busy, op, "this node checks no more passwords now, try again in a minute")
	}
	if err := d.begin(c.Ctx, max(1, optParallel.Int(&c.Env))); err != nil {
		return "", err
	}
	defer d.end()
	raw, err := keys.PBKDF2(r.alg, credentials, r.salt, r.iterations, r.length)
	if err != nil {
		return "", fail.New(fail.Invalid, op, "Failed to derive key. %s", fail.Sentence(err))
	}
	secret = id.Encode(raw)
	d.mu.Lock()
	defer d.mu.Unlock()
	hosted.Remember(d.known, maxKnown, name, secret)
	return secret, nil
}

// name returns what a derivation is remembered by.
func (d *deriver) name(r recipe, credentials string) [32]byte {
	h := sha256.New()
	for _, part := range []string{string(d.pepper[:]), r.alg, string(r.salt), message.Int(r.iterations).String(), message.Int(r.length).String(), credentials} {
		sum := sha256.Sum256([]byte(part))
		h.Write(sum[:])
	}
	return [32]byte(h.Sum(nil))
}

// begin waits until there may be one more derivation.
func (d *deriver) begin(ctx context.Context, limit int64) error {
	for {
		d.mu.Lock()
		if d.running < limit {
			d.running++
			d.mu.Unlock()
			return nil
		}
		ended := d.ended
		d.mu.Unlock()
		select {
		case <-ended:
		case <-ctx.Done():
			return fail.New(fail.Timeout, Name+"/derive", "the request ended before the password was checked")
		}
	}
}

func (d *deriver) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running--
	close(d.ended)
	d.ended = make(chan struct{})
}
