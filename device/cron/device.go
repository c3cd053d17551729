// Package cron is the device cron@1.0: requests that the node makes to itself,
// later or again and again.
package cron

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// Name is the name of the device.
const Name = "cron@1.0"

const doc = `Runs requests in the background, once or at intervals.

"once" runs the path under "cron-path" right away, with the other keys of the request; "every" runs it now and then again when
"interval" has passed since it ended: a number and a unit, "500-milliseconds" to "2-days". Both answer with the ID of the task at
once. A task is run like a request over HTTP, with all hooks, and so is paid for. What becomes of it is not told to anyone.

Tasks are kept in the store: they go on when the node is started again. The same request is one task, however often it is sent. A
signed request whose signature covers "cron-path" and "interval" runs in the name of its signers, who alone can stop it beside the
operator, and is taken only once. Any other request runs unsigned, and anyone can stop it.

How many tasks there can be, of one signer and of all who do not sign, is limited by options.

    curl 'http://localhost:8734/~cron@1.0/every?interval=1-hour&cron-path=/~meta@1.0/info'
    curl http://localhost:8734/~cron@1.0/info`

var (
	optLimit    = ao.Option{Name: "cron_limit", Default: message.Int(1000), Doc: "Tasks of all signers together."}
	optEach     = ao.Option{Name: "cron_limit_each", Default: message.Int(50), Doc: "Tasks of one signer; the operator has no limit."}
	optUnsigned = ao.Option{Name: "cron_limit_unsigned", Default: message.Int(10), Doc: "Tasks of all requests without a signature together; 0 refuses them."}
	optInterval = ao.Option{Name: "cron_min_interval", Default: message.Int(100), Doc: "Milliseconds that an interval has at least."}
	optTimeout  = ao.Option{Name: "request_timeout", Default: message.Int(120_000), Doc: "Milliseconds that one request may take."}
)

// New returns the device on top of a service.
func New(s *Service) *ao.Device {
	d := device{s}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "What the keys of the device do.", Run: info},
			{Name: "once", Doc: "Runs a path in the background; the ID of the task.", Reads: "request: cron-path, and what the path reads", Run: d.once},
			{Name: "every", Doc: "Runs a path again and again; the ID of the task.", Reads: "request: cron-path, interval, and what the path reads", Run: d.every},
			{Name: "stop", Doc: "Ends a task.", Reads: "request: task", Run: d.stop},
			{Name: "list", Doc: "The tasks of who signs the request; all of them for the operator.", Run: d.list},
		},
		Options: []ao.Option{optLimit, optEach, optUnsigned, optInterval, optTimeout, ao.OptOperator},
	}
}

type device struct{ s *Service }

// info describes the device (spec 03, 8.4.1).
func info(*ao.Call) (message.Value, error) {
	text := func(k, v string) message.Pair { return message.P(k, message.Binary(v)) }
	return message.Of(message.P("status", message.Int(200)), message.P("body", message.Of(
		text("description", "Runs requests in the background, once or at intervals."), text("version", "1.0"),
		message.P("paths", message.Of(
			text("info", "What the keys of the device do."),
			text("once", "Run the path cron-path once."),
			text("every", "Run the path cron-path at every interval, such as 5-minutes."),
			text("stop", "Stop the task with the ID task."),
			text("list", "List tasks.")))))), nil
}

// refuse returns an error that is a bare text, as the reference has it.
func refuse(text string) error {
	return &ao.Outcome{Status: ao.Failed, Value: message.Binary(text)}
}

func (d device) once(c *ao.Call) (message.Value, error)  { return d.begin(c, false) }
func (d device) every(c *ao.Call) (message.Value, error) { return d.begin(c, true) }

