package cache_test

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

func Example() {
	ctx := context.Background()
	c := cache.New(mem.New(mem.Options{}), cache.Options{})
	m := message.Of(message.P("x", message.Binary("1")), message.P("sub", message.Of(message.P("y", message.Int(2)))))
	u, err := c.Write(ctx, m, store.Durable, "greetings/latest")
	if err != nil {
		panic(err)
	}
	for _, path := range []string{u + "/x", u + "/sub/y", "greetings/latest/sub/y"} {
		v, err := c.Read(ctx, path)
		s, _ := message.Text(v)
		fmt.Println(s, err)
	}
	lazy, _ := c.ReadLazy(ctx, u)
	sub, _ := lazy.(*message.Message).Get("sub")
	fmt.Printf("%T\n", sub)
	// Output:
	// 1 <nil>
	// 2 <nil>
	// 2 <nil>
	// message.Link
}
