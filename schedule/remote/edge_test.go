package remote

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// FuzzEdges reads what may come from a scheduler of legacynet: no answer is
// taken for an edge without its parts being what they say.
func FuzzEdges(f *testing.F) {
	f.Add(`{"page_info":{"has_next_page":false},"edges":[{"cursor":"0","node":{"message":null,"assignment":{"id":"x","tags":[{"name":"Nonce","value":"0"}]}}}]}`)
	f.Add(`{"edges":[{"message":{"id":"y","data":null},"assignment":{"owner":{"key":"AAAA"},"anchor":null}}]}`)
	f.Add(`{"node":{"assignment":{"tags":[{"name":"Nonce","value":"-1"}]}}}`)
	f.Add(`{"edges":{}}`)
	f.Fuzz(func(t *testing.T, text string) {
		edges, err := parsePage(text)
		if err != nil && !fail.Is(err, fail.Upstream) {
			t.Fatal(err)
		}
		one, err := parseEdge(text)
		if err != nil && !fail.Is(err, fail.Upstream) {
			t.Fatal(err)
		}
		for _, e := range append(edges, one) {
			if e.nonce() < -1 {
				t.Fatal(e.nonce())
			}
			if m, who, err := e.Assignment.Open(); err == nil && (m == nil || who == "") {
				t.Fatal("an item of nobody")
			}
		}
	})
}
