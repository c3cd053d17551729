package name_test

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/localname"
	"github.com/hyperbeam-go/hyperbeam/device/name"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
)

func TestResolvers(t *testing.T) {
	config := Of(
		P("local_names", Of(P("known", Binary("PATH")))),
		P("name_resolvers", NewList(
			Of(P("device", Binary("message@1.0"))),
			Of(P("device", Binary(localname.Name))))))
	b := aotest.With(t, ao.Services{}, config, name.New(nil), localname.New())
	base := Of(P("device", Binary(name.Name)))
	b.Want(b.Path(base, "nosuch"), NotFound)
	b.Want(b.Path(base, "known"), NotFound)
	b.Want(b.Ask(base, "known", P("load", False)), Binary("PATH"))
	stored := Of(P("a", Int(1)))
	id, err := b.Cache.Write(t.Context(), stored, store.Durable)
	if err != nil {
		t.Fatal(err)
	}
	b = aotest.With(t, ao.Services{Cache: b.Cache}, config.Set("local_names", Of(P("known", Binary(id)))), name.New(nil), localname.New())
	b.Want(b.Path(base, "known"), stored)
}
