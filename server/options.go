package server

import (
	"crypto/tls"
	"net/http"
	"time"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Options say how a server is built. What an operator may change while the
// node runs is in the node message instead ([NodeOptions]).
type Options struct {
	// Config returns the node message in force. It is called once a request
	// and must return the same pointer until the message changes. Nil stands
	// for an empty node message.
	Config func() *message.Message

	// Codecs are the formats of requests and replies beside httpsig@1.0 and
	// json@1.0.
	Codecs []codec.Codec

	// Host is the private slot in which devices find the host that a request is
	// for, if the message does not say it: signed ones have only their signed
	// keys. Nil notes nothing.
	Host *message.Slot[string]

	// Root answers "/" without a query, whatever the method, when the request
	// hook does not. Nil redirects to the option default_request.
	Root http.Handler

	// Front, when not nil, makes what connections reach from the server: a
	// handler that answers some requests itself and hands on the others.
	Front func(server http.Handler) http.Handler

	// TrustedProxies reports whether the header x-real-ip of a peer, given as
	// an IP address, is believed. Nil leaves it to the option trust_proxy.
	TrustedProxies func(peer string) bool

	// Observe is called after each request, for metrics.
	Observe func(Observation)

	Limits Limits
	TLS    *tls.Config // for [Server.Serve]; nil serves in clear
}

// Limits bound connections. Zero fields get the default in brackets.
type Limits struct {
	HeaderBytes int           // request line and headers [1 MiB]
	HeaderTime  time.Duration // to send the headers [10 s]
	BodyTime    time.Duration // to send the body [2 min]
	WriteTime   time.Duration // from the headers to the end of the reply [10 min]
	IdleTime    time.Duration // of a kept connection [5 min]
	StopTime    time.Duration // for running requests when the server stops [10 s]
	MemoryBytes int           // of requests and of signed replies remembered, each [16 MiB]
}

func (l Limits) withDefaults() Limits {
	or := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	or(&l.HeaderTime, 10*time.Second)
	or(&l.BodyTime, 2*time.Minute)
	or(&l.WriteTime, 10*time.Minute)
	or(&l.IdleTime, 5*time.Minute)
	or(&l.StopTime, 10*time.Second)
	if l.HeaderBytes <= 0 {
		l.HeaderBytes = 1 << 20
	}
	if l.MemoryBytes <= 0 {
		l.MemoryBytes = 16 << 20
	}
	return l
}

// Observation describes a request that has been answered.
type Observation struct {
	Method   string
	Device   string // first device named in the path, or ""
	Status   int
	Duration time.Duration
	BytesIn  int // of the body
	BytesOut int // of the body
}
