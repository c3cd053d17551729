package remote_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// su is a scheduler unit of legacynet, as its HTTP interface shows it (spec 03,
// 5.1).
type su struct {
	t   testing.TB
	key *keys.PrivateKey
	url string

	mu     sync.Mutex
	edges  []suEdge
	chain  id.ID
	height int
	twist  func(edges []suEdge) []suEdge // what it shows instead
	moved  string                        // URL of the unit that has the process
	asked  []string
}

type suEdge struct {
	Node   suNode `json:"node"`
	Cursor string `json:"cursor"`
}

type suNode struct {
	Message    *itemjson.Item `json:"message"`
	Assignment itemjson.Item  `json:"assignment"`
}

func newSU(t testing.TB, key *keys.PrivateKey) *su {
	u := &su{t: t, key: key, height: 1_500_000}
	h := httptest.NewServer(u)
	t.Cleanup(h.Close)
	u.url = h.URL
	return u
}

// item returns a signed item.
func item(t testing.TB, key *keys.PrivateKey, target, data string, tags ...string) arweave.Item {
	t.Helper()
	it := arweave.Item{Data: []byte(data)}
	if target != "" {
		to := must.Have[id.ID](t)(id.Parse(target))
		it.Target = to[:]
	}
	var list []arweave.Tag
	for i := 0; i < len(tags); i += 2 {
		list = append(list, arweave.Tag{Name: tags[i], Value: tags[i+1]})
	}
	it.Tags = must.Have[arweave.Tags](t)(arweave.NewTags(list...))
	alg := keys.Ed25519
	if key.Kind() == keys.RSA {
		alg = keys.RSAPSSSHA256
	}
	if err := it.Sign(must.Have[keys.Signer](t)(key.Signer(alg))); err != nil {
		t.Fatal(err)
	}
	return it
}

// add schedules an item for a process.
func (u *su) add(process string, it arweave.Item) suEdge {
	i, _ := it.ID()
	nonce := len(u.edges)
	if nonce == 0 {
		seed := must.Have[id.ID](u.t)(id.Parse(process))
		u.chain = id.Hash(seed[:])
	} else {
		before := must.Have[id.ID](u.t)(id.Parse(u.edges[nonce-1].Node.Assignment.ID))
		u.chain = id.Chain(before, u.chain[:])
	}
	message := itemjson.Of(it)
	e := suEdge{Cursor: strconv.Itoa(nonce), Node: suNode{Message: &message, Assignment: u.assignment(process, nonce, i.String(), u.chain)}}
	u.edges = append(u.edges, e)
	return e
}

// assignment signs an assignment.
func (u *su) assignment(process string, nonce int, message string, chain id.ID) itemjson.Item {
	return itemjson.Of(item(u.t, u.key, "", "",
		"Process", process, "Epoch", "0", "Nonce", strconv.Itoa(nonce), "Hash-Chain", chain.String(),
		"Block-Height", "00000"+strconv.Itoa(u.height), "Timestamp", strconv.Itoa(1_700_000_000_000+nonce),
		"Data-Protocol", "ao", "Type", "Assignment", "Variant", "ao.TN.1", "Message", message))
}

// ServeHTTP answers as a scheduler unit does.
func (u *su) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.asked = append(u.asked, r.Method+" "+r.URL.RequestURI())
	q := r.URL.Query()
	if u.moved != "" {
		w.Header().Set("Location", u.moved+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	refuse := func(status int, why string) {
		w.WriteHeader(status)
		answer(map[string]string{"error": why})
	}
	edges := u.edges
	if u.twist != nil {
		edges = u.twist(append([]suEdge{}, edges...))
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case r.Method == http.MethodPost:
		body, _ := io.ReadAll(r.Body)
		it, err := arweave.ParseItem(body)
		if err != nil || it.Verify() != nil {
			refuse(http.StatusBadRequest, "not a data item")
			return
		}
		e := u.add(q.Get("proc-id"), it)
		answer(map[string]any{"id": e.Node.Message.ID, "timestamp": 1_700_000_000_000})
	case strings.HasSuffix(name, "/latest") && len(edges) > 0:
		answer(edges[len(edges)-1].Node)
	case q.Has("process-id"):
		for _, e := range edges {
			if e.Node.Message.ID == name {
				answer(e.Node)
				return
			}
		}
		refuse(http.StatusNotFound, "no such message")
	case q.Get("proc-id") == name:
		from, errFrom := strconv.Atoi(q.Get("from-nonce"))
		to, errTo := strconv.Atoi(q.Get("to-nonce"))
		if errFrom != nil || errTo != nil {
			refuse(http.StatusBadRequest, "from-nonce and to-nonce are numbers")
			return
		}
		var page []suEdge
		for i, e := range edges {
			if i > from && i <= to {
				page = append(page, e)
			}
		}
		answer(map[string]any{"page_info": map[string]any{"has_next_page": to < len(edges)-1}, "edges": page})
	default:
		refuse(http.StatusNotFound, "not here")
	}
}
