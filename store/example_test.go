package store_test

import (
	"context"
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

// A message is kept as values by their hash, and links from its keys to them.
func Example() {
	ctx := context.Background()
	s := mem.New(mem.Options{})
	defer s.Close()

	b := store.NewBatch()
	b.Put("data/a4ayc", []byte("1"))
	b.MakeGroup("3URaAv")
	b.Link("3URaAv/x", "data/a4ayc")
	b.Link("Q7f5Ex", "3URaAv") // another ID of the same message
	if err := s.Apply(ctx, b, store.Durable); err != nil {
		fmt.Println(err)
	}

	v, _ := s.Get(ctx, "Q7f5Ex/x")
	at, _ := s.Resolve(ctx, "Q7f5Ex/x")
	keys, _ := s.List(ctx, "Q7f5Ex", store.Page{})
	fmt.Printf("%s at %s among %v\n", v, at, keys)
	// Output: 1 at data/a4ayc among [x]
}
