// Package wasi is the device wasi@1.0: the system interface of programs, over
// files that are part of a message.
package wasi

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "wasi@1.0"

const doc = `The part of the WebAssembly system interface (WASI preview 1) that deterministic programs need.

"init" gives the state a file system under "vfs", open files under "file-descriptors", and itself as the library
"wasi_snapshot_preview1" of the device wasm-64@1.0 with the output prefix "wasm". The files are part of the state: what a program
writes can be read as a key, e.g. "stdout", and is there when the state is restored.

There is no clock, no randomness and no environment: clock_time_get fails with errno 1, so that every node computes the same.
Directory 3 is the root of the file system; other descriptors come from path_open.

The program aos runs on it:

    hyperbeam process spawn --module aos.wasm
    hyperbeam process send PROCESS --action Eval --data 'return 1+1'
    hyperbeam process result PROCESS 1    # 2`

// optFile bounds what a program can make the state grow by.
var optFile = ao.Option{Name: "wasi_file_limit", Default: message.Int(16 << 20), Doc: "Bytes that one file of a program may have."}

// New returns the device.
func New() *ao.Device {
	d := &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The state with files, and this device as a library.", Run: initialise},
			{Name: "compute", Doc: "The base.", Run: func(c *ao.Call) (message.Value, error) { return c.Base, nil }},
			{Name: "stdout", Doc: "What the program has written.", Reads: "base: vfs/dev/stdout", Run: stdout},
		},
		Options: []ao.Option{optFile},
	}
	for _, f := range functions {
		d.Keys = append(d.Keys, ao.Key{Name: f.name, Doc: f.doc, Reads: "request: args, func-sig; base: state", Run: f.key()})
	}
	return d
}

// initialise sets what programs find (spec 03, 13.1).
func initialise(c *ao.Call) (message.Value, error) {
	empty := message.Binary("")
	changes := message.Of(
		message.P("wasm", message.Of(message.P("stdlib", message.Of(
			message.P("wasi_snapshot_preview1", message.Of(message.P("device", message.Binary(Name)))))))),
		message.P(keyOpen, message.Of(
			message.P("0", descriptor("/dev/stdin", 0)),
			message.P("1", descriptor("/dev/stdout", 0)),
			message.P("2", descriptor("/dev/stderr", 0)))),
		message.P(keyFiles, message.Of(message.P("dev", message.Of(
			message.P("stdin", empty), message.P("stdout", empty), message.P("stderr", empty))))))
	load := func(v message.Value) (message.Value, error) { return message.Loaded(c.Ctx, c.Cache, v) }
	return message.Deep{Load: load}.Merge(c.Base, changes)
}

func stdout(c *ao.Call) (message.Value, error) {
	f := &files{c, c.Base}
	v, err := f.find("/dev/stdout")
	if v == nil && err == nil {
		return nil, ao.Missing
	}
	return v, err
}
