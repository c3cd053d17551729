package lua

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Random programs run on this machine and on Debian's lua5.3, and must print
// the same: results, and the texts of errors.

// generator of programs.
type writer struct {
	r     *rand.Rand
	b     strings.Builder
	vars  []string
	depth int
	loop  int
	fn    int
}

func (w *writer) pick(s ...string) string { return s[w.r.Intn(len(s))] }

func (w *writer) name() string {
	if len(w.vars) == 0 || w.r.Intn(8) == 0 {
		return w.pick("g1", "g2", "g3")
	}
	return w.vars[w.r.Intn(len(w.vars))]
}

func (w *writer) literal() string {
	switch w.r.Intn(9) {
	case 0:
		return "nil"
	case 1:
		return w.pick("true", "false")
	case 2:
		return fmt.Sprintf("%.2f", w.r.NormFloat64()*10)
	case 3:
		return w.pick(`"abc"`, `"10"`, `"0x1F"`, `"x y,z"`, `""`, `"3.5"`, `"hello world"`)
	case 4:
		return w.pick("9223372036854775807", "-9223372036854775808", "1e308", "0.0", "-0.0", "2^53", "1<<62", "0xff", "255", "1e15", "1/3")
	}
	return fmt.Sprint(w.r.Intn(20) - 5)
}

func (w *writer) expr() string {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > 4 {
		if w.r.Intn(2) == 0 {
			return w.name()
		}
		return w.literal()
	}
	e := w.expr
	switch w.r.Intn(22) {
	case 0, 1, 2, 3:
		return w.name()
	case 4, 5:
		return w.literal()
	case 6, 7, 8:
		return "(" + e() + " " + w.pick("+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>") + " " + e() + ")"
	case 9, 10:
		return "(" + e() + " " + w.pick("<", "<=", ">", ">=", "==", "~=") + " " + e() + ")"
	case 11:
		return "(" + e() + " " + w.pick("and", "or") + " " + e() + ")"
	case 12:
		return "(" + e() + " .. " + e() + " .. " + e() + ")"
	case 13:
		return "(" + w.pick("-", "not ", "#", "~") + e() + ")"
	case 14:
		return w.pick("T", "M") + "[" + e() + "]"
	case 15:
		return w.pick("T", "M", w.name()) + "." + w.pick("a", "b", "n")
	case 16:
		return "{" + e() + ", " + w.pick("a", "b") + " = " + e() + ", [" + w.pick("1", "2", `"k"`, "3.0") + "] = " + e() + "}"
	case 17:
		return w.pick("tostring", "tonumber", "type", "math.floor", "math.type", "math.abs", "string.len", "string.upper", "string.reverse", "math.ceil", "math.tointeger") + "(" + e() + ")"
	case 18:
		return w.pick("string.sub", "string.rep3", "string.byte", "math.fmod", "select", "math.max2", "string.find", "string.match", "rawequal", "math.ult") + "(" + e() + ", " + e() + ")"
	case 19:
		return "F(" + e() + ", " + e() + ")"
	case 20:
		return "(function(...) local a, b = ... return " + w.pick("a", "b", "select('#', ...)", "...") + " end)(" + e() + ", " + e() + ")"
	}
	return "S:" + w.pick("sub(2, -2)", "upper()", "find('l')", "gsub('l', 'L')", "match('(%w+) (%w+)')", "rep(2, '-')", "byte(1, 3)", "len()", "format()", "gsub('%w+', '<%0>', 1)")
}

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(&w.b, format+"\n", args...)
}

func (w *writer) block(n int) {
	saved := len(w.vars)
	for range n {
		w.stmt()
	}
	w.vars = w.vars[:saved]
}

