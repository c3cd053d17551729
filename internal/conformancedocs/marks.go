package conformancedocs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Test is a test function of a package.
type Test struct {
	Package string // folder below the root, with slashes
	Name    string
}

// Marks is what the comments of a tree of Go files say about items.
type Marks struct {
	// Tests gives the tests of an item.
	Tests map[string][]Test
	// Mentions gives, of every item that a comment names, one place.
	Mentions map[string]string
	// Faults are marks that cannot be read or stand above no test.
	Faults []string
}

var (
	anyID    = regexp.MustCompile(`\b(?:CONF-[A-Z0-9]+|SEC)-\d+\b`)
	markLine = regexp.MustCompile(`^((?:CONF-[A-Z0-9]+|SEC)-\d+(?:\.\.\d+)?(?:, (?:(?:CONF-[A-Z0-9]+|SEC)-)?\d+(?:\.\.\d+)?)*)(?:$|:| [a-z])`)
	markPart = regexp.MustCompile(`(?:(CONF-[A-Z0-9]+|SEC)-)?(\d+)(?:\.\.(\d+))?(?:, |$)`)
	testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark|Example)($|[^a-z])`)
)

// FindMarks reads the marks of all Go files below a folder.
func FindMarks(root string) (*Marks, error) {
	out := &Marks{Tests: map[string][]Test{}, Mentions: map[string]string{}}
	packages := map[string]*folder{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		dir := filepath.ToSlash(filepath.Dir(rel))
		if packages[dir] == nil {
			packages[dir] = newFolder(dir)
		}
		return packages[dir].read(file, rel, out)
	})
	for _, p := range packages {
		p.assign(out)
	}
	for _, tests := range out.Tests {
		slices.SortFunc(tests, func(a, b Test) int {
			return strings.Compare(a.Package+" "+a.Name, b.Package+" "+b.Name)
		})
	}
	slices.Sort(out.Faults)
	return out, err
}

// A folder is what the files of one folder declare, and what they mark.
type folder struct {
	name  string
	fset  *token.FileSet
	uses  map[string]map[string]bool // declaration to the names that occur in it
	marks []mark
}

type mark struct {
	items []string
	decl  string // the declaration it stands in or above
	at    string
}

func newFolder(name string) *folder {
	return &folder{name: name, fset: token.NewFileSet(), uses: map[string]map[string]bool{}}
}

// read notes the declarations of a file, and its marks and mentions.
func (f *folder) read(file, rel string, out *Marks) error {
	tree, err := parser.ParseFile(f.fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	spans := f.declarations(tree)
	inTests := strings.HasSuffix(rel, "_test.go") || f.name == "conformance"
	for _, group := range tree.Comments {
		for _, c := range group.List {
			for i, line := range strings.Split(c.Text, "\n") {
				at := fmt.Sprintf("%s:%d", rel, f.fset.Position(c.Pos()).Line+i)
				for _, id := range anyID.FindAllString(line, -1) {
					out.Mentions[id] = at
				}
				text := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "//"))
				if first := anyID.FindStringIndex(text); !inTests || first == nil || first[0] != 0 {
					continue
				}
				list := markLine.FindStringSubmatch(text)
				if list == nil {
					out.Faults = append(out.Faults, at+": write a mark as items with commas, an explanation after a colon: "+text)
					continue
				}
				for _, id := range itemsOf(list[1]) {
					out.Mentions[id] = at
				}
				f.marks = append(f.marks, mark{itemsOf(list[1]), spans.around(c.Pos()), at})
			}
		}
	}
	return nil
}

// itemsOf returns the items of a mark; "01, 03..05" behind a family names four.
func itemsOf(list string) []string {
	var out []string
	family := ""
	for _, m := range markPart.FindAllStringSubmatch(list, -1) {
		if m[1] != "" {
			family = m[1]
		}
		first, _ := strconv.Atoi(m[2])
		last, err := strconv.Atoi(m[3])
		if err != nil {
			last = first
		}
		for n := first; n <= last && n < first+100; n++ {
			out = append(out, fmt.Sprintf("%s-%02d", family, n))
		}
	}
	return out
}

// A span is where a declaration stands, with its documentation and what is
// written behind it on its last line.
type span struct {
	from, to token.Pos
	name     string
}

type spans []span

// around returns the name of the declaration at a position, or "".
func (s spans) around(p token.Pos) string {
	for _, d := range s {
		if d.from <= p && p <= d.to {
			return d.name
		}
	}
	return ""
}

// declarations notes which names occur in each top-level declaration of a file,
// and returns where these stand. The names of one "var (...)" are one.
func (f *folder) declarations(tree *ast.File) spans {
	var out spans
	for _, d := range tree.Decls {
		from, name := d.Pos(), ""
		switch d := d.(type) {
		case *ast.FuncDecl:
			name = d.Name.Name
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
		case *ast.GenDecl:
			if d.Doc != nil {
				from = d.Doc.Pos()
			}
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.ValueSpec:
					name = spec.Names[0].Name
				case *ast.TypeSpec:
					name = spec.Name.Name
				}
			}
		}
		if f.uses[name] == nil {
			f.uses[name] = map[string]bool{}
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				f.uses[name][id.Name] = true
			}
			return true
		})
		out = append(out, span{from, d.End(), name})
	}
	return out
}

// assign gives the items of the marks to the tests that reach them.
func (f *folder) assign(out *Marks) {
	for _, m := range f.marks {
		tests := f.reaching(m.decl)
		if m.decl == "" || len(tests) == 0 {
			out.Faults = append(out.Faults, m.at+": the mark stands above no test, nor above anything that a test of the package uses")
		}
		for _, id := range m.items {
			for _, name := range tests {
				if t := (Test{f.name, name}); !slices.Contains(out.Tests[id], t) {
					out.Tests[id] = append(out.Tests[id], t)
				}
			}
		}
	}
}

// reaching returns the tests that use a declaration, directly or not; a test
// reaches itself only.
func (f *folder) reaching(decl string) []string {
	if testName.MatchString(decl) {
		return []string{decl}
	}
	var out []string
	seen, queue := map[string]bool{decl: true}, []string{decl}
	for len(queue) > 0 {
		target := queue[0]
		queue = queue[1:]
		for user, names := range f.uses {
			if !names[target] || seen[user] {
				continue
			}
			seen[user] = true
			if testName.MatchString(user) {
				out = append(out, user)
			} else {
				queue = append(queue, user)
			}
		}
	}
	return out
}
