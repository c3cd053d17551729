package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	devprocess "github.com/hyperbeam-go/hyperbeam/device/process"
	"github.com/hyperbeam-go/hyperbeam/device/scheduler"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/process"
	"github.com/hyperbeam-go/hyperbeam/schedule"
	"github.com/hyperbeam-go/hyperbeam/schedule/remote"
	"github.com/hyperbeam-go/hyperbeam/server"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// processSuite returns the suite of process.json: whole lives of processes, each
// over HTTP on a node of its own.
func processSuite(t *testing.T, engine *vm.Engine) suite {
	return func(c *testCase) error {
		wallet := c.wallets[operator]
		if wallet == nil {
			return fmt.Errorf("the reference's wallet is not in testdata")
		}
		n, err := newProcessNode(t, engine, wallet)
		if err != nil {
			return err
		}
		if name := c.missingDevice(n.registry); name != "" {
			return &pending{name}
		}
		return n.life(t, c)
	}
}

// newProcessNode starts a node that schedules and computes.
func newProcessNode(t *testing.T, engine *vm.Engine, wallet *keys.PrivateKey) (*httpNode, error) {
	s := mem.New(mem.Options{})
	c := cache.New(s, cache.Options{})
	order := schedule.New(schedule.Options{Store: s, Cache: c, Identities: []*keys.PrivateKey{wallet}})
	svc := process.New(process.Options{Order: order, Cache: c})
	t.Cleanup(func() { _, _ = svc.Close(), order.Close() })

	n := &httpNode{}
	n.config.Store(message.Of(
		message.P("operator", message.Binary(wallet.Address())),
		message.P("store_all_signed", message.True),
		message.P("default_index", message.Of(message.P("device", message.Binary(pageDevice))))))
	devices := append(all.Devices(all.Deps{Node: n, Wasm: engine}), testdevice.New(), newPageDevice())
	for _, d := range []*ao.Device{scheduler.New(remote.New(remote.Options{Local: order})), devprocess.New(svc)} {
		devices = slices.DeleteFunc(devices, func(other *ao.Device) bool { return other.Name == d.Name })
		devices = append(devices, d)
	}
	var err error
	if n.registry, err = ao.NewRegistry(devices...); err != nil {
		return nil, err
	}
	srv, err := server.New(ao.New(n.registry, ao.Services{Cache: c, Key: wallet}, ao.Limits{}), server.Options{
		Config: n.config.Load,
		Codecs: []codec.Codec{ans104.Codec{}, flat.Codec{}},
	})
	if err != nil {
		return nil, err
	}
	h := httptest.NewServer(srv)
	t.Cleanup(h.Close)
	n.address = h.Listener.Addr().String()
	return n, nil
}

