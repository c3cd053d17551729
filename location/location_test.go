package location_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	devmessage "github.com/hyperbeam-go/hyperbeam/device/message"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/clock"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/location"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

var ctx = context.Background()

// book is a service with what it stands on.
type book struct {
	t testing.TB
	*location.Service
	env *ao.Env
	now *clock.Manual
}

// peers sends over HTTP.
type peers struct{ *client.Client }

func (p peers) SendTo(ctx context.Context, _ *ao.Env, node string, req *Message) (Value, error) {
	r, err := p.Do(ctx, node, req)
	if err != nil {
		return nil, err
	}
	return r.Message, nil
}

func open(t testing.TB, s store.Store, config ...Pair) book {
	t.Helper()
	now := &clock.Manual{}
	now.Set(time.UnixMilli(1_795_333_234_609))
	c := cache.New(s, cache.Options{})
	web := client.New(client.Options{})
	key := must.Key(t)
	svc := location.New(location.Options{Store: s, Cache: c, Peers: peers{web}, Key: key, Clock: now})
	t.Cleanup(func() {
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
		web.Close()
	})
	r := must.Have[*ao.Registry](t)(ao.NewRegistry(devmessage.New()))
	if len(config) == 0 {
		config = []Pair{P("gateway", Binary(""))}
	}
	return book{t, svc, ao.New(r, ao.Services{Cache: c, Key: key}, ao.Limits{}).Env(Of(config...)), now}
}

// record returns a signed record.
func record(t testing.TB, key *keys.PrivateKey, url string, nonce int, more ...Pair) *Message {
	t.Helper()
	return must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), Of(append([]Pair{
		P("type", Binary("scheduler-location")), P("url", Binary(url)), P("nonce", Int(nonce)), P("time-to-live", Int(60_000))}, more...)...), key, commit.Spec{}))
}

// The nonce of an address rises; that of others does not matter to it.
func TestNonceRises(t *testing.T) {
	kept := mem.New(mem.Options{})
	b := open(t, kept)
	one, two := must.Key(t), must.Key(t)
	for i, x := range []struct {
		m     *Message
		stale bool
		now   string // URL of one afterwards
	}{
		{record(t, one, "http://a", 5), false, "http://a"},
		{record(t, two, "http://b", 1), false, "http://a"},
		{record(t, one, "http://c", 5), true, "http://a"},
		{record(t, one, "http://c", 4), true, "http://a"},
		{record(t, one, "http://a", 5), false, "http://a"}, // the same again
		{record(t, one, "http://c", 6), false, "http://c"},
	} {
		_, err := b.Accept(ctx, b.env, x.m)
		var stale *location.Stale
		if errors.As(err, &stale) != x.stale || !x.stale && err != nil {
			t.Fatalf("%d: %v", i, err)
		}
		if r := must.Have[location.Record](t)(b.Known(ctx, b.env, one.Address())); r.URL != x.now {
			t.Fatalf("%d: %s, want %s", i, r.URL, x.now)
		}
	}
	// Records outlive the service.
	again := open(t, kept)
	if r := must.Have[location.Record](t)(again.Find(ctx, again.env, two.Address())); r.URL != "http://b" || r.Nonce != 1 {
		t.Fatal(r)
	}
}

