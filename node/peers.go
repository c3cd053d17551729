package node

import (
	"context"
	"log/slog"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
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
func (n *Node) network(c Config, kept *cache.Cache, p parts) (*client.Client, *route.Service, error) {
	key, err := relayKey(&c, p.log)
	if err != nil {
		return nil, nil, err
	}
	inside := client.New(client.Options{Codecs: codecs(), Load: kept, Port: c.Port, Carry: p.carry})
	guarded := client.New(client.Options{Codecs: codecs(), Load: kept, Port: c.Port, Carry: p.carry, DialControl: route.Guard(n.Message)})
	routes := route.New(route.Options{Peers: peers{inside}, Strangers: peers{guarded}, Key: key, Observe: sent(p.metrics), Clock: p.clock, Log: p.log})
	n.close = append(n.close, func() error {
		err := routes.Close()
		inside.Close()
		guarded.Close()
		return err
	})
	return inside, routes, nil
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
