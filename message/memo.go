package message

import (
	"sync/atomic"

	"github.com/hyperbeam-go/hyperbeam/id"
)

// Memo keeps what has been derived from the entries of one message. Every
// field may be computed by several goroutines at once; they all store the same
// result, since the message cannot change (M1).
type Memo struct {
	TABM         atomic.Pointer[Message] // unbundled TABM (package structured)
	UnsignedID   atomic.Pointer[id.ID]   // ID over the unsigned commitments, or calculated
	SignedID     atomic.Pointer[id.ID]   // ID over the commitments with a committer
	EveryID      atomic.Pointer[id.ID]   // ID over all commitments
	CalculatedID atomic.Pointer[id.ID]   // unsigned ID of the content alone

	// Verified holds the outcome of checking each commitment, by its ID.
	Verified atomic.Pointer[map[string]error]

	wireKeys atomic.Pointer[[]string]
}

// Memo returns the memo of m.
func (m *Message) Memo() *Memo {
	if p := m.memo.Load(); p != nil {
		return p
	}
	p := &Memo{}
	if m.memo.CompareAndSwap(nil, p) {
		return p
	}
	return m.memo.Load()
}
