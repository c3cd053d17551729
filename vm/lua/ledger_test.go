package lua

import (
	"math/big"
	"testing"
)

const ledgerProgram = `
balances, supply = {}, 0
function mint(who, n) balances[who] = (balances[who] or 0) + n supply = supply + n return supply end
function transfer(from, to, n)
  if n <= 0 or (balances[from] or 0) < n then error("Insufficient Balance") end
  balances[from] = balances[from] - n
  balances[to] = (balances[to] or 0) + n
  if balances[from] == 0 then balances[from] = nil end
end
function total() local s = 0 for _, n in pairs(balances) do s = s + n end return s end
function setup(n) for i = 1, n do mint("account-" .. i, (1 << 64) + i) end end
`

// TestLedgerIsExact moves amounts above 2^63 among 100,000 accounts.
func TestLedgerIsExact(t *testing.T) {
	vm := machine(t, Luerl)
	run(t, vm, ledgerProgram)
	call(t, vm, "setup", Int(100_000))
	for i := range int64(500) {
		from, to := vm.String("account-"+vm.ToText(Int(i*13%100_000+1))), vm.String("account-"+vm.ToText(Int(i*7919%100_000+1)))
		amount := BigInt(new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 63), big.NewInt(i)))
		call(t, vm, "transfer", from, to, amount)
	}
	want := new(big.Int).Mul(big.NewInt(100_000), new(big.Int).Lsh(big.NewInt(1), 64))
	want.Add(want, big.NewInt(100_000*100_001/2))
	for _, v := range []Value{call(t, vm, "total")[0], vm.Global("supply")} {
		if b, ok := v.AsBig(); !ok || b.Cmp(want) != 0 {
			t.Errorf("total %s, want %s", vm.ToText(v), want)
		}
	}
}

func BenchmarkCheckpointOfLedger(b *testing.B) {
	vm := machine(b, Luerl)
	run(b, vm, ledgerProgram)
	call(b, vm, "setup", Int(100_000))
	drop := func(ChunkID, []byte) error { return nil }
	if _, err := vm.Checkpoint(drop); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		call(b, vm, "transfer", vm.String("account-5"), vm.String("account-"+vm.ToText(Int(int64(i%99_000+6)))), Int(1))
		if _, err := vm.Checkpoint(drop); err != nil {
			b.Fatal(err)
		}
	}
}
