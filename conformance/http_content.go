package conformance

import (
	"errors"
	"regexp"
	"strings"
)

// The rules of deviations of cases that are HTTP exchanges.

// fault holds for an answer that refuses with a reason, or succeeds, where the
// reference crashed or refused without a word.
func fault(diff error) bool {
	var d *statusDiff
	if !errors.As(diff, &d) || d.got >= 500 {
		return false
	}
	return d.want == 500 || (d.want == d.got && d.body != "")
}

// brokenReply holds for a case whose recorded answer is followed by a second
// one on the same connection.
func brokenReply(v any) bool {
	m, ok := v.(map[string]any)
	return ok && m["trailing"] != nil
}

// requestHas holds for a raw request that matches a pattern.
func requestHas(pattern string) func(any) bool {
	re := regexp.MustCompile(pattern)
	return func(v any) bool {
		s, ok := v.(string)
		return ok && strings.Contains(s, " HTTP/1.") && re.MatchString(s)
	}
}
