package cookie

import (
	"net/url"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Arrival is how a request reached the node. The zero value is that of a
// program that speaks HTTP without TLS.
type Arrival struct {
	// Secure says that the client speaks TLS, to this node or to a proxy that
	// it trusts. Cookies may then be for TLS only.
	Secure bool
	// Foreign says that a browser sends the request because a page of another
	// origin makes it. Cookies and passwords that come with it say nothing
	// about what their owner wants.
	Foreign bool
}

// ArrivalSlot holds the arrival of a request.
var ArrivalSlot = message.NewSlot[Arrival]("arrival")

// ArrivalOf returns how a request arrived.
func ArrivalOf(m *message.Message) Arrival {
	a, _ := ArrivalSlot.In(m)
	return a
}

// Foreign reports whether header fields are those of a request that a page of
// another origin has caused: "sec-fetch-site" says so, or, from browsers that do
// not send it, "origin" names another host (Fetch Metadata; RFC 6454).
func Foreign(secFetchSite, origin, host string) bool {
	switch secFetchSite {
	case "same-origin", "none":
		return false
	case "":
	default:
		return true
	}
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host == "" || !strings.EqualFold(u.Host, host)
}

// Spread gives the messages of a sequence the cookies and the arrival of the
// request that they were parsed from.
func Spread(seq []message.Value, request *message.Message) {
	cookies, arrival := Of(request), ArrivalOf(request)
	if cookies == nil && arrival == (Arrival{}) {
		return
	}
	on := func(m *message.Message) *message.Message {
		if cookies != nil {
			m = Slot.Set(m, cookies)
		}
		if arrival != (Arrival{}) {
			m = ArrivalSlot.Set(m, arrival)
		}
		return m
	}
	for i, v := range seq {
		switch x := v.(type) {
		case *message.Message:
			seq[i] = on(x)
		case *message.As:
			if m, ok := x.Message.(*message.Message); ok {
				seq[i] = &message.As{Device: x.Device, Message: on(m)}
			}
		}
	}
}
