// Package server is the HTTP edge: it turns requests into messages, has the
// engine resolve them, and turns results into replies (spec 02, 10 to 13).
//
// # A request
//
//	wire       request line, headers and body, within limits              wire.go
//	decode     the codec that codec-device or content-type names          decode.go
//	verify     every commitment, also of nested messages                  verify.go, dialect.go
//	normalise  method, path, accept, cookies, peer                        normalise.go, cookie.go
//	parse      the path language gives a sequence                         request.go
//	execute    hook "request", the engine, the status, hook "response"    execute.go
//	sign       once for each distinct result                              seal.go
//	encode     the codec that require-codec or accept names               encode.go
//	write      page or message, headers of cross-origin requests          reply.go, page.go
//
// # Trust
//
// A request whose commitments do not all hold is refused with 400 and never
// stored. Signers are noted privately on the message ([ao.WithSigners]). Only
// the keys that every commitment covers are left in a committed message, with
// method, path, accept and accept-bundle beside them. Commitments come from
// the message itself: one written into a path or a query is refused.
//
// # What repeats is cheap
//
// An unsigned GET that has been seen before is recognised by its request line
// and headers, and its parsed sequence, whose messages remember their IDs, is
// used again. A result that has been signed before, by content and hashpath,
// is not signed or encoded again. Both memories are bounded. Such a request
// writes nothing to the store.
package server
