package location

import (
	"context"
	"encoding/json"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/itemjson"
	"github.com/hyperbeam-go/hyperbeam/message"
)

const (
	forget     = 30 * time.Second // how long an address that nobody knows is not asked for again
	maxFailed  = 10_000           // addresses for which that is remembered
	askTime    = 10 * time.Second // of a look-up
	candidates = 5                // records of one spelling that are looked at
)

// spellings are the tags that records are published with: those of AO-Core
// nodes, then those of legacynet. Gateways match the case of tags (spec 03,
// 4.2.1).
var spellings = [...]tagFilter{
	{"type", []string{"scheduler-location", "location"}},
	{"Type", []string{"Scheduler-Location"}},
}

type tagFilter struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// query asks for the newest records of an address, with all that is needed to
// verify their signatures.
const query = `query ($owners: [String!]!, $tags: [TagFilter!]!, $count: Int!) {
  transactions(owners: $owners, tags: $tags, first: $count, sort: HEIGHT_DESC) {
    edges { node { id anchor signature recipient owner { address key } tags { name value } data { size } } }
  }
}`

// found is the answer to a query.
type found struct {
	Data struct {
		Transactions struct {
			Edges []struct {
				Node struct {
					itemjson.Item
					Data struct {
						Size json.Number `json:"size"`
					} `json:"data"`
				} `json:"node"`
			} `json:"edges"`
		} `json:"transactions"`
	} `json:"data"`
}

// ask asks the gateway for the record of an address and keeps it.
func (s *Service) ask(ctx context.Context, env *ao.Env, address string) (Record, error) {
	unknown := fail.New(fail.NotFound, "location.Find", "no location is known of %s", address).At(address)
	gateway := OptGateway.Text(env)
	if gateway == "" || s.Peers == nil || !isAddress(address) || s.gaveUp(address) {
		return Record{}, unknown
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	for _, tags := range spellings {
		best, ok, err := s.published(ctx, env, gateway, address, tags)
		if err != nil {
			s.Log.Info("the gateway could not be asked for a location", "gateway", gateway, "address", address, "error", err)
			break
		}
		if !ok {
			continue
		}
		s.mu.Lock()
		err = s.replace(ctx, env, address, best, true)
		s.mu.Unlock()
		if err == nil {
			return best, nil
		}
	}
	s.giveUp(address)
	return Record{}, unknown
}

// published returns the record with the highest nonce of those that the gateway
// shows for a spelling, and whether there is one that holds. Errors are those of
// asking, and [fail.Upstream] for what is no answer.
func (s *Service) published(ctx context.Context, env *ao.Env, gateway, address string, tags tagFilter) (best Record, ok bool, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": map[string]any{
		"owners": []string{address}, "tags": []tagFilter{tags}, "count": candidates}})
	if err != nil {
		return best, false, err
	}
	v, err := s.Peers.SendTo(ctx, env, gateway, message.Of(
		message.P("path", message.Binary("/graphql")), message.P("method", message.Binary("POST")),
		message.P("content-type", message.Binary("application/json")), message.P("body", message.Binary(body))))
	if err != nil {
		return best, false, err
	}
	var f found
	m, _ := v.(*message.Message)
	if err := json.Unmarshal([]byte(m.Text("body")), &f); err != nil {
		return best, false, fail.New(fail.Upstream, "location.Find", "the answer cannot be read: %w", err)
	}
	for _, e := range f.Data.Transactions.Edges {
		it := e.Node.Item
		if size := e.Node.Data.Size; size != "" && size != "0" {
			v, err := s.Peers.SendTo(ctx, env, gateway, message.Of(
				message.P("path", message.Binary("/raw/"+it.ID)), message.P("method", message.Binary("GET"))))
			m, _ := v.(*message.Message)
			if err != nil {
				continue
			}
			it.Data = m.Text("body")
		}
		signed, _, err := it.Open()
		if err != nil {
			s.Log.Info("a record that the gateway shows does not hold", "gateway", gateway, "address", address, "error", err)
			continue
		}
		r, err := SignedBy(ctx, env.Codec(), signed, address)
		if err == nil && (!ok || r.Nonce > best.Nonce) {
			best, ok = r, true
		}
	}
	return best, ok, nil
}

// gaveUp reports whether the gateway has just been asked for an address in vain.
func (s *Service) gaveUp(address string) bool {
	s.lookup.Lock()
	defer s.lookup.Unlock()
	return s.Clock.Now().Before(s.failed[address])
}

func (s *Service) giveUp(address string) {
	s.lookup.Lock()
	defer s.lookup.Unlock()
	if len(s.failed) >= maxFailed {
		clear(s.failed)
	}
	s.failed[address] = s.Clock.Now().Add(forget)
}
