// Package route finds the nodes a message goes to, and sends it there.
//
//	routes := route.New(route.Options{Peers: inside, Strangers: guarded})
//	found, err := routes.Find(ctx, env, req)     // where it would go
//	replies, err := routes.Send(ctx, env, req)   // as the route says
//	reply, err := routes.SendTo(ctx, env, "https://peer", req)
//
// # The table
//
// Routes are tried in order; the first whose template matches the message is
// its route (spec 04, 4.1-4.2). A route names one node or several, and a
// strategy chooses among them ([Choose]). A path that is a URL is its own route.
//
// # Two ways out
//
// Where the operator's table leads is reached through [Options.Peers]. Every
// other place (a URL or peer in a request, what a provider of routes answers, a
// rewritten address whose host is not the one that the route spells) is named
// by a stranger and reached through [Options.Strangers], whose connections a
// [Guard] must see: it looks at the IP address that is about to be connected
// to, so names that resolve to private addresses do not get around it (SEC-10).
// The two share no connections.
//
// # Several nodes
//
// A message goes to the nodes one after the other until enough admissible
// answers are there, or to all at once (spec 04, 4.9). A node that cannot be
// reached, answers wrongly or takes too long counts as one that did not answer:
// the next one is tried. The whole never takes longer than the option
// http_request_send_timeout, of which every remaining node has an equal share.
//
// # Health
//
// Every exchange is noted by peer: how long it took, and whether it failed
// ([Service.Health]). Nodes that failed several times in a row are tried last
// for a while. Strategies do not look at it: their arithmetic is the protocol's.
package route
