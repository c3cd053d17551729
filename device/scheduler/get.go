package scheduler

import (
	"net/url"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// legacyType is the media type that asks for the form of legacynet.
const legacyType = "application/aos-2"

// get returns a part of a schedule (spec 03, 3.7).
func (d device) get(call *ao.Call) (message.Value, error) {
	from, err := bound(call, "from", 0)
	if err != nil {
		return nil, err
	}
	to, err := bound(call, "to", -1)
	if err != nil {
		return nil, err
	}
	of, err := d.target(call, call.Request())
	if err != nil {
		return nil, err
	}
	if m, err := d.redirect(call, of); m != nil || err != nil {
		return answer(m, err)
	}
	if of, err = d.whole(call, of); err != nil {
		return nil, err
	}
	p := of.Process
	var page schedule.Page
	if of.local {
		page, err = d.svc.Range(call.Ctx, p, from, to)
	} else {
		page, err = d.remote.Range(call.Ctx, &call.Env, p, of.hint, from, to)
	}
	if err != nil {
		return nil, err
	}
	accept, err := url.PathUnescape(call.Request().Text("accept"))
	if err == nil && accept == legacyType {
		text, err := d.svc.LegacyPage(call.Ctx, p, page)
		if err != nil {
			return nil, err
		}
		return message.Of(
			message.P("content-type", message.Binary("application/json")),
			message.P("body", message.Binary(text))), nil
	}
	return d.bundle(call, p, page)
}

// bound reads "from" or "to"; nothing and an empty text stand for the default.
func bound(call *ao.Call, key string, otherwise int64) (int64, error) {
	v, err := call.Arg(key)
	if err != nil || v == nil || v == message.Value(message.Binary("")) {
		return otherwise, err
	}
	n, ok := message.AsInt(v)
	if !ok {
		return 0, fail.New(fail.Invalid, "scheduler.Schedule", "%q must be the number of a slot", key)
	}
	return max(n, 0), nil
}

// bundle returns assignments by slot, as links (spec 03, 3.7.3).
func (d device) bundle(call *ao.Call, p schedule.Process, page schedule.Page) (message.Value, error) {
	block, err := d.svc.Blocks.Current(call.Ctx)
	if err != nil {
		return nil, err
	}
	b := message.NewBuilder(len(page.IDs))
	for i, a := range page.IDs {
		b.Set(message.Int(page.From+int64(i)).String(), message.Link{ID: a})
	}
	for i, a := range page.Whole {
		b.Set(message.Int(page.From+int64(i)).String(), a)
	}
	return message.Of(
		message.P("type", message.Binary("schedule")),
		message.P("process", message.Binary(p.ID)),
		message.P("continues", message.Bool(page.More)),
		message.P("timestamp", message.Int(block.Timestamp)),
		message.P("block-height", message.Int(block.Height)),
		message.P("block-hash", message.Binary(block.Hash)),
		message.P("assignments", b.Message())), nil
}

// slot answers "slot" (spec 03, 3.6).
func (d device) slot(call *ao.Call) (message.Value, error) {
	of, err := d.target(call, call.Request())
	if err != nil {
		return nil, err
	}
	if m, err := d.redirect(call, of); m != nil || err != nil {
		return answer(m, err)
	}
	if of, err = d.whole(call, of); err != nil {
		return nil, err
	}
	p := of.Process
	if !of.local {
		return answer(d.remote.Slot(call.Ctx, &call.Env, p, of.hint))
	}
	current, err := d.svc.Current(call.Ctx, p)
	if err != nil {
		return nil, err
	}
	block, err := d.svc.Blocks.Current(call.Ctx)
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("process", message.Binary(p.ID)),
		message.P("current", message.Int(current)),
		message.P("timestamp", message.Int(block.Timestamp)),
		message.P("block-height", message.Int(block.Height)),
		message.P("block-hash", message.Binary(block.Hash)),
		message.P("cache-control", message.Binary("no-store")),
		message.P("addresses", message.Strings(d.svc.Signers(p)))), nil
}

// next answers "next" (spec 03, 3.8).
func (d device) next(call *ao.Call) (message.Value, error) {
	of, err := d.target(call, call.Request())
	if err != nil {
		return nil, err
	}
	if of, err = d.whole(call, of); err != nil {
		return nil, err
	}
	v, _, err := call.Lookup(call.Base, "at-slot")
	if err != nil {
		return nil, err
	}
	last, ok := message.AsInt(v)
	if !ok {
		last = -1
	}
	found, err := d.remote.Read(call.Ctx, of.Process, last+1, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &ao.Outcome{Status: ao.Failed, Value: message.Of(
			message.P("status", message.Int(404)),
			message.P("reason", message.Binary("Requested slot not yet available in schedule.")))}
	}
	return message.Of(message.P("body", found[0]), message.P("state", call.Base)), nil
}
