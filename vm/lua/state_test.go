package lua

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

var ctx = context.Background()

// run loads and runs a chunk.
func run(t testing.TB, vm *VM, src string) []Value {
	t.Helper()
	f, err := vm.Load(src, "=test")
	if err != nil {
		t.Fatal(err)
	}
	res, err := vm.Call(ctx, f)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return res
}

func machine(t testing.TB, d Dialect) *VM {
	t.Helper()
	vm, err := New(Options{Dialect: d, Functions: map[string]HostFunction{"host.double": double}})
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

func double(c *Call) error {
	n, _ := c.Arg(0).AsInt()
	c.Push(Int(2 * n))
	return nil
}

const stateProgram = `
local shared = 0
function inc() shared = shared + 1 return shared end
function get() return shared end
cyclic = {name = "cycle"} cyclic.self = cyclic
obj = setmetatable({x = 1}, {__index = function(t, k) return k .. "!" end, __add = function(a, b) return a.x + b.x end})
long = string.rep("abc", 100)
tables = {} for i = 1, 1000 do tables[i] = {id = i, long = long} end
sparse = {[1] = 1, [3] = 3, [100] = 5, [true] = "t", [1.5] = "f", [-7] = "neg"}
removed = {} for i = 1, 20 do removed["k" .. i] = i end for i = 1, 20, 2 do removed["k" .. i] = nil end
bykey = {} bykey[cyclic] = "table key" bykey[inc] = "function key"
iter, state, start = ipairs({10, 20})
function recurse(n) if n == 0 then return inc() end return recurse(n - 1) end
`

const standardProgram = stateProgram + `
co = coroutine.create(function(a)
  local captured = a
  local f = function() captured = captured + 1 return captured end
  local b = coroutine.yield(f)
  local ok, e = pcall(function(...) local x, y = ... local z = coroutine.yield(x .. y) error("E" .. z, 0) end, "x", "y")
  local t = setmetatable({}, {__index = function(_, k) return coroutine.yield(k) end})
  local s = t.key .. "-" .. e .. captured
  for i = 1, 3 do coroutine.yield(i) end
  return s, xpcall(function() coroutine.yield("in xpcall") error("Z", 0) end, function(m) return "handled " .. m end)
end)
_, fco = coroutine.resume(co, 5)
fco()
gm = string.gmatch("a b c", "%a") first = gm()
wrapped = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i * i) end end) wrapped()
`

const standardRest = `
local out = {fco(), get(), inc(), cyclic.self == cyclic, obj.foo, obj + obj, gm(), wrapped()}
local function step(...) local r = {coroutine.resume(co, ...)} for i = 1, #r do out[#out+1] = tostring(r[i]) end end
step("b") step("zz") step("KEY") step() step() step() step() step()
out[#out+1] = tables[500].id for _, v in iter, state, start do out[#out+1] = v end
out[#out+1] = bykey[cyclic] out[#out+1] = bykey[inc]
for k, v in pairs(removed) do out[#out+1] = k .. v end
out[#out+1] = math.random(1000) out[#out+1] = tostring({})
for i = 1, #out do out[i] = tostring(out[i]) end
return table.concat(out, ",")
`

func TestSaveRestore(t *testing.T) {
	vm := machine(t, Standard)
	run(t, vm, standardProgram)
	data, err := vm.Save()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Restore(Options{}, data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := back.Save()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, again) {
		t.Error("saving a restored state gives other bytes")
	}
	want, got := run(t, vm, standardRest)[0], run(t, back, standardRest)[0]
	if want.str() != got.str() {
		t.Errorf("restored machine goes on differently\n got %s\nwant %s", got.str(), want.str())
	}
	t.Log(len(data), "bytes;", want.str())
	a, _ := vm.Save()
	b, _ := back.Save()
	if !bytes.Equal(a, b) {
		t.Error("states differ after the same calls")
	}
}

func TestEqualRunsGiveEqualBytes(t *testing.T) {
	var first []byte
	for i := range 3 {
		vm := machine(t, Luerl)
		run(t, vm, stateProgram)
		data, err := vm.Save()
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 && !bytes.Equal(first, data) {
			t.Fatal("the same program gave other bytes")
		}
		first = data
	}
}

// store is a content-addressed store of chunks.
type store struct {
	chunks map[ChunkID][]byte
	bytes  int
	puts   int
}

func newStore() *store { return &store{chunks: map[ChunkID][]byte{}} }

func (s *store) put(id ChunkID, b []byte) error {
	if sha256.Sum256(b) != [32]byte(id) {
		return fmt.Errorf("chunk %x has the wrong name", id)
	}
	s.chunks[id] = b
	s.bytes += len(b)
	s.puts++
	return nil
}

func (s *store) get(id ChunkID) ([]byte, error) {
	b, ok := s.chunks[id]
	if !ok {
		return nil, fmt.Errorf("no chunk %x", id)
	}
	return b, nil
}

func TestCheckpointIsIncremental(t *testing.T) {
	vm := machine(t, Luerl)
	run(t, vm, `
tables = {} for i = 1, 100000 do tables[i] = {id = i, n = 0} end
balances = {} for i = 1, 100000 do balances["account-with-a-long-name-" .. i] = 2^40 // 1 * i end
function touch(k) for i = 1, 10 do local t = tables[(k * 7919 + i * 104729) % 100000 + 1] t.n = t.n + 1 end end
function transfer(a, b, q)
  a, b = "account-with-a-long-name-" .. a, "account-with-a-long-name-" .. b
  balances[a] = balances[a] - q balances[b] = (balances[b] or 0) + q
end`)
	s := newStore()
	if _, err := vm.Checkpoint(s.put); err != nil {
		t.Fatal(err)
	}
	full := s.bytes
	var root ChunkID
	for k := range 20 {
		s.bytes, s.puts = 0, 0
		call(t, vm, "touch", Int(int64(k)))
		start := time.Now()
		_, err := vm.Checkpoint(s.put)
		if err != nil {
			t.Fatal(err)
		}
		if k == 0 {
			t.Logf("full %d bytes; after touching 10 of 100,000 tables: %d bytes in %d chunks, %v", full, s.bytes, s.puts, time.Since(start))
		}
		if s.bytes > full/50 || s.puts > 40 {
			t.Fatalf("touching 10 tables wrote %d bytes in %d chunks", s.bytes, s.puts)
		}
		s.bytes, s.puts = 0, 0
		call(t, vm, "transfer", Int(5), Int(int64(70000+k)), Int(3))
		start = time.Now()
		if root, err = vm.Checkpoint(s.put); err != nil {
			t.Fatal(err)
		}
		if k == 0 {
			t.Logf("after one transfer: %d bytes in %d chunks, %v", s.bytes, s.puts, time.Since(start))
		}
		if s.bytes > full/50 {
			t.Fatalf("one transfer wrote %d bytes", s.bytes)
		}
	}
	back, err := RestoreCheckpoint(Options{}, root, s.get)
	if err != nil {
		t.Fatal(err)
	}
	sameState(t, vm, back)
	call(t, vm, "touch", Int(99))
	call(t, back, "touch", Int(99))
	s.bytes = 0
	r1, err := vm.Checkpoint(s.put)
	if err != nil {
		t.Fatal(err)
	}
	one := s.bytes
	r2, err := back.Checkpoint(s.put)
	if err != nil || r1 != r2 {
		t.Errorf("checkpoints of a restored machine differ: %v", err)
	}
	if s.bytes-one > 2*one {
		t.Errorf("the first checkpoint after a restore wrote %d bytes, not about %d", s.bytes-one, one)
	}
}

func call(t testing.TB, vm *VM, name string, args ...Value) []Value {
	t.Helper()
	res, err := vm.Call(ctx, vm.Global(name), args...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return res
}

func sameState(t *testing.T, a, b *VM) {
	t.Helper()
	x, err := a.Save()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Save()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x, y) {
		t.Fatal("states differ")
	}
}

func TestRewind(t *testing.T) {
	vm := machine(t, Luerl)
	run(t, vm, "balances = {a = 1} count = 0 function read() local t = {} math.random() return balances.a, tostring(t) end function write() count = count + 1 return count end")
	if !vm.Changed() || vm.Rewind() {
		t.Error("a machine without checkpoint cannot be rewound")
	}
	s := newStore()
	root, err := vm.Checkpoint(s.put)
	if err != nil {
		t.Fatal(err)
	}
	first := call(t, vm, "read")[1].str()
	if vm.Changed() || !vm.Rewind() {
		t.Error("reading changed the machine")
	}
	if again := call(t, vm, "read")[1].str(); again != first {
		t.Errorf("after Rewind: %s, before %s", again, first)
	}
	vm.Rewind()
	back, err := RestoreCheckpoint(Options{}, root, s.get)
	if err != nil {
		t.Fatal(err)
	}
	sameState(t, vm, back)
	call(t, vm, "write")
	if !vm.Changed() || vm.Rewind() {
		t.Error("a change was not noticed")
	}
}

// TestCheckpointsFollowChanges changes many kinds of objects between
// checkpoints and restores each of them.
func TestCheckpointsFollowChanges(t *testing.T) {
	for _, d := range []Dialect{Luerl, Standard} {
		vm := machine(t, d)
		run(t, vm, `
local n = 0
function step(k)
  n = n + k
  if k % 3 == 0 then list = {} end
  list = list or {}
  for i = 1, 300 do list[#list+1] = {k, i} end
  big = big or {}
  for i = 1, 400 do big["key" .. (k * 37 + i * 11) % 3000] = i * k end
  for i = 1, 100 do big["key" .. (k * 91 + i * 17) % 3000] = nil end
  if k % 4 == 0 then table.sort(list, function(a, b) return a[2] < b[2] end) end
  if k % 5 == 0 then for i = 1, 200 do table.remove(list) end table.insert(list, 1, {0, 0}) end
  fns = fns or {}
  fns[#fns+1] = function() n = n + 1 return n end
  if coroutine then
    co = co or coroutine.wrap(function() local i = 0 while true do i = i + 1 coroutine.yield(i) end end)
    co()
  end
  return fns[1]()
end`)
		s := newStore()
		other := vm // restored after every step, and after some of them from whole bytes
		for k := 1; k <= 30; k++ {
			call(t, vm, "step", Int(int64(k)))
			fuel, mem := vm.FuelUsed(), vm.MemoryUsed()
			if other != vm {
				call(t, other, "step", Int(int64(k)))
			}
			if other.FuelUsed() != fuel || other.MemoryUsed() != mem || other.measure() != vm.measure() {
				t.Fatalf("%v, step %d: fuel %d and %d, memory %d and %d", d, k, fuel, other.FuelUsed(), mem, other.MemoryUsed())
			}
			root, err := other.Checkpoint(s.put)
			if err != nil {
				t.Fatal(err)
			}
			if k%5 == 0 {
				data, saveErr := vm.Save()
				if saveErr != nil {
					t.Fatal(saveErr)
				}
				other, err = Restore(Options{}, data)
			} else {
				other, err = RestoreCheckpoint(Options{}, root, s.get)
			}
			if err != nil {
				t.Fatalf("%v, step %d: %v", d, k, err)
			}
			sameState(t, vm, other)
		}
	}
}

func TestRestoreRefusesWhatItDoesNotKnow(t *testing.T) {
	vm := machine(t, Luerl)
	vm.SetGlobal("twice", vm.Register("host.double", double))
	data, err := vm.Save()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(Options{}, data); err == nil || !strings.Contains(err.Error(), "host.double") {
		t.Errorf("unknown host function: %v", err)
	}
	back, err := Restore(Options{Functions: map[string]HostFunction{"host.double": double}}, data)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := run(t, back, "return twice(21)")[0].AsInt(); n != 42 {
		t.Error("host function was not bound again")
	}
	data[len(stateMagic)] = 99
	if _, err := Restore(Options{}, data); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("other version: %v", err)
	}
}

