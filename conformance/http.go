package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/device/cron"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/location"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/pay"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/route"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// httpNode is a node for cases that are whole HTTP exchanges. The cases of a
// file share one, in their order.
type httpNode struct {
	registry *ao.Registry
	config   atomic.Pointer[message.Message]
	changes  int
	address  string // host:port
}

// newHTTPNode starts a node with the reference's wallet and defaults on a
// loopback port.
func newHTTPNode(t *testing.T, wallet *keys.PrivateKey) (*httpNode, error) {
	n := &httpNode{}
	n.config.Store(message.Of(
		message.P("port", message.Int(8734)),
		message.P("operator", message.Binary(wallet.Address())),
		message.P("routes", message.NewList()), // of the recorded node
		message.P("default_index", message.Of(message.P("device", message.Binary(pageDevice)))),
		message.P("cache_writers", message.Strings([]string{wallet.Address()}))))
	kept := mem.New(mem.Options{})
	messages := cache.New(kept, cache.Options{})
	orders := schedule.New(schedule.Options{Store: kept, Cache: messages, Identities: []*keys.PrivateKey{wallet}})
	computing := process.New(process.Options{Order: orders, Cache: messages})
	routes := route.New(route.Options{})
	places := location.New(location.Options{Store: kept, Cache: messages, Key: wallet})
	schedules := remote.New(remote.Options{Local: orders, Locations: places})
	tasks := cron.NewService(cron.Options{Store: kept, Cache: messages})
	book, err := pay.InMemory(pay.Options{})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := errors.Join(book.Close(), tasks.Close(), places.Close(), routes.Close(), computing.Close(), orders.Close()); err != nil {
			t.Error(err)
		}
	})
	deps := all.Deps{Node: n, Wasm: newWasmSuite(t).engine, Schedules: schedules, Computing: computing, Routes: routes, Tasks: tasks, Pay: book}
	if n.registry, err = ao.NewRegistry(append(all.Devices(deps), withInfo(testdevice.New()), newPageDevice())...); err != nil {
		return nil, err
	}
	s, err := server.New(ao.New(n.registry, ao.Services{Cache: messages, Key: wallet}, ao.Limits{}), server.Options{
		Config: n.config.Load,
		Codecs: []codec.Codec{ans104.Codec{}, flat.Codec{}},
	})
	if err != nil {
		return nil, err
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	n.address = srv.Listener.Addr().String()
	return n, nil
}

// Adopt changes the node message.
func (n *httpNode) Adopt(changes, _ *message.Message) (int, error) {
	n.config.Store(n.config.Load().Merge(changes))
	n.changes++
	return n.changes, nil
}

// Build describes the node.
func (n *httpNode) Build() *message.Message {
	return message.Of(message.P("node", message.Binary("HyperBEAM")), message.P("version", message.Float(0.9)))
}

// pageDevice stands for the reference's message viewer, whose pages are not
// part of the protocol.
const pageDevice = "page@1.0"

func newPageDevice() *ao.Device {
	return &ao.Device{Name: pageDevice, Keys: []ao.Key{{Name: "index", Run: func(*ao.Call) (message.Value, error) {
		return message.Of(message.P("content-type", message.Binary("text/html")), message.P("body", message.Binary("<html>"))), nil
	}}}}
}

// withInfo gives the test device the description that the recorded answers
// show.
func withInfo(d *ao.Device) *ao.Device {
	texts := func(pairs ...string) *message.Message {
		b := message.NewBuilder(len(pairs) / 2)
		for i := 0; i < len(pairs); i += 2 {
			b.Set(pairs[i], message.Binary(pairs[i+1]))
		}
		return b.Message()
	}
	info := texts("description", "Test device for testing the AO-Core framework", "version", "1.0").Set("paths", texts(
		"info", "Get device info", "test_func", "Test function", "compute", "Compute function", "init", "Initialize function",
		"restore", "Restore function", "mul", "Multiply function", "snapshot", "Snapshot function", "response", "Response function",
		"update_state", "Update state function"))
	d.Keys = append(d.Keys, ao.Key{Name: "info", Run: func(*ao.Call) (message.Value, error) {
		return message.Of(message.P("status", message.Int(200)), message.P("body", info)), nil
	}})
	return d
}

