package legacynet

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/push"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/store"
)

const (
	// monitorRoot is where the store has monitored processes: links whose targets
	// say since when, in milliseconds.
	monitorRoot = "~legacynet/monitor"
	// usedRoot is where the store has the items that have asked for monitoring.
	usedRoot = "~legacynet/used"
	// maxMonitors is how many processes are monitored at once.
	maxMonitors = 1000
	// minInterval is the shortest interval of cron messages.
	minInterval = time.Second
	// maxMonitorItem is the longest item that asks for monitoring, in bytes.
	maxMonitorItem = 1 << 20
)

// MonitorOptions are what monitors work with. All fields but Log are required.
type MonitorOptions struct {
	Store store.Store
	Order *schedule.Service
	Push  *push.Service
	Log   *slog.Logger // nil discards
}

// Monitors send processes the cron messages that their definitions ask for with
// the tags Cron-Interval and Cron-Tag-NAME (spec 06, 5). On legacynet a compute
// unit invents such messages; here the node signs them and they are scheduled
// like others, so that every node computes the same. Which processes are
// monitored is kept over restarts; what would have been sent while the node was
// down is not.
type Monitors struct {
	MonitorOptions
	env func() *ao.Env

	mu   sync.Mutex
	jobs map[string][]*cronJob // by process

	stop  context.CancelFunc
	ended sync.WaitGroup
}

// cronJob is one message that a process gets again and again.
type cronJob struct {
	process  schedule.Process
	interval time.Duration
	tags     []arweave.Tag
	next     time.Time
}

// NewMonitors returns monitors that are not started.
func NewMonitors(o MonitorOptions) *Monitors {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Monitors{MonitorOptions: o, jobs: map[string][]*cronJob{}}
}

// Start takes up what the store says and begins to send. env returns the
// environment under the node message in force.
//
// # Errors
//
// Those of the store. A process that cannot be read is logged and left out.
func (m *Monitors) Start(env func() *ao.Env) error {
	m.env = env
	ctx, stop := context.WithCancel(context.Background())
	m.stop = stop
	ids, err := m.Store.List(ctx, monitorRoot, store.Page{})
	if err != nil && !fail.Is(err, fail.NotFound) {
		return err
	}
	for _, i := range ids {
		target, err := m.Store.Target(ctx, monitorRoot+"/"+i)
		if err == nil {
			err = m.take(ctx, i, target)
		}
		if err != nil {
			m.Log.Warn("a monitored process is left out", "process", i, "error", err)
		}
	}
	m.ended.Go(func() { m.run(ctx) })
	return nil
}

// Close stops sending.
func (m *Monitors) Close() error {
	if m.stop != nil {
		m.stop()
	}
	m.ended.Wait()
	return nil
}

