// Package legacynet answers the HTTP interfaces of legacynet's units, so that
// clients that know only those work against a node: aoconnect in its mode
// "legacy" with MU_URL and CU_URL of the node, tools that read a scheduler unit.
//
//	legacynet.New(legacynet.Options{...}, next)    // an http.Handler before the server
//
// # Which requests
//
// Only requests of exactly these forms are answered here; all others go to the
// server untouched. ID stands for 43 characters, SLOT for digits.
//
//	POST /                               a data item of the protocol "ao" without a tag "path": message, process, module
//	POST /?process-id=ID&assign=ID       gives a stored message to a process
//	POST, DELETE /monitor/ID             a signed item            cron messages of a process, on and off
//	GET, POST /result/ID?process-id=ID   /result/SLOT?process-id=ID
//	GET  /results/ID                     POST /dry-run?process-id=ID
//	GET  /state/ID   GET /cron/ID        POST /snapshot/ID        GET /status
//	GET  /timestamp  GET /processes/ID   GET /ID/latest
//	GET  /ID?process-id=ID               GET /ID?from=&to=&limit=
//	GET  /?process-id=ID
//	POST /graphql                        the queries of SDKs about modules, processes and schedulers, where asked for
//
// # How they are answered
//
// Every request is turned into one or more AO-Core requests, which the server
// answers as it would have answered them from outside: signatures, limits, hooks
// and payments are those of the edge (spec 02, 10 to 13), and nothing gets around
// them. What is here only translates. Errors are JSON, {"error": sentence}.
//
// A message gets its slot before the answer, and is pushed behind it, as a
// messenger unit does. Where a process is scheduled elsewhere, the units'
// interfaces are redirected there with 307 (spec 03, 5.1).
package legacynet
