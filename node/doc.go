// Package node puts a node together: configuration, wallet, store, cache,
// devices, engine and HTTP server.
//
//	cfg := node.DefaultConfig()
//	n, err := node.Open(ctx, cfg)
//	defer n.Close()
//	err = n.ListenAndServe(ctx)
//
// The configuration is a message ([Config.Message]): files, the environment,
// flags and signed requests to ~meta@1.0/info all change it the same way, by
// [Config.Apply]. Inside it is one typed [Config].
package node
