package node

import (
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Config is the configuration of a node. Make it with [DefaultConfig], change
// fields or [Config.Apply] messages, then [Open] a node with it. Every field is
// also an option of the node message; [Settings] lists their names.
type Config struct {
	Host                 string // address to listen on; "" is all
	Port                 int    // TCP port; 0 picks a free one
	DataDir              string // folder of everything the node keeps; "" keeps nothing
	KeyFile              string // JWK of the wallet; "" is wallet.json in DataDir
	KeyType              string // kind of wallet to generate: rsa, ed25519 or secp256k1
	HostedPassphraseFile string // file whose text encrypts hosted wallets; "" uses the wallet
	Mode                 string // "prod" hides details of faults; "debug" shows them

	Store     string        // engine of the store: pebble, fs or memory
	StoreSync string        // when lazy writes reach the disk: always, interval, never
	SyncEvery time.Duration // of the policy interval
	CacheSize int64         // bytes of memory for messages read from the store

	Initialized string // "true", "false" (serves only ~meta@1.0/info) or "permanent"
	Operator    string // address that may change the configuration; "" is the node's own, "unclaimed" anyone's until set

	ForceSigned         bool // sign every answer
	ForceSignedRequests bool // refuse requests without a signature
	StoreAllSigned      bool // keep every verified signed request
	ClientSignatures    bool // accept the SDKs' own HTTP signature dialect
	TrustProxy          bool // believe x-real-ip
	GenerateIndex       bool // make pages for messages without a body
	DefaultRequest      string

	MaxHeaderBytes int64
	MaxBodyBytes   int64
	MaxDepth       int
	MaxConcurrent  int
	RequestTimeout time.Duration
	IdleTimeout    time.Duration
	CacheControl   ao.CacheControl // of requests over HTTP

	WASMFuel    int64         // instructions of one WASM call
	WASMMemory  int64         // bytes of memory of one WASM instance
	ComputeTime time.Duration // of one slot of a process

	// Options are the options of devices, and any others that were set.
	Options *message.Message
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Port: 8734, DataDir: "hyperbeam-data", KeyType: "rsa", Mode: "prod",
		Store: "pebble", StoreSync: "interval", SyncEvery: 100 * time.Millisecond, CacheSize: 64 << 20,
		Initialized: "true", ForceSigned: true, StoreAllSigned: true, GenerateIndex: true,
		MaxHeaderBytes: 1 << 20, MaxBodyBytes: 128 << 20, MaxDepth: 128, MaxConcurrent: 4096,
		RequestTimeout: 2 * time.Minute, IdleTimeout: 5 * time.Minute,
		CacheControl: ao.CacheControl{Lookup: ao.Yes},
		WASMFuel:     50_000_000_000, WASMMemory: 2 << 30, ComputeTime: time.Minute,
		Options: message.Of(message.P("on", message.Of(message.P(ao.HookRequest, defaultHook())))),
	}
}

// Apply sets the options of a message, by their names in any spelling ("Max-Body-Bytes" is max_body_bytes).
// Texts are read as the type of the option. Names that are no setting go to
// Options.
//
// # Errors
//
// [fail.Invalid] names the first option that does not have a value of its
// type, and says what it takes. The configuration is then unchanged.
func (c *Config) Apply(m *message.Message) error {
	next := *c
	for k, v := range m.All() {
		name := OptionName(k)
		if s, ok := setting(name); ok {
			if err := s.set(&next, v); err != nil {
				return err
			}
			continue
		}
		next.Options = next.Options.Set(name, v)
	}
	*c = next
	return nil
}

// OptionName returns the form of an option name that the node message uses:
// lower case, with underscores.
func OptionName(key string) string {
	name := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	if name == "priv_key_location" {
		return keyFile
	}
	return name
}

// Message returns the configuration as the node message: every setting and
// option under its name.
func (c *Config) Message() *message.Message {
	b := message.NewBuilder(64)
	for k, v := range c.Options.All() {
		b.Set(k, v)
	}
	for _, s := range Settings() {
		if s.Name != keyFile { // where it lies is nobody's business
			b.Set(s.Name, s.get(c))
		}
	}
	return b.Message()
}
