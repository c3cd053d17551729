// Package jsoniface is the device json-iface@1.0: messages for aos, and its
// answers, in JSON.
package jsoniface

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
)

// Name is the name of the device.
const Name = "json-iface@1.0"

const doc = `Stands before a program that speaks the JSON of aos, in a stack with the passes 1 and 2.

In pass 1 it turns the message of the request, and the process, into JSON, puts both where the program finds them (into the memory
of the instance under the output prefix, or as texts into the parameters), and asks for the function "handle". In pass 2 it reads
the JSON that the program has answered with: "results" then has the data, the messages to send under "outbox", and patches.

The program aos is built for it:

    hyperbeam process spawn --module aos.wasm
    hyperbeam process send PROCESS --action Eval --data 'return 1+1'
    curl http://localhost:8734/PROCESS~process@1.0/compute=1/results/data    # 2`

// New returns the device.
func New() *ao.Device {
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "init", Doc: "The base with the function handle.", Run: initialise},
			{Name: "compute", Doc: "Pass 1: the base with parameters. Pass 2: the base with results.", Reads: "base: pass, output-prefix, process; request: body, block-height", Run: compute},
		},
	}
}
