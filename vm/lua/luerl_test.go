package lua

import (
	"errors"
	"strings"
	"testing"
)

// What spec 03, 14.5 says about the Luerl dialect, one expression a line.
// CONF-LUA-12
func TestLuerlFacts(t *testing.T) {
	for src, want := range map[string]string{
		// 14.5.1 numbers
		`math.maxinteger + 1`: "9223372036854775808", `1 << 70`: "1180591620717411303424", `-8 >> 1`: "-4", `~0`: "-1",
		`7 / 2`: "3.5", `2 ^ 2`: "4.0", `7 // 2`: "3", `-7 // 2`: "-4", `-7 % 3`: "2", `2^63 // 1`: "9.223372036854776e18",
		`math.maxinteger * math.maxinteger`: "85070591730234615847396907784232501249",
		`(1 << 100) // (1 << 98)`:           "4", `-(1 << 64) % 7`: "5", `(1 << 64) - (1 << 64)`: "0",
		`100000000000000000000 == 1e20`: "true", `(1 << 63) == 2^63`: "true", `math.huge`: "1.7976931348623157e308",
		// 14.5.2 number text
		`100.0`: "100.0", `1000.0`: "1.0e3", `1500.0`: "1.5e3", `12345.0`: "12345.0", `120000.0`: "1.2e5", `1e15`: "1.0e15",
		`2^53`: "9.007199254740992e15", `0.0001`: "0.0001", `0.00001`: "1.0e-5", `-0.0`: "-0.0", `0.1 + 0.2`: "0.30000000000000004",
		// 14.5.3 strings to numbers
		`"10" + 1`: "11.0", `tonumber("5")`: "5.0", `tonumber("0x1F")`: "31.0", `tonumber("10", 2)`: "2.0", `10 .. 20`: "1020",
		`tonumber(" 7 ")`: "7.0", `tonumber("")`: "nil", `tonumber("- 3")`: "-3.0", `select("#", 1, nil)`: "2.0", `rawlen("x")`: "1.0",
		`tonumber("1e400")`: "nil", `tonumber("99999999999999999999")`: "1.0e20",
		// 14.5.4 length
		`#{1, nil, 3}`: "1", `#{nil, nil, 3}`: "0", `(function() local t = {} t[2] = 1 return #t end)()`: "2",
		// 14.5.6 and 14.5.7
		`coroutine`: "nil", `xpcall`: "nil", `table.move`: "nil", `string.pack`: "nil", `#"é"`: "4", `#"\xc3\xa9"`: "2",
		// 14.5.8 error texts
		`pcall(function() local x return x.y end)`: "false invalid index in nil: 'y'",
		`pcall(function() undefined() end)`:        "false undefined function nil",
		`pcall(math.random, 0)`:                    "false bad argument 0 to 'random'",
		`pcall(function() return "a" < 1 end)`:     "false bad argument 'a',1 to '<'",
		`pcall(function() return 1 / 0 end)`:       "false bad arithmetic '/' on 1,0",
		`pcall(function() return {} + 1 end)`:      "false bad arithmetic '+' on table,1",
		`pcall(table.sort, {1, "a"})`:              "false illegal comparison in sort",
		`pcall(table.concat, {{}})`:                "false invalid value in 'concat': table",
		`pcall(string.find, "a", "[a")`:            "false malformed pattern (missing ']')",
		`pcall(assert, false)`:                     "false assertion failed!",
		`pcall(assert, nil, "m")`:                  "false m!",
		`pcall(error)`:                             "false nil",
		`pcall(error, setmetatable({}, {__tostring = function() return "T" end}))`: "false T",
		`load("x = = 1")`:  "nil syntax error before: '='",
		`load("x y")`:      "nil illegal call",
		`load("return 1")`: "function: 1",
		// 14.5.9 string.format
		`string.format("%d", 3.0)`: "3", `pcall(string.format, "%d", 3.5)`: "false bad argument '%d',3.5 to 'format'",
		`string.format("%x", -1)`: "-1", `string.format("%u", -1)`: "18446744073709551615", `string.format("%e", 12345.678)`: "1.234568e+4",
		`string.format("%g", 0.1)`: "0.100000", `string.format("%g", 100000.0)`: "1.00000e+5", `string.format("%g", 1e20)`: "1.00000e+20",
		`string.format("%5.2f|%-5d|%05d", 3.14159, 42, 42)`: " 3.14|42   |00042", `string.format("%.3f", 2.0005)`: "2.001",
		`string.format("%.1f %.2f", 0.05, 99.995)`: "0.1 100.00", `("aaa"):gsub("^a", "b")`: "baa 1",
		// 14.5.10, 14.5.12
		`tostring(print)`: "function: luerl_lib_basic:print", `tostring(string.rep)`: "function: luerl_lib_string:rep",
		`(function() local n = 0 for i = 1, 10, 0 do n = n + 1 end return n end)()`:                                      "0",
		`(function() local function r(n) if n == 0 then return "deep" end return (r(n - 1)) end return r(100000) end)()`: "deep",
		`collectgarbage()`: "", `(0 and "" and true)`: "true",
		// patterns
		`("hello world"):find("o w")`: "5 7", `("abc"):gsub("%w*", "x")`: "xx 2", `(""):match("")`: "nil", `("abc"):match("()b()")`: "2 3",
		`("key = value"):match("^(%w+)%s*=%s*(%w+)$")`: "key value", `("f(a(b)c)d"):match("%b()")`: "(a(b)c)",
		`("abc"):gsub("b", {b = 1})`: "a1c 1", `("abc"):gsub("b", true)`: "ac 1", `("abc"):gsub(".", function(c) if c == "b" then return "-" end end)`: "a-c 3",
		`("hello"):byte(1, -1)`: "104 101 108 108 111", `("hello"):sub(-3, -2)`: "ll", `("x"):rep(3, ",")`: "x,x,x",
		`table.concat({1, 2.5, "x"}, ", ")`: "1, 2.5, x", `table.unpack({1, 2, 3}, 2)`: "2 3",
	} {
		vm := machine(t, Luerl)
		got := []string{}
		for _, v := range run(t, vm, "return "+src) {
			got = append(got, vm.ToText(v))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s\n got %s\nwant %s", src, s, want)
		}
	}
}

