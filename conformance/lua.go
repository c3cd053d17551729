package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// luaCase calls a function of a Lua program through the device lua@5.3a.
func luaCase(c *testCase) error {
	env, err := newEnv()
	if err != nil {
		return err
	}
	if _, err := env.Registry().Device("lua@5.3a"); err != nil {
		return &pending{"lua@5.3a"}
	}
	source, err := parseValue(c.m["source"])
	if err != nil {
		return err
	}
	base := message.Of(
		message.P("device", message.Binary("lua@5.3a")),
		message.P("module", message.Of(
			message.P("content-type", message.Binary("application/lua")),
			message.P("body", source))))
	extra, err := parseValue(c.m["base_extra"])
	if err != nil {
		return err
	}
	if m, ok := extra.(*message.Message); ok {
		base = base.Merge(m)
	}
	req, err := parseValue(c.m["request"])
	if err != nil {
		return err
	}
	return c.expectLua(ao.ResultOf(env.Internal().Resolve(context.Background(), base, req)))
}

// expectLua compares the result of a call with the recorded one. The keys
// "module" and "trace" are not recorded, and this node says more about errors.
func (c *testCase) expectLua(got ao.Result) error {
	var want struct {
		Status, Value json.RawMessage
		Error         json.RawMessage
	}
	if err := json.Unmarshal(c.m["result"], &want); err != nil {
		return err
	}
	if want.Error != nil {
		if got.Status == ao.OK {
			return fmt.Errorf("got %s, the reference refuses: %s", show(got.Value), want.Error)
		}
		return nil
	}
	var status string
	if err := json.Unmarshal(want.Status, &status); err != nil {
		status = string(want.Status)
	}
	if string(got.Status) != status {
		return fmt.Errorf("status %s, want %s; value %s", got.Status, status, show(got.Value))
	}
	if text, ok := luaErrorText(want.Value); ok {
		m, _ := got.Value.(*message.Message)
		if m.Text("body") != text {
			return fmt.Errorf("error %q, want %q", m.Text("body"), text)
		}
		if v, _ := m.Get("status"); v != message.Value(message.Int(500)) {
			return fmt.Errorf("status of the error is %s, want 500", show(v))
		}
		return nil
	}
	v, err := parseValue(want.Value)
	if err != nil {
		return err
	}
	value := got.Value
	if m, ok := value.(*message.Message); ok {
		value = m.Without("module", "trace")
	}
	return c.sameLoaded("value", value, v)
}

// luaErrorText returns the text of a recorded error, which is a term of the
// reference's host: {status: 500, body: {reason, ...}}.
func luaErrorText(raw json.RawMessage) (string, bool) {
	var v struct {
		Map struct {
			Status struct{ Int int }
			Body   json.RawMessage
		}
	}
	if json.Unmarshal(raw, &v) != nil || v.Map.Status.Int != 500 || v.Map.Body == nil {
		return "", false
	}
	t := parseTerm(v.Map.Body)
	if t.kind == "bin" {
		return "", false
	}
	return t.luaText(), true
}

// term is a value of the reference's host.
type term struct {
	kind  string // atom, bin, int, float, list, tuple, or another one
	text  string
	items []term
}

func parseTerm(raw json.RawMessage) term {
	var o object
	if json.Unmarshal(raw, &o) != nil || len(o) != 1 {
		return term{kind: "other", text: string(raw)}
	}
	t := term{}
	for kind, content := range o {
		t.kind = kind
		var items []json.RawMessage
		if json.Unmarshal(content, &items) == nil {
			for _, item := range items {
				t.items = append(t.items, parseTerm(item))
			}
			continue
		}
		t.text = strings.Trim(string(content), `"`)
		if kind == "bin" {
			_ = json.Unmarshal(content, &t.text)
		}
	}
	return t
}

// luaText words an error term as the program sees it (spec 03, 14.5.8).
func (t term) luaText() string {
	at := func(i int) term {
		if i < len(t.items) {
			return t.items[i]
		}
		return term{kind: "atom", text: "nil"}
	}
	reason := at(0).text
	if t.kind == "atom" {
		reason = t.text
	}
	switch reason {
	case "badarith":
		return "bad arithmetic '" + at(1).text + "' on " + words(at(2).items)
	case "badarg":
		return "bad argument " + words(at(2).items) + " to '" + at(1).text + "'"
	case "illegal_index":
		return "invalid index in " + at(1).value() + ": " + at(2).value()
	case "illegal_value":
		return "invalid value in '" + at(1).text + "': " + at(2).value()
	case "illegal_comp":
		return "illegal comparison in " + at(1).text
	case "undefined_function":
		return "undefined function " + at(1).value()
	case "undefined_method":
		return "undefined method " + at(2).value() + " in " + at(1).value()
	case "invalid_pattern", "invalid_capture":
		return "malformed pattern"
	case "invalid_char_set":
		return "malformed pattern (missing ']')"
	case "error_call":
		if len(at(1).items) > 0 {
			return at(1).items[0].text
		}
		return "nil"
	case "assert_error":
		return at(1).text + "!"
	}
	return reason + "!"
}

func words(ts []term) string {
	parts := make([]string, len(ts))
	for i, t := range ts {
		parts[i] = t.value()
	}
	return strings.Join(parts, ",")
}

// value words a value inside an error.
func (t term) value() string {
	switch t.kind {
	case "bin":
		return "'" + t.text + "'"
	case "tuple":
		if len(t.items) > 0 && t.items[0].text == "tref" {
			return "table"
		}
		return "function"
	case "int":
		if n, ok := new(big.Int).SetString(t.text, 10); ok {
			return n.String()
		}
	case "empty":
		return "''"
	}
	return t.text
}

// isLua reports whether a case is one of a Lua program.
func (c *testCase) isLua() bool { return c.m["source"] != nil && c.m["base_extra"] != nil }

// luaStatusWord reports whether the reference took an arbitrary word for a
// status.
func (c *testCase) luaStatusWord() bool {
	var want struct{ Status any }
	if !c.isLua() || json.Unmarshal(c.m["result"], &want) != nil || want.Status == nil {
		return false
	}
	word, ok := want.Status.(string)
	return !ok || !slices.Contains(strings.Fields(luaStatuses), word)
}

// luaStatuses are the statuses that a Lua function may answer with.
const luaStatuses = "ok created error unauthorized forbidden not_found failure unavailable skip pass"

// isFunction reports whether a typed value is a function of the host.
func isFunction(v any) bool { return typed(v, "fun") == true }
