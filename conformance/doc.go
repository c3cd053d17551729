// Package conformance holds this implementation to vectors recorded from the
// reference.
//
//	go test ./conformance -vectors DIR    (default ../shared/vectors)
//
// Every vector file has a suite: a function that runs one case and returns what
// differs. A case is never skipped to pass. What fails is either a failure, or
// falls under a [deviation] (a rule on the content of a case, explained in
// docs/deviations.md), or needs a device of a later milestone and counts as
// pending.
package conformance
