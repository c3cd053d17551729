package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type benchCmd struct {
	peerFlags
	Connections int           `help:"Connections at the same time." default:"16"`
	Time        time.Duration `help:"Length of each run." default:"5s"`
	Messages    int           `help:"Messages that are signed beforehand for the signed runs." default:"400"`
	Module      string        `help:"aos module (.wasm) for the runs with a process." type:"existingfile" placeholder:"FILE"`
}

// Run drives a live node and prints rates beside what the machine can do
// without a node. Quote ratios: absolute figures drift with the load.
func (c benchCmd) Run(ctx context.Context, out *output) error {
	key, err := c.wallet()
	if err != nil {
		return err
	}
	if _, err := must(c.send(ctx, message.Of(message.P("path", message.Binary("/~meta@1.0/build")), message.P("method", message.Binary("GET"))), nil)); err != nil {
		return err
	}
	b := bench{benchCmd: c, ctx: ctx, key: key, peer: client.New(client.Options{IdlePerPeer: c.Connections, MaxReply: 1 << 28, Timeout: 10 * time.Minute}), json: out.json}
	defer b.peer.Close()
	for _, run := range []func() error{b.limits, b.reads, b.posts, b.scheduling, b.lua, b.aos} {
		if err := run(); err != nil {
			return err
		}
	}
	return nil
}

// bench is one run of the command.
type bench struct {
	benchCmd
	ctx  context.Context
	key  *keys.PrivateKey
	peer *client.Client
	json bool
}

func (b *bench) print(l load) {
	if b.json {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
			"name": l.name, "per-second": l.rate(), "p50-us": l.p50.Microseconds(), "p99-us": l.p99.Microseconds(), "failed": l.failed})
		return
	}
	fmt.Println(l)
}

func (b *bench) heading(s string) {
	if !b.json {
		fmt.Printf("\n%s\n", s)
	}
}

// limits measures the machine: bare net/http, signatures and verifications.
func (b *bench) limits() error {
	b.heading("this machine, without a node")
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "1") })}
	go func() { _ = srv.Serve(ln) }()
	defer srv.Close()
	b.print(drive(b.ctx, "bare net/http", b.Connections, b.Time, 0, getter(b.Connections, "http://"+ln.Addr().String())))
	signer, err := b.key.Signer(algorithm(b.key))
	if err != nil {
		return err
	}
	text := []byte("hyperbeam bench")
	sig, err := signer.Sign(text)
	if err != nil {
		return err
	}
	cores := runtime.GOMAXPROCS(0)
	b.print(drive(b.ctx, fmt.Sprintf("%s signatures, %d cores", b.key.Kind(), cores), cores, min(b.Time, 2*time.Second), 0,
		func(context.Context, int) error { _, err := signer.Sign(text); return err }))
	b.print(drive(b.ctx, fmt.Sprintf("%s verifications, %d cores", b.key.Kind(), cores), cores, min(b.Time, time.Second), 0,
		func(context.Context, int) error { return signer.Public().Verify(text, sig) }))
	return nil
}

func algorithm(k *keys.PrivateKey) keys.Algorithm {
	switch k.Kind() {
	case keys.Curve25519:
		return keys.Ed25519
	case keys.Secp256k1:
		return keys.ECDSASecp256k1
	}
	return keys.RSAPSSSHA512
}

// reads drives GETs.
func (b *bench) reads() error {
	b.heading("reading from " + b.Node)
	m, err := sign(b.ctx, message.Of(message.P("bench", message.Binary("read")), message.P("body", message.Binary("stored"))), b.key)
	if err != nil {
		return err
	}
	id, err := commit.SignedID(b.ctx, m)
	if err != nil {
		return err
	}
	if _, err := b.post(b.ctx, "/bench", m, nil); err != nil {
		return err
	}
	for _, p := range []string{"/~message@1.0&a=1/a", "/~meta@1.0/info/address", "/" + id.String() + "/body"} {
		name := p
		if len(name) > 40 {
			name = "a key of a stored message"
		}
		b.print(drive(b.ctx, "GET "+name, b.Connections, b.Time, 0, getter(b.Connections, b.Node+p)))
	}
	return nil
}

