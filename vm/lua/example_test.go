package lua_test

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/vm/lua"
)

// A machine runs a module, calls its functions, and lives on in another
// machine that was restored from its checkpoint.
func Example() {
	ctx := context.Background()
	chunks := map[lua.ChunkID][]byte{}
	put := func(id lua.ChunkID, b []byte) error { chunks[id] = b; return nil }
	get := func(id lua.ChunkID) ([]byte, error) { return chunks[id], nil }
	host := map[string]lua.HostFunction{"ao.event": func(c *lua.Call) error {
		fmt.Println("event:", c.VM().ToText(c.Arg(0)))
		c.PushString("ok")
		return nil
	}}

	vm, err := lua.New(lua.Options{Functions: host, Limits: lua.Limits{Fuel: 1e6, Memory: 16 << 20}})
	if err != nil {
		panic(err)
	}
	ao := vm.NewTable(0, 1)
	vm.SetField(ao, "event", vm.Register("ao.event", host["ao.event"]))
	vm.SetGlobal("ao", ao.Value())
	module, err := vm.Load("count = 0 function inc(by) count = count + by ao.event(count) return count end", "=counter")
	if err != nil {
		panic(err)
	}
	if _, err := vm.Call(ctx, module); err != nil {
		panic(err)
	}
	if _, err := vm.Call(ctx, vm.Global("inc"), lua.Int(2)); err != nil {
		panic(err)
	}
	root, err := vm.Checkpoint(put)
	if err != nil {
		panic(err)
	}

	other, err := lua.RestoreCheckpoint(lua.Options{Functions: host}, root, get)
	if err != nil {
		panic(err)
	}
	res, err := other.Call(ctx, other.Global("inc"), lua.Int(40))
	fmt.Println(other.ToText(res[0]), err)
	_, err = other.Call(ctx, other.Global("inc"), lua.Bool(true))
	fmt.Println(err)
	// Output:
	// event: 2
	// event: 42
	// 42 <nil>
	// lua.Call: counter:1: bad arithmetic '+' on 42,true
}
