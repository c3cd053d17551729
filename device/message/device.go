// Package message is the device message@1.0: what a message does that names no
// other device.
package message

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
)

const doc = `A message as such: its keys are read as they stand, and a few names have a meaning of their own.

Reading is by exact spelling, then in lower case: "KEY" finds "key". Keys that begin with "priv" do not exist for readers.
A name below wins over a key of the same name in the message.

A message may be committed to by any number of keys. The ID of a message is the sum of the IDs of the commitments asked for;
with none, it is calculated from the content. Setting a key that a commitment covers, to another value, removes the commitments.

    curl 'http://localhost:8734/~message@1.0&greeting=hello/greeting'    # hello`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: ao.MessageDevice,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "id", Doc: "The ID of the message.", Reads: "request: committers, commitments (all, none, one, list)", Run: id},
			{Name: "commit", Doc: "The message with one more commitment by this node.", Reads: "request: target, commitment-device, type, committed, bundle, keyid, scheme, secret", Run: commitKey},
			{Name: "committed", Doc: "The keys that the selected commitments all cover.", Reads: "request: committers, commitments, raw", Run: committed},
			{Name: "committers", Doc: "The addresses that have committed to the message.", Reads: "base: commitments", Run: committers},
			{Name: "verify", Doc: "Whether the selected commitments hold.", Reads: "request: target, committers, commitments, secret", Run: verify},
			{Name: "keys", Doc: "The names of the public keys.", Reads: "base", Run: keys},
			{Name: "set", Doc: "The message with keys set; unset removes, messages merge unless set-mode is explicit.", Reads: "request: any keys, set-mode", Run: set},
			{Name: "set-path", Doc: "The message with its path set.", Reads: "request: value", Run: setPath},
			{Name: "remove", Doc: "The message without some keys.", Reads: "request: item, items", Run: remove},
			{Name: "get", Doc: "The value of a key, whatever the device of the message.", Reads: "request: key", Run: get},
			{Name: "index", Doc: "The page that stands for the message.", Reads: "option: default_index", Run: index},
		},
		Default: ao.Literal,
		Options: []ao.Option{optCommitDevice, optIndex, optIndexPath},
	}
}