// presign makes n signed messages on all cores.
func (b *bench) presign(n int, content func(i int) *message.Message) ([]*message.Message, error) {
	out := make([]*message.Message, n)
	l := drive(b.ctx, "", runtime.GOMAXPROCS(0), time.Hour, n, func(ctx context.Context, i int) error {
		var err error
		out[i], err = sign(ctx, content(i), b.key)
		return err
	})
	if l.failed > 0 {
		return nil, fmt.Errorf("signing: %s", l.reason)
	}
	return out, b.ctx.Err()
}

// posts drives signed POSTs that read a key of themselves.
func (b *bench) posts() error {
	all, err := b.presign(b.Messages, func(i int) *message.Message {
		return message.Of(message.P("a", message.Int(i)), message.P("b", message.Binary("signed")))
	})
	if err != nil {
		return err
	}
	b.print(drive(b.ctx, "POST signed, answered with one of its keys", b.Connections, b.Time, 0, func(ctx context.Context, i int) error {
		return b.send1(ctx, "/b", all[i%len(all)])
	}))
	return nil
}

func (b *bench) send1(ctx context.Context, path string, m *message.Message) error {
	_, err := must(b.peer.Do(ctx, b.Node, m.Set("path", message.Binary(path)).Set("method", message.Binary("POST"))))
	return err
}

// scheduling drives POSTs of messages signed beforehand into one process.
func (b *bench) scheduling() error {
	address, err := b.address()
	if err != nil {
		return err
	}
	def := definition("lua", "none", address).Set("execution-device", message.Binary("patch@1.0"))
	id, err := b.spawn(def)
	if err != nil {
		return err
	}
	all, err := b.presign(b.Messages, func(i int) *message.Message {
		return message.Of(message.P("target", message.Binary(id)), message.P("type", message.Binary("Message")), message.P("n", message.Int(i)))
	})
	if err != nil {
		return err
	}
	b.print(drive(b.ctx, "POST schedule into one process", b.Connections, time.Hour, len(all), func(ctx context.Context, i int) error {
		return b.send1(ctx, "/"+id+"~process@1.0/schedule", all[i])
	}))
	return nil
}

func (b *bench) address() (message.Value, error) {
	rep, err := b.peer.Do(b.ctx, b.Node, message.Of(message.P("path", message.Binary("/~meta@1.0/info/address")), message.P("method", message.Binary("GET"))))
	if err != nil {
		return nil, err
	}
	return rep.Value()
}

func (b *bench) spawn(def *message.Message) (string, error) {
	m, err := b.post(b.ctx, "/schedule", def, b.key)
	return m.Text("process"), err
}

// aos measures an aos process: the first slot, messages one by one, and many
// scheduled messages in one request.
func (b *bench) aos() error {
	if b.Module == "" {
		b.heading("no aos runs: name a module with --module")
		return nil
	}
	b.heading("an aos process of " + b.Module)
	address, err := b.address()
	if err != nil {
		return err
	}
	kind, module, err := processSpawnCmd{peerFlags: b.peerFlags, Module: b.Module}.upload(b.ctx, b.key)
	if err != nil {
		return err
	}
	id, err := b.spawn(definition(kind, module, address))
	if err != nil {
		return err
	}
	eval := func(i int) *message.Message {
		return message.Of(message.P("target", message.Binary(id)), message.P("type", message.Binary("Message")),
			message.P("action", message.Binary("Eval")), message.P("data", message.Binary("return 1+1")), message.P("n", message.Int(i)))
	}
	first := drive(b.ctx, "first slot", 1, time.Hour, 1, func(ctx context.Context, _ int) error {
		_, err := b.results(ctx, id, 0)
		return err
	})
	b.print(first)
	n := min(60, b.Messages)
	all, err := b.presign(2*n, eval)
	if err != nil {
		return err
	}
	b.print(drive(b.ctx, "Eval: schedule, compute, read, one client", 1, time.Hour, n, func(ctx context.Context, i int) error {
		if err := b.send1(ctx, "/"+id+"~process@1.0/schedule", all[i]); err != nil {
			return err
		}
		_, err := b.results(ctx, id, int64(i+1))
		return err
	}))
	return b.batch(id, all[n:], int64(2*n))
}
