package legacynet

import (
	"bufio"
	"io"
	"net/http"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/arweave"
	"github.com/hyperbeam-go/hyperbeam/id"
)

// peekBytes is how much of a body is looked at: more than the signature, owner
// and tags of an item that a client sends.
const peekBytes = 16 << 10

// about is what the beginning of a data item says.
type about struct {
	id     string
	target string // "" for none
	kind   string // tag "Type"
	ao     bool   // of the protocol
	path   bool   // has a path, and so is a request of AO-Core
}

// legacy reports whether an item is one that clients of legacynet post.
func (a about) legacy() bool {
	return a.ao && !a.path && (a.kind == "Message" || a.kind == "Process" || a.kind == "Module")
}

// peek reads the beginning of the body of a request as that of a data item. The
// body can be read from its beginning afterwards.
func peek(r *http.Request) (about, bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return about{}, false
	}
	b := bufio.NewReaderSize(r.Body, peekBytes)
	start, _ := b.Peek(peekBytes) // what cannot be read is an error for whoever reads the body
	r.Body = struct {
		io.Reader
		io.Closer
	}{b, r.Body}
	return read(start)
}

// read reads the beginning of a data item.
func read(start []byte) (about, bool) {
	it, err := arweave.ParseItem(start)
	if err != nil {
		return about{}, false
	}
	itemID, signed := it.ID()
	if !signed {
		return about{}, false
	}
	out := about{id: itemID.String()}
	if len(it.Target) > 0 {
		out.target = id.Encode(it.Target)
	}
	for i := range it.Tags.Len() {
		t := it.Tags.At(i)
		switch strings.ToLower(t.Name) {
		case "data-protocol":
			out.ao = out.ao || t.Value == "ao"
		case "type":
			if out.kind == "" {
				out.kind = t.Value
			}
		case "path":
			out.path = true
		}
	}
	return out, true
}
