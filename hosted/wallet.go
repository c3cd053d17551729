package hosted

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Persist says where a wallet is kept.
type Persist string

// The places.
const (
	InMemory    Persist = "in-memory"
	NonVolatile Persist = "non-volatile"
	Client      Persist = "client"
)

// Keys of a record (spec 04, 6.6.1) and of what is said about it.
const (
	keyWallet      = "wallet"
	keyAddress     = "address"
	keyPersist     = "persist"
	keyAccess      = "access-control"
	keyCommitter   = "committer"
	keyControllers = "controllers"
	keyRequired    = "required-controllers"
	keyWalletOf    = "wallet-address"
)

// MaxControllers bounds the controllers of a wallet.
const MaxControllers = 16

// Wallet is a hosted key with the rules of its use. It does not change.
type Wallet struct {
	Key         *keys.PrivateKey
	Persist     Persist
	Access      *message.Message // committed to by Committer
	Committer   string
	Controllers []string
	Required    int // controllers that must agree, at least 1
}

// KeyID returns the name of the wallet in the node, which is that of the secret
// that opens it.
func (w *Wallet) KeyID() string { return KeyID(w.Committer) }

// Public returns what may be said about a wallet to who may use it.
func (w *Wallet) Public() *message.Message {
	return message.Of(
		message.P(keyAddress, message.Binary(w.Key.Address())),
		message.P(keyWalletOf, message.Binary(w.Key.Address())),
		message.P(keyPersist, message.Binary(w.Persist)),
		message.P(keyCommitter, message.Binary(w.Committer)),
		message.P(keyControllers, message.Strings(w.Controllers)),
		message.P(keyRequired, message.Int(w.Required)),
		message.P("body", message.Binary(w.KeyID())))
}

// Record returns all of a wallet, its key included, as a confidential message.
func (w *Wallet) Record() *message.Message {
	return ao.Confidential(message.Of(
		message.P(keyWallet, message.Binary(w.Key.JWK())),
		message.P(keyAddress, message.Binary(w.Key.Address())),
		message.P(keyPersist, message.Binary(w.Persist)),
		message.P(keyAccess, w.Access),
		message.P(keyCommitter, message.Binary(w.Committer)),
		message.P(keyControllers, message.Strings(w.Controllers)),
		message.P(keyRequired, message.Int(w.Required))))
}

// ReadRecord reads a record. Its parts must belong together: the address is that
// of the key, and the committer has committed to an access control that names
// the address, so that the secret of one wallet never opens another.
//
// # Errors
//
// [fail.Invalid] says what is wrong, without quoting the key.
func ReadRecord(m *message.Message) (*Wallet, error) {
	const op = "hosted.ReadRecord"
	key, err := keys.ParseJWK([]byte(m.Text(keyWallet)))
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the record has no usable wallet: %s", fail.Sentence(err))
	}
	w := &Wallet{Key: key, Persist: Persist(m.Text(keyPersist)), Access: m.Message(keyAccess), Committer: m.Text(keyCommitter)}
	if w.Persist == "" {
		w.Persist = InMemory
	}
	if a := m.Text(keyAddress); a != "" && a != key.Address() {
		return nil, fail.New(fail.Invalid, op, "the address of the record is not that of its wallet")
	}
	if err := w.readRules(m); err != nil {
		return nil, err
	}
	return w, w.check()
}

// readRules reads who controls the wallet.
func (w *Wallet) readRules(m *message.Message) error {
	const op = "hosted.Controllers"
	v, _ := m.Get(keyControllers)
	w.Controllers = Texts(v)
	slices.Sort(w.Controllers)
	w.Controllers = slices.Compact(w.Controllers)
	if len(w.Controllers) > MaxControllers {
		return fail.New(fail.Invalid, op, "a wallet has at most %d controllers", MaxControllers)
	}
	for _, who := range w.Controllers {
		if len(who) > 64 {
			return fail.New(fail.Invalid, op, "%.80q is not the address of a controller", who)
		}
	}
	w.Required = 1
	if v, ok := m.Get(keyRequired); ok {
		n, isInt := message.AsInt(v)
		if !isInt || n < 1 || n > MaxControllers {
			return fail.New(fail.Invalid, op, "required-controllers is a number from 1 to %d", MaxControllers)
		}
		w.Required = int(n)
	}
	return nil
}

// check returns nil when the committer has committed to an access control that
// names the wallet.
func (w *Wallet) check() error {
	const op = "hosted.Wallet"
	switch w.Persist {
	case InMemory, NonVolatile, Client:
	default:
		return fail.New(fail.Invalid, op, "persist is in-memory, non-volatile or client, not %.32q", w.Persist)
	}
	if raw, err := id.Decode(w.Committer); err != nil || len(raw) != id.Size || id.Encode(raw) != w.Committer {
		return fail.New(fail.Invalid, op, "the committer is no base64url of 32 bytes")
	}
	if w.Access.Text(keyWalletOf) != w.Key.Address() {
		return fail.New(fail.Invalid, op, "the access control is not that of the wallet")
	}
	for _, v := range w.Access.Commitments().All() {
		c, ok := v.(*message.Message)
		if ok && c.Text(commit.FieldCommitter) == w.Committer && c.Text(commit.FieldKeyID) == w.KeyID() {
			if covered := message.CommittedBy(c); slices.Contains(covered, keyWalletOf) && slices.Contains(covered, "device") {
				return nil
			}
		}
	}
	return fail.New(fail.Invalid, op, "the access control has no commitment by the committer of the wallet")
}
