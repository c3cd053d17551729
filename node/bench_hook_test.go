package node_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// BenchmarkDefaultHook is what the request hook of the default configuration
// costs a request that it does not concern.
func BenchmarkDefaultHook(b *testing.B) {
	for name, options := range map[string]*Message{"with": node.DefaultConfig().Options, "without": Empty()} {
		b.Run(name, func(b *testing.B) {
			c := config("")
			c.Options = options
			n, err := node.Open(context.Background(), c)
			if err != nil {
				b.Fatal(err)
			}
			defer n.Close()
			r := httptest.NewRequest(http.MethodGet, "/~message@1.0&a=1/a", nil)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				n.Handler().ServeHTTP(w, r)
				if w.Code != 200 {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
