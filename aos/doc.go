// Package aos speaks the JSON of aos, the operating system that processes run
// in WebAssembly (spec 03, 9): messages in, results out.
//
//	{"Anchor":"","Data":"return 1+1","From":...,"Id":...,"Owner":...,
//	 "Signature":...,"Tags":[{"name":"Action","value":"Eval"}],"Target":...}
//
//	{"ok":true,"response":{"Messages":[...],"Output":{"data":"2"},"Spawns":[]}}
//
// [Encode] gives the first, [Parse] reads the second.
package aos