// exchange is a response as it was recorded or received.
type exchange struct {
	status int
	header http.Header
	body   string
	page   bool // the body is a page that was not recorded
}

// send sends raw bytes on a connection of their own and reads the response.
func (n *httpNode) send(raw []byte) (*exchange, error) {
	conn, err := net.Dial("tcp", n.address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(raw); err != nil {
		return nil, err
	}
	method, _, _ := bytes.Cut(raw, []byte(" "))
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: string(method)})
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	if res.Close { // net/http takes the field for itself
		res.Header.Set("connection", "close")
	}
	return &exchange{status: res.StatusCode, header: res.Header, body: string(body)}, err
}

// httpSuite returns the suite of http.json, whose cases share one node.
func httpSuite(t *testing.T) suite {
	var n *httpNode
	return func(c *testCase) error {
		if n == nil {
			wallet := c.wallets["IC04uinebAqC_kAxB9eBWmDPBMfqaWIN7l7KvRa-RzA"]
			if wallet == nil {
				return fmt.Errorf("the reference's wallet is not in testdata")
			}
			var err error
			if n, err = newHTTPNode(t, wallet); err != nil {
				return err
			}
		}
		return n.check(c)
	}
}

func (n *httpNode) check(c *testCase) error {
	v, err := parseValue(c.m["request"])
	if err != nil {
		return err
	}
	raw, _ := v.(message.Binary)
	got, err := n.send([]byte(raw))
	if err != nil {
		return fmt.Errorf("the node did not answer in HTTP: %w", err)
	}
	if name := c.missingDevice(n.registry); name != "" {
		return &pending{name}
	}
	want, err := recordedExchange(c.m["response"])
	if err != nil {
		return err
	}
	return sameExchange(got, want)
}

// recordedExchange reads the response of a case.
func recordedExchange(raw json.RawMessage) (*exchange, error) {
	var r struct {
		Status  int
		Headers [][2]json.RawMessage
		Body    json.RawMessage
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, err
	}
	out := &exchange{status: r.Status, header: http.Header{}}
	for _, h := range r.Headers {
		k, err := parseValue(h[0])
		if err != nil {
			return nil, err
		}
		v, err := parseValue(h[1])
		if err != nil {
			return nil, err
		}
		name, _ := message.Text(k)
		text, _ := message.Text(v)
		out.header.Add(name, text)
	}
	if out.page = bytes.Contains(r.Body, []byte(`"omitted"`)); out.page {
		return out, nil
	}
	v, err := parseValue(r.Body)
	text, _ := v.(message.Binary)
	out.body = string(text)
	return out, err
}

// statusDiff is the difference of a case whose status differs, or that refuses
// with a reason where the reference gives none.
type statusDiff struct {
	got, want int
	body      string
}

func (d *statusDiff) Error() string {
	return fmt.Sprintf("status %d, want %d; body %.300q", d.got, d.want, d.body)
}

// sameExchange compares responses as the README of the vectors says.
func sameExchange(got, want *exchange) error {
	if got.status != want.status || (want.status >= 400 && want.body == "" && !want.page && got.body != "") {
		return &statusDiff{got.status, want.status, got.body}
	}
	g, w := stable(got.header), stable(want.header)
	if !slices.Equal(g, w) {
		return fmt.Errorf("status %d, headers differ:\n%s", got.status, lineDiff(g, w))
	}
	if err := verifyReply(got); err != nil {
		return err
	}
	if want.page {
		return nil
	}
	return sameBody(got, want)
}

// stable returns the header fields that do not change from run to run.
func stable(h http.Header) []string {
	var out []string
	for k, vs := range h {
		k = strings.ToLower(k)
		switch k {
		case "date", "server", "connection", "transfer-encoding", "content-length", "signature":
			continue
		case "signature-input":
			vs = inputs(strings.Join(vs, ", "))
		}
		for _, v := range vs {
			out = append(out, k+": "+v)
		}
	}
	slices.Sort(out)
	return out
}

// lineDiff lists the lines that are in one side only.
func lineDiff(got, want []string) string {
	var b strings.Builder
	for _, l := range got {
		if !slices.Contains(want, l) {
			fmt.Fprintf(&b, "   got %.600s\n", l)
		}
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			fmt.Fprintf(&b, "  want %.600s\n", l)
		}
	}
	return b.String()
}