// TestDamagedLoop: a coroutine stopped in a loop over floats goes on from a state
// in which any byte has become any small number, which is what types are saved as.
func TestDamagedLoop(t *testing.T) {
	vm, err := New(Options{Dialect: Standard}) // Luerl has no coroutines
	if err != nil {
		t.Fatal(err)
	}
	run(t, vm, `co = coroutine.wrap(function() for i = 0.5, 9.5, 1.5 do coroutine.yield(i) end end) co()`)
	data, err := vm.Save()
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for at := range data {
		for b := range byte(12) {
			bad := bytes.Clone(data)
			bad[at] = b
			vm, err := Restore(Options{Limits: Limits{Fuel: 10_000, Memory: 1 << 20, Depth: 100}}, bad)
			if err != nil {
				continue
			}
			p, err := vm.Load("return co()", "=rest")
			if err != nil {
				continue
			}
			if _, err := vm.Call(ctx, p); err != nil && strings.Contains(err.Error(), "state is damaged") {
				broken++
			}
		}
	}
	if broken == 0 {
		t.Error("no change reached the registers of the loop")
	}
}

func FuzzRestore(f *testing.F) {
	for _, d := range []Dialect{Luerl, Standard} {
		vm, _ := New(Options{Dialect: d})
		data, _ := vm.Save()
		f.Add(data)
		src := strings.ReplaceAll(stateProgram, "1000", "3")
		if d == Standard {
			src = strings.ReplaceAll(standardProgram, "1000", "3")
		}
		run(f, vm, src)
		data, _ = vm.Save()
		f.Add(data)
	}
	rest := strings.ReplaceAll(standardRest, "500", "2")
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		limits := Limits{Fuel: 100_000, Memory: 16 << 20, Depth: 1000}
		vm, err := Restore(Options{Limits: limits}, data)
		if err != nil {
			return
		}
		if p, err := vm.Load(rest, "=rest"); err == nil {
			_, _ = vm.Call(ctx, p)
		}
		if _, err := vm.Save(); err != nil {
			t.Fatal(err)
		}
	})
}