// begin makes the request a task (spec 03, 8.4.2-8.4.3).
func (d device) begin(c *ao.Call, repeat bool) (message.Value, error) {
	req := c.Request()
	v, err := c.Arg("cron-path")
	if err != nil {
		return nil, err
	}
	where, ok := message.NormalizeKey(v)
	if v == nil || !ok || where == "" {
		return nil, refuse("No cron path found in message.")
	}
	j := &job{Path: where, Created: c.Now(), Next: c.Now()}
	if repeat {
		v, err := c.Arg("interval")
		if err != nil {
			return nil, err
		}
		if j.Interval, ok = message.NormalizeKey(v); v == nil || !ok {
			return nil, refuse("No interval found in message.")
		}
		if j.Every, err = ParseInterval(j.Interval); err != nil {
			return nil, err
		}
		if least := optInterval.Milliseconds(&c.Env); j.Every < least {
			return nil, fail.New(fail.Invalid, Name+"/every", "the interval is %s, the least that this node takes is %s", j.Every, least)
		}
	}
	if err := check(where); err != nil {
		return nil, err
	}
	id, err := commit.EveryID(c.Ctx, req)
	if err != nil {
		return nil, err
	}
	j.ID = id.String()
	d.own(c, j, req)
	if err := d.s.add(c.Ctx, j, d.limitsOf(c, j)); err != nil {
		return nil, err
	}
	return message.Binary(j.ID), nil
}

// check refuses paths that cannot be read, and those that bring commitments: a
// path cannot commit to anything.
func check(where string) error {
	seq, err := path.ParseText(where)
	if err != nil {
		return err
	}
	if len(seq) == 0 || !plain(seq, message.MaxDepth) {
		return fail.New(fail.Invalid, Name, "cron-path names nothing, or has commitments")
	}
	return nil
}

func plain(seq []message.Value, depth int) bool {
	for _, v := range seq {
		ok := depth > 0
		switch x := v.(type) {
		case *message.As:
			ok = ok && plain([]message.Value{x.Device, x.Message}, depth-1)
		case *message.Resolve:
			ok = ok && plain(x.Steps, depth-1)
		case *message.Message:
			ok = ok && !x.Has(message.CommitmentsKey)
			for _, e := range x.All() {
				ok = ok && plain([]message.Value{e}, depth-1)
			}
		}
		if !ok {
			return false
		}
	}
	return true
}

// own sets the request of a job, and in whose name it runs: those who signed
// what is run and when. A signature that does not say so is left out.
func (d device) own(c *ao.Call, j *job, req *message.Message) {
	signers := c.Signers(c.Ctx, req)
	for _, who := range signers {
		if !c.Approved(c.Ctx, req, []string{who}, "cron-path", "interval") {
			signers = nil
		}
	}
	j.Signers = signers
	if len(signers) == 0 {
		j.Request = req.Without(message.CommitmentsKey, "cron-path", "interval").WithPrivate(nil)
		return
	}
	j.Request = ao.WithSigners(req.WithPrivate(nil), signers...)
}

// limits bound the tasks there are. Zero is none, negative no limit.
type limits struct{ all, own int64 }

func (d device) limitsOf(c *ao.Call, j *job) limits {
	switch {
	case len(j.Signers) == 0:
		return limits{-1, optUnsigned.Int(&c.Env)}
	case c.FromOperator("cron-path", "interval"):
		return limits{-1, -1}
	}
	return limits{optLimit.Int(&c.Env), optEach.Int(&c.Env)}
}

// stop ends a task (spec 03, 8.4.4).
func (d device) stop(c *ao.Call) (message.Value, error) {
	v, err := c.Arg("task")
	if err != nil {
		return nil, err
	}
	id, ok := message.Text(v)
	if v == nil || !ok {
		return nil, refuse("No task ID found in message.")
	}
	j, ok := d.s.find(id)
	if !ok {
		return nil, refuse("Task not found.")
	}
	if len(j.Signers) > 0 && c.Remote() && !c.FromOperator("task") && !c.Approved(c.Ctx, c.Request(), j.Signers, "task") {
		return nil, fail.New(fail.Forbidden, Name+"/stop", "only who signed the task, or the operator, can stop it")
	}
	if err := d.s.end(c.Ctx, id); err != nil {
		return nil, err
	}
	return message.Of(message.P("status", message.Int(200)), message.P("body", message.Of(
		message.P("message", message.Binary("Task stopped successfully")),
		message.P("task_id", message.Binary(id))))), nil
}

// list shows tasks.
func (d device) list(c *ao.Call) (message.Value, error) {
	all := !c.Remote() || c.FromOperator()
	mine := c.Signers(c.Ctx, c.Request())
	var out []message.Value
	for _, j := range d.s.jobs() {
		if !all && !shares(j.Signers, mine) {
			continue
		}
		out = append(out, j.describe())
	}
	return message.NewList(out...), nil
}

func shares(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
