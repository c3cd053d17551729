package route

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Guard returns a control of outgoing connections for net.Dialer, to be used
// for nodes that strangers name: it refuses every address that is not public,
// except those that the option relay_private of the node message in force
// lists. It sees the address that a name was resolved to, at the moment of
// connecting, so a name whose address changes cannot get around it (SEC-10).
//
// # Errors
//
// The control returns [fail.Forbidden].
func Guard(config func() *message.Message) func(network, address string, c syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return fail.New(fail.Forbidden, "route.Guard", "%.100q is not an address to connect to", address)
		}
		var opened []string
		if m := config(); m != nil {
			v, _ := m.Get(OptPrivate.Name)
			opened = Entries(v)
		}
		if Public(to.Addr()) || opens(opened, to) {
			return nil
		}
		return fail.New(fail.Forbidden, "route.Guard", "this node does not connect to private addresses for others (its operator can list exceptions in the option %s)", OptPrivate.Name)
	}
}

// opens reports whether a list of addresses, ranges and addresses with ports
// has an address.
func opens(list []string, to netip.AddrPort) bool {
	addr := to.Addr().Unmap().WithZone("")
	for _, e := range list {
		if p, err := netip.ParsePrefix(e); err == nil && p.Contains(addr) {
			return true
		}
		if a, err := netip.ParseAddr(e); err == nil && a.Unmap() == addr {
			return true
		}
		if ap, err := netip.ParseAddrPort(e); err == nil && ap.Addr().Unmap() == addr && ap.Port() == to.Port() {
			return true
		}
	}
	return false
}

// Public reports whether an address is a unicast address of the public
// internet. Addresses that embed another (NAT64, 6to4) are what they embed.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if a.Is4() {
		return !within(a, "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
			"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
			"203.0.113.0/24", "224.0.0.0/3")
	}
	b := a.As16()
	switch {
	case a.Zone() != "":
		return false
	case within(a, "64:ff9b::/96"):
		return Public(netip.AddrFrom4([4]byte(b[12:16])))
	case within(a, "2002::/16"):
		return Public(netip.AddrFrom4([4]byte(b[2:6])))
	}
	return within(a, "2000::/3") && !within(a, "2001::/23", "2001:db8::/32", "3fff::/20")
}

func within(a netip.Addr, ranges ...string) bool {
	for _, r := range ranges {
		if netip.MustParsePrefix(r).Contains(a) {
			return true
		}
	}
	return false
}

// Entries returns the texts of a list, of a numbered message, or of a text with
// commas.
func Entries(v message.Value) []string {
	var out []string
	if m := numbered(v); m != nil {
		for _, e := range m.All() {
			if s, ok := message.Text(e); ok {
				out = append(out, strings.TrimSpace(s))
			}
		}
		return out
	}
	if s, ok := message.Text(v); ok {
		for e := range strings.SplitSeq(s, ",") {
			if e = strings.TrimSpace(e); e != "" {
				out = append(out, e)
			}
		}
	}
	return out
}

// allowedHost returns nil when the operator lets requests name the host of a
// URL.
func allowedHost(env *ao.Env, peer string) error {
	list := Entries(OptHosts.In(env))
	if len(list) == 0 {
		return nil
	}
	full := peer
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	if err == nil {
		host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
		for _, e := range list {
			if hostMatches(strings.ToLower(e), host, portOf(u)) {
				return nil
			}
		}
	}
	return fail.New(fail.Forbidden, "route.Send", "this node does not contact %.200q (its operator lists hosts in the option %s)", peer, OptHosts.Name)
}

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// hostMatches reports whether an entry of a list names a host.
func hostMatches(entry, host, port string) bool {
	if h, p, err := net.SplitHostPort(entry); err == nil {
		if p != port {
			return false
		}
		entry = h
	}
	if rest, ok := strings.CutPrefix(entry, "*."); ok {
		return strings.HasSuffix(host, "."+rest)
	}
	return entry == host
}
