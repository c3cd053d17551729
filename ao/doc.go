// Package ao is the engine of AO-Core: it resolves a request on a base message
// by the base's device.
//
//	ao(base, request) -> result
//
// # Parts
//
// A [Device] is a value: a name, documentation and a table of keys, each with
// the function that answers it. A [Registry] is a list of devices. An [Engine]
// joins a registry with the services of a node (cache, clock, keys, network),
// and an [Env] is the engine seen by one request: its options, limits and
// modes. Resolution is a method of Env; device functions get a [Call], which
// carries the Env on.
//
// # Resolution
//
// [Env.Run] resolves a sequence: the first two elements give a result, which
// takes their place, until one is left. Any status but "ok" ends it. One step
// goes through these stages (spec 02, 2.3):
//
//	 1 normalise    load links, unwrap devices and sub-paths, lists become messages
//	 2 look up      an ID as base is read from the cache, or its result is
//	 3 validate     both sides are messages
//	 4 join         equal calls of a grouped device that are under way share one result
//	 5 find device  the base's "device", else message@1.0
//	 6 execute      the function of the key
//	 7 step hook    may replace the result
//	 8 sub-resolve  a result that is a sequence is resolved
//	 9 hashpath     the result remembers how it came about
//	10 store        if cache control says so
//
// # Statuses
//
// A function returns a value, which has the status "ok", or an error. The error
// is an [*Outcome] when the device answers with another status ("not_found",
// "created", a refusal with a message), and any other error otherwise; the edge
// turns both into HTTP.
//
// # Labelled invariants
//
//	A1  Device names come from the registry only.
//	A2  A device function sees links only where it did not ask through the Call.
//	A3  Every resolution respects its context and the depth limit.
//	A4  Signers of a request are verified, or they are not signers.
package ao
