package store

import (
	"context"
	"io"
)

// Type says what a path leads to after its links have been followed.
type Type uint8

// The types. Their names are those of the reference (spec 02, 20.3).
const (
	Absent    Type = iota // nothing is there
	Simple                // a value that [Reader.Get] returns
	Composite             // a group that [Lister.List] lists
)

// String returns "not_found", "simple" or "composite".
func (t Type) String() string {
	switch t {
	case Simple:
		return "simple"
	case Composite:
		return "composite"
	}
	return "not_found"
}

// Reader reads values.
type Reader interface {
	// Get returns the value that path leads to. The bytes may be shared with
	// the store and other readers: they stay valid for ever and must not be
	// modified.
	//
	// Errors: NotFound when nothing or only a group is there.
	Get(ctx context.Context, path string) ([]byte, error)
}

// Typer tells values from groups.
type Typer interface {
	// Type says what path leads to. Nothing there is [Absent], not an error.
	Type(ctx context.Context, path string) (Type, error)
}

// Page selects a part of a listing. The zero value selects everything.
type Page struct {
	After string // only names greater than this one, in byte order
	Limit int    // at most so many names; 0 means all
}

// Lister lists groups.
type Lister interface {
	// List returns the names (one component each, without the path) of the
	// immediate children of the group that path leads to, in byte order and
	// without repetition. The path "" lists the top level.
	//
	// Errors: NotFound when path leads to nothing, or to a value without
	// children. An empty group, and a page after the last name, are empty
	// lists.
	List(ctx context.Context, path string, page Page) ([]string, error)
}

// Resolver follows links.
type Resolver interface {
	// Resolve returns the path that is left when all links this store knows of
	// have been followed. Nothing needs to lie there: a path without links
	// resolves to itself.
	//
	// Errors: Exhausted after [MaxHops] links.
	Resolve(ctx context.Context, path string) (string, error)
}

// Writer writes values.
type Writer interface {
	// Put stores value at exactly path unless the same bytes are there
	// already. The store takes value over: it must not be modified afterwards.
	//
	// Errors: Conflict when other bytes, a link or a group mark lie there.
	Put(ctx context.Context, path string, value []byte) error
}

// Linker sets names.
type Linker interface {
	// Link makes name a link to target, replacing a link or a group mark.
	// Target need not exist. A link to itself is no work.
	//
	// Errors: Conflict when a value lies at name.
	Link(ctx context.Context, name, target string) error

	// SwapLink sets the link at exactly name from old to new, and does so only
	// if it is old at that moment. An empty old means that no entry is there,
	// an empty new removes the link.
	//
	// Errors: Conflict when something else than old is there.
	SwapLink(ctx context.Context, name, old, new string) error

	// Target returns where the link at exactly name points, one hop.
	//
	// Errors: NotFound when no link is there.
	Target(ctx context.Context, name string) (string, error)
}

// Grouper makes groups.
type Grouper interface {
	// MakeGroup marks exactly path as a group. A link that lies there is left
	// alone, as are the children of the path.
	//
	// Errors: Conflict when a value lies there.
	MakeGroup(ctx context.Context, path string) error
}

// Durability says when a batch is acknowledged.
type Durability uint8

const (
	// Lazy acknowledges when the batch is visible; it reaches the disk by the
	// policy of the store. The death of the process does not lose it (except
	// in memory), a power failure may.
	Lazy Durability = iota
	// Durable acknowledges after the batch, and everything that was
	// acknowledged before it, has been forced to the disk (fsync). Concurrent
	// durable batches share an fsync where the driver can do that.
	Durable
)

// Batcher applies several writes as one.
type Batcher interface {
	// Apply performs all operations of b in order, or none: a conflict in one
	// of them, or the death of the process at any moment, leaves nothing of
	// the batch. Operations see the effects of those before them. The batch
	// is not changed and may be applied again.
	//
	// Errors: Conflict when an operation does not apply; those of [Writer],
	// [Linker] and [Grouper].
	Apply(ctx context.Context, b *Batch, d Durability) error
}

// Syncer forces writes to the disk.
type Syncer interface {
	// Sync returns when everything acknowledged before the call is on disk.
	Sync(ctx context.Context) error
}

// Resetter empties stores.
type Resetter interface {
	// Reset removes every entry.
	Reset(ctx context.Context) error
}

// Source is what every place to read from can do. Close releases its
// resources; closing twice is no error, use after closing is Unavailable.
type Source interface {
	Reader
	Typer
	Lister
	Resolver
	io.Closer
}

// Store is a Source that can be written in every way. All methods may be
// called concurrently.
type Store interface {
	Source
	Writer
	Linker
	Grouper
	Batcher
	Syncer
	Resetter
}
