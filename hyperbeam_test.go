package hyperbeam_test

import (
	"context"
	"fmt"
	"log"

	"github.com/hyperbeam-go/hyperbeam"
)

func Example() {
	ctx := context.Background()
	n, err := hyperbeam.Open(ctx, hyperbeam.InMemory())
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	v, err := n.Resolve(ctx, hyperbeam.Path("/~message@1.0&a=1/set&b+integer=2/b"))
	fmt.Println(v, err)
	// Output: 2 <nil>
}
