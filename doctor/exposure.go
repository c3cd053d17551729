package doctor

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// Exposure looks for what lets strangers do more with a node than its operator
// may want (SEC-01, SEC-10, SEC-20, SEC-22).
func Exposure(c *node.Config) []Finding {
	f := findings{check: "exposure"}
	open := !loopback(c.Host)
	if c.Operator == ao.Unclaimed {
		f.add(Problem, "Set operator to the address of your wallet (hyperbeam key show FILE), or leave it empty for the node's own.",
			"nobody has claimed the node: the first who asks becomes its operator")
	}
	if c.Initialized == "false" {
		f.add(Note, "POST the configuration to /~meta@1.0/info with initialized=true.", "the node serves only its configuration until it is initialized")
	}
	if c.Host == "" || c.Host == "0.0.0.0" || c.Host == "::" {
		f.add(Warning, "Set host to 127.0.0.1 behind a proxy that ends TLS, or open only the port you mean to in the firewall.",
			"the node listens on all interfaces of the machine, without TLS")
	}
	if !c.ForceSigned {
		f.add(Warning, "Set force_signed to true.", "answers are not signed: clients cannot tell them from forged ones")
	}
	if c.Mode == "debug" {
		f.add(Warning, "Set mode to prod.", "the details of internal faults are shown to everybody")
	}
	if c.TrustProxy && open {
		f.add(Warning, "Set trust_proxy to false, or host to the address that only your proxy reaches.",
			"the header x-real-ip is believed from everybody who can connect: addresses can be feigned")
	}
	relays(&f, c)
	return f.orGood("nothing is open that should not be")
}

func relays(f *findings, c *node.Config) {
	signed := text(c, "relay_signed") == "true"
	hosts, _ := c.Options.Get(route.OptHosts.Name)
	if len(route.Entries(hosts)) == 0 && !signed && !hooked(c, ao.HookRequest) {
		f.add(Warning, "List the hosts it may contact in relay_hosts, or set relay_signed to true, or ask for payment with p4@1.0.",
			"the node relays for everybody to every public address: it is an open relay")
	}
	private, _ := c.Options.Get(route.OptPrivate.Name)
	for _, e := range route.Entries(private) {
		switch p, err := netip.ParsePrefix(e); {
		case err == nil && p.Bits() == 0:
			f.add(Problem, "List single addresses with ports, such as 127.0.0.1:6363.", "relay_private opens every address (%s) to requests of strangers", e)
		case err == nil && p.Bits() < p.Addr().BitLen(), strings.HasPrefix(e, "169.254."):
			f.add(Warning, "List single addresses with ports, such as 127.0.0.1:6363.", "relay_private opens %s to requests of strangers", e)
		}
		_, prefixed := netip.ParsePrefix(e)
		_, plain := netip.ParseAddr(e)
		if _, err := netip.ParseAddrPort(e); err != nil && prefixed != nil && plain != nil {
			f.add(Problem, `Write it as "127.0.0.1", "10.0.0.0/8" or "127.0.0.1:6363".`, "%.64q in relay_private is no address", e)
		}
	}
	if text(c, "relay_allow_commit_request") == "true" {
		f.add(Note, "Set it to false unless a hook of yours needs it.", "relay_allow_commit_request lets hooks have relayed requests signed, by the key of the relay")
	}
}

// hooked reports whether a hook has handlers.
func hooked(c *node.Config, name string) bool {
	v, _ := c.Options.Message("on").Get(name)
	return slices.ContainsFunc(handlersOf(v), func(h *message.Message) bool { return strings.HasPrefix(h.Text("device"), "p4@") })
}

// loopback reports whether a listening address is reached from this machine
// only.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
