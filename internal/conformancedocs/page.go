package conformancedocs

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Reasons reads open.txt: lines of an item and why it is open; "#" comments.
func Reasons(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		id, why, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && !strings.HasPrefix(id, "#") {
			out[id] = strings.TrimSpace(why)
		}
	}
	return out
}

// Check returns what is wrong about marks and reasons: faults of the marks,
// names of items that no specification has, reasons for items that are covered.
func Check(items []Item, marks *Marks, reasons map[string]string) []string {
	out := slices.Clone(marks.Faults)
	known := map[string]bool{}
	for _, i := range items {
		known[i.ID] = true
	}
	for _, id := range slices.Sorted(maps.Keys(marks.Mentions)) {
		if !known[id] {
			out = append(out, fmt.Sprintf("%s: no specification has an item %s", marks.Mentions[id], id))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(reasons)) {
		switch {
		case !known[id]:
			out = append(out, fmt.Sprintf("open.txt: no specification has an item %s", id))
		case len(marks.Tests[id]) > 0:
			out = append(out, fmt.Sprintf("open.txt: %s is covered by %s; remove its line", id, marks.Tests[id][0].Name))
		}
	}
	return out
}

var coveredRow = regexp.MustCompile(`(?m)^\| ((?:CONF-[A-Z0-9]+|SEC)-\d+) \|.*\| [^|]*\x60[^|]*\|$`)

// Lost returns the items that a page says are covered and no test covers.
func Lost(page string, marks *Marks) []string {
	var out []string
	for _, m := range coveredRow.FindAllStringSubmatch(page, -1) {
		if len(marks.Tests[m[1]]) == 0 {
			out = append(out, m[1])
		}
	}
	return out
}

// Page returns the table of all items, in the order of the specification.
func Page(items []Item, marks *Marks, reasons map[string]string) string {
	families, order := map[string][]Item{}, []string{}
	for _, i := range items {
		f := i.Family()
		if families[f] == nil {
			order = append(order, f)
		}
		families[f] = append(families[f], i)
	}
	var b strings.Builder
	b.WriteString("# Conformance\n\nEvery item of the checklists of the specification (parts 1 to 6) and of its security register, with the tests that cover it.\n" +
		"Written by `go test ./internal/conformancedocs -update` from marks in the tests; how to mark a test is in `internal/conformancedocs/doc.go`.\n" +
		"Vectors recorded from the reference are run besides, all of them, by `go test ./conformance`.\n\n")
	summary(&b, order, families, marks)
	for _, f := range order {
		fmt.Fprintf(&b, "\n## %s\n\nSpecification %s.\n\n| Item | What | Tests |\n|---|---|---|\n", f, families[f][0].Source)
		for _, i := range families[f] {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", i.ID, strings.ReplaceAll(i.Text, "|", `\|`), tests(i.ID, marks, reasons))
		}
	}
	return b.String()
}

func summary(b *strings.Builder, order []string, families map[string][]Item, marks *Marks) {
	b.WriteString("| Items | Covered | Of |\n|---|---|---|\n")
	covered, all := 0, 0
	for _, f := range order {
		n := 0
		for _, i := range families[f] {
			if len(marks.Tests[i.ID]) > 0 {
				n++
			}
		}
		fmt.Fprintf(b, "| [%s](#%s) | %d | %d |\n", f, strings.ToLower(f), n, len(families[f]))
		covered, all = covered+n, all+len(families[f])
	}
	fmt.Fprintf(b, "| all | %d | %d |\n", covered, all)
}

// tests returns the cell of an item: the names of its tests by package, each
// package a link, or that it is open and why.
func tests(id string, marks *Marks, reasons map[string]string) string {
	list := marks.Tests[id]
	if len(list) == 0 {
		if why := reasons[id]; why != "" {
			return "open: " + why
		}
		return "open"
	}
	var out []string
	for i, t := range list {
		if i == 0 || list[i-1].Package != t.Package {
			out = append(out, fmt.Sprintf("[%s](../%s): `%s`", t.Package, t.Package, t.Name))
		} else {
			out = append(out, "`"+t.Name+"`")
		}
	}
	return strings.Join(out, ", ")
}
