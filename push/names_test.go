package push

import (
	"testing"

	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// FuzzNames reads names of links in the store, which survive being written
// again.
func FuzzNames(f *testing.F) {
	const id = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	f.Add(errand{process: id, slot: 3, hops: 2}.name()[len(pendingDir)+1:], here)
	f.Add(errand{process: id, slot: -1, message: id, after: -1}.name()[len(pendingDir)+1:], errand{node: "http://x"}.target())
	f.Add("x.s.1", progress{stage: signed, letter: id, target: id, slot: 7}.link())
	f.Add("x.m..", progress{stage: failed, status: 404, reason: "a.b/c"}.link())
	f.Add(".m..1", "0")
	f.Add("", "F..")
	f.Fuzz(func(t *testing.T, name, target string) {
		if e, ok := parseErrand(name, target); ok {
			again, ok := parseErrand(e.name()[len(pendingDir)+1:], e.target())
			if !ok || again != e {
				t.Fatalf("%+v was read as %+v", e, again)
			}
		}
		if p, ok := parseProgress(target); ok && len(p.reason) <= maxReason {
			again, ok := parseProgress(p.link())
			if !ok || again != p {
				t.Fatalf("%+v was read as %+v", p, again)
			}
		}
	})
}

func TestHints(t *testing.T) {
	for target, want := range map[string][2]string{
		"ID":                              {"ID", ""},
		"ID?hint=http://x:1":              {"ID", "http://x:1"},
		"ID&a=b&hint=http://x/":           {"ID", "http://x"},
		"ID?hint=https://x.example/a&b=c": {"ID", "https://x.example/a"},
		"ID?other=http://x":               {"ID", ""},
		"?hint=http://x":                  {"", "http://x"},
		"\"A\", \"B\"":                    {"\"A\", \"B\"", ""},
	} {
		if name, hint := schedule.CutHint(target); name != want[0] || hint != want[1] {
			t.Errorf("%s: %q %q", target, name, hint)
		}
	}
}
