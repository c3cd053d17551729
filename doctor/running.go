package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// Running asks the node at a URL what it is, and tries what strangers might. It
// returns the configuration as the node shows it, nil when it does not.
func Running(ctx context.Context, at string, o Options) ([]Finding, *node.Config) {
	o = o.withDefaults()
	f := findings{check: "node"}
	c := client.New(client.Options{Timeout: 10 * time.Second})
	defer c.Close()
	began := o.Now()
	rep, err := c.Do(ctx, at, message.Of(message.P("path", message.Binary("/~meta@1.0/info")), message.P("method", message.Binary("GET"))))
	if err != nil {
		f.add(Problem, "Check the URL and whether the node is running.", "there is no answer from %s: %s", at, fail.Sentence(err))
		return f.list, nil
	}
	took := o.Now().Sub(began)
	address := rep.Message.Text("address")
	if rep.Status != http.StatusOK || address == "" {
		f.add(Problem, "Name the URL of an AO-Core node, without a path.", "%s does not say what it is (status %d)", at, rep.Status)
		return f.list, nil
	}
	version := strings.TrimSpace(ask(ctx, o.Client, strings.TrimRight(at, "/")+"/~meta@1.0/build/implementation"))
	f.good("%s is the node %s (%s), and answers after %s", at, address, either(version, "of another implementation"), round(took))
	if !slices.Contains(rep.Signers, address) {
		f.add(Warning, "Set force_signed to true.", "its answers do not have its signature")
	}
	if u, err := url.Parse(at); err == nil && u.Scheme == "http" && !loopback(u.Hostname()) {
		f.add(Warning, "Put a proxy that ends TLS before the node.", "requests to %s can be read and changed on the way", u.Host)
	}
	if date, err := http.ParseTime(rep.Header.Get("Date")); err == nil {
		if ahead := date.Add(time.Second / 2).Sub(began.Add(took / 2)); ahead.Abs() >= clockOff {
			f.add(Warning, "Compare both clocks with a third: hyperbeam doctor --peer URL", "its clock and the one here differ by %s", ahead.Abs().Round(time.Second))
		}
	}
	if key := leak(rep.Message); key != "" {
		f.add(Problem, "Remove it from the configuration and make a new key.", "it shows everybody the private key under %s", key)
	}
	tryRelay(ctx, &f, c, at)
	cfg := node.DefaultConfig()
	if err := cfg.Apply(rep.Message.Without(message.CommitmentsKey, "address", "status", "node_history")); err != nil {
		f.add(Note, "", "its configuration is not one of this implementation: %s", fail.Sentence(err))
		return f.list, nil
	}
	return f.list, &cfg
}

func either(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// tryRelay asks the node to connect to itself for a stranger, at a port where
// nothing is: one that does relay says that it could not, one that does not
// refuses (SEC-10).
func tryRelay(ctx context.Context, f *findings, c *client.Client, at string) {
	rep, err := c.Do(ctx, at, message.Of(
		message.P("path", message.Binary("/~relay@1.0/call")), message.P("method", message.Binary("GET")),
		message.P("relay-path", message.Binary("http://127.0.0.1:1/"))))
	switch {
	case err != nil:
		f.add(Note, "", "whether it relays to private addresses cannot be told: %s", fail.Sentence(err))
	case rep.Status == http.StatusForbidden, rep.Status == http.StatusUnauthorized, rep.Status == http.StatusPaymentRequired, rep.Status == http.StatusNotFound:
		f.good("it does not relay to private addresses for strangers")
	default:
		f.add(Problem, "Set relay_private to nothing, and update the node if it is of another implementation.",
			"it connects to private addresses for strangers (status %d): everything in its network is open", rep.Status)
	}
}

// leak returns the key of a node message under which a private key lies, "" when
// there is none.
func leak(m *message.Message) string {
	for k, v := range m.All() {
		text, ok := v.(message.Binary)
		if !ok {
			var err error
			printed, err := json.Format(v)
			if err != nil {
				continue
			}
			text = message.Binary(printed)
		}
		s := strings.ReplaceAll(string(text), `\"`, `"`)
		if strings.Contains(s, `"d":`) && strings.Contains(s, `"kty"`) || strings.Contains(s, "PRIVATE KEY-----") {
			return k
		}
	}
	return ""
}
