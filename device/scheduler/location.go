package scheduler

import (
	"errors"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// location answers "location" by the method of the request (spec 03, 4.5).
func (d device) location(call *ao.Call) (message.Value, error) {
	if d.records == nil {
		return nil, fail.New(fail.Unavailable, "scheduler.Location", "this node keeps no location records")
	}
	switch method := call.Request().Text("method"); strings.ToUpper(method) {
	case "POST":
		return d.postLocation(call)
	case "", "GET", "HEAD":
		return d.getLocation(call)
	default:
		return nil, fail.New(fail.NotAllowed, "scheduler.Location", "locations are read by GET and told by POST, not by %.16s", method)
	}
}

// getLocation returns the record of an address, of this node by default.
func (d device) getLocation(call *ao.Call) (message.Value, error) {
	address := call.Text("address")
	if address == "" {
		address = d.records.Address()
	}
	r, err := d.records.Known(call.Ctx, &call.Env, address)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.Invalid) {
		return message.Of(
			message.P("status", message.Int(404)),
			message.P("body", message.Binary("No location found for address: "+address))), nil
	}
	if err != nil {
		return nil, err
	}
	return message.Of(message.P("body", r.Message)), nil
}

// postLocation takes a record that others have signed, or makes one at the wish
// of this node's own key.
func (d device) postLocation(call *ao.Call) (message.Value, error) {
	given, self, err := locationSubject(call)
	if err != nil {
		return nil, err
	}
	var r location.Record
	if d.ordered(call, given, self) {
		var own location.Own
		if own, err = orderOf(call, given); err != nil {
			return nil, err
		}
		r, err = d.records.Publish(call.Ctx, &call.Env, own)
	} else {
		r, err = d.records.Accept(call.Ctx, &call.Env, given.OnlyCommitted())
	}
	var stale *location.Stale
	switch {
	case err == nil:
		return r.Message, nil
	case errors.As(err, &stale):
		signers := message.Strings(commit.Committers(given))
		// The answer may go out in a codec that has lists as links.
		if _, err := call.Cache.Write(call.Ctx, signers, store.Lazy); err != nil {
			return nil, err
		}
		return message.Of(
			message.P("status", message.Int(400)),
			message.P("body", message.Binary(stale.Error())),
			message.P("requested-nonce", message.Int(stale.Requested)),
			message.P("existing-nonce", message.Int(stale.Existing)),
			message.P("signers", signers)), nil
	case fail.Is(err, fail.Invalid) || fail.Is(err, fail.Unauthorized):
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
			message.P("status", message.Int(400)),
			message.P("body", message.Binary("Failed to store new scheduler location.")),
			message.P("reason", message.Binary(fail.Sentence(err))))}
	}
	return nil, err
}

// locationSubject returns the message that a request to "location" is about, by
// the "target" of the base or else of the request, and whether that is the base.
func locationSubject(call *ao.Call) (m *message.Message, self bool, err error) {
	name := call.Base.Text("target")
	if name == "" {
		name = call.Request().Text("target")
	}
	switch name {
	case "", "request":
		return call.Request(), false, nil
	case "self":
		return call.Base, true, nil
	}
	v, err := call.Arg(name)
	if err != nil {
		return nil, false, err
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, false, fail.New(fail.Invalid, "scheduler.Location", "the request has no message under %.64q", name)
	}
	return m, false, nil
}

// orderKeys are what an order to make a record says.
var orderKeys = []string{"url", "nonce", "time-to-live", "require-codec"}

// ordered reports whether the key of this node orders a record: it has signed
// the subject and everything in it that counts, or the request of a hook whose
// handler is the subject. A signed record is no order. What comes over the
// network must have a nonce, so that nobody can send an order a second time.
func (d device) ordered(call *ao.Call, given *message.Message, self bool) bool {
	me := []string{d.records.Address()}
	switch {
	case me[0] == "":
		return false
	case self:
		return !call.Remote() && call.Approved(call.Ctx, call.Request(), me)
	case strings.Contains(strings.ToLower(given.Text("type")), "location"):
		return false
	}
	return (given.Has("nonce") || !call.Remote()) && call.Approved(call.Ctx, given, me, orderKeys...)
}

// orderOf reads an order.
func orderOf(call *ao.Call, given *message.Message) (location.Own, error) {
	own := location.Own{URL: given.Text("url"), Codec: given.Text("require-codec")}
	if own.Codec == "" {
		own.Codec = call.Base.Text("require-codec")
	}
	for key, take := range map[string]func(int64){
		"nonce": func(n int64) { own.Nonce = &n },
		"time-to-live": func(n int64) {
			own.TTL = time.Duration(min(n, int64(time.Hour*24*366/time.Millisecond))) * time.Millisecond
		},
	} {
		v, ok := given.Get(key)
		if !ok {
			continue
		}
		n, ok := message.AsInt(v)
		if !ok || n < 0 {
			return own, fail.New(fail.Invalid, "scheduler.Location", "%q must be a whole number", key)
		}
		take(n)
	}
	return own, nil
}
