package structured

import "strings"

// annotations are the types that an ao-types dictionary gives to keys. Few are
// a list, which needs no hashing; many, or unusually written ones, a map.
type annotations struct {
	few  []annotation
	many map[string]string
}

type annotation struct{ key, typ string }

// maxFew is the greatest number of annotations that are searched one by one.
const maxFew = 12

// parseAnnotations parses an ao-types dictionary; errors are those of [Types].
func parseAnnotations(s string, buf []annotation) (annotations, error) {
	if few, ok := scanAnnotations(s, buf); ok {
		return annotations{few: few}, nil
	}
	many, err := Types(s)
	return annotations{many: many}, err
}

// of returns the type of a key, or "".
func (a *annotations) of(key string) string {
	for i := range a.few {
		if a.few[i].key == key {
			return a.few[i].typ
		}
	}
	return a.many[key]
}

// scanAnnotations reads the form that nodes write, KEY="TYPE", KEY="TYPE", with
// plain keys and types. It reports false for anything else.
func scanAnnotations(s string, buf []annotation) ([]annotation, bool) {
	for first := true; ; first = false {
		key, rest, ok := strings.Cut(s, `="`)
		if !ok || !plainKey(key, first) {
			return nil, false
		}
		typ, rest, ok := strings.Cut(rest, `"`)
		if !ok || !plainType(typ) || len(buf) == maxFew {
			return nil, false
		}
		for i := range buf {
			if buf[i].key == key {
				return nil, false // of repeated keys the last counts
			}
		}
		buf = append(buf, annotation{key, typ})
		if rest == "" {
			return buf, true
		}
		if s, ok = strings.CutPrefix(rest, ", "); !ok {
			return nil, false
		}
	}
}

// plainKey reports whether a key of a dictionary stands for itself. Only the
// first may be the "." of a list.
func plainKey(s string, first bool) bool {
	if s == listType {
		return first
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

func plainType(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return s != ""
}
