package message

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

var (
	optIndex     = ao.Option{Name: "default_index", Default: message.Binary(""), Doc: "Device, or message with device and path, that makes the page of a message without a body. Empty for none."}
	optIndexPath = ao.Option{Name: "default_index_path", Default: message.Binary("index"), Doc: "Key of default_index that makes the page."}
)

// index resolves the page of the base (spec 01, 8.10).
func index(c *ao.Call) (message.Value, error) {
	p := optIndexPath.Text(&c.Env)
	switch x := optIndex.In(&c.Env).(type) {
	case *message.Message:
		if own := x.Text(path.Key); own != "" {
			p = own
		}
		return c.Resolve(c.Ctx, c.Base.Merge(x.Without(path.Key)), c.Request().Set(path.Key, message.Binary(p)))
	case message.Binary:
		if x != "" {
			return c.Resolve(c.Ctx, c.Base.Set("device", x), c.Request().Set(path.Key, message.Binary(p)))
		}
	}
	return nil, ao.Missing
}
