package testnet

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// User is somebody with a wallet who asks nodes over HTTP. It is safe for
// concurrent use.
type User struct {
	Key  *keys.PrivateKey
	peer *client.Client
	made atomic.Int64 // makes what would be equal differ
}

// NewUser returns a user with a new wallet. It should be closed.
func NewUser() (*User, error) {
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		return nil, err
	}
	u := &User{Key: k, peer: client.New(client.Options{Codecs: []codec.Codec{ans104.Codec{}}, Timeout: 2 * time.Minute})}
	u.made.Store(time.Now().UnixNano())
	return u, nil
}

// Close ends the connections of the user.
func (u *User) Close() { u.peer.Close() }

// Sign returns a message with the user's signature of all its keys.
func (u *User) Sign(ctx context.Context, m *message.Message) (*message.Message, error) {
	return commit.Commit(ctx, commit.Env(message.NoLoader{}), m, u.Key, commit.Spec{})
}

// Get reads a path on a node.
//
// # Errors
//
// An [*ao.Outcome] when the node refuses; those of [client.Client.Do].
func (u *User) Get(ctx context.Context, x *Node, at string) (message.Value, error) {
	return u.peer.Send(ctx, x.URL(), request("GET", at))
}

// Read is [User.Get] of a path that leads to a message. It fails with kind
// Upstream when it leads to something else.
func (u *User) Read(ctx context.Context, x *Node, at string) (*message.Message, error) {
	v, err := u.Get(ctx, x, at)
	if err != nil {
		return nil, err
	}
	return isMessage(v, at)
}

func request(method, at string) *message.Message {
	return message.Of(message.P(path.Key, message.Binary(at)), message.P("method", message.Binary(method)))
}

func isMessage(v message.Value, at string) (*message.Message, error) {
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Upstream, "testnet.User", "the answer is not a message").At(at)
	}
	return m, nil
}

// Post posts a message to a path of a node and returns the answer. Errors are
// those of [User.Read].
func (u *User) Post(ctx context.Context, x *Node, at string, m *message.Message) (*message.Message, error) {
	v, err := u.peer.Send(ctx, x.URL(), m.Merge(request("POST", at)))
	if err != nil {
		return nil, err
	}
	return isMessage(v, at)
}

// Upload stores content on a node as a signed message, and returns its ID.
func (u *User) Upload(ctx context.Context, x *Node, contentType, body string) (string, error) {
	m, err := u.Sign(ctx, message.Of(message.P("content-type", message.Binary(contentType)), message.P("body", message.Binary(body))))
	if err != nil {
		return "", err
	}
	if _, err := u.Get(ctx, x, "/~meta@1.0/info/address"); err != nil {
		return "", err
	}
	if _, err := u.peer.Send(ctx, x.URL(), m.Merge(request("POST", "/content-type"))); err != nil {
		return "", err
	}
	i, err := commit.SignedID(ctx, m)
	return i.String(), err
}

// Definition returns the unsigned definition of a process that a node
// schedules and is the authority of, with more keys.
func (u *User) Definition(x *Node, more ...message.Pair) *message.Message {
	address := message.Binary(x.Address())
	return message.Of(
		message.P("device", message.Binary("process@1.0")), message.P("type", message.Binary("Process")),
		message.P("data-protocol", message.Binary("ao")), message.P("variant", message.Binary("ao.N.1")),
		message.P("scheduler-device", message.Binary("scheduler@1.0")), message.P("execution-device", message.Binary("lua@5.3a")),
		message.P("scheduler", address), message.P("scheduler-location", address), message.P("authority", address),
		message.P("random-seed", message.Int(u.made.Add(1)))).Merge(message.Of(more...))
}

// Spawn starts a process that a node schedules, with a program in Lua, and
// returns its ID.
func (u *User) Spawn(ctx context.Context, x *Node, lua string, more ...message.Pair) (string, error) {
	module, err := u.Upload(ctx, x, "application/lua", lua)
	if err != nil {
		return "", err
	}
	return u.SpawnOf(ctx, x, u.Definition(x, message.P("module", message.Binary(module))).Merge(message.Of(more...)))
}

// SpawnOf starts a process with an unsigned definition, and returns its ID.
func (u *User) SpawnOf(ctx context.Context, x *Node, definition *message.Message) (string, error) {
	m, err := u.Sign(ctx, definition)
	if err != nil {
		return "", err
	}
	if _, err := u.Post(ctx, x, "/schedule", m); err != nil {
		return "", err
	}
	i, err := commit.SignedID(ctx, m)
	return i.String(), err
}

// Letter returns a signed message for a process. No two are equal.
func (u *User) Letter(ctx context.Context, process string, keys ...message.Pair) (*message.Message, error) {
	return u.Sign(ctx, message.Of(
		message.P("data-protocol", message.Binary("ao")), message.P("variant", message.Binary("ao.N.1")),
		message.P("type", message.Binary("Message")), message.P("target", message.Binary(process)),
		message.P("random-seed", message.Int(u.made.Add(1)))).Merge(message.Of(keys...)))
}

// Schedule sends a message to a process and returns its slot.
func (u *User) Schedule(ctx context.Context, x *Node, process string, keys ...message.Pair) (int64, error) {
	m, err := u.Letter(ctx, process, keys...)
	if err != nil {
		return 0, err
	}
	return slotOf(u.Post(ctx, x, "/"+process+"~process@1.0/schedule", m))
}

// Push sends a message to a process, has it delivered what it leads to in the
// background, and returns its slot.
func (u *User) Push(ctx context.Context, x *Node, process string, keys ...message.Pair) (int64, error) {
	m, err := u.Letter(ctx, process, keys...)
	if err != nil {
		return 0, err
	}
	return slotOf(u.Post(ctx, x, "/"+process+"~process@1.0/push&push-mode=async", m))
}

func slotOf(m *message.Message, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	v, _ := m.Get("slot")
	n, ok := message.AsInt(v)
	if !ok {
		return 0, fail.New(fail.Upstream, "testnet.User", "the answer names no slot")
	}
	return n, nil
}

// pageSize is how many assignments are asked for at once.
const pageSize = 200

// Assignments returns the assignments of a process from a slot on, all there
// are, in order.
func (u *User) Assignments(ctx context.Context, x *Node, process string, from int64) ([]*message.Message, error) {
	var out []*message.Message
	for {
		n := func(v int64) string { return strconv.FormatInt(v, 10) }
		m, err := u.Read(ctx, x, "/"+process+"~process@1.0/schedule?from="+n(from)+"&to="+n(from+pageSize-1))
		if err != nil {
			return nil, err
		}
		all, asked := m.Message("assignments"), from
		for a := all.Message(n(from)); a != nil; a = all.Message(n(from)) {
			out = append(out, a)
			from++
		}
		if from < asked+pageSize {
			return out, nil
		}
	}
}
