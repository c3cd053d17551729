package lua

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"

	gopher "github.com/yuin/gopher-lua"
)

// The benchmark programs run on this machine in both dialects, on gopher-lua
// and on Debian's lua5.3, where each can.

type program struct {
	name, source string
	noGopher     bool // gopher-lua copies the rest of a text for every match and does not finish
}

var programs = []program{
	{name: "fib30", source: `
local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end
assert(fib(30) == 832040)`},
	{name: "sort300k", source: `
local t, x = {}, 42
for i = 1, 300000 do x = (x * 1103515245 + 12345) % 2147483648 t[i] = x end
table.sort(t)
for i = 2, #t do assert(t[i-1] <= t[i]) end
local u = {}
for i = 1, 300000 do u["k" .. (i % 1000)] = i end`},
	{name: "sortfunc100k", source: `
local t, x = {}, 42
for i = 1, 100000 do x = (x * 1103515245 + 12345) % 2147483648 t[i] = x end
table.sort(t, function(a, b) return a > b end)
for i = 2, #t do assert(t[i-1] >= t[i]) end`},
	{name: "strings200k", noGopher: true, source: `
local t = {}
for i = 1, 200000 do t[#t+1] = "item" .. i .. "=" .. (i * 2) end
local n = 0
for i = 1, #t do
  local k, v = string.match(t[i], "^(%a+%d+)=(%d+)$")
  if k and v then n = n + #k end
end
local s = table.concat(t, ",")
local r, c = string.gsub(s, "item", "x")
assert(c == 200000 and n > 0)`},
	{name: "handlers1e6", source: `
local handlers = {}
for i = 1, 10 do handlers["h" .. i] = function(m) return m.n + i end end
local names = {}
for i = 1, 10 do names[i] = "h" .. i end
local sum, msg = 0, {n = 1}
for i = 1, 1000000 do
  sum = sum + handlers[names[i % 10 + 1]](msg)
end
assert(sum > 0)`},
	{name: "errors100k", source: `
local n = 0
for i = 1, 100000 do
  local ok, e = pcall(error, "boom")
  if not ok then n = n + 1 end
end
assert(n == 100000)`},
	{name: "json1MB", noGopher: true, source: jsonLua + `
local items = {}
for i = 1, 8000 do
  items[i] = {id = "item" .. i, name = "Name with \"quotes\" and text " .. i, n = i, tags = {"a", "b", "c"}, ok = true}
end
local s = json.encode(items)
assert(#s > 700000)
local back = json.decode(s)
assert(#back == 8000 and back[77].n == 77)`},
}

const jsonLua = `
local json = {}
local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r"}
local function encode(v, out)
  local t = type(v)
  if t == "string" then
    out[#out+1] = '"' .. string.gsub(v, '["\\\n\t\r]', escapes) .. '"'
  elseif t == "number" or t == "boolean" then out[#out+1] = tostring(v)
  elseif t == "nil" then out[#out+1] = "null"
  elseif #v > 0 then
    out[#out+1] = "["
    for i = 1, #v do
      if i > 1 then out[#out+1] = "," end
      encode(v[i], out)
    end
    out[#out+1] = "]"
  else
    out[#out+1] = "{"
    local first = true
    for k, x in pairs(v) do
      if not first then out[#out+1] = "," end
      first = false
      encode(k, out) out[#out+1] = ":" encode(x, out)
    end
    out[#out+1] = "}"
  end
end
function json.encode(v) local out = {} encode(v, out) return table.concat(out) end
local unescape = {n = "\n", t = "\t", r = "\r", ['"'] = '"', ["\\"] = "\\", ["/"] = "/"}
local value
local function skip(s, i) local _, e = string.find(s, "^[ \n\t\r]*", i) return e + 1 end
local function str(s, i)
  local parts, from = {}, i + 1
  while true do
    local j = string.find(s, '["\\]', from)
    parts[#parts+1] = string.sub(s, from, j - 1)
    if string.sub(s, j, j) == '"' then return table.concat(parts), j + 1 end
    parts[#parts+1] = unescape[string.sub(s, j + 1, j + 1)]
    from = j + 2
  end
end
value = function(s, i)
  i = skip(s, i)
  local c = string.sub(s, i, i)
  if c == '"' then return str(s, i) end
  if c == "{" then
    local t = {}
    i = skip(s, i + 1)
    if string.sub(s, i, i) == "}" then return t, i + 1 end
    while true do
      local k, v
      k, i = str(s, skip(s, i))
      i = skip(s, i)
      v, i = value(s, i + 1)
      t[k] = v
      i = skip(s, i)
      if string.sub(s, i, i) == "}" then return t, i + 1 end
      i = i + 1
    end
  end
  if c == "[" then
    local t = {}
    i = skip(s, i + 1)
    if string.sub(s, i, i) == "]" then return t, i + 1 end
    while true do
      local v
      v, i = value(s, i)
      t[#t+1] = v
      i = skip(s, i)
      if string.sub(s, i, i) == "]" then return t, i + 1 end
      i = i + 1
    end
  end
  if string.sub(s, i, i + 3) == "true" then return true, i + 4 end
  if string.sub(s, i, i + 4) == "false" then return false, i + 5 end
  if string.sub(s, i, i + 3) == "null" then return nil, i + 4 end
  local _, e = string.find(s, "^-?[0-9.eE+-]+", i)
  return tonumber(string.sub(s, i, e)), e + 1
end
function json.decode(s) return (value(s, 1)) end
`

func runProgram(b testing.TB, d Dialect, p program) {
	vm, err := New(Options{Dialect: d})
	if err != nil {
		b.Fatal(err)
	}
	f, err := vm.Load(p.source, "="+p.name)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := vm.Call(context.Background(), f); err != nil {
		b.Fatal(err)
	}
}

func TestPrograms(t *testing.T) {
	for _, p := range programs {
		for _, d := range []Dialect{Luerl, Standard} {
			t.Run(p.name+"/"+d.String(), func(t *testing.T) { runProgram(t, d, p) })
		}
	}
}

func BenchmarkPrograms(b *testing.B) {
	for _, p := range programs {
		for _, d := range []Dialect{Luerl, Standard} {
			b.Run(p.name+"/"+d.String(), func(b *testing.B) {
				b.ReportAllocs()
				for range b.N {
					runProgram(b, d, p)
				}
			})
		}
		b.Run(p.name+"/gopher-lua", func(b *testing.B) {
			if p.noGopher {
				b.Skip("does not finish in a minute")
			}
			for range b.N {
				l := gopher.NewState(gopher.Options{RegistryMaxSize: 1 << 24})
				if err := l.DoString(p.source); err != nil {
					b.Skip(err)
				}
				l.Close()
			}
		})
		b.Run(p.name+"/lua5.3", func(b *testing.B) { benchNative(b, p) })
	}
}

// benchNative times the program inside one native process, without its start.
func benchNative(b *testing.B, p program) {
	exe, err := exec.LookPath("lua5.3")
	if err != nil {
		b.Skip("lua5.3 is not installed")
	}
	file := b.TempDir() + "/p.lua"
	if err := os.WriteFile(file, []byte("local function run() "+p.source+"\nend\nfor i = 1, tonumber(arg[1]) do run() end"), 0o600); err != nil {
		b.Fatal(err)
	}
	n := bytes.TrimSpace([]byte(itoaTest(b.N)))
	b.ResetTimer()
	if out, err := exec.Command(exe, file, string(n)).CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
}

func itoaTest(n int) string {
	var vm VM
	return vm.numberText(Int(int64(n)))
}
