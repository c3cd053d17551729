package p4_test

import (
	"math/big"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/internal/must"
	. "github.com/hyperbeam-go/hyperbeam/message"
)

// BenchmarkPaidRequest is the price of paying: the same signed requests, on one
// connection, to a node without and with p4 and simple-pay, whose ledger is on
// the disk. Both nodes run at the same time and are asked in turn.
func BenchmarkPaidRequest(b *testing.B) {
	alice := must.Key(b)
	plain := start(b, b.TempDir(), must.Key(b))
	rich, _ := new(big.Int).SetString("1000000000000000000000", 10)
	paid := start(b, b.TempDir(), must.Key(b), simplePay(), P("simple_pay_ledger", Of(P(alice.Address(), Integer(rich)))))
	took := map[*paidNode][]time.Duration{}
	nodes := []*paidNode{{plain}, {paid}}
	n := 0
	for b.Loop() {
		n++
		m := sign(b, alice, "/greeting", text("greeting", "Hello"), text("nonce", strconv.Itoa(n))).Set("method", Binary("GET"))
		for _, node := range nodes {
			begin := time.Now()
			if rep := node.send(m); rep.Status != 200 {
				b.Fatal(rep.Status, rep.Body)
			}
			took[node] = append(took[node], time.Since(begin))
		}
	}
	for _, t := range took {
		slices.Sort(t)
	}
	p50 := func(n *paidNode) float64 { return float64(took[n][len(took[n])/2].Nanoseconds()) / 1000 }
	b.ReportMetric(p50(nodes[0]), "µs-plain-p50")
	b.ReportMetric(p50(nodes[1]), "µs-paid-p50")
	b.ReportMetric(100*(p50(nodes[1])/p50(nodes[0])-1), "%-more")
}

type paidNode struct{ *paid }
