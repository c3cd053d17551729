package doctor

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Ports looks whether the node can listen on its port, or does already.
func Ports(ctx context.Context, c *node.Config, client *http.Client) []Finding {
	f := findings{check: "ports"}
	if c.Port == 0 {
		f.add(Note, "Set port to a number that others can know.", "the node picks another port at every start")
		return f.list
	}
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		if err = ln.Close(); err == nil {
			f.good("port %d is free", c.Port)
			return f.list
		}
	}
	host := c.Host
	if !loopback(host) {
		host = "127.0.0.1"
	}
	who := strings.TrimSpace(ask(ctx, client, "http://"+net.JoinHostPort(host, strconv.Itoa(c.Port))+"/~meta@1.0/info/address"))
	own, readErr := keys.ReadFile(c.KeyPath())
	switch {
	case readErr == nil && who == own.Address():
		f.good("this node is running on port %d; examine it with: hyperbeam doctor --node http://localhost:%d", c.Port, c.Port)
	case len(who) == 43:
		f.add(Problem, "Stop it, or choose another port with --port.", "another node (%s) listens on port %d", who, c.Port)
	default:
		f.add(Problem, "Choose another port with --port; ports below 1024 need rights of their own.", "the node cannot listen on %s: %s", address, err)
	}
	return f.list
}
