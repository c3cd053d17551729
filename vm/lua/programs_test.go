package lua

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Programs of permaweb/HyperBEAM, read from a mirror of that repository when
// there is one on this machine. They are not part of this repository.

const mirror = "/work/.mirror/permaweb+HyperBEAM/repo"

func mirrored(t testing.TB, path string) string {
	t.Helper()
	if _, err := os.Stat(mirror); err != nil {
		t.Skip("no mirror of permaweb/HyperBEAM on this machine")
	}
	out, err := exec.Command("git", "-C", mirror, "show", "HEAD:"+path).Output()
	if err != nil {
		t.Skipf("the mirror has no %s: %v", path, err)
	}
	return string(out)
}

// aos returns a machine that runs hyper-aos, and a function that evaluates a
// text in it as the owner.
func aos(t testing.TB, d Dialect) (*VM, func(slot int, code string) string) {
	src := mirrored(t, "test/hyper-aos.lua")
	vm, err := New(Options{Dialect: d, Limits: Limits{Memory: 1 << 30}})
	if err != nil {
		t.Fatal(err)
	}
	run(t, vm, src)
	eval := func(slot int, code string) string {
		commitments := message{"c1": message{"alg": "rsa-pss-sha512", "committer": "OWNER", "type": "rsa-pss-sha512"}}
		base := message{"device": "process@1.0", "process": message{
			"commitments": commitments, "authority": "AUTH", "type": "Process", "id": "PROCESS"}}
		req := message{"slot": Int(int64(slot)), "block-timestamp": "1700000000", "body": message{
			"commitments": commitments, "action": "Eval", "data": code, "target": "PROCESS", "type": "Message"}}
		res, err := vm.Call(ctx, vm.Global("compute"), luaMessage(vm, base), luaMessage(vm, req), Nil)
		if err != nil {
			t.Fatal(err)
		}
		results, _ := vm.GetField(res[0].table(), "results").AsTable()
		out, _ := vm.GetField(results, "output").AsTable()
		return vm.ToText(vm.GetField(out, "data"))
	}
	return vm, eval
}

func luaMessage(vm *VM, m message) Value {
	t := vm.NewTable(0, len(m))
	for _, k := range []string{"device", "process", "slot", "block-timestamp", "body", "commitments", "c1", "alg",
		"committer", "authority", "type", "id", "action", "data", "target"} {
		switch v := m[k].(type) {
		case string:
			vm.SetField(t, k, vm.String(v))
		case Value:
			vm.SetField(t, k, v)
		case message:
			vm.SetField(t, k, luaMessage(vm, v))
		}
	}
	return t.Value()
}

func TestHyperAOS(t *testing.T) {
	for _, d := range []Dialect{Luerl, Standard} {
		t.Run(d.String(), func(t *testing.T) {
			vm, eval := aos(t, d)
			for i, c := range []struct{ code, want string }{
				{"return 1 + 1", "2"}, {"1 + 1", "2"}, {"Count = (Count or 40) + 1", ""}, {"Count = Count + 1 return Count", "42"},
				{"return #Inbox", "0"}, {"print('hello')", "hello"}, {"return Owner", "OWNER"},
			} {
				got := eval(i+1, c.code)
				if !strings.Contains(got, c.want) {
					t.Errorf("Eval %q: %q, not %q", c.code, got, c.want)
				}
			}
			data, err := vm.Save()
			if err != nil {
				t.Fatal(err)
			}
			back, err := Restore(Options{Limits: Limits{Memory: 1 << 30}}, data)
			if err != nil {
				t.Fatal(err)
			}
			sameState(t, vm, back)
			t.Logf("state of %d bytes", len(data))
		})
	}
}

func TestOtherProgramsLoad(t *testing.T) {
	for _, path := range []string{"scripts/dynamic-router.lua", "scripts/hyper-token.lua", "scripts/p4-payment-client.lua",
		"scripts/p4-payment-process.lua", "scripts/meta-test.lua", "test/test.lua"} {
		t.Run(path, func(t *testing.T) {
			src := mirrored(t, path)
			for _, d := range []Dialect{Luerl, Standard} {
				vm := machine(t, d)
				vm.SetGlobal("ao", vm.NewTable(0, 0).Value())
				run(t, vm, src)
			}
		})
	}
}

func BenchmarkHyperAOSEval(b *testing.B) {
	for _, d := range []Dialect{Luerl, Standard} {
		b.Run(d.String(), func(b *testing.B) {
			_, eval := aos(b, d)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				eval(i+1, "return 1 + 1")
			}
		})
	}
}