// life sends the requests of one process and compares each answer.
func (n *httpNode) life(t *testing.T, c *testCase) error {
	var steps []struct {
		Name     string
		Request  json.RawMessage
		Response json.RawMessage
	}
	if err := json.Unmarshal(c.m["steps"], &steps); err != nil {
		return err
	}
	var errs []error
	for _, s := range steps {
		raw, err := recordedRequest(t, s.Request)
		if err != nil {
			return err
		}
		want, err := recordedExchange(s.Response)
		if err != nil {
			return err
		}
		got, err := n.send(raw)
		if err != nil {
			return fmt.Errorf("%s: the node did not answer in HTTP: %w", s.Name, err)
		}
		if err := sameStep(got, want); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

// recordedRequest returns the bytes of a request, files of testdata included.
func recordedRequest(t *testing.T, raw json.RawMessage) ([]byte, error) {
	var whole struct {
		Parts []json.RawMessage
	}
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, err
	}
	if whole.Parts == nil {
		v, err := parseValue(raw)
		b, _ := v.(message.Binary)
		return []byte(b), err
	}
	var out []byte
	for _, part := range whole.Parts {
		var file struct{ File string }
		if err := json.Unmarshal(part, &file); err == nil && file.File != "" {
			out = append(out, sharedtest.File(t, "testdata/"+file.File)...)
			continue
		}
		v, err := parseValue(part)
		if err != nil {
			return nil, err
		}
		b, _ := v.(message.Binary)
		out = append(out, b...)
	}
	return out, nil
}

// sameStep compares an answer with the recorded one, without what differs from
// run to run: times of assignments, signatures, and what follows from them.
func sameStep(got, want *exchange) error {
	if got.status != want.status {
		return &statusDiff{got.status, want.status, got.body}
	}
	g, w := stepHeaders(got), stepHeaders(want)
	if !slices.Equal(g, w) {
		return fmt.Errorf("status %d, headers differ:\n%s", got.status, lineDiff(g, w))
	}
	if err := verifyReply(got); err != nil {
		return err
	}
	if want.page {
		return nil
	}
	a, err := stepBody(got)
	if err != nil {
		return err
	}
	b, err := stepBody(want)
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(a, b) {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		return fmt.Errorf("bodies differ:\n   got %.3000s\n  want %.3000s", x, y)
	}
	return nil
}

// stepHeaders returns the header fields of an answer that do not change from
// run to run.
func stepHeaders(x *exchange) []string {
	h := x.header.Clone()
	if h.Get("type") == "assignment" {
		h.Del("timestamp")
	}
	if strings.HasPrefix(h.Get("content-type"), "multipart/") {
		h.Set("content-type", "multipart/form-data")
		h.Del("content-digest")
	}
	if h.Get("content-type") == "application/json" {
		h.Del("content-digest") // the page of a schedule has IDs of assignments
	}
	out := stable(h)
	for i, l := range out {
		if strings.HasPrefix(l, "signature-input: ") {
			out[i], _, _ = strings.Cut(l, ";tag=") // a hashpath, of assignments too
		}
	}
	slices.Sort(out)
	return out
}

// stepBody returns a body as a value that can be compared: JSON and messages in
// parts by content, anything else by its bytes.
func stepBody(x *exchange) (any, error) {
	typ := x.header.Get("content-type")
	switch {
	case typ == "application/json":
		v, err := stableJSON(x.body)
		return steady(v), err
	case strings.HasPrefix(typ, "multipart/"):
		tabm, err := httpsig.Codec{}.Decode(context.Background(), codec.Env{Load: message.NoLoader{}}, message.Of(
			message.P("content-type", message.Binary(typ)), message.P("body", message.Binary(x.body))), codec.Options{})
		if err != nil {
			return nil, fmt.Errorf("the body cannot be decoded: %w", err)
		}
		return steady(plain(tabm)), nil
	}
	return x.body, nil
}

// plain returns a value as maps and texts.
func plain(v message.Value) any {
	m, ok := v.(*message.Message)
	if !ok {
		return show(v)
	}
	out := map[string]any{}
	for k, e := range m.All() {
		out[k] = plain(e)
	}
	return out
}

var tagInJSON = regexp.MustCompile(`"tag":"[^"]*",?`)

// steady removes from a schedule what differs from run to run: the time of each
// assignment, its IDs and commitments.
func steady(v any) any {
	switch x := v.(type) {
	case []any:
		for i := range x {
			x[i] = steady(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = steady(x[k])
		}
		if list, ok := x["commitments"].([]string); ok { // of stableJSON
			for i := range list {
				list[i] = tagInJSON.ReplaceAllString(list[i], "")
			}
		}
		delete(x, "content-type")
		delete(x, "tag")
		if _, ok := x["hash-chain"]; ok {
			delete(x, "timestamp")
			delete(x, "commitments")
		}
		if a, ok := x["assignment"].(map[string]any); ok {
			delete(a, "Id")
			tags, _ := a["Tags"].([]any)
			a["Tags"] = slices.DeleteFunc(tags, func(t any) bool {
				tag, _ := t.(map[string]any)
				return tag["name"] == "Timestamp"
			})
		}
	}
	return v
}