func (w *writer) stmt() {
	w.depth++
	defer func() { w.depth-- }()
	if w.depth > 4 {
		w.line("%s = %s", w.name(), w.expr())
		return
	}
	switch w.r.Intn(15) {
	case 0, 1, 2:
		v := fmt.Sprintf("v%d", len(w.vars))
		w.line("local %s = %s", v, w.expr())
		w.vars = append(w.vars, v)
	case 3, 4:
		w.line("%s = %s", w.name(), w.expr())
	case 5:
		w.line("%s, %s = %s, %s", w.name(), w.name(), w.expr(), w.expr())
	case 6:
		w.line("%s[%s] = %s", w.pick("T", "M"), w.expr(), w.expr())
	case 7:
		w.line("if %s then", w.expr())
		w.block(2)
		w.line("else")
		w.block(1)
		w.line("end")
	case 8:
		w.line("for i = %s, %d, %s do", w.pick("1", "0", "3", "1.5"), w.r.Intn(5), w.pick("1", "2", "-1", "0.5"))
		w.vars = append(w.vars, "i")
		w.block(2)
		if w.r.Intn(3) == 0 {
			w.line("if %s then break end", w.expr())
		}
		w.vars = w.vars[:len(w.vars)-1]
		w.line("end")
	case 9:
		w.loop++
		w.line("do local n%d = 0 while n%d < %d do n%d = n%d + 1", w.loop, w.loop, w.r.Intn(4), w.loop, w.loop)
		w.line("if n%d == 2 then goto c%d end do", w.loop, w.loop)
		l := w.loop
		w.block(2)
		w.line("end ::c%d:: end end", l)
	case 10:
		w.line("for k, v in ipairs({%s, %s, 3}) do P(k, v) end", w.expr(), w.expr())
	case 11:
		w.fn++
		w.line("local function f%d(a, ...)", w.fn)
		n := w.fn
		w.vars = append(w.vars, "a")
		w.block(2)
		w.line("return %s end", w.expr())
		w.vars = w.vars[:len(w.vars)-1]
		w.line("P(pcall(f%d, %s, %s))", n, w.expr(), w.expr())
	case 12:
		w.line("P(pcall(function() return %s end))", w.expr())
	default:
		w.line("P(%s, %s)", w.expr(), w.expr())
	}
}

const differentialPrelude = `
local out = {}
local function text(v)
  if type(v) == "table" or type(v) == "function" then return type(v) end
  return math.type(v) == "float" and string.format("%.14g", v) .. "f" or tostring(v)
end
function P(...) local t = {} for i = 1, select("#", ...) do t[i] = text((select(i, ...))) end out[#out+1] = table.concat(t, " ") end
function F(a, b) if a then return b, a end return a end
string.rep3 = function(s, n) return string.rep(s, (tonumber(n) or 1) // 1 % 4) end
math.max2 = function(a, b) return math.max(a + 0, b + 0) end
function fresh()
  T = {10, 20, 30, a = 1, b = "two", n = {a = 5}}
  M = setmetatable({}, {__index = function(t, k) return k end, __add = function(a, b) return "add" end,
    __concat = function(a, b) return "cat" end, __len = function() return 7 end, __lt = function() return true end,
    __le = function() return false end, __eq = function() return true end, __call = function(s, x) return x end,
    __unm = function() return "unm" end, __idiv = function() return "idiv" end, __band = function() return "band" end})
  S = "hello world" g1, g2, g3 = 1, "s", nil
end
function go(src)
  fresh() out = {}
  local f, e = load(src, "=p")
  if not f then return "LOAD " .. e end
  local ok, e = pcall(f)
  return table.concat(out, "\n") .. "\n" .. tostring(ok) .. " " .. text(e)
end
`

func randomProgram(seed int64) string {
	w := &writer{r: rand.New(rand.NewSource(seed))}
	w.block(6 + w.r.Intn(6))
	return w.b.String()
}

func TestDifferential(t *testing.T) {
	exe, err := exec.LookPath("lua5.3")
	if err != nil {
		t.Skip("lua5.3 is not installed (apt-get install lua5.3)")
	}
	first, count := int64(1), int64(1500)
	if s := os.Getenv("LUA_SEED"); s != "" {
		fmt.Sscan(s, &first)
	}
	var driver strings.Builder
	driver.WriteString(differentialPrelude + "local programs = {\n")
	for s := first; s < first+count; s++ {
		driver.WriteString("[=====[\n" + randomProgram(s) + "]=====],\n")
	}
	driver.WriteString("}\nfor i, p in ipairs(programs) do io.write('@@', i, '\\n', go(p), '\\n') end")
	file := t.TempDir() + "/driver.lua"
	if err := os.WriteFile(file, []byte(driver.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	native, err := exec.Command(exe, file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var ours strings.Builder
	vm, err := New(Options{Dialect: Standard, Print: func(s string) { ours.WriteString(s) }})
	if err != nil {
		t.Fatal(err)
	}
	f, err := vm.Load(driver.String(), "@"+file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(ctx, f); err != nil {
		t.Fatal(err)
	}
	// Where a value came from is a hint that depends on the registers in use.
	hint := regexp.MustCompile(` \((global|local|field|upvalue|method|constant) '[^']*'\)`)
	plain := func(s string) []string { return strings.Split(hint.ReplaceAllString(s, ""), "@@") }
	want, got := plain(string(native)), plain(ours.String())
	if len(want) != len(got) {
		t.Fatalf("%d results, want %d", len(got), len(want))
	}
	bad := 0
	for i := 1; i < len(want); i++ {
		if want[i] != got[i] {
			if bad++; bad <= 5 {
				t.Errorf("program %d\n%s\n got %s\nwant %s", first+int64(i)-1, randomProgram(first+int64(i)-1), got[i], want[i])
			}
		}
	}
	if bad > 0 {
		t.Errorf("%d of %d programs differ", bad, count)
	}
}
