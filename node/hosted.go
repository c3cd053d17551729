package node

import (
	"context"
	"os"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/hosted"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// defaultHook is the request hook of a node that configures none: it signs for
// users with a password what they ask to be signed (spec 04, 6.7.1).
func defaultHook() *message.Message {
	basic := message.P("device", message.Binary("http-auth@1.0"))
	return message.Of(
		message.P("device", message.Binary("auth-hook@1.0")),
		message.P("path", message.Binary("request")),
		message.P("when", message.Of(message.P("keys", message.Strings([]string{"authorization", "!"})))),
		message.P("secret-provider", message.Of(basic, message.P("access-control", message.Of(basic)))))
}

// hostedWallets opens the wallets that the node keeps for users.
func (n *Node) hostedWallets(ctx context.Context, c Config, p parts) (*hosted.Service, error) {
	passphrase := ""
	if c.HostedPassphraseFile != "" {
		text, err := os.ReadFile(c.HostedPassphraseFile)
		if err != nil {
			return nil, fail.New(fail.Unavailable, "node.Open", "cannot read the passphrase of hosted wallets (option hosted_passphrase_file): %w", err)
		}
		if passphrase = strings.TrimRight(string(text), "\r\n"); len(passphrase) < 12 {
			return nil, fail.New(fail.Invalid, "node.Open", "the passphrase in %s has %d bytes; use at least 12", c.HostedPassphraseFile, len(passphrase))
		}
	}
	return hosted.New(ctx, hosted.Options{Store: n.store, Key: n.key, Passphrase: passphrase, Clock: p.clock, Log: p.log})
}
