package conformancedocs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// Item is one line of a checklist: what a node has to do.
type Item struct {
	ID     string // e.g. "CONF-PROC-01" or "SEC-11"
	Text   string // one line of Markdown
	Source string // the file of the specification, e.g. "03-processes-and-execution.md"
}

// Family returns the ID without its number, e.g. "CONF-PROC".
func (i Item) Family() string { return i.ID[:strings.LastIndexByte(i.ID, '-')] }

var (
	// itemLine is a line of a checklist: a bullet or a table row that begins
	// with an item.
	itemLine = regexp.MustCompile(`^(?:[-*] |\| )((?:CONF-[A-Z0-9]+|SEC)-\d+.*)$`)
	// itemStart is an item in such a line: in full at its beginning and after a
	// separator, or as a bare number that continues the one before.
	itemStart = regexp.MustCompile(`(^|[.;,:)] )(?:(CONF-[A-Z0-9]+|SEC)-)?(\d{2,3})(?:(\.\.|/)(\d{2,3}))?(?:$|[ :])`)
)

// ReadSpecs returns the items of the numbered files of a folder, by file and in
// the order of the text. What two files list is the first one's.
func ReadSpecs(dir string) ([]Item, error) {
	files, err := filepath.Glob(filepath.Join(dir, "0*.md"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no specification: expected files 01-*.md to 06-*.md", dir)
	}
	sort.Strings(files)
	var out []Item
	seen := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, item := range parseSpec(string(text)) {
			if seen[item.ID] {
				continue
			}
			seen[item.ID] = true
			item.Source = filepath.Base(name)
			out = append(out, item)
		}
	}
	return out, nil
}

// parseSpec returns the items of one file.
func parseSpec(text string) []Item {
	var out []Item
	for line := range strings.SplitSeq(text, "\n") {
		m := itemLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if strings.HasPrefix(line, "|") {
			out = append(out, rowItem(m[1])...)
		} else {
			out = append(out, lineItems(m[1])...)
		}
	}
	return out
}

// rowItem returns the item of a table row: the second column, or of the
// security register (item, severity, weakness, what to do) the last two. Parts
// about later versions list items of the register again; those rows are shorter.
func rowItem(row string) []Item {
	cells := strings.Split(strings.TrimSuffix(strings.TrimSpace(row), "|"), " | ")
	id, _, _ := strings.Cut(strings.TrimSpace(cells[0]), " ")
	switch security := strings.HasPrefix(id, "SEC-"); {
	case security && len(cells) == 4:
		return []Item{{ID: id, Text: tidy(cells[2]) + ". Do: " + tidy(cells[3])}}
	case !security && len(cells) >= 2:
		return []Item{{ID: id, Text: tidy(strings.Join(cells[1:], " | "))}}
	}
	return nil
}

// lineItems returns the items of a bullet, which may list several: an
// item in full, then "02 two." or "03..05 three to five." of the same family.
func lineItems(line string) []Item {
	var out []Item
	var family string
	last, from, first := 0, 0, 0 // number, begin of its text, index of its first item
	end := func(at int) {
		for i := first; i < len(out); i++ {
			out[i].Text = tidy(line[from:at])
		}
	}
	for at := 0; at < len(line); {
		m := itemStart.FindStringSubmatchIndex(line[at:])
		if m == nil {
			break
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += at
			}
		}
		at = m[7] // after the number
		number, _ := strconv.Atoi(line[m[6]:m[7]])
		if m[4] < 0 && (family == "" || number != last+1) {
			continue // a number of the text
		}
		end(m[0] + min(1, m[0]))
		if m[4] >= 0 {
			family = line[m[4]:m[5]]
		}
		first, from, last = len(out), m[1], number
		if m[10] >= 0 {
			last, _ = strconv.Atoi(line[m[10]:m[11]])
			at = m[11]
		}
		for n := number; n <= last; n++ {
			out = append(out, Item{ID: fmt.Sprintf("%s-%02d", family, n)})
		}
	}
	end(len(line))
	return out
}

func tidy(s string) string {
	return strings.TrimRight(strings.TrimLeft(strings.Join(strings.Fields(s), " "), ": "), " .;,")
}
