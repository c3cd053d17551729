package conformance

import (
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"

	. "github.com/hyperbeam-go/hyperbeam/message"
)

const aosMirror = "../../.mirror/permaweb+aos/repo"

// aosModules returns modules of the aos repository in the order of names; each
// is found by require(".NAME").
func aosModules(t testing.TB, dir string, names string) []Value {
	t.Helper()
	if _, err := os.Stat(aosMirror); err != nil {
		t.Skip("no mirror of permaweb/aos beside this checkout")
	}
	var out []Value
	for _, name := range strings.Fields(names) {
		file := path.Join(dir, name+".lua")
		src, err := exec.Command("git", "--git-dir="+aosMirror, "show", "HEAD:"+file).Output()
		if err != nil {
			t.Skipf("the mirror has no %s", file)
		}
		key := "." + strings.ReplaceAll(name, "/", ".")
		text := "package.loaded['" + key + "'] = (function() " + string(src) + "\nend)()"
		out = append(out, Of(P("content-type", Binary("application/lua")), P("name", Binary(file)), P("body", Binary(text))))
	}
	return out
}

// aosChecks use the modules.
const aosChecks = `
	local base64 = require(".base64")
	function json_test()
		local json = require(".json")
		local t = json.decode(json.encode({a = {1, 2, 3}, b = "x\"y\n", c = true, d = 1.5}))
		assert(t.a[3] == 3 and t.b == "x\"y\n" and t.c == true and t.d == 1.5)
		return "ok", "json"
	end
	function base64_test()
		for _, s in ipairs({"", "a", "ab", "abc", "hello world", string.rep("\0\255", 50)}) do
			assert(base64.decode(base64.encode(s)) == s)
		end
		assert(base64.encode("hello") == "aGVsbG8=")
		return "ok", "base64"
	end
	function utils_test()
		local utils = require(".utils")
		assert(utils.reduce(function(a, x) return a + x end, 0, utils.map(function(x) return x * 2 end, {1, 2, 3})) == 12)
		assert(utils.includes("b", {"a", "b"}) and not utils.includes("z", {"a", "b"}))
		return "ok", "utils"
	end
	function stringify_test()
		local s = require(".stringify").format({a = 1, b = {2, 3}})
		assert(type(s) == "string" and s:find("a", 1, true))
		return "ok", "stringify"
	end
	function bint_test()
		local bint = require(".bint")(256)
		local x = bint.fromstring("340282366920938463463374607431768211455")
		assert(tostring(x + bint(1)) == "340282366920938463463374607431768211456")
		assert(tostring(bint(2) * bint.fromstring("1000000000000000000000")) == "2000000000000000000000")
		return "ok", "bint"
	end
	function handlers_test()
		ao = ao or {}
		Handlers = require(".handlers")
		local seen
		Handlers.add("t", function(m) return m.action == "Go" or m.Action == "Go" end, function(m) seen = m end)
		Handlers.evaluate({action = "Go", Action = "Go", body = {action = "Go"}}, {})
		assert(#Handlers.list >= 1)
		return "ok", "handlers"
	end`

func TestAOSModules(t *testing.T) {
	for _, c := range []struct{ dialect, dir, names, tests string }{
		{"lua@5.3a", "hyper/src", "string-ext json base64 utils stringify handlers-utils handlers", "json base64 utils stringify handlers"},
		{"5.3", "process", "base64 utils stringify bint", "base64 utils stringify bint"},
	} {
		b := newLuaBench(t)
		modules := append(aosModules(t, c.dir, c.names), Of(P("content-type", Binary("application/lua")), P("name", Binary("checks")), P("body", Binary(aosChecks))))
		s := b.ask(luaProgram(modules...).Set("lua-dialect", Binary(c.dialect)), Of(P("path", Binary("init"))))
		for _, name := range strings.Fields(c.tests) {
			t.Run(c.dialect+"/"+name, func(t *testing.T) {
				v, err := b.env.Resolve(t.Context(), s, Of(P("path", Binary("x")), P("function", Binary(name+"_test")), P("parameters", NewList())))
				if r := resolved(v, err); err != nil {
					t.Fatal(r.Status, show(r.Value))
				}
			})
		}
	}
}
