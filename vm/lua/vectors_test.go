package lua

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// The vectors lua.json and lua-random.json, as far as they need no device: the
// messages become Lua values as spec 03, 14.4 says, and results come back as
// JSON text of typed values.

type luaCase struct {
	Name      string         `json:"name"`
	Source    any            `json:"source"`
	Function  string         `json:"function"`
	BaseExtra map[string]any `json:"base_extra"`
	Request   map[string]any `json:"request"`
	Result    map[string]any `json:"result"`
}

func readCases(t *testing.T, file string) []luaCase {
	var f struct {
		Cases []luaCase `json:"cases"`
	}
	dec := json.NewDecoder(strings.NewReader(string(sharedtest.File(t, "vectors/"+file))))
	dec.UseNumber()
	if err := dec.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f.Cases
}

// typed is a value of a vector: nil, bool, string (binary), *big.Int, float64,
// atom, list or message.
type (
	atom    string
	list    []any
	message map[any]any // keys: string, atom, int64
	opaque  struct{}
)

func decodeTyped(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return fmt.Sprint(v)
	}
	for k, x := range m {
		switch k {
		case "bin":
			return x.(string)
		case "b64u":
			b, _ := base64.RawURLEncoding.DecodeString(x.(string))
			return string(b)
		case "int":
			b, _ := new(big.Int).SetString(fmt.Sprint(x), 10)
			return b
		case "float":
			f, _ := strconv.ParseFloat(x.(string), 64)
			return f
		case "atom":
			return atom(x.(string))
		case "list", "tuple":
			out := list{}
			for _, e := range x.([]any) {
				out = append(out, decodeTyped(e))
			}
			return out
		case "map":
			out := message{}
			for mk, e := range x.(map[string]any) {
				out[mk] = decodeTyped(e)
			}
			return out
		case "entries":
			out := message{}
			for _, e := range x.([]any) {
				kv := e.([]any)
				key := decodeTyped(kv[0])
				if b, ok := key.(*big.Int); ok {
					key = b.Int64()
				}
				out[key] = decodeTyped(kv[1])
			}
			return out
		case "empty":
			return map[string]any{"binary": "", "list": list{}, "message": message{}}[x.(string)]
		case "fun", "opaque":
			return opaque{}
		}
	}
	return opaque{}
}

// toLua converts a typed value as the device does (14.4.1).
func toLua(vm *VM, v any) Value {
	switch v := v.(type) {
	case string:
		return vm.String(v)
	case *big.Int:
		return BigInt(v)
	case float64:
		return Float(v)
	case bool:
		return Bool(v)
	case atom:
		if v == "true" || v == "false" {
			return Bool(v == "true")
		}
		return vm.String(string(v))
	case list:
		t := vm.NewTable(len(v), 0)
		for i, e := range v {
			vm.SetIndex(t, int64(i)+1, toLua(vm, e))
		}
		return t.Value()
	case message:
		if l, ok := ordered(v); ok {
			return toLua(vm, l)
		}
		t := vm.NewTable(0, len(v))
		for k, e := range v {
			vm.SetField(t, fmt.Sprint(k), toLua(vm, e))
		}
		return t.Value()
	}
	return Nil
}

// ordered returns a message with exactly the keys 1..n as a list.
func ordered(m message) (list, bool) {
	out := list{}
	for i := 1; i <= len(m); i++ {
		e, ok := m[strconv.Itoa(i)]
		if !ok {
			if e, ok = m[int64(i)]; !ok {
				return nil, false
			}
		}
		out = append(out, e)
	}
	return out, len(m) > 0
}

var errUnconvertible = errors.New("no message form")

// fromLua converts a Lua value as the device does (14.4.2). Only a table that
// lies in an array is decoded as an empty list when it is empty.
func fromLua(vm *VM, v Value, inList bool) (any, error) {
	switch v.Kind() {
	case KindNil:
		return atom("nil"), nil
	case KindBool:
		return atom(vm.ToText(v)), nil
	case KindInt, KindBig:
		b, _ := v.AsBig()
		return b, nil
	case KindFloat:
		f, _ := v.AsFloat()
		return f, nil
	case KindString:
		s, _ := v.AsString()
		return s, nil
	case KindTable:
		return tableFromLua(vm, v.table(), inList)
	}
	return opaque{}, nil
}

func tableFromLua(vm *VM, t *Table, inList bool) (any, error) {
	out := message{}
	var err error
	vm.Each(t, func(k, v Value) bool {
		var e any
		e, err = fromLua(vm, v, vm.Len(t) > 0)
		switch k.Kind() {
		case KindString:
			out[k.str()] = e
		case KindInt:
			out[int64(k.n)] = e
		case KindBool:
			out[atom(vm.ToText(k))] = e
		default:
			err = errUnconvertible
		}
		return err == nil
	})
	if err != nil {
		return nil, err
	}
	if l, ok := ordered(out); ok {
		return l, nil
	}
	if inList && len(out) == 0 {
		return list{}, nil
	}
	return out, nil
}

