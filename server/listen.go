package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Handler returns what connections reach: the server behind [Options.Front].
func (s *Server) Handler() http.Handler {
	if s.opt.Front != nil {
		return s.opt.Front(s)
	}
	return s
}

// Serve answers requests that arrive at ln until the context ends: HTTP/1.1
// and HTTP/2, over TLS when [Options.TLS] is set, otherwise in clear (HTTP/2 by
// prior knowledge). It then closes ln, lets running requests finish for
// [Limits.StopTime], and returns nil.
//
// # Errors
//
// [fail.Unavailable] when the listener fails.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	const op = "server.Serve"
	l := s.opt.Limits
	srv := &http.Server{
		Handler:                      s.Handler(),
		ReadHeaderTimeout:            l.HeaderTime,
		ReadTimeout:                  l.HeaderTime + l.BodyTime,
		WriteTimeout:                 l.WriteTime,
		IdleTimeout:                  l.IdleTime,
		MaxHeaderBytes:               l.HeaderBytes,
		TLSConfig:                    s.opt.TLS,
		ErrorLog:                     slog.NewLogLogger(s.engine.Log.Handler(), slog.LevelDebug),
		DisableGeneralOptionsHandler: true,
		Protocols:                    new(http.Protocols),
	}
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetHTTP2(true)
	srv.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan error, 1)
	go func() {
		if s.opt.TLS != nil {
			done <- srv.ServeTLS(ln, "", "")
		} else {
			done <- srv.Serve(ln)
		}
	}()
	select {
	case err := <-done:
		return fail.Wrap(fail.Unavailable, op, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.StopTime)
	defer cancel()
	if err := srv.Shutdown(grace); err != nil {
		_ = srv.Close() // the remaining connections are cut
	}
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return fail.Wrap(fail.Unavailable, op, err)
	}
	return nil
}
