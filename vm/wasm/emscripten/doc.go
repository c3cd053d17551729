// Package emscripten is the host that modules compiled with Emscripten for
// JavaScript expect: the imports of "env" and "wasi_snapshot_preview1", without
// JavaScript.
//
//	host := emscripten.New(emscripten.Options{Memory64: module.Memory64()})
//	instance, err := module.Instantiate(ctx, host, limits)
//	err = emscripten.Start(ctx, instance)
//	text, err := emscripten.CallText(ctx, instance, "handle", message, environment)
//
// A [Host] is the world of one call: a clock that only imports move, a file
// system in memory, terminals whose output is dropped. Nothing in it comes from
// the machine that it runs on, so that a call has the same result everywhere,
// and the same as under @permaweb/ao-loader, the JavaScript host of legacynet
// (spec 03, 10.7 and 19.7), whose clock, files and call convention these are.
// What a call leaves in files is gone with its host; memory is what stays.
//
// invoke_*, longjmp, memcpy and heap growth never arrive here: package rewrite
// answers them inside the module. The functions of WeaveDrive are answered as
// by a host that has no drive. Functions that are not known return zero.
package emscripten
