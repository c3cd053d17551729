package hosted

import (
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/cookie"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message.
var (
	OptAdmin   = ao.Option{Name: "wallet_admin", Default: message.Binary(""), Doc: "Address that controls hosted wallets whose owners name no controllers; the operator when empty."}
	OptKeyType = ao.Option{Name: "hosted_key_type", Default: message.Binary("rsa"), Doc: "Kind of hosted wallets: rsa is what every peer accepts, ed25519 and secp256k1 are made 10000 times faster."}
	OptMemory  = ao.Option{Name: "hosted_limit_memory", Default: message.Int(4096), Doc: "Hosted wallets in memory. When there are more, those idle for hosted_idle make room."}
	OptStored  = ao.Option{Name: "hosted_limit_stored", Default: message.Int(100_000), Doc: "Hosted wallets in the store."}
	OptRate    = ao.Option{Name: "hosted_per_minute", Default: message.Int(60), Doc: "Wallets that are made or imported for strangers in a minute, all together."}
	OptIdle    = ao.Option{Name: "hosted_idle", Default: message.Int(3_600_000), Doc: "Milliseconds after which an unused wallet in memory may make room for another."}
	OptDevices = ao.Option{Name: "hosted_access_devices", Default: message.Strings([]string{cookie.Name, "http-auth@1.0"}), Doc: "Devices that may guard hosted wallets; their key verify must really verify."}
	OptClient  = ao.Option{Name: "hosted_client_form", Default: message.Binary("sealed"), Doc: "How a wallet with persist=client is in its cookie: sealed (only this node can use it), or jwk as the reference has it."}
	OptForeign = ao.Option{Name: "hosted_foreign", Default: message.False, Doc: "Let pages of other origins act with the cookies and passwords of a browser."}
)

// NodeOptions returns the options that this package reads.
func NodeOptions() []ao.Option {
	return []ao.Option{OptAdmin, OptKeyType, OptMemory, OptStored, OptRate, OptIdle, OptDevices, OptClient, OptForeign, ao.OptOperator}
}

// Foreign reports whether a request comes from a page of another origin, and
// this node does not let those act for a browser's owner (SEC-13).
func Foreign(e *ao.Env, req *message.Message) bool {
	return cookie.ArrivalOf(req).Foreign && !OptForeign.Bool(e)
}

// RefuseForeign returns an error when [Foreign] is true.
//
// # Errors
//
// [fail.Forbidden], which says how the operator permits it.
func RefuseForeign(e *ao.Env, req *message.Message) error {
	if !Foreign(e, req) {
		return nil
	}
	return fail.New(fail.Forbidden, "hosted.Foreign", "a page of another site asks for this; open this node's own page, or have its operator set hosted_foreign")
}

// asked marks a request that one device of this node makes to another.
var asked = message.NewSlot[bool]("asked")

// Inside marks a request as made by a device of this node, which may see
// secrets that a client must not.
func Inside(req *message.Message) *message.Message { return asked.Set(req, true) }

// IsInside reports whether a request is made inside this node: it did not come
// over the network, or [Inside] marks it.
func IsInside(e *ao.Env, req *message.Message) bool {
	marked, _ := asked.In(req)
	return marked || !e.Remote()
}

// admins returns the addresses that control wallets which name no controllers.
func admins(e *ao.Env) []string {
	for _, who := range []string{OptAdmin.Text(e), ao.OptOperator.Text(e), e.Address()} {
		if who != "" && who != ao.Unclaimed {
			return []string{who}
		}
	}
	return nil
}

// Texts returns the texts of a value that is one, or a list of them.
func Texts(v message.Value) []string {
	out := cookie.Lines(v)
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
