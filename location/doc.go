// Package location knows where the nodes of addresses can be reached: it makes,
// verifies and keeps location records (spec 03, 4.5; spec 05, 3.8).
//
// A record is a message that an address has signed about itself:
//
//	{data-protocol: "ao", variant: "ao.N.1", type: "scheduler-location",
//	 url: "https://node.example", nonce: 3, time-to-live: 604800000}
//
// Records come from the node itself ([Service.Publish]), from others who send
// them ([Service.Accept]), and from a gateway that is asked for those of an
// address ([Service.Find]). Wherever one comes from, the same holds:
//
//	L1  A record is kept for an address only when that address has signed it,
//	    and every key that is read is covered by the signature.
//	L2  The nonce of the records of an address rises. An old record that is sent
//	    again changes nothing; the same record again is no mistake.
//	L3  A record says where to go until its time to live has passed since it was
//	    received. After that somebody else is asked; if nobody knows better, the
//	    old record is still the best guess for reaching a node, but it is not
//	    shown to others.
//
// A record is a hint: what a node at its URL says is believed only as far as it
// is signed (package schedule/remote).
//
// # In the store
//
//	~scheduler@1.0/locations/<address>   name (package cache) of the record
//	~scheduler@1.0/received/<address>    link to the time when it came, in milliseconds
package location
