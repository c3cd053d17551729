package node

import (
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// openLedger opens the money of the node: in the folder "ledger" of its data, or
// in memory when it keeps none. What a crash left is settled, and said.
func openLedger(c Config, p parts) (*pay.Ledger, error) {
	if c.DataDir == "" {
		return pay.InMemory(pay.Options{Clock: p.clock})
	}
	book, err := pay.Open(fs.OS(), filepath.Join(c.DataDir, "ledger"), pay.Options{Clock: p.clock})
	if err != nil {
		return nil, err
	}
	if r := book.Report(); r != (pay.Report{}) {
		p.log.Warn("the node ended while requests were running; their payments have been settled",
			"settled", r.Settled, "to deliver", r.Stale, "bytes discarded", r.Discarded, "damaged journal", r.Kept)
	}
	return book, nil
}
