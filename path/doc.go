// Package path is the path language: how one request names a sequence of
// messages (spec 02, 6).
//
//	/~process@1.0&a=1/compute&slot+integer=2/results?x=3
//
// [Parse] turns a request, whose "path" holds such a sentence, into the base
// and the messages that are resolved on it, each in the result of the one
// before. [Format] is the inverse.
//
//	reference  = path [ "?" query ]
//	path       = *( "/" ) segment *( 1*"/" segment ) *( "/" )
//	segment    = ID                                  ; length 32, 42 or 43 bytes
//	           / "(" reference ")"                   ; a sequence of its own
//	           / name [ "~" device ] *( "&" pair )
//	           / name [ "+" type ] "=" value *( "&" pair )   ; shorthand
//	pair       = key [ [ "+" type ] "=" value ]      ; without value: true
//	value      = DQUOTE *any DQUOTE / "(" reference ")" / bytes
//	device     = name "@" version / "(" reference ")"
//	type       = "integer" / "float" / "atom" / "list" / "map" / "resolve"
//	scoped-key = N "." key                           ; header and query keys only
//
// The path is percent-decoded as a whole before it is read, and text in
// parentheses once more for each level, as in the reference.
//
// # Keys
//
// The other keys of the request and those of the query belong to every message
// of the sequence, unless a scope "N." says to which one. Keys written in the
// path win over scoped ones, these over the rest. A message of the sequence
// carries the commitments (and the private state) of the request only if it has
// every committed key unchanged, "path" excepted: what a URL adds to a signed
// message can never pass for signed.
//
// Parts of a sequence that are not messages are [message.Binary] (an ID),
// [*message.As] and [*message.Resolve].
package path
