package field

import (
	"encoding/json"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// TestVectors reads every dictionary header the reference wrote and prints it
// again: its own texts are canonical in its dialect.
func TestVectors(t *testing.T) {
	names := map[string]bool{"ao-types": true, "ao-ids": true, "signature": true, "signature-input": true}
	found := map[string]int{}
	check := func(name string, value any) {
		text, ok := value.(string)
		if !ok || !names[name] {
			return
		}
		d, err := Lenient.ParseDictionary(text)
		if err != nil {
			t.Errorf("%s %q: %v", name, text, err)
			return
		}
		out, err := Lenient.AppendDictionary(nil, d)
		if err != nil || string(out) != text {
			t.Errorf("%s %q printed as %q, %v", name, text, out, err)
		}
		found[name]++
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for name, value := range v {
				check(name, value)
				if m, ok := value.(map[string]any); ok && len(m) == 1 {
					check(name, m["bin"])
				}
				walk(value)
			}
		case []any:
			if len(v) == 2 {
				if name, ok := v[0].(string); ok {
					check(name, v[1])
				}
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	var file struct{ Cases []map[string]any }
	if err := json.Unmarshal(sharedtest.File(t, "vectors/httpsig.json"), &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		for _, part := range []string{"plain", "bundle"} {
			m, ok := c[part].(map[string]any)
			if !ok {
				continue
			}
			// "/" is written into ao-types unescaped, but not read there.
			if decoded, ok := m["decoded"].(map[string]any); ok && decoded["error"] != nil {
				continue
			}
			walk(m["encoded"])
		}
	}
	if _, err := Lenient.ParseDictionary(`a/b="integer"`); err == nil {
		t.Error("a slash in a key was accepted")
	}
	for name := range names {
		if found[name] == 0 {
			t.Errorf("no header %s was found", name)
		}
	}
}
