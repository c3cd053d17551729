package remote

import (
	"context"
	"iter"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Place is a node that schedules a process, or shows its schedule.
type Place struct {
	URL     string // scheme and host
	Variant string // [schedule.Mainnet] or [schedule.Legacy]
	Address string // of the scheduler that it is said to be, "" when nobody says
}

// String names the place for errors.
func (p Place) String() string {
	if p.Address == "" {
		return p.URL
	}
	return p.Address + " (" + p.URL + ")"
}

// Redirect is the answer that sends a client to the place (spec 03, 4.2.2).
func (p Place) Redirect() *message.Message {
	return message.Of(
		message.P("status", message.Int(307)),
		message.P("location", message.Binary(p.URL)),
		message.P("body", message.Binary("Redirecting to scheduler: "+p.URL)),
		message.P("variant", message.Binary(p.Variant)))
}

// Hinted returns the place that a hint in the ID of a process leads to, and
// whether it is to be followed.
//
// # Errors
//
// [fail.Invalid] for a hint that is no URL of a node.
func Hinted(env *ao.Env, hint string) (Place, bool, error) {
	if hint == "" || !OptFollowHints.Bool(env) {
		return Place{}, false, nil
	}
	url, err := location.NodeURL(hint)
	return Place{URL: url, Variant: schedule.Mainnet}, err == nil, err
}

// places returns where the schedule of a process may be found, the best place
// first; hint is that of the ID by which the process was asked for, or "". Each
// is looked up when it is wanted. Errors are those of looking up one scheduler,
// after which others may follow.
func (s *Service) places(ctx context.Context, env *ao.Env, p schedule.Process, hint string) iter.Seq2[Place, error] {
	return func(yield func(Place, error) bool) {
		if at, ok, err := Hinted(env, hint); ok && !yield(at, err) {
			return
		}
		if s.Known != nil {
			url, err := s.Known.Locate(ctx, env, p)
			if url != "" && err == nil && !yield(Place{URL: strings.TrimRight(url, "/"), Variant: schedule.Mainnet}, nil) {
				return
			}
		}
		for _, n := range p.Named() {
			if at, ok, err := Hinted(env, n.Hint); ok && err == nil {
				at.Address = n.Address
				if !yield(at, nil) {
					return
				}
			}
			if s.Locations == nil {
				continue
			}
			r, err := s.Locations.Find(ctx, env, n.Address)
			if fail.Is(err, fail.NotFound) {
				continue
			}
			if !yield(Place{URL: r.URL, Variant: r.Variant, Address: n.Address}, err) {
				return
			}
		}
	}
}

// Place returns where messages for a process go that this node does not schedule
// (spec 03, 4.1 and 4.2); hint is that of the ID by which the process was asked
// for, or "".
//
// # Errors
//
// [fail.NotFound] when no scheduler of the process can be located, and
// [fail.Invalid] when the process names none.
func (s *Service) Place(ctx context.Context, env *ao.Env, p schedule.Process, hint string) (Place, error) {
	var first error
	for at, err := range s.places(ctx, env, p, hint) {
		if err == nil {
			return at, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = s.unlocated(p)
	}
	return Place{}, first
}

// unlocated is the error of a process whose schedulers cannot be located.
func (s *Service) unlocated(p schedule.Process) error {
	err := s.Local.Local(p)
	if fail.Is(err, fail.NotFound) {
		return fail.New(fail.NotFound, "remote.Find", "%s, and where that is, is not known", fail.Sentence(err)).At(p.ID)
	}
	return err
}

// Locate returns the URL of the node that schedules a process, for those who
// send to it. Errors are those of [Service.Place].
func (s *Service) Locate(ctx context.Context, env *ao.Env, p schedule.Process) (string, error) {
	at, err := s.Place(ctx, env, p, "")
	return at.URL, err
}

// Nodes locates the nodes that requests for a process can be sent to as they
// are. Units of legacynet are none: they take data items only, and are reached
// through [Service.Post], as by the device scheduler@1.0 of this node.
type Nodes struct{ *Service }

// Locate returns the URL of the node that schedules a process.
//
// # Errors
//
// [fail.NotFound] when that is a unit of legacynet; those of [Service.Place].
func (n Nodes) Locate(ctx context.Context, env *ao.Env, p schedule.Process) (string, error) {
	at, err := n.Place(ctx, env, p, "")
	if err == nil && at.Variant == schedule.Legacy {
		return "", fail.New(fail.NotFound, "remote.Locate", "%s is a unit of legacynet, which takes no requests of nodes", at).At(p.ID)
	}
	return at.URL, err
}
