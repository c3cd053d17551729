package snp

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// AMDService is the address of AMD's key distribution service.
const AMDService = "https://kdsintf.amd.com"

// KDS is a [Source]: AMD's key distribution service, or a server that answers
// the same requests (publication 57230).
type KDS struct {
	client *http.Client
	url    string
	slots  chan struct{}
}

// Limits of the requests to the service: it is asked on behalf of whoever sends
// a report, and AMD answers few requests at a time.
const (
	kdsParallel = 2
	kdsTime     = 20 * time.Second
)

// NewKDS returns the service at a URL. client may be nil.
func NewKDS(url string, client *http.Client) *KDS {
	if client == nil {
		client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &KDS{client: client, url: strings.TrimSuffix(url, "/"), slots: make(chan struct{}, kdsParallel)}
}

// VCEK implements [Source].
func (k *KDS) VCEK(ctx context.Context, w Want) ([]byte, error) {
	tcb := kds.TCBVersion(little(sliceOf(w.TCB.bytes())))
	return k.get(ctx, kds.VCEKCertURL(w.Product, w.Chip[:], tcb))
}

// Revoked implements [Source].
func (k *KDS) Revoked(ctx context.Context, product string) ([]byte, error) {
	return k.get(ctx, kds.CrlLinkByKey(product, abi.VcekReportSigner))
}

func sliceOf(b [8]byte) []byte { return b[:] }

// get asks for one of AMD's URLs at the address of the service.
func (k *KDS) get(ctx context.Context, url string) ([]byte, error) {
	const op = "snp.KDS"
	ctx, cancel := context.WithTimeout(ctx, kdsTime)
	defer cancel()
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return nil, fail.New(fail.Busy, op, "too many certificates are being asked for, try again")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url+strings.TrimPrefix(url, AMDService), nil)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the address of the key service is no URL")
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "the key service cannot be reached (put the certificates into a folder instead, option snp_certificates)")
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusBadRequest:
		return nil, fail.New(fail.NotFound, op, "the key service does not know this chip with these versions")
	case resp.StatusCode != http.StatusOK:
		return nil, fail.New(fail.Unavailable, op, "the key service answers with the status %d", resp.StatusCode)
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, MaxCertificate+1))
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "the key service broke off its answer")
	}
	return der(b)
}
