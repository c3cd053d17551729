package conformance

// deviation is a rule: cases for which holds answers true may differ from the
// recorded answer, for the reason that docs/deviations.md gives under name.
type deviation struct {
	name  string
	holds func(c *testCase, diff error) bool
}

// deviations are all known ones.
func deviations() []deviation {
	return nil
}
