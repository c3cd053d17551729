// Package conformancedocs writes docs/conformance.md: every item of the
// checklists of the specification, and every entry of its security register,
// with the tests that cover it.
//
//	go test ./internal/conformancedocs -update
//
// A test says what it covers by a mark: a comment line that is a list of items,
// above the test function, above a row of its table, or beside either; an
// explanation may follow after a colon or in small letters. "04" and "06..08" are of the family of
// the item before.
//
//	// CONF-PROC-01, CONF-PROC-02
//	// SEC-11: orders are signed by the operator
//
// A mark on something that is not a test (a table, a function of a suite)
// counts for the tests of the package that use it. Anywhere else in a comment an
// item is a mere mention, and covers nothing.
//
// Items that no test covers are open. The file open.txt beside this one gives
// the reason where there is one.
package conformancedocs
