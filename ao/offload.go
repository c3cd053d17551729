package ao

import (
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// Offload returns the linked TABM of a message or list (package structured),
// after storing in the cache what its links name, except messages with
// commitments that do not hold.
//
// # Errors
//
// Those of the cache and of [structured.ToTABM].
func (c *Call) Offload(v message.Value) (message.Value, error) {
	m, ok := v.(*message.Message)
	if l, isList := v.(*message.List); isList {
		m, ok = l.Numbered(), true
	}
	if ok {
		for _, e := range m.All() {
			switch e.(type) {
			case *message.Message, *message.List:
				if _, err := c.Cache.Write(c.Ctx, e, store.Lazy); err != nil && !fail.Is(err, fail.Unauthorized) {
					return nil, err
				}
			}
		}
	}
	return structured.ToTABM(c.Ctx, c.Codec(), v)
}
