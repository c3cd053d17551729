// Package rewrite prepares a WebAssembly module for the engine.
//
// AO modules are written for an engine that executes the older ("legacy")
// exception handling instructions and that can look into every instance. The
// engine of this project executes the standardised instructions and sees only
// what a module exports. [Rewrite] bridges the two; it is part of loading, so
// the ID of an image stays the hash of its original bytes. It
//
//   - turns try/catch/catch_all/delegate/rethrow into try_table and throw_ref;
//   - exports every mutable global as "ao:g<index>" and a memory that has no
//     export as "ao:memory", so that an instance can be saved;
//   - implements Emscripten's invoke_* and _emscripten_throw_longjmp imports
//     inside the module, with a tag of its own, where the module exports what
//     they need (setThrew and the stack pointer functions), and its
//     _emscripten_memcpy_js and emscripten_resize_heap;
//   - adds the page that the reference's engine gives to its host heap, which
//     is visible through memory.size (spec 03, 12.7);
//   - says why an instance of the module could not be saved, if so: it changes
//     tables, drops segments, or keeps references in mutable globals.
//
// Custom sections are dropped: nothing reads them.
//
// # How a try becomes a try_table
//
// A handler is code after a block that the exception branches out of:
//
//	try P->R            block P->R                    ;; $out
//	  body                block P->[catch_all]        ;; one block a handler,
//	catch $t                block P->[params of $t]   ;; the first innermost
//	  h1          =>          try_table P->R (catch $t 0) (catch_all 1)
//	catch_all                   body
//	  h2                      end
//	end                       br $out
//	                        end
//	                        h1
//	                        br $out
//	                      end
//	                      h2
//	                    end
//
// A handler that is rethrown from catches with a reference, which is kept in a
// local. A delegate whose target is not simply the next handler outwards
// catches everything and branches to a landing inside the target's body:
//
//	try_table P->R (catches of the target)
//	  block P->exnref                              ;; landing
//	    body, in it: try_table (catch_all_ref $landing) ... end
//	    br $out
//	  end
//	  throw_ref
//	end
//
// All branch depths are remapped. The parser never panics, and limits what it
// accepts; types are checked by the engine, which validates the output.
package rewrite

// Version is part of the key of cached compiled modules. It changes with any
// change of the output of [Rewrite].
const Version = 1
