// Package computeunit evaluates processes as a compute unit of legacynet does,
// or has one do it (spec 03, 10).
//
// A process of legacynet names a module, a WebAssembly program compiled with
// Emscripten whose function "handle" gets a message and an environment as JSON
// and answers with a result:
//
//	{"Id":...,"Owner":...,"From":...,"Data":...,"Tags":[...],"Timestamp":...,"Cron":false}   the message
//	{"Process":{"Id","Owner","Tags"},"Module":{"Id","Owner","Tags"}}                         the environment
//	{"ok":true,"response":{"Output","Messages","Spawns","Assignments","Error"}}              the answer
//
// # Here
//
// [Start] and [Evaluate] run the program in this process (package
// vm/wasm/emscripten), with the results that @permaweb/ao-loader gives for the
// same texts. Each message gets a new host, so that a result depends on memory
// and message alone: the loader's clock and files live as long as its instance,
// which nodes would not agree on. A result with an error leaves memory as it was
// before the message.
//
// # Elsewhere
//
// A [Remote] is a compute unit that the route table of the node leads to: it is
// asked over HTTP, and reads the schedule from this node when it needs to.
//
// # Results
//
// Either way the result is a message with the keys Output, Messages, Spawns,
// Assignments, Patches, GasUsed and, if so, Error; [Results] is what a process
// state holds of it.
package computeunit
