// Package arch keeps the architecture: imports only go down the floors of
// floors.txt, and files keep to their size.
package arch

import (
	"bufio"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/hyperbeam-go/hyperbeam"

// rules are the content of floors.txt.
type rules struct {
	floor  map[string]int // pattern to floor
	beside []string
	tests  []string
	allow  [][2]string
}

func readRules(t *testing.T) rules {
	f, err := os.Open("floors.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := rules{floor: map[string]int{}}
	for s := bufio.NewScanner(f); s.Scan(); {
		w := strings.Fields(s.Text())
		if len(w) == 0 || strings.HasPrefix(w[0], "#") {
			continue
		}
		switch w[0] {
		case "floor":
			n, err := strconv.Atoi(w[1])
			if err != nil {
				t.Fatalf("floors.txt: %q", s.Text())
			}
			for _, p := range w[2:] {
				r.floor[p] = n
			}
		case "beside":
			r.beside = append(r.beside, w[1:]...)
		case "tests":
			r.tests = append(r.tests, w[1:]...)
		case "allow":
			r.allow = append(r.allow, [2]string{w[1], w[2]})
		default:
			t.Fatalf("floors.txt: unknown line %q", s.Text())
		}
	}
	return r
}

func match(pattern, pkg string) bool {
	ok, _ := path.Match(pattern, pkg)
	return ok || pattern == pkg || (strings.HasSuffix(pattern, "/*") && strings.HasPrefix(pkg, strings.TrimSuffix(pattern, "*")))
}

func matchAny(patterns []string, pkg string) bool {
	for _, p := range patterns {
		if match(p, pkg) {
			return true
		}
	}
	return false
}

// floorOf returns the floor of the longest matching pattern; exact names win.
func (r rules) floorOf(pkg string) (int, bool) {
	best, floor := -1, 0
	for p, n := range r.floor {
		if match(p, pkg) && (len(p) > best || p == pkg) {
			best, floor = len(p), n
			if p == pkg {
				return n, true
			}
		}
	}
	return floor, best >= 0
}

func (r rules) allowed(from, to string) bool {
	for _, a := range r.allow {
		if match(a[0], from) && match(a[1], to) {
			return true
		}
	}
	return false
}

// verdict returns why a package may not import another, or "".
func (r rules) verdict(from, to string) string {
	switch {
	case matchAny(r.tests, from):
		return ""
	case matchAny(r.tests, to):
		return "is for tests only"
	case r.allowed(from, to):
		return ""
	case matchAny(r.beside, from):
		if n, ok := r.floorOf(to); ok && n == 0 && !matchAny(r.beside, to) {
			return ""
		}
		return "is above floor 0, and the importer stands beside the floors"
	}
	a, ok := r.floorOf(from)
	if !ok {
		return "cannot be judged: add the importer to floors.txt"
	}
	if matchAny(r.beside, to) {
		if a >= 2 {
			return ""
		}
		return "stands beside the floors; floors 0 and 1 do not use it"
	}
	b, ok := r.floorOf(to)
	switch {
	case !ok:
		return "is not in floors.txt"
	case b < a:
		return ""
	case b == a:
		return "is on the same floor"
	}
	return "is on a higher floor"
}

func TestImportsGoDown(t *testing.T) {
	r := readRules(t)
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || (strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && file != root) || d.Name() == "examples") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(rel)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range parsed.Imports {
			to, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module)
			if !ok {
				continue
			}
			to = strings.TrimPrefix(to, "/")
			if to == "" {
				to = "."
			}
			if why := r.verdict(from, to); why != "" {
				t.Errorf("%s imports %s, which %s", file, to, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNoInitAndNoLongFiles(t *testing.T) {
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		text := string(src)
		if strings.Contains(text, "\nfunc init()") {
			t.Errorf("%s has an init function; registries are values built from lists", file)
		}
		if n := strings.Count(text, "\n"); n > 800 {
			t.Errorf("%s has %d lines; split it by concept (800 at most)", file, n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
