package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// peerFlags say which node is asked, and who asks.
type peerFlags struct {
	Node string `help:"URL of the node." default:"http://localhost:8734" env:"HB_NODE"`
	Key  string `help:"Wallet that signs; made in the user's configuration folder when not given." env:"HB_KEY" placeholder:"FILE"`
}

// wallet returns the key that signs requests.
func (p peerFlags) wallet() (*keys.PrivateKey, error) {
	file := p.Key
	if file == "" {
		dir, err := os.UserConfigDir()
		if err != nil {
			return nil, fail.New(fail.NotFound, "hyperbeam", "name a wallet with --key: %w", err)
		}
		file = filepath.Join(dir, "hyperbeam", "wallet.json")
	}
	k, err := keys.ReadFile(file)
	if !fail.Is(err, fail.NotFound) {
		return k, err
	}
	fmt.Fprintln(os.Stderr, "making a wallet in", file)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fail.New(fail.Unavailable, "hyperbeam", "cannot make the folder of the wallet: %w", err)
	}
	if k, err = keys.Generate(keys.RSA); err != nil {
		return nil, err
	}
	return k, k.CreateFile(file)
}

// signer returns the wallet when a request is to be signed, else nil.
func (p peerFlags) signer(sign bool) (*keys.PrivateKey, error) {
	if !sign {
		return nil, nil
	}
	return p.wallet()
}

// send sends a request, signed when key is not nil.
func (p peerFlags) send(ctx context.Context, req *message.Message, key *keys.PrivateKey) (*client.Reply, error) {
	c := client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}})
	defer c.Close()
	if key == nil {
		return c.Do(ctx, p.Node, req)
	}
	return c.SignAndDo(ctx, p.Node, req, key, commit.Spec{Device: req.Text("codec-device")})
}

// sign returns a message with a signature that covers all its keys.
func sign(ctx context.Context, m *message.Message, key *keys.PrivateKey) (*message.Message, error) {
	return commit.Commit(ctx, commit.Env(message.NoLoader{}), m, key, commit.Spec{})
}

// post signs a message, unless key is nil, and posts it to a path. The
// signature covers the message and not where it is posted.
func (p peerFlags) post(ctx context.Context, path string, m *message.Message, key *keys.PrivateKey) (*message.Message, error) {
	if key != nil {
		var err error
		if m, err = sign(ctx, m, key); err != nil {
			return nil, err
		}
	}
	return must(p.send(ctx, m.Set("path", message.Binary(path)).Set("method", message.Binary("POST")), nil))
}

// must returns the message of a reply, or the node's refusal as an error.
func must(rep *client.Reply, err error) (*message.Message, error) {
	if err != nil {
		return nil, err
	}
	if rep.Status >= 400 {
		reason := rep.Message.Text("body")
		if reason == "" {
			reason = strings.TrimSpace(rep.Body)
		}
		return nil, fail.New(fail.Upstream, "hyperbeam", "the node answered %d: %s", rep.Status, reason)
	}
	return rep.Message, nil
}

// pairs reads NAME=VALUE arguments; NAME+TYPE=VALUE gives the value a type.
func pairs(args []string) (*message.Message, error) {
	b := message.NewBuilder(len(args))
	for _, a := range args {
		name, text, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return nil, fail.New(fail.Invalid, "hyperbeam", "%q is not NAME=VALUE", a)
		}
		name, typ, typed := strings.Cut(name, "+")
		if !typed {
			b.Set(name, message.Binary(text))
			continue
		}
		v, err := message.ParseTyped(typ, text)
		if err != nil {
			return nil, err
		}
		b.Set(name, v)
	}
	return b.Message(), nil
}
