package node

import (
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Setting is one option of the node itself.
type Setting struct {
	Name string // of the option
	Env  string // environment variable beside HB_NAME, "" for none
	Doc  string
	get  func(*Config) message.Value
	set  func(*Config, message.Value) error
}

// Default returns the text of the default value.
func (s Setting) Default() string {
	c := DefaultConfig()
	t, _ := message.Text(s.get(&c))
	return t
}

// keyFile is the option with the path of the wallet. The reference calls it
// priv_key_location, which no message can have as a key: what begins with "priv"
// is private. Configuration files and --set may use either name.
const keyFile = "key_file"

// Settings returns all settings, in the order of the printed reference.
func Settings() []Setting {
	return []Setting{
		text("host", "", "Address to listen on. Empty is every address.", func(c *Config) *string { return &c.Host }),
		number("port", "HB_PORT", "TCP port of the HTTP server; 0 picks a free one.", 0, 65535, func(c *Config) *int { return &c.Port }),
		text("data_dir", "HB_DATA", "Folder of everything the node keeps. Empty keeps nothing.", func(c *Config) *string { return &c.DataDir }),
		text(keyFile, "HB_KEY", "Wallet file (JWK). Empty is wallet.json in data_dir. Made when it does not exist. Not shown to others.", func(c *Config) *string { return &c.KeyFile }),
		choice("key_type", "Kind of wallet to make: rsa is what every peer accepts, the others sign 200 times faster.", func(c *Config) *string { return &c.KeyType }, "rsa", "ed25519", "secp256k1"),
		text("hosted_passphrase_file", "", "File with the passphrase that encrypts the wallets hosted for users. Empty encrypts them with a key derived from the wallet.", func(c *Config) *string { return &c.HostedPassphraseFile }),
		choice("mode", "prod hides the details of internal faults, debug shows them to clients.", func(c *Config) *string { return &c.Mode }, "prod", "debug"),
		choice("store_engine", "Where messages are kept: pebble (default), fs (readable files), memory (lost at exit).", func(c *Config) *string { return &c.Store }, "pebble", "fs", "memory"),
		choice("store_sync", "When writes that need no durability reach the disk: always, interval, never.", func(c *Config) *string { return &c.StoreSync }, "always", "interval", "never"),
		duration("store_sync_interval", "Milliseconds between writes to disk of the policy interval.", func(c *Config) *time.Duration { return &c.SyncEvery }),
		size("cache_bytes", "Memory for messages that were read from the store.", 0, func(c *Config) *int64 { return &c.CacheSize }),
		choice("initialized", "false serves only ~meta@1.0/info until configured, permanent freezes the configuration.", func(c *Config) *string { return &c.Initialized }, "true", "false", "permanent"),
		text("operator", "", "Address that may change the configuration. Empty is the node's own; unclaimed lets the first who asks take it.", func(c *Config) *string { return &c.Operator }),
		truth("force_signed", "Sign every answer with the wallet.", func(c *Config) *bool { return &c.ForceSigned }),
		truth("force_signed_requests", "Refuse requests without a valid signature.", func(c *Config) *bool { return &c.ForceSignedRequests }),
		truth("store_all_signed", "Keep every signed request, after its verification.", func(c *Config) *bool { return &c.StoreAllSigned }),
		truth("client_signatures", "Accept requests signed in the dialect of JavaScript SDKs (labels other than comm-...).", func(c *Config) *bool { return &c.ClientSignatures }),
		truth("trust_proxy", "Believe the headers x-real-ip, x-forwarded-proto and x-forwarded-host.", func(c *Config) *bool { return &c.TrustProxy }),
		truth("generate_index", "Make an index page for answers without a body.", func(c *Config) *bool { return &c.GenerateIndex }),
		text("default_request", "", "Path that / redirects to. Empty shows the status page.", func(c *Config) *string { return &c.DefaultRequest }),
		size("max_header_bytes", "Greatest size of all headers of a request.", 4096, func(c *Config) *int64 { return &c.MaxHeaderBytes }),
		size("max_body_bytes", "Greatest body of a request.", 1024, func(c *Config) *int64 { return &c.MaxBodyBytes }),
		number("max_depth", "", "Nested resolutions in one request.", 8, 4096, func(c *Config) *int { return &c.MaxDepth }),
		number("max_concurrent", "", "Requests served at the same time; more are answered 429.", 1, 1<<20, func(c *Config) *int { return &c.MaxConcurrent }),
		duration("request_timeout", "Milliseconds that one request may take.", func(c *Config) *time.Duration { return &c.RequestTimeout }),
		duration("idle_timeout", "Milliseconds that an idle connection is kept.", func(c *Config) *time.Duration { return &c.IdleTimeout }),
		cacheControl("cache_control", "Cache control of requests over HTTP: always, store, no-store, cache, no-cache."),
		size("wasm_fuel", "Instructions of one call into a WASM module.", 1000, func(c *Config) *int64 { return &c.WASMFuel }),
		size("wasm_memory_bytes", "Memory of one WASM instance.", 1<<16, func(c *Config) *int64 { return &c.WASMMemory }),
		duration("compute_timeout", "Milliseconds that one slot of a process may take.", func(c *Config) *time.Duration { return &c.ComputeTime }),
	}
}

func setting(name string) (Setting, bool) {
	all := Settings()
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return all[i], true
}

func invalid(name, takes string, v message.Value) error {
	got, ok := message.Text(v)
	if !ok {
		got = "a nested value"
	}
	return fail.New(fail.Invalid, "node.Config", "option %s takes %s, not %.64q", name, takes, got)
}

func text(name, env, doc string, field func(*Config) *string) Setting {
	return Setting{name, env, doc,
		func(c *Config) message.Value { return message.Binary(*field(c)) },
		func(c *Config, v message.Value) error {
			s, ok := message.Text(v)
			if !ok {
				return invalid(name, "text", v)
			}
			*field(c) = s
			return nil
		}}
}

func choice(name, doc string, field func(*Config) *string, values ...string) Setting {
	s := text(name, "", doc, field)
	if name == "mode" {
		s.Env = "HB_MODE"
	}
	set := s.set
	s.set = func(c *Config, v message.Value) error {
		if t, _ := message.Text(v); !slices.Contains(values, t) {
			return invalid(name, "one of "+strings.Join(values, ", "), v)
		}
		return set(c, v)
	}
	return s
}

func truth(name, doc string, field func(*Config) *bool) Setting {
	return Setting{name, "", doc,
		func(c *Config) message.Value { return message.Bool(*field(c)) },
		func(c *Config, v message.Value) error {
			t, _ := message.Text(v)
			b, err := strconv.ParseBool(t)
			if err != nil {
				return invalid(name, "true or false", v)
			}
			*field(c) = b
			return nil
		}}
}

func integer(name, doc string, low, high int64, get func(*Config) int64, set func(*Config, int64)) Setting {
	return Setting{name, "", doc,
		func(c *Config) message.Value { return message.Int(get(c)) },
		func(c *Config, v message.Value) error {
			n, ok := message.AsInt(v)
			if !ok || n < low || n > high {
				takes := "a number from " + strconv.FormatInt(low, 10)
				if high < math.MaxInt64 {
					takes += " to " + strconv.FormatInt(high, 10)
				}
				return invalid(name, takes, v)
			}
			set(c, n)
			return nil
		}}
}

func number(name, env, doc string, low, high int64, field func(*Config) *int) Setting {
	s := integer(name, doc, low, high,
		func(c *Config) int64 { return int64(*field(c)) },
		func(c *Config, n int64) { *field(c) = int(n) })
	s.Env = env
	return s
}

func size(name, doc string, low int64, field func(*Config) *int64) Setting {
	return integer(name, doc, low, math.MaxInt64,
		func(c *Config) int64 { return *field(c) },
		func(c *Config, n int64) { *field(c) = n })
}

func duration(name, doc string, field func(*Config) *time.Duration) Setting {
	return integer(name, doc, 0, int64(math.MaxInt64/time.Millisecond),
		func(c *Config) int64 { return field(c).Milliseconds() },
		func(c *Config, n int64) { *field(c) = time.Duration(n) * time.Millisecond })
}

func cacheControl(name, doc string) Setting {
	return Setting{name, "", doc,
		func(c *Config) message.Value { return directives(c.CacheControl) },
		func(c *Config, v message.Value) error {
			c.CacheControl = ao.ParseCacheControl(v)
			return nil
		}}
}

// directives prints cache control as the texts it is read from.
func directives(cc ao.CacheControl) message.Value {
	var out []string
	for _, d := range []struct {
		t       ao.Tri
		yes, no string
	}{{cc.Store, "store", "no-store"}, {cc.Lookup, "cache", "no-cache"}, {cc.OnlyIfCached, "only-if-cached", ""}} {
		switch {
		case d.t == ao.Yes:
			out = append(out, d.yes)
		case d.t == ao.No && d.no != "":
			out = append(out, d.no)
		}
	}
	return message.Binary(strings.Join(out, ", "))
}

// Environment returns the options that environment variables set: HB_NAME for
// every setting, and the names of the reference (HB_KEY, HB_PORT, HB_MODE).
func Environment() *message.Message {
	b := message.NewBuilder(8)
	for _, s := range Settings() {
		for _, name := range []string{s.Env, "HB_" + strings.ToUpper(s.Name)} {
			if v, ok := os.LookupEnv(name); ok && name != "" {
				b.Set(s.Name, message.Binary(v))
			}
		}
	}
	return b.Message()
}
