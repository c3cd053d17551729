package conformance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/conformance/testdevice"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// newEnv returns an environment with all devices and test-device@1.0, an empty
// cache in memory, and the reference's default cache control.
func newEnv() (*ao.Env, error) {
	r, err := ao.NewRegistry(append(all.Devices(all.Deps{}), testdevice.New())...)
	if err != nil {
		return nil, err
	}
	return ao.New(r, ao.Services{}, ao.Limits{}).Env(message.Empty()).WithCacheControl(ao.CacheNever()), nil
}

// resolveCase resolves requests and compares status, value and hashpath.
func resolveCase(c *testCase) error {
	env, err := newEnv()
	if err != nil {
		return err
	}
	if name := c.missingDevice(env.Registry()); name != "" {
		return &pending{name}
	}
	ctx := context.Background()
	switch c.kind {
	case "resolve-singleton":
		req, err := parseValue(c.m["request"])
		if err != nil {
			return err
		}
		return c.expectResult("result", c.m["result"], resolved(env.ResolveRequest(ctx, req.(*message.Message))))
	case "resolve-stored":
		return c.resolveStored(ctx, env)
	case "resolve-steps":
		return c.resolveSteps(ctx, env)
	}
	base, err := c.baseMessage()
	if err != nil {
		return err
	}
	req, err := parseValue(c.m["request"])
	if err != nil {
		return err
	}
	return c.expectResult("result", c.m["result"], resolved(env.Resolve(ctx, base, req)))
}

// resolveSteps resolves each request on the result of the one before.
func (c *testCase) resolveSteps(ctx context.Context, env *ao.Env) error {
	base, err := c.baseMessage()
	if err != nil {
		return err
	}
	var steps []struct{ Request, Result json.RawMessage }
	if err := json.Unmarshal(c.m["steps"], &steps); err != nil {
		return err
	}
	var v message.Value = base
	for i, s := range steps {
		req, err := parseValue(s.Request)
		if err != nil {
			return err
		}
		r := resolved(env.Resolve(ctx, v, req))
		if err := c.expectResult(fmt.Sprintf("step %d", i+1), s.Result, r); err != nil {
			return err
		}
		v = r.Value
	}
	return nil
}

// resolveStored stores a message and reads it by paths that begin with its ID.
func (c *testCase) resolveStored(ctx context.Context, env *ao.Env) error {
	stored, err := parseValue(c.m["stored"])
	if err != nil {
		return err
	}
	name, err := env.Cache.Write(ctx, stored, store.Durable)
	if err := c.expect("write_path", message.Binary(name), err); err != nil {
		return err
	}
	var results []struct {
		Path   string
		Result json.RawMessage
	}
	if err := json.Unmarshal(c.m["results"], &results); err != nil {
		return err
	}
	for _, r := range results {
		req := message.Of(message.P("path", message.Binary(r.Path)))
		got := resolved(env.ResolveRequest(ctx, req))
		if got.Value, err = message.LoadAll(ctx, env.Cache, got.Value); err != nil {
			return err
		}
		if err := c.expectResult(r.Path, r.Result, got); err != nil {
			return err
		}
	}
	return nil
}

// outcome is how a resolution ended, with the hashpath of its value.
type outcome struct {
	ao.Result
	hashpath string
}

func resolved(v message.Value, err error) outcome {
	o := outcome{Result: ao.ResultOf(v, err)}
	if m, ok := v.(*message.Message); ok {
		o.hashpath = m.Hashpath()
	}
	return o
}

// expectResult compares an outcome with a recorded one.
func (c *testCase) expectResult(what string, raw json.RawMessage, got outcome) error {
	var want struct {
		Status   ao.Status
		Value    json.RawMessage
		Hashpath string
		Error    json.RawMessage
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		return err
	}
	if want.Error != nil {
		if got.Status == ao.OK {
			return fmt.Errorf("%s: got %s, the reference refuses: %s", what, show(got.Value), want.Error)
		}
		return nil
	}
	if got.Status != want.Status {
		return fmt.Errorf("%s: status %s, want %s; value %s", what, got.Status, want.Status, show(got.Value))
	}
	v, err := parseValue(want.Value)
	var host *hostError
	if errors.As(err, &host) {
		return fmt.Errorf("%s: the reference answers with a host value", what)
	}
	if err != nil {
		return err
	}
	if err := c.sameLoaded(what, got.Value, v); err != nil {
		return err
	}
	if got.hashpath != want.Hashpath {
		return fmt.Errorf("%s: hashpath %q, want %q", what, got.hashpath, want.Hashpath)
	}
	return nil
}

// missingDevice returns the first device of the reference that a case uses and
// the registry lacks, or "".
func (c *testCase) missingDevice(r *ao.Registry) string {
	for _, name := range strings.Fields(referenceDevices) {
		if _, err := r.Device(name); err == nil {
			continue
		}
		used := c.contains(func(v any) bool {
			s, ok := v.(string)
			return ok && (s == name || strings.Contains(s, "~"+name))
		})
		if used {
			return name
		}
	}
	return ""
}

// referenceDevices are the devices that the reference comes with (spec 02,
// 3.2).
const referenceDevices = `arweave@2.9-pre apply@1.0 auth-hook@1.0 ans104@1.0
	compute@1.0 cache@1.0 cacheviz@1.0 cookie@1.0 cron@1.0 dedup@1.0
	delegated-compute@1.0 faff@1.0 flat@1.0 genesis-wasm@1.0 greenzone@1.0
	httpsig@1.0 http-auth@1.0 hook@1.0 hyperbuddy@1.0 copycat@1.0 json@1.0
	json-iface@1.0 local-name@1.0 lookup@1.0 lua@5.3a manifest@1.0 message@1.0
	meta@1.0 monitor@1.0 multipass@1.0 name@1.0 node-process@1.0 p4@1.0 patch@1.0
	poda@1.0 process@1.0 profile@1.0 push@1.0 query@1.0 relay@1.0 router@1.0
	scheduler@1.0 simple-pay@1.0 snp@1.0 stack@1.0 structured@1.0 volume@1.0
	secret@1.0 wasi@1.0 wasm-64@1.0 whois@1.0`
