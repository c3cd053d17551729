// Package testnet starts several real nodes and the network between them.
//
// Each node has its own port on loopback, its own wallet, its own store and
// serves HTTP. The nodes are configured to know each other. They run either in
// this process, for tests, or as processes of their own ([Options.Command]),
// for soaks that kill them.
//
//	net, err := testnet.Start(ctx, testnet.Options{Nodes: testnet.Roles(3), Keys: keys.Curve25519})
//	defer net.Close()
//	user, err := testnet.NewUser()
//	id, err := user.Spawn(ctx, net.Node(0), program)
//	net.Partition([]int{0}, []int{1, 2})
//
// # The network
//
// What nodes in this process send to each other passes a [Link], one for each
// pair of sender and receiver. A link can be cut, lose requests or answers,
// deliver requests twice, and delay them by random times, so that they overtake
// each other ([Conditions]). What users send does not pass links.
//
// # Death
//
// [Node.Stop] is an orderly end. [Node.Kill] is none: connections are cut at
// once, and what was not forced to the disk may be lost. A node of its own
// process gets SIGKILL. A node in this process without a folder keeps its store
// on a disk in memory that then loses what was not synced, as in a power
// failure; with a folder its store is closed, which is the best that one
// process can do to a part of itself. [Node.Start] brings any of them up again
// with the same wallet, port and data.
//
// # Time
//
// [Options.Clock] is the clock of all nodes in this process, and [Spec.Clock]
// that of one. Waits for other nodes pass in real time.
package testnet
