package hosted

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Options are what a service works with.
type Options struct {
	Store      store.Store      // keeps non-volatile wallets. Required.
	Key        *keys.PrivateKey // the node's wallet, from which encryption keys are derived
	Passphrase string           // takes the place of the node's wallet in that, unless it is empty
	Clock      clock.Clock      // nil is the system clock
	Log        *slog.Logger     // nil discards
}

// Service keeps wallets. It is safe for concurrent use.
type Service struct {
	Options
	vault *vault
	make  *maker

	mu     sync.Mutex
	memory map[string]*held   // in-memory wallets by committer
	opened map[string]*Wallet // some of the stored ones, decrypted
	stored int64              // wallets in the store
}

// held is a wallet in memory with the time of its last use.
type held struct {
	wallet *Wallet
	used   time.Time
}

// Names in the store (docs/formats/hosted-wallet.md).
const (
	storeRoot    = "~secret@1.0"
	storeWallets = storeRoot + "/wallets"
	storeSalt    = storeRoot + "/salt"
)

// maxOpened bounds the decrypted wallets that are remembered.
const maxOpened = 256

// New returns a service over the wallets that are in a store.
//
// # Errors
//
// Those of the store.
func New(ctx context.Context, o Options) (*Service, error) {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Options: o, make: newMaker(), memory: map[string]*held{}, opened: map[string]*Wallet{}}
	names, err := o.Store.List(ctx, storeWallets, store.Page{})
	if err != nil && !fail.Is(err, fail.NotFound) {
		return nil, err
	}
	s.stored = int64(len(names))
	var salt []byte
	if o.Passphrase != "" {
		if salt, err = s.salt(ctx); err != nil {
			return nil, err
		}
	}
	s.vault, err = newVault(o.Key, o.Passphrase, salt)
	return s, err
}

// salt returns the salt of the passphrase, which is made once for each store.
func (s *Service) salt(ctx context.Context) ([]byte, error) {
	salt, err := s.Store.Get(ctx, storeSalt)
	if !fail.Is(err, fail.NotFound) {
		return salt, err
	}
	salt = make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	b := store.NewBatch()
	b.Put(storeSalt, salt)
	return salt, s.Store.Apply(ctx, b, store.Durable)
}

// get returns the wallet of a committer, or nil.
//
// # Errors
//
// Those of the store and of the vault.
func (s *Service) get(ctx context.Context, committer string) (*Wallet, error) {
	s.mu.Lock()
	if h := s.memory[committer]; h != nil {
		h.used = s.Clock.Now()
		s.mu.Unlock()
		return h.wallet, nil
	}
	w := s.opened[committer]
	s.mu.Unlock()
	if w != nil {
		return w, nil
	}
	where := store.Join(storeWallets, committer)
	if store.Check(where) != nil {
		return nil, nil
	}
	sealed, err := s.Store.Get(ctx, where)
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if w, err = s.unseal(ctx, committer, sealed); err != nil {
		return nil, err
	}
	s.remember(w)
	return w, nil
}

// unseal decrypts a stored wallet. Its name is part of what is authenticated.
func (s *Service) unseal(ctx context.Context, committer string, sealed []byte) (*Wallet, error) {
	text, err := s.vault.open("wallet "+committer, sealed)
	if err != nil {
		s.Log.Error("a hosted wallet cannot be opened", "keyid", KeyID(committer), "error", err)
		return nil, fail.New(fail.Unavailable, "hosted.Wallet", "a hosted wallet cannot be opened: %s", fail.Sentence(err))
	}
	m, err := messageOf(ctx, text)
	if err != nil {
		return nil, err
	}
	return ReadRecord(m)
}

// remember keeps a decrypted wallet.
func (s *Service) remember(w *Wallet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	Remember(s.opened, maxOpened, w.Committer, w)
}

// Remember sets a key of a map that has at most so many, by dropping any others.
func Remember[K comparable, V any](m map[K]V, most int, key K, value V) {
	for other := range m {
		if len(m) < most {
			break
		}
		delete(m, other)
	}
	m[key] = value
}

// add keeps a new wallet where it says. Client wallets are not kept.
//
// # Errors
//
// [fail.Conflict] when the committer has a wallet (H2), [fail.Busy] when there
// are as many wallets as the node takes (H3).
func (s *Service) add(ctx context.Context, e *ao.Env, w *Wallet) error {
	if w.Persist == Client {
		return nil
	}
	had, err := s.get(ctx, w.Committer)
	if err != nil {
		return err
	}
	if had != nil {
		return taken(w)
	}
	if w.Persist == NonVolatile {
		return s.write(ctx, e, w)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.memory[w.Committer] != nil {
		return taken(w)
	}
	if int64(len(s.memory)) >= OptMemory.Int(e) && !s.makeRoom(OptIdle.Milliseconds(e)) {
		return fail.New(fail.Busy, "hosted.Add", "this node hosts %d wallets and takes no more now", len(s.memory))
	}
	s.memory[w.Committer] = &held{w, s.Clock.Now()}
	return nil
}

func taken(w *Wallet) error {
	return fail.New(fail.Conflict, "hosted.Add", "%s has a wallet already", w.KeyID())
}

// makeRoom removes the wallet in memory that has been idle for longest, if that
// is long enough. The caller holds the lock.
func (s *Service) makeRoom(idle time.Duration) bool {
	oldest := ""
	for c, h := range s.memory {
		if oldest == "" || h.used.Before(s.memory[oldest].used) {
			oldest = c
		}
	}
	if oldest == "" || s.Clock.Now().Sub(s.memory[oldest].used) < idle {
		return false
	}
	delete(s.memory, oldest)
	return true
}

// write stores a wallet, encrypted.
func (s *Service) write(ctx context.Context, e *ao.Env, w *Wallet) error {
	text, err := textOf(ctx, commit.Env(message.NoLoader{}), w.Record())
	if err != nil {
		return err
	}
	sealed, err := s.vault.seal("wallet "+w.Committer, text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	full := s.stored >= OptStored.Int(e)
	if !full {
		s.stored++
	}
	s.mu.Unlock()
	if full {
		return fail.New(fail.Busy, "hosted.Add", "this node keeps as many wallets as it takes")
	}
	b := store.NewBatch()
	b.Put(store.Join(storeWallets, w.Committer), sealed)
	if err := s.Store.Apply(ctx, b, store.Durable); err != nil {
		s.mu.Lock()
		s.stored--
		s.mu.Unlock()
		if fail.Is(err, fail.Conflict) {
			return taken(w)
		}
		return err
	}
	s.remember(w)
	return nil
}

// all returns the committers of all wallets of the node.
func (s *Service) all(ctx context.Context) ([]string, error) {
	out, err := s.Store.List(ctx, storeWallets, store.Page{})
	if err != nil && !fail.Is(err, fail.NotFound) {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.memory {
		out = append(out, c)
	}
	return out, nil
}
