package conformancedocs

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

var (
	update = flag.Bool("update", false, "write docs/conformance.md anew")
	lose   = flag.Bool("lose", false, "with -update: let items go that were covered")
)

func TestPageIsFresh(t *testing.T) {
	items, err := ReadSpecs(sharedtest.Dir(t, "spec"))
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join("..", "..")
	marks, err := FindMarks(root)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("open.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons := Reasons(string(text))
	for _, fault := range Check(items, marks, reasons) {
		t.Error(fault)
	}
	file := filepath.Join(root, "docs", "conformance.md")
	got, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if lost := Lost(string(got), marks); len(lost) > 0 && !*lose {
		t.Fatalf("covered according to docs/conformance.md, and by no test: %s; bring the tests back, or let the items go with -update -lose", strings.Join(lost, ", "))
	}
	want := Page(items, marks, reasons)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(got) != want {
		t.Error("docs/conformance.md is stale; go test ./internal/conformancedocs -update writes it")
	}
}

func TestParseSpec(t *testing.T) {
	const text = `
Prose about CONF-A-01 and of CONF-B-02.
- CONF-A-01 one; CONF-A-02 two with 03 inside. CONF-A-04 four, 90, 10
* CONF-B-01 first. 02 second, 03 third (net; 99). 04..06 several. 07/08 pair.
* CONF-B-09 ends. 10 base64url; see 9.6. 12 monkeys
| Id | Behaviour |
|---|---|
| CONF-C-01 + | a | b |
| CONF-C-02 | plain. |
| SEC-01 | C | weak | do better |
| SEC-02 | closed later |
`
	want := []Item{
		{ID: "CONF-A-01", Text: "one"}, {ID: "CONF-A-02", Text: "two with 03 inside"}, {ID: "CONF-A-04", Text: "four, 90, 10"},
		{ID: "CONF-B-01", Text: "first"}, {ID: "CONF-B-02", Text: "second"}, {ID: "CONF-B-03", Text: "third (net; 99)"},
		{ID: "CONF-B-04", Text: "several"}, {ID: "CONF-B-05", Text: "several"}, {ID: "CONF-B-06", Text: "several"},
		{ID: "CONF-B-07", Text: "pair"}, {ID: "CONF-B-08", Text: "pair"},
		{ID: "CONF-B-09", Text: "ends"}, {ID: "CONF-B-10", Text: "base64url; see 9.6. 12 monkeys"},
		{ID: "CONF-C-01", Text: "a | b"}, {ID: "CONF-C-02", Text: "plain"}, {ID: "SEC-01", Text: "weak. Do: do better"},
	}
	got := parseSpec(text)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("item %d:\n got %+v\nwant %+v", i, got[min(i, len(got)):], want[min(i, len(want)):])
		}
	}
}

const source = `package p

import "testing"

// TestA does this.
//
// CONF-A-01, CONF-A-02, 11..13, SEC-03: a sentence
func TestA(t *testing.T) { // CONF-A-03
	for range table { // says nothing of CONF-A-09
		// CONF-A-04
		_ = 0
	}
}

var table = []int{
	1, // CONF-A-05 with more
}

// CONF-A-06
func inner() { _ = table }

func outer() { inner() }

func FuzzB(f *testing.F) { outer() }

func Testament() { inner() }

// CONF-A-07 (in brackets)
func TestC(t *testing.T) {}

// CONF-A-08
func unused() {}
`

func TestFindMarks(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"p/p_test.go": source,
		"p/p.go":      "package p\n\n// CONF-A-10 is kept here.\nfunc F() {}\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, "p"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := FindMarks(root)
	if err != nil {
		t.Fatal(err)
	}
	a, b := []Test{{"p", "TestA"}}, []Test{{"p", "FuzzB"}}
	want := map[string][]Test{
		"CONF-A-01": a, "CONF-A-02": a, "CONF-A-03": a, "CONF-A-04": a,
		"CONF-A-11": a, "CONF-A-12": a, "CONF-A-13": a, "SEC-03": a,
		"CONF-A-05": {{"p", "FuzzB"}, {"p", "TestA"}}, "CONF-A-06": b,
	}
	if !reflect.DeepEqual(marks.Tests, want) {
		t.Errorf("tests\n got %v\nwant %v", marks.Tests, want)
	}
	if len(marks.Faults) != 2 || !strings.HasPrefix(marks.Faults[0], "p/p_test.go:28: write a mark") || !strings.HasPrefix(marks.Faults[1], "p/p_test.go:31: the mark stands above no test") {
		t.Errorf("faults %q", marks.Faults)
	}
	if marks.Mentions["CONF-A-10"] != "p/p.go:3" || marks.Mentions["CONF-A-09"] != "p/p_test.go:9" {
		t.Errorf("mentions %v", marks.Mentions)
	}
}

func TestCheckAndLost(t *testing.T) {
	items := []Item{{ID: "CONF-A-01", Text: "one | two"}, {ID: "CONF-A-02", Text: "`three`"}, {ID: "SEC-01", Text: "weak"}}
	marks := &Marks{Tests: map[string][]Test{"CONF-A-01": {{"p", "TestA"}, {"p", "TestB"}, {"q", "TestC"}}}, Mentions: map[string]string{"CONF-A-01": "x:1", "CONF-Z-01": "x:2"}}
	faults := Check(items, marks, Reasons("# why\nCONF-A-01 no need\nCONF-A-02 the network\nSEC-77 unknown\n"))
	want := []string{
		"x:2: no specification has an item CONF-Z-01",
		"open.txt: CONF-A-01 is covered by TestA; remove its line",
		"open.txt: no specification has an item SEC-77",
	}
	if !reflect.DeepEqual(faults, want) {
		t.Errorf("faults\n got %q\nwant %q", faults, want)
	}
	page := Page(items, marks, map[string]string{"CONF-A-02": "the network"})
	for _, row := range []string{
		"| CONF-A-01 | one \\| two | [p](../p): `TestA`, `TestB`, [q](../q): `TestC` |\n",
		"| CONF-A-02 | `three` | open: the network |\n", "| SEC-01 | weak | open |\n",
		"| [CONF-A](#conf-a) | 1 | 2 |\n", "| all | 1 | 3 |\n",
	} {
		if !strings.Contains(page, row) {
			t.Errorf("no row %q in\n%s", row, page)
		}
	}
	if lost := Lost(page, marks); lost != nil {
		t.Errorf("lost %v", lost)
	}
	if lost := Lost(page, &Marks{}); !reflect.DeepEqual(lost, []string{"CONF-A-01"}) {
		t.Errorf("lost %v", lost)
	}
}
