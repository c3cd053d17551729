package node

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// peers sends the requests of package route.
type peers struct{ *client.Client }

// Exchange implements [route.Exchanger].
func (p peers) Exchange(ctx context.Context, node string, req *message.Message) (route.Reply, error) {
	r, err := p.Do(ctx, node, req)
	if err != nil {
		return route.Reply{}, err
	}
	return route.Reply{Status: r.Status, Message: r.Message}, nil
}

// chosen reaches nodes that the operator has named in an option. It implements
// [location.Peers].
type chosen struct{ *route.Service }

// SendTo implements [location.Peers].
func (c chosen) SendTo(ctx context.Context, env *ao.Env, node string, req *message.Message) (message.Value, error) {
	reply, err := c.SendToPeer(ctx, env, node, req)
	if err != nil {
		return nil, err
	}
	return reply.Result()
}

// network opens the two ways to other nodes: that of the operator's routes, and
// that of whatever requests name, which leads to public addresses only.
func (a *assembly) network(context.Context) error {
	key, err := relayKey(&a.c, a.log)
	if err != nil {
		return err
	}
	opt := client.Options{Codecs: codecs(), Load: a.kept, Port: a.c.Port, Carry: a.carry}
	a.peer = client.New(opt)
	opt.DialControl = route.Guard(a.Message)
	guarded := client.New(opt)
	a.routes = route.New(route.Options{Peers: peers{a.peer}, Strangers: peers{guarded}, Key: key, Observe: sent(a.metrics), Clock: a.clock, Log: a.log})
	a.routed = push.Routed{Routes: a.routes}
	a.closing(func() error {
		err := a.routes.Close()
		a.peer.Close()
		guarded.Close()
		return err
	})
	return nil
}

// relayKey returns the key that signs what is relayed: one of its own, because
// what the wallet of the node signs is an order of its operator (SEC-11).
func relayKey(c *Config, log *slog.Logger) (*keys.PrivateKey, error) {
	if c.DataDir == "" {
		return keys.Generate(keys.Curve25519)
	}
	file := filepath.Join(c.DataDir, "relay-wallet.json")
	k, err := keys.ReadFile(file)
	if !fail.Is(err, fail.NotFound) {
		return k, err
	}
	if k, err = keys.Generate(keys.Curve25519); err != nil {
		return nil, err
	}
	if err := makeFolder(c.DataDir); err != nil {
		return nil, err
	}
	if err := k.CreateFile(file); err != nil {
		return nil, err
	}
	log.Info("key of the relay made", "file", file, "address", k.Address())
	return k, nil
}
