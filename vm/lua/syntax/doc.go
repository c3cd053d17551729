// Package syntax reads Lua 5.3 source text into a tree in which every name is
// resolved.
//
// [Parse] is the one entry point. It scans ([Lexer]), parses by recursive
// descent and resolves names in one pass: a name is a [LocalExpr] (a register
// of the function), an [UpvalExpr] (a variable of an enclosing function) or an
// [IndexExpr] into the environment (a global). Which locals are captured by an
// inner function is known when the tree is complete, so that the compiler keeps
// every other local in a plain register.
//
// The two dialects differ in the lexer (escape sequences, long brackets, text
// outside ASCII, see [Dialect]) and in the wording of errors. All limits are
// explicit: nesting depth, locals of a function, digits of a numeral.
package syntax