// show prints a typed value canonically.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return strconv.Quote(v)
	case *big.Int:
		return v.String()
	case float64:
		return "f" + strconv.FormatFloat(v, 'g', -1, 64)
	case atom:
		return "'" + string(v) + "'"
	case list:
		var parts []string
		for _, e := range v {
			parts = append(parts, show(e))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case message:
		var parts []string
		for k, e := range v {
			ks := fmt.Sprintf("%T%v", k, k)
			parts = append(parts, ks+"="+show(e))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, " ") + "}"
	}
	return "opaque"
}

// errorBody builds the error term that the device would report.
func errorBody(vm *VM, e *Error) any {
	args := list{}
	for _, a := range e.Args {
		if a.Kind() == KindTable {
			args = append(args, list{atom("tref"), big.NewInt(int64(a.table().ID()))})
			continue
		}
		x, _ := fromLua(vm, a, false)
		args = append(args, x)
	}
	switch {
	case e.Reason == "badarith" || e.Reason == "badarg":
		return list{atom(e.Reason), atom(e.Where), args}
	case e.Where != "":
		return append(list{atom(e.Reason), atom(e.Where)}, args...)
	case e.Reason == "error_call":
		return list{atom(e.Reason), args}
	case len(args) == 0:
		return atom(e.Reason)
	}
	return append(list{atom(e.Reason)}, args...)
}

// resolve runs a case as the device would and returns its outcome in the form
// of the vector.
func resolve(c luaCase) string {
	const crashed = "crash"
	vm, err := New(Options{Seed: 1})
	if err != nil {
		return err.Error()
	}
	ctx := context.Background()
	chunk, err := vm.Load(fmt.Sprint(decodeTyped(c.Source)), "=module")
	if err != nil {
		return crashed
	}
	if _, err := vm.Call(ctx, chunk); err != nil {
		return crashed
	}
	base := message{"device": "lua@5.3a", "module": message{"content-type": "application/lua", "body": c.Source}}
	extra, _ := decodeTyped(c.BaseExtra).(message)
	for k, v := range extra {
		base[k] = v
	}
	if extra["sandbox"] == atom("true") {
		for _, name := range []string{"io", "file", "package", "loadfile", "require", "dofile", "load", "loadstring"} {
			vm.SetGlobal(name, vm.String("sandboxed"))
		}
		os, _ := vm.Global("os").AsTable()
		for _, name := range []string{"execute", "exit", "getenv", "remove", "rename", "tmpname"} {
			vm.SetField(os, name, vm.String("sandboxed"))
		}
	}
	vm.SetGlobal("ao", vm.NewTable(0, 0).Value())
	req, _ := decodeTyped(c.Request).(message)
	fn, args := c.Function, []any{base, req, list{}}
	body, _ := req["body"].(message)
	for _, m := range []message{base, req, body} {
		if f, ok := m["function"].(string); ok {
			fn = f
		}
		if p, ok := m["parameters"].(list); ok {
			args = p
		}
	}
	values := make([]Value, len(args))
	for i, a := range args {
		values[i] = toLua(vm, a)
	}
	res, err := vm.Call(ctx, vm.Global(fn), values...)
	var e *Error
	if errors.As(err, &e) {
		if e.Fatal {
			return crashed
		}
		return "error " + show(message{"status": big.NewInt(500), "body": errorBody(vm, e)})
	}
	status := "ok"
	if len(res) == 2 {
		if res[0].isNumber() {
			return crashed // no status name
		}
		status = vm.ToText(res[0])
		res = res[1:]
	}
	if len(res) != 1 {
		return crashed
	}
	v, err := fromLua(vm, res[0], false)
	if err != nil {
		return crashed
	}
	if m, ok := v.(message); ok {
		delete(m, "module")
	}
	return status + " " + show(v)
}

// needsDevice says which cases are about the device, not the machine.
func needsDevice(c luaCase) string {
	src := fmt.Sprint(decodeTyped(c.Source))
	switch {
	case strings.Contains(src, "ao."):
		return "ao library"
	case c.Function == "keys" || c.Function == "functions" || c.Function == "set":
		return "key of the device"
	case strings.Contains(fmt.Sprint(c.Result["error"]), "badarg") && strings.Contains(src, "custom-status"):
		return "status names"
	case strings.Contains(src, "gsub(") && c.Result["error"] != nil:
		return "status names"
	}
	return ""
}

func TestVectors(t *testing.T) {
	for _, file := range []string{"lua.json", "lua-random.json"} {
		for _, c := range readCases(t, file) {
			t.Run(c.Name, func(t *testing.T) {
				if why := needsDevice(c); why != "" {
					t.Skip("needs the device: " + why)
				}
				want := "crash"
				if _, failed := c.Result["error"]; !failed {
					v := decodeTyped(c.Result["value"])
					want = fmt.Sprint(c.Result["status"]) + " " + show(v)
				}
				if got := resolve(c); got != want {
					t.Errorf("%v %s\n got %s\nwant %s", c.Source, c.Function, got, want)
				}
			})
		}
	}
}
