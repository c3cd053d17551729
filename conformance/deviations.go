package conformance

// deviation is a rule: cases for which holds answers true may differ from the
// recorded answer, for the reason that docs/deviations.md gives under name.
type deviation struct {
	name  string
	holds func(c *testCase, diff error) bool
}

// deviations are all known ones.
func deviations() []deviation {
	return []deviation{
		{"undefined-in-list", func(c *testCase, diff error) bool { return wantsRefusal(diff) && c.contains(undefinedInList) }},
		{"types-of-odd-keys", func(c *testCase, diff error) bool { return wantsRefusal(diff) && c.contains(typedOddKey) }},
		{"get-over-path", func(c *testCase, _ error) bool { return c.refused() && c.contains(pathIs("get")) }},
		{"unknown-atoms", func(c *testCase, diff error) bool { return wantsRefusal(diff) && c.contains(unknownAtom) }},
		{"items-kept-exactly", func(c *testCase, diff error) bool { return c.kind != "commit-message" && isMoreExact(diff) }},
		{"refusals-say-why", func(_ *testCase, diff error) bool { return fault(diff) }},
		{"broken-replies", func(c *testCase, _ error) bool { return c.contains(brokenReply) }},
		{"media-ranges", func(c *testCase, _ error) bool { return c.contains(requestHas(`(?im)^accept:.*[,;]`)) }},
		{"casts-are-resolved", func(c *testCase, _ error) bool { return c.contains(requestHas(`^[A-Z]+ \S*=\(~[^/()\s]*\)`)) }},
		{"ids-of-sub-paths", func(c *testCase, _ error) bool { return c.contains(requestHas(`^[A-Z]+ \S*=\(\S*/\S*\)`)) }},
		{"errors-are-text", func(c *testCase, _ error) bool { return c.kind == "device" && c.contains(spelledOut) }},
		{"commitments-as-text", func(c *testCase, _ error) bool { return c.refused() && c.contains(commitmentsAsText) }},
		{"lua-status-words", func(c *testCase, _ error) bool { return c.luaStatusWord() }},
		{"lua-functions-as-values", func(c *testCase, diff error) bool { return c.isLua() && c.contains(isFunction) }},
	}
}
