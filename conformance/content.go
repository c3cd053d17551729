package conformance

import (
	"encoding/json"
	"errors"
	"strings"
)

// The rules of deviations look at what a case contains: at every typed value in
// it, in the notation of the vectors.

// contains reports whether holds is true of any JSON value in the case.
func (c *testCase) contains(holds func(any) bool) bool {
	var v any
	return json.Unmarshal(c.raw, &v) == nil && within(v, holds)
}

func within(v any, holds func(any) bool) bool {
	if holds(v) {
		return true
	}
	switch x := v.(type) {
	case map[string]any:
		for _, e := range x {
			if within(e, holds) {
				return true
			}
		}
	case []any:
		for _, e := range x {
			if within(e, holds) {
				return true
			}
		}
	}
	return false
}

// typed returns the content of a typed value of the given kind, or nil.
func typed(v any, kind string) any {
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		return m[kind]
	}
	return nil
}

// refused reports whether the reference raised anywhere in the case.
func (c *testCase) refused() bool {
	return c.contains(func(v any) bool {
		e, ok := typed(v, "error").(map[string]any)
		return ok && e["class"] != nil
	})
}

// wantsRefusal reports whether a difference is that the reference refuses what
// this node answers.
func wantsRefusal(diff error) bool {
	var host *hostError
	return errors.As(diff, &host) || strings.Contains(diff.Error(), "want nothing")
}

// undefinedInList holds for a list with the atom undefined as an element.
func undefinedInList(v any) bool {
	items, _ := typed(v, "list").([]any)
	for _, e := range items {
		if typed(e, "atom") == "undefined" {
			return true
		}
	}
	return false
}

// typedOddKey holds for a message with an integer, float or atom under a key
// that ao-types cannot name so that the reference reads it: with "/", "?" or
// "&", or beginning with ".".
func typedOddKey(v any) bool {
	entries, _ := typed(v, "map").(map[string]any)
	for k, e := range entries {
		scalar := typed(e, "int") != nil || typed(e, "float") != nil || typed(e, "atom") != nil
		if scalar && (strings.ContainsAny(k, "/?&") || strings.HasPrefix(k, ".")) {
			return true
		}
	}
	return false
}

// unknownAtom holds for the reason with which the reference refuses an atom it
// has not met before.
func unknownAtom(v any) bool {
	entries, _ := typed(v, "map").(map[string]any)
	types, _ := typed(entries["ao-types"], "bin").(string)
	for k, e := range entries {
		text, _ := typed(e, "bin").(string)
		if strings.Contains(types, k+`="atom"`) && !knownAtoms(strings.Trim(text, `"`)) {
			return true
		}
	}
	return false
}

// knownAtoms reports whether a name is a symbol that the reference certainly
// knows.
func knownAtoms(name string) bool {
	switch name {
	case "true", "false", "null", "undefined", "ok", "error", "not_found", "unset":
		return true
	}
	return false
}

// pathIs holds for a request that asks for the given key.
func pathIs(key string) func(any) bool {
	return func(v any) bool {
		entries, _ := typed(v, "map").(map[string]any)
		return typed(entries["path"], "bin") == key
	}
}

// spelledOut holds for a list of the codes of printable characters: a text of
// the reference's host language.
func spelledOut(v any) bool {
	items, _ := typed(v, "list").([]any)
	for _, e := range items {
		n, ok := typed(e, "int").(float64)
		if !ok || n < 32 || n > 126 {
			return false
		}
	}
	return len(items) >= 8
}
