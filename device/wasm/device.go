// Package wasm is the device wasm-64@1.0: programs in WebAssembly.
package wasm

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
	vm "github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Name is the name of the device.
const Name = "wasm-64@1.0"

const doc = `Runs a WebAssembly program as part of a message.

"init" makes an instance of the module at "image" below the input prefix (an ID, a message with the module as its body, or the
module itself), or else of the body of the message. The instance is private state: it stays with the message in memory, and every
message keeps the instance as it was when the message was made, whatever has been computed since.

"compute" calls the exported function that the request names, with its parameters, and notes type and output of the result under
"results". Integers and floats are converted to what the function takes. What the program imports is looked up under "stdlib"
below the output prefix, as MODULE/FUNCTION, and resolved with the arguments; what is not found there returns 0.

A program that traps, or runs into the limit of fuel or memory, gives a result of type "error" that says why and where, and the
instance is again what it was before the call. The limit of time ends the request without a result, since it depends on the machine.

"snapshot" gives memory and globals as a message, in pages that successive snapshots share; with "format" memory it gives the
memory in one piece. "normalize" makes the instance from a snapshot when there is none.

    hyperbeam process spawn --module aos.wasm
    hyperbeam process send PROCESS --action Eval --data 'return 1+1'
    curl http://localhost:8734/PROCESS~process@1.0/compute=1/results/wasm/type    # ok`

// Options of the node that the device reads.
var (
	optRecord = ao.Option{Name: "wasm_record_undefined_calls", Default: message.True, Doc: "Whether calls of functions that no library has are noted in the state."}
	optRaw    = ao.Option{Name: "wasm_raw_numbers", Default: message.False, Doc: "Whether arguments are passed by their bits, as the reference does, where they would be converted."}
)

// New returns the device. Without an engine, programs cannot be run.
func New(engine *vm.Engine) *ao.Device {
	d := device{engine}
	return &ao.Device{
		Name:    Name,
		Aliases: []string{"wasm64@1.0"},
		Doc:     doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The message with a new instance of its module.", Reads: "base: input-prefix, output-prefix, image, body", Run: d.init},
			{Name: "compute", Doc: "The message after a call of the program.", Reads: "request: body/function, body/parameters, function, parameters; base: function, parameters, pass", Run: d.compute},
			{Name: "import", Doc: "The answer of a library function.", Reads: "request: module, func, args, func-sig; base: stdlib", Run: d.importKey},
			{Name: "snapshot", Doc: "Memory and globals of the instance.", Reads: "request: format", Run: d.snapshot},
			{Name: "normalize", Doc: "The message with an instance, made from its snapshot if there is none.", Reads: "base: snapshot, device-key", Run: d.normalize},
			{Name: "terminate", Doc: "The message without instance.", Run: d.terminate},
		},
		Options: append(machine.NodeOptions(), optRecord, optRaw),
	}
}

type device struct{ engine *vm.Engine }
