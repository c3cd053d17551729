package route

import _ "embed"

// DynamicRouter is the program of a process that keeps a table of routes, for
// use as a provider: nodes register in it, and the weights of routes follow from
// prices and from how long nodes take (spec 04, 4.12). It is Lua for lua@5.3a;
// its head says how to configure it.
//
//go:embed dynamic-router.lua
var DynamicRouter string
