package node

import (
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// identities are what a node signs as beside its wallet. Their keys are in
// memory only; the node message shows their addresses.
type identities struct {
	*settings
	orders  *schedule.Service
	pushing *push.Service
}

// Identify has the node sign as k too, under a name: it schedules processes that
// name the address of k, and sends for them.
func (i identities) Identify(name string, k *keys.PrivateKey) {
	i.orders.Identify(k)
	i.pushing.Identify(k)
	i.show(name, k.Address())
}

// show adds an identity to the node message.
func (s *settings) show(name, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.current.Load().message.Message("identities")
	own := message.Of(message.P("address", message.Binary(address)))
	s.state = s.state.Merge(message.Of(message.P("identities", all.Merge(message.Of(message.P(name, own))))))
	s.put(s.current.Load().config)
}