// Records that nobody should believe are refused.
func TestRefusedRecords(t *testing.T) {
	b := open(t, mem.New(mem.Options{}))
	key := must.Key(t)
	good := record(t, key, "http://a", 1)
	unsigned := good.Without(CommitmentsKey)
	partly := must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), unsigned, key, commit.Spec{Committed: []string{"type", "nonce"}}))
	for name, m := range map[string]*Message{
		"unsigned":       unsigned,
		"changed":        good.Set("url", Binary("http://evil")),
		"partly signed":  partly,
		"another type":   must.Have[*Message](t)(commit.Commit(ctx, commit.Env(NoLoader{}), Of(P("url", Binary("http://a"))), key, commit.Spec{})),
		"no URL":         record(t, key, "", 1),
		"a file":         record(t, key, "file:///etc/passwd", 1),
		"a user":         record(t, key, "http://u:p@host", 1),
		"no host":        record(t, key, "http://:80/x", 1),
		"endless":        record(t, key, "http://"+strings.Repeat("a", 3000), 1),
		"negative nonce": record(t, key, "http://a", -1),
		"nonce is text":  record(t, key, "http://a", 1, P("nonce", Binary("many"))),
		"negative time":  record(t, key, "http://a", 1, P("time-to-live", Int(-5))),
	} {
		if _, err := b.Accept(ctx, b.env, m); !fail.Is(err, fail.Unauthorized) && !fail.Is(err, fail.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.Known(ctx, b.env, key.Address()); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
}

// A record holds for its time to live, and for that of the option without one.
// After that others do not get it, and it is still the best guess.
func TestTimeToLive(t *testing.T) {
	b := open(t, mem.New(mem.Options{}), P("gateway", Binary("")), P("scheduler_location_ttl", Int(10_000)))
	for ttl, key := range map[int]*keys.PrivateKey{60_000: must.Key(t), 10_000: must.Key(t)} {
		m := record(t, key, "http://a", 1)
		if ttl == 10_000 {
			m = record(t, key, "http://a", 1, P("time-to-live", Int(0)))
		}
		must.Have[location.Record](t)(b.Accept(ctx, b.env, m))
		b.now.Advance(time.Duration(ttl-1) * time.Millisecond)
		must.Have[location.Record](t)(b.Known(ctx, b.env, key.Address()))
		b.now.Advance(time.Millisecond)
		if _, err := b.Known(ctx, b.env, key.Address()); !fail.Is(err, fail.NotFound) {
			t.Errorf("%d: %v", ttl, err)
		}
		if r := must.Have[location.Record](t)(b.Find(ctx, b.env, key.Address())); r.URL != "http://a" {
			t.Error(r)
		}
		// It does not live longer because it is sent again.
		must.Have[location.Record](t)(b.Accept(ctx, b.env, m))
		if _, err := b.Known(ctx, b.env, key.Address()); !fail.Is(err, fail.NotFound) {
			t.Errorf("%d: %v", ttl, err)
		}
	}
}

// gateway answers GraphQL queries for items, and shows their data.
type gateway struct {
	t     testing.TB
	url   string
	mu    sync.Mutex
	items []arweave.Item
	asked int
}

func newGateway(t testing.TB, items ...arweave.Item) *gateway {
	g := &gateway{t: t, items: items}
	h := httptest.NewServer(g)
	t.Cleanup(h.Close)
	g.url = h.URL
	return g
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if name, ok := strings.CutPrefix(r.URL.Path, "/raw/"); ok {
		for _, it := range g.items {
			if i, _ := it.ID(); i.String() == name {
				_, _ = w.Write(it.Data)
				return
			}
		}
		http.NotFound(w, r)
		return
	}
	g.asked++
	var q struct {
		Query     string
		Variables struct {
			Owners []string
			Tags   []struct {
				Name   string
				Values []string
			}
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Method != http.MethodPost || r.URL.Path != "/graphql" || !strings.Contains(q.Query, "transactions(owners: $owners") {
		http.Error(w, "bad query", http.StatusBadRequest)
		return
	}
	var edges []any
	for _, it := range g.items {
		j := itemjson.Of(it)
		matches := slices.Contains(q.Variables.Owners, j.Owner.Address)
		for _, f := range q.Variables.Tags {
			matches = matches && slices.Contains(f.Values, j.Tag(f.Name))
		}
		if matches {
			edges = append(edges, map[string]any{"node": map[string]any{
				"id": j.ID, "anchor": j.Anchor, "signature": j.Signature, "recipient": j.Target, "owner": j.Owner, "tags": j.Tags,
				"data": map[string]string{"size": strconv.Itoa(len(j.Data))}}})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": map[string]any{"transactions": map[string]any{"edges": edges}}})
}

func item(t testing.TB, key *keys.PrivateKey, data string, list ...string) arweave.Item {
	t.Helper()
	var tags []arweave.Tag
	for i := 0; i < len(list); i += 2 {
		tags = append(tags, arweave.Tag{Name: list[i], Value: list[i+1]})
	}
	it := arweave.Item{Tags: must.Have[arweave.Tags](t)(arweave.NewTags(tags...)), Data: []byte(data)}
	alg := keys.Ed25519
	if key.Kind() == keys.RSA {
		alg = keys.RSAPSSSHA256
	}
	if err := it.Sign(must.Have[keys.Signer](t)(key.Signer(alg))); err != nil {
		t.Fatal(err)
	}
	return it
}

// CONF-SCHED-06 against a gateway on this machine: records are found in both
// spellings, verified, and kept. What does not verify does not exist.
//
// SEC-19
func TestGateway(t *testing.T) {
	wallet := func(name string) *keys.PrivateKey {
		return must.Have[*keys.PrivateKey](t)(keys.ReadFile(sharedtest.Dir(t, "testdata/"+name)))
	}
	ours, legacy, late, evil := wallet("key-1.json"), wallet("key-2.json"), wallet("ref-wallet.json"), must.Key(t)
	forged := item(t, evil, "", "type", "scheduler-location", "url", "http://forged", "nonce", "9")
	forged.Owner = item(t, late, "").Owner
	g := newGateway(t,
		item(t, ours, "", "type", "scheduler-location", "url", "http://old", "nonce", "1", "variant", "ao.N.1"),
		item(t, ours, "", "type", "scheduler-location", "url", "http://new", "nonce", "2", "variant", "ao.N.1"),
		item(t, legacy, "some data", "Type", "Scheduler-Location", "Url", "http://su.example", "Time-To-Live", "5000", "Variant", "ao.TN.1"),
		forged)
	b := open(t, mem.New(mem.Options{}), P("gateway", Binary(g.url)))
	if r := must.Have[location.Record](t)(b.Find(ctx, b.env, ours.Address())); r.URL != "http://new" || r.Variant != "ao.N.1" {
		t.Fatal(r)
	}
	if r := must.Have[location.Record](t)(b.Find(ctx, b.env, legacy.Address())); r.URL != "http://su.example" || r.Variant != "ao.TN.1" || r.TTL != 5*time.Second {
		t.Fatal(r)
	}
	if _, err := b.Find(ctx, b.env, late.Address()); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	asked := g.asked
	must.Have[location.Record](t)(b.Find(ctx, b.env, ours.Address()))
	if _, err := b.Find(ctx, b.env, late.Address()); !fail.Is(err, fail.NotFound) || g.asked != asked {
		t.Fatal("the gateway is asked again at once")
	}
	g.mu.Lock()
	g.items = append([]arweave.Item{item(t, legacy, "", "Type", "Scheduler-Location", "Url", "http://moved.example", "Variant", "ao.TN.1")}, g.items...)
	g.mu.Unlock()
	b.now.Advance(6 * time.Second)
	if r := must.Have[location.Record](t)(b.Find(ctx, b.env, legacy.Address())); r.URL != "http://moved.example" {
		t.Fatal(r)
	}
}

// A gateway that is down or talks nonsense makes nobody wait for it twice.
func TestNoGateway(t *testing.T) {
	nonsense := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"data": 5}`)) }))
	t.Cleanup(nonsense.Close)
	for _, url := range []string{"", "http://127.0.0.1:1", nonsense.URL} {
		b := open(t, mem.New(mem.Options{}), P("gateway", Binary(url)))
		for range 2 {
			if _, err := b.Find(ctx, b.env, must.Key(t).Address()); !fail.Is(err, fail.NotFound) {
				t.Errorf("%q: %v", url, err)
			}
		}
	}
}

// A node publishes with a rising nonce, and under a URL that it knows or is
// told.
func TestPublish(t *testing.T) {
	b := open(t, mem.New(mem.Options{}), P("gateway", Binary("")), P("host", Binary("node.example")), P("port", Int(1234)))
	r := must.Have[location.Record](t)(b.Publish(ctx, b.env, location.Own{}))
	if r.URL != "http://node.example:1234" || r.Nonce != 0 || r.TTL != 7*24*time.Hour {
		t.Fatal(r)
	}
	for key, want := range map[string]Value{
		"data-protocol": Binary("ao"), "variant": Binary("ao.N.1"), "type": Binary("scheduler-location"),
		"url": Binary("http://node.example:1234"), "nonce": Int(0), "time-to-live": Int(604_800_000), "codec-device": Binary("httpsig@1.0"),
	} {
		if got, _ := r.Message.Get(key); !Equal(got, want) {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	r = must.Have[location.Record](t)(b.Publish(ctx, b.env, location.Own{URL: "https://x", Codec: "ans104@1.0", TTL: time.Minute}))
	if r.Nonce != 1 || len(commit.VerifiedSigners(ctx, b.env.Codec(), r.Message)) != 1 {
		t.Fatal(r)
	}
	var stale *location.Stale
	low := int64(1)
	if _, err := b.Publish(ctx, b.env, location.Own{Nonce: &low}); !errors.As(err, &stale) || stale.Existing != 1 {
		t.Fatal(err)
	}
	if _, err := b.Publish(ctx, b.env, location.Own{URL: "x"}); !fail.Is(err, fail.Invalid) {
		t.Fatal(err)
	}
}

// FuzzRecord reads records as strangers write them: what is read can be
// reached, and is read again as the same.
func FuzzRecord(f *testing.F) {
	f.Add("scheduler-location", "http://a.example:80/x?y=1", "1", "5000")
	f.Add("Location", "https://[::1]:8734", "", "99999999999999999999")
	f.Add("location", "http://A%2f@b", "-1", "x")
	f.Add("SCHEDULER-LOCATION", "http://", "007", "0")
	f.Fuzz(func(t *testing.T, kind, url, nonce, ttl string) {
		r, err := location.Parse(Of(P("type", Binary(kind)), P("url", Binary(url)), P("nonce", Binary(nonce)), P("time-to-live", Binary(ttl))))
		if err != nil {
			if !fail.Is(err, fail.Invalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := location.NodeURL(r.URL)
		if err != nil || again != r.URL || r.Nonce < 0 || r.TTL < 0 {
			t.Fatalf("%+v: %s %v", r, again, err)
		}
		if _, err := http.NewRequest(http.MethodGet, r.URL, nil); err != nil {
			t.Fatal(err)
		}
	})
}

// CONF-SCHED-23: many who write at once are answered or refused, the highest
// nonce stays, and what is lost with the store is not found.
func TestManyWriters(t *testing.T) {
	kept := mem.New(mem.Options{})
	b := open(t, kept)
	key := must.Key(t)
	var wg sync.WaitGroup
	for i := range 60 {
		m := record(t, key, "http://host-"+strconv.Itoa(i), i%20)
		wg.Go(func() {
			var stale *location.Stale
			if _, err := b.Accept(ctx, b.env, m); err != nil && !errors.As(err, &stale) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r := must.Have[location.Record](t)(b.Known(ctx, b.env, key.Address())); r.Nonce != 19 {
		t.Fatal(r)
	}
	if err := kept.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	b.Cache.Forget()
	if _, err := b.Known(ctx, b.env, key.Address()); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	if _, err := b.Find(ctx, b.env, key.Address()); !fail.Is(err, fail.NotFound) {
		t.Fatal(err)
	}
	must.Have[location.Record](t)(b.Accept(ctx, b.env, record(t, key, "http://again", 0)))
}