func TestLuerlHostFaultsAreNotCaught(t *testing.T) {
	for _, src := range []string{`pcall(math.sqrt, -1)`, `pcall(os.time, {})`, `pcall(string.find, "a", "", 1, true)`} {
		vm := machine(t, Luerl)
		f, _ := vm.Load("return "+src, "=t")
		_, err := vm.Call(ctx, f)
		var e *Error
		if !errors.As(err, &e) || !e.Fatal || e.Limit != "" {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// TestLuerlSortComparisons pins the sequence of comparisons of table.sort.
func TestLuerlSortComparisons(t *testing.T) {
	vm := machine(t, Luerl)
	res := run(t, vm, `
local log, t = {}, {5, 2, 8, 1, 9, 3}
table.sort(t, function(a, b) log[#log + 1] = a .. "<" .. b return a < b end)
return table.concat(t, ","), table.concat(log, " ")`)
	if s := res[0].str(); s != "1,2,3,5,8,9" {
		t.Error(s)
	}
	if s := res[1].str(); s != "5<2 2<8 5<8 2<1 1<9 2<9 1<3 2<3 9<3 1<3 2<3 5<3 5<9 8<9" {
		t.Error(s)
	}
	stable := run(t, vm, `
local t = {} for i = 1, 200 do t[i] = {k = i % 7, i = i} end
table.sort(t, function(a, b) return a.k <= b.k end)
for i = 2, 200 do local a, b = t[i-1], t[i] if a.k > b.k or a.k == b.k and a.i > b.i then return "unstable at " .. i end end
return "stable"`)[0].str()
	if stable != "stable" {
		t.Error(stable)
	}
}