// take plans the messages of a process.
func (m *Monitors) take(ctx context.Context, process, since string) error {
	p, err := m.Order.Find(ctx, process)
	if err != nil {
		return err
	}
	jobs, err := cronJobs(ctx, m.Order, p)
	if err != nil {
		return err
	}
	ms, err := strconv.ParseInt(since, 10, 64)
	if err != nil {
		return fail.New(fail.Internal, "legacynet.Monitor", "%q is no time", since)
	}
	now := m.env().Now()
	for _, j := range jobs {
		begin := time.UnixMilli(ms)
		j.next = begin.Add((now.Sub(begin)/j.interval + 1) * j.interval)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.jobs[process] = jobs
	return nil
}

var intervalPattern = regexp.MustCompile(`^[1-9][0-9]{0,8}-[A-Za-z]+$`)

// cronJobs reads the tags of a process: each Cron-Interval begins a message, the
// Cron-Tag-NAME behind it are its tags.
func cronJobs(ctx context.Context, order *schedule.Service, p schedule.Process) ([]*cronJob, error) {
	encoded, err := aos.Encode(ctx, order.Cache.Env(), p.Definition.Without("data"), "")
	if err != nil {
		return nil, err
	}
	v, _ := encoded.Get("Tags")
	list, _ := v.(*message.List)
	var out []*cronJob
	for _, v := range list.All() {
		t, _ := v.(*message.Message)
		name, value := t.Text("name"), t.Text("value")
		if strings.EqualFold(name, "Cron-Interval") {
			if !intervalPattern.MatchString(value) {
				return nil, fail.New(fail.Invalid, "legacynet.Monitor", "the tag Cron-Interval is a number and a unit, such as 5-minutes, not %.32q", value)
			}
			interval, err := cron.ParseInterval(value)
			if err != nil || interval < minInterval {
				return nil, fail.New(fail.Invalid, "legacynet.Monitor", "the interval %.32q cannot be kept: units are seconds to days, the shortest is one second", value)
			}
			out = append(out, &cronJob{process: p, interval: interval})
		} else if rest, ok := strings.CutPrefix(name, "Cron-Tag-"); ok && len(out) > 0 && rest != "" {
			j := out[len(out)-1]
			j.tags = append(j.tags, arweave.Tag{Name: rest, Value: value})
		}
	}
	return out, nil
}

// run sends what is due, looking every second.
func (m *Monitors) run(ctx context.Context) {
	tick := time.NewTicker(minInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, j := range m.due() {
			if err := m.send(ctx, j); err != nil && ctx.Err() == nil {
				m.Log.Warn("a cron message could not be scheduled", "process", j.process.ID, "error", err)
			}
		}
	}
}

// due returns the jobs whose time has come, and plans their next.
func (m *Monitors) due() []*cronJob {
	now := m.env().Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []*cronJob
	for _, jobs := range m.jobs {
		for _, j := range jobs {
			if now.Before(j.next) {
				continue
			}
			out = append(out, j)
			j.next = j.next.Add((now.Sub(j.next)/j.interval + 1) * j.interval)
		}
	}
	return out
}

// send signs and pushes one message.
func (m *Monitors) send(ctx context.Context, j *cronJob) error {
	env := m.env()
	key := env.Key()
	if key == nil {
		return fail.New(fail.Unavailable, "legacynet.Monitor", "this node has no key to sign with")
	}
	target, err := id.Parse(j.process.ID)
	if err != nil {
		return err
	}
	tags, err := arweave.NewTags(append([]arweave.Tag{
		{Name: "Data-Protocol", Value: "ao"}, {Name: "Variant", Value: "ao.TN.1"}, {Name: "Type", Value: "Message"},
		{Name: "Cron", Value: "true"}, {Name: "Cron-Time", Value: strconv.FormatInt(env.Now().UnixMilli(), 10)},
	}, j.tags...)...)
	if err != nil {
		return err
	}
	signer, err := key.Signer(map[keys.Kind]keys.Algorithm{keys.RSA: keys.RSAPSSSHA256, keys.Curve25519: keys.Ed25519, keys.Secp256k1: keys.Ethereum}[key.Kind()])
	if err != nil {
		return err
	}
	it := arweave.Item{Target: target[:], Tags: tags}
	if err := it.Sign(signer); err != nil {
		return err
	}
	raw, err := it.Append(nil)
	if err != nil {
		return err
	}
	v, err := commit.OpenItem(message.Binary(raw))
	if err != nil {
		return err
	}
	msg, ok := v.(*message.Message)
	if !ok {
		return fail.New(fail.Internal, "legacynet.Monitor", "the cron message is not a message")
	}
	_, err = m.Push.Message(ctx, env, j.process, ao.WithSigners(msg.OnlyCommitted(), key.Address()), push.Mode{Async: true})
	return err
}

// add begins to monitor a process. It returns how many messages it asks for.
func (m *Monitors) add(ctx context.Context, process string) (int, error) {
	m.mu.Lock()
	_, known := m.jobs[process]
	full := len(m.jobs) >= maxMonitors
	m.mu.Unlock()
	if !known {
		if full {
			return 0, fail.New(fail.Busy, "legacynet.Monitor", "this node monitors %d processes and takes no more", maxMonitors)
		}
		since := strconv.FormatInt(m.env().Now().UnixMilli(), 10)
		if err := m.take(ctx, process, since); err != nil {
			return 0, err
		}
		if err := m.Store.Link(ctx, monitorRoot+"/"+process, since); err != nil {
			return 0, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.jobs[process]), nil
}

// remove ends it.
func (m *Monitors) remove(ctx context.Context, process string) error {
	m.mu.Lock()
	delete(m.jobs, process)
	m.mu.Unlock()
	name := monitorRoot + "/" + process
	since, err := m.Store.Target(ctx, name)
	if fail.Is(err, fail.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return m.Store.SwapLink(ctx, name, since, "")
}

// monitor begins or ends monitoring, as the owner of the process asks for.
func (x *exchange) monitor(process string) {
	if x.h.Monitors == nil {
		x.refuse(http.StatusNotImplemented, "this node monitors no processes")
		return
	}
	if x.elsewhere(process) {
		return
	}
	order, err := x.order(process)
	if err != nil {
		x.fail(err)
		return
	}
	p, err := x.h.Order.Find(x.ctx(), process)
	if err == nil {
		err = x.h.Order.Local(p)
	}
	if err != nil {
		x.fail(err)
		return
	}
	signers := commit.VerifiedSigners(x.ctx(), x.h.Order.Cache.Env(), order.item)
	if !shared(signers, append(commit.Committers(p.Definition), x.h.Env().Address())) {
		x.refuse(http.StatusForbidden, "only the owner of a process can have it monitored: the item must be signed by whoever spawned it")
		return
	}
	if err := x.h.Monitors.use(x.ctx(), order.id); err != nil {
		x.fail(err)
		return
	}
	if x.r.Method == http.MethodDelete {
		if err := x.h.Monitors.remove(x.ctx(), process); err != nil {
			x.fail(err)
			return
		}
		x.send(http.StatusOK, map[string]any{"message": "Process is no longer monitored.", "id": process})
		return
	}
	n, err := x.h.Monitors.add(x.ctx(), process)
	if err != nil {
		x.fail(err)
		return
	}
	said := "Process is monitored."
	if n == 0 {
		said = "Process is monitored, but has no tag Cron-Interval: there is nothing to send."
	}
	x.send(http.StatusOK, map[string]any{"message": said, "id": process, "crons": n})
}

// monitorOrder is the item that asks for monitoring.
type monitorOrder struct {
	id   string
	item *message.Message
}

// order reads the item in the body of the request, which must be for the
// process. Its signature does not say what it is for, so an item that is known as
// a message is none: else whoever has seen a message could use it.
func (x *exchange) order(process string) (monitorOrder, error) {
	const op = "legacynet.Monitor"
	body, err := io.ReadAll(http.MaxBytesReader(x.w, x.r.Body, maxMonitorItem))
	if err != nil {
		return monitorOrder{}, fail.New(fail.TooLarge, op, "an item that asks for monitoring may have at most 1 MiB")
	}
	v, err := commit.OpenItem(message.Binary(body))
	if err != nil {
		return monitorOrder{}, fail.New(fail.Invalid, op, "the body must be a signed data item: %s", fail.Sentence(err))
	}
	m, ok := v.(*message.Message)
	if !ok || len(commit.Committers(m)) == 0 {
		return monitorOrder{}, fail.New(fail.Unauthorized, op, "the body must be a signed data item")
	}
	if about, ok := read(body); !ok || about.target != process {
		return monitorOrder{}, fail.New(fail.Invalid, op, "the item must have the process as its target")
	}
	i, err := commit.SignedID(x.ctx(), m)
	if err != nil {
		return monitorOrder{}, err
	}
	if _, err := x.h.Order.Cache.ReadLazy(x.ctx(), i.String()); !fail.Is(err, fail.NotFound) {
		return monitorOrder{}, fail.New(fail.Conflict, op, "the item %s is a message that this node has, and no order to it", i)
	}
	return monitorOrder{i.String(), m}, nil
}

// use takes an order, which counts once.
func (m *Monitors) use(ctx context.Context, order string) error {
	err := m.Store.SwapLink(ctx, usedRoot+"/"+order, "", "used")
	if fail.Is(err, fail.Conflict) {
		return fail.New(fail.Conflict, "legacynet.Monitor", "the item %s was used before: sign another", order)
	}
	return err
}

func shared(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
