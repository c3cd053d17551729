// Package lookup is the device lookup@1.0: messages by their ID.
package lookup

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/aos"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "lookup@1.0"

const doc = `Reads a message of the cache by its ID, for other nodes that look for it.

With "accept: application/aos-2" the answer is the message as the JSON that legacy clients read.

    curl 'http://localhost:8734/~lookup@1.0/read?target=42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA'
    # 404`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "read", Doc: "The message with the given ID.", Reads: "request: target", Run: read},
		},
	}
}

// read returns what is stored (spec 04, 5.3).
func read(c *ao.Call) (message.Value, error) {
	target := c.Request().Text("target")
	if target == "" {
		return nil, fail.New(fail.Invalid, Name+"/read", "the request has no target")
	}
	v, err := c.Cache.Read(c.Ctx, target)
	if fail.Is(err, fail.NotFound) || fail.Is(err, fail.TooLarge) {
		return nil, ao.Missing
	}
	if err == nil && c.Request().Text("accept") == aos.ContentType {
		return aos.Document(c.Ctx, c.Codec(), v)
	}
	return v, err
}
