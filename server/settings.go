package server

import (
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options of the node message that the server reads.
var (
	optForceSigned    = ao.Option{Name: "force_signed", Default: message.True, Doc: "Sign every answer with the wallet."}
	optForceRequests  = ao.Option{Name: "force_signed_requests", Default: message.False, Doc: "Refuse requests without a valid signature."}
	optStoreSigned    = ao.Option{Name: "store_all_signed", Default: message.False, Doc: "Keep every signed request, after its verification."}
	optClientSigs     = ao.Option{Name: "client_signatures", Default: message.False, Doc: "Accept requests signed in the dialect of JavaScript SDKs (labels other than comm-...). Other nodes regard them as unsigned."}
	optTrustProxy     = ao.Option{Name: "trust_proxy", Default: message.False, Doc: "Believe the headers x-real-ip, x-forwarded-proto and x-forwarded-host."}
	optGenerateIndex  = ao.Option{Name: "generate_index", Default: message.True, Doc: "Make an index page for answers without a body."}
	optDefaultRequest = ao.Option{Name: "default_request", Default: message.Binary("/~hyperbuddy@1.0/dashboard"), Doc: "Path that / redirects to."}
	optDefaultCodec   = ao.Option{Name: "default_codec", Default: message.Binary("httpsig@1.0"), Doc: "Codec of requests that name none."}
	optInitialized    = ao.Option{Name: "initialized", Default: message.Binary("true"), Doc: "false serves only ~meta@1.0/info."}
	optFilterKeys     = ao.Option{Name: "http_inbound_filter_keys", Default: message.Strings([]string{"content-length"}), Doc: "Unsigned keys that are removed from requests."}
	optCacheControl   = ao.Option{Name: "cache_control", Default: message.Binary("cache"), Doc: "Cache control of requests over HTTP: always, store, no-store, cache, no-cache."}
	optMaxBody        = ao.Option{Name: "max_body_bytes", Default: message.Int(128 << 20), Doc: "Greatest body of a request."}
	optMaxConcurrent  = ao.Option{Name: "max_concurrent", Default: message.Int(4096), Doc: "Requests served at the same time; more are answered 429."}
	optRequestTimeout = ao.Option{Name: "request_timeout", Default: message.Int(120_000), Doc: "Milliseconds that one request may take."}
	optMaxCommitments = ao.Option{Name: "max_commitments", Default: message.Int(64), Doc: "Commitments that are verified in one request."}
)

// NodeOptions returns the options of the node message that the server reads,
// for the printed reference.
func NodeOptions() []ao.Option {
	return []ao.Option{
		optForceSigned, optForceRequests, optStoreSigned, optClientSigs, optTrustProxy, optGenerateIndex,
		optDefaultRequest, optDefaultCodec, optInitialized, optFilterKeys, optCacheControl, optMaxBody,
		optMaxConcurrent, optRequestTimeout, optMaxCommitments,
	}
}

// settings are the options of one node message, read once. A new node message
// makes new settings, and so forgets the requests that were read under the old
// one.
type settings struct {
	config *message.Message
	env    *ao.Env // of requests: results are forced into messages

	forceSigned, forceRequests, storeSigned, clientSigs, trustProxy, index bool

	initialized    bool
	hooked         bool // there is a request hook to run
	defaultRequest string
	defaultCodec   string
	filter         []string
	maxBody        int64
	maxConcurrent  int64
	maxCommitments int
	timeout        time.Duration
}

func newSettings(engine *ao.Engine, config *message.Message) *settings {
	e := engine.Env(config)
	s := &settings{
		config:         config,
		forceSigned:    optForceSigned.Bool(e),
		forceRequests:  optForceRequests.Bool(e),
		storeSigned:    optStoreSigned.Bool(e),
		clientSigs:     optClientSigs.Bool(e),
		trustProxy:     optTrustProxy.Bool(e),
		index:          optGenerateIndex.Bool(e),
		initialized:    optInitialized.Text(e) != "false",
		defaultRequest: optDefaultRequest.Text(e),
		defaultCodec:   optDefaultCodec.Text(e),
		maxBody:        optMaxBody.Int(e),
		maxConcurrent:  optMaxConcurrent.Int(e),
		maxCommitments: int(optMaxCommitments.Int(e)),
		timeout:        optRequestTimeout.Milliseconds(e),
	}
	for _, v := range elements(optFilterKeys.In(e)) {
		if t, ok := message.Text(v); ok {
			s.filter = append(s.filter, strings.ToLower(t))
		}
	}
	s.hooked = s.initialized && e.HasHook(ao.HookRequest)
	cc := ao.ParseCacheControl(optCacheControl.In(e))
	if cc.Lookup == ao.Open {
		cc.Lookup = ao.Yes // a reload in a browser says no-cache, and must not hide what is stored
	}
	s.env = e.WithRemote().WithForce(true).WithCacheControl(cc)
	return s
}

// elements returns the elements of a list, of a numbered message or of a text
// with commas.
func elements(v message.Value) []message.Value {
	var out []message.Value
	switch x := v.(type) {
	case *message.List:
		for _, e := range x.All() {
			out = append(out, e)
		}
	case *message.Message:
		if l, err := x.List(); err == nil {
			return elements(l)
		}
	case message.Binary:
		for p := range strings.SplitSeq(string(x), ",") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, message.Binary(p))
			}
		}
	}
	return out
}

// current returns the settings of the node message in force.
func (s *Server) current() *settings {
	var config *message.Message
	if s.opt.Config != nil {
		config = s.opt.Config()
	}
	if config == nil {
		config = s.empty
	}
	if now := s.settings.Load(); now != nil && now.config == config {
		return now
	}
	next := newSettings(s.engine, config)
	s.settings.Store(next)
	return next
}
