package evidence

import (
	"context"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// Options are what a service works with.
type Options struct {
	Guest snp.Guest    // the machine that the node runs in
	Cache *cache.Cache // keeps certificates

	// Root is that of [snp.Verifier]: nil trusts AMD.
	Root func(product string) (snp.Root, error)
}

// Service makes and judges attestation messages. It is safe for concurrent use.
type Service struct {
	Options

	asking chan struct{} // held while the processor is asked

	mu       sync.Mutex
	last     answer   // of the processor
	keys     *snp.KDS // the key service, of the URL
	keysFrom string

	// foreignNode accepts reports whose data is about another node message:
	// those that the reference made before it changed the form of node
	// messages. Only tests of such fixtures set it.
	foreignNode bool
}

// answer is a report that the processor gave.
type answer struct {
	report snp.Report
	given  snp.Certificates
}

// New returns a service.
func New(o Options) *Service {
	return &Service{Options: o, asking: make(chan struct{}, 1)}
}

// Ready returns nil when the node runs in a machine that can be attested, or why
// it cannot.
func (s *Service) Ready(ctx context.Context) error { return s.Guest.Ready(ctx) }

// source returns where the node finds certificates.
func (s *Service) source(env *ao.Env) snp.Source {
	var out snp.Sources
	if dir := OptFolder.Text(env); dir != "" {
		out = append(out, snp.Folder(dir))
	}
	if url := OptService.Text(env); url != "" {
		s.mu.Lock()
		if s.keys == nil || s.keysFrom != url {
			s.keys, s.keysFrom = snp.NewKDS(url, nil), url
		}
		keys := s.keys
		s.mu.Unlock()
		out = append(out, snp.Cached{Source: keys, Keeper: keeper{s.Cache}, Now: env.Now})
	}
	return append(out, offline{})
}

// offline is the last source: the one that says what to do.
type offline struct{}

func (offline) VCEK(_ context.Context, w snp.Want) ([]byte, error) {
	return nil, fail.New(fail.NotFound, "evidence.Verify",
		"put it as %s into the folder of the option snp_certificates, or set the option snp_kds to %s", w.Name(), snp.AMDService)
}

func (offline) Revoked(_ context.Context, product string) ([]byte, error) {
	return nil, fail.New(fail.NotFound, "evidence.Verify",
		"put it as %s.crl into the folder of the option snp_certificates, or set the option snp_kds to %s", product, snp.AMDService)
}

// keeper keeps certificates in the cache of the node.
type keeper struct{ cache *cache.Cache }

const keptUnder = "node/certificates/"

// Kept implements [snp.Keeper].
func (k keeper) Kept(ctx context.Context, name string) ([]byte, error) {
	v, err := k.cache.Read(ctx, keptUnder+name)
	if fail.Is(err, fail.NotFound) {
		return nil, nil
	}
	b, _ := v.(message.Binary)
	return []byte(b), err
}

// Keep implements [snp.Keeper].
func (k keeper) Keep(ctx context.Context, name string, b []byte) error {
	_, err := k.cache.WriteBinary(ctx, message.Binary(b), store.Lazy, keptUnder+name)
	return err
}
