package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// vectorFile is one file of vectors.
type vectorFile struct {
	Description string
	Cases       []json.RawMessage
	Keys        json.RawMessage
}

// testCase is one case: its name, its kind (op or kind) and its members.
type testCase struct {
	name string
	kind string
	file string
	raw  json.RawMessage
	m    object

	shelf   shelf   // the messages of all files
	wallets wallets // the signing keys

	uncounted bool // runs for its effect on later cases
}

func (c *testCase) text(member string) string {
	var s string
	_ = json.Unmarshal(c.m[member], &s)
	return s
}

// readVectors returns the cases of one file and puts the messages that occur in
// them on the shelf.
func readVectors(path string, all shelf, w wallets) ([]*testCase, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f vectorFile
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "[") {
		err = json.Unmarshal(raw, &f.Cases)
	} else {
		err = json.Unmarshal(raw, &f)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := make([]*testCase, len(f.Cases))
	for i, r := range f.Cases {
		c := &testCase{file: path, raw: r, shelf: all, wallets: w}
		if err := json.Unmarshal(r, &c.m); err != nil {
			return nil, fmt.Errorf("%s, case %d: %w", path, i, err)
		}
		c.name, c.kind = c.text("name"), c.text("op")
		if c.name == "" {
			c.name = c.text("id")
		}
		if c.kind == "" {
			c.kind = c.text("kind")
		}
		all.collectMembers(c.m)
		out[i] = c
	}
	return out, nil
}

// pending is the error of a case that needs a device of a later milestone.
type pending struct{ device string }

func (p *pending) Error() string { return "pending: " + p.device }

// suite runs one case and returns nil, a *pending, or what differs.
type suite func(c *testCase) error

// tally counts outcomes of one file.
type tally struct {
	passed, failed int
	deviations     map[string]int
	pending        map[string]int
}

func (t *tally) String() string {
	s := fmt.Sprintf("%d passed, %d failed", t.passed, t.failed)
	for name, n := range t.deviations {
		s += fmt.Sprintf(", %d deviation %s", n, name)
	}
	for name, n := range t.pending {
		s += fmt.Sprintf(", %d pending: %s", n, name)
	}
	return s
}
