package manifest

import (
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Limits of a manifest.
const (
	MaxBytes = 32 << 20 // of its JSON
	MaxPaths = 1 << 20  // files and folders
)

// Manifest is a parsed path manifest of Arweave: files by their paths, and what
// is shown for the root and for paths that are not there. It does not change.
type Manifest struct {
	root     *entry
	index    string // path of the index, "" for none
	indexID  string // ID of the index that is named by its ID, as in version 0.2.0
	fallback string // ID, "" for none
}

// entry is a place among the paths: a file when it has an ID, a folder when
// something lies below it, or both.
type entry struct {
	id    string
	below map[string]*entry
}

// Parse reads the JSON of a manifest (spec 04, 5.5):
//
//	{"index": {"path": P}, "fallback": {"id": ID}, "paths": {"a/b.html": {"id": ID}, "c": {"d.html": {"id": ID}}}}
//
// A path is a text with slashes, or a nest of folders, which mean the same.
// Version 0.2.0 may name the index by its ID.
//
// # Errors
//
// [fail.Invalid] for what is no manifest or has an ID that is none,
// [fail.TooLarge] over [MaxBytes] or [MaxPaths].
func Parse(text string) (*Manifest, error) {
	const op = "manifest.Parse"
	if len(text) > MaxBytes {
		return nil, fail.New(fail.TooLarge, op, "the manifest has %d bytes, at most %d are read", len(text), MaxBytes)
	}
	v, err := json.Parse(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the manifest is not JSON: %w", err)
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "the manifest is not a JSON object")
	}
	out := &Manifest{root: &entry{}}
	if i := m.Message("index"); i != nil {
		out.index, out.indexID = i.Text("path"), i.Text("id")
	}
	if f := m.Message("fallback"); f != nil {
		out.fallback = f.Text("id")
	}
	for _, id := range []string{out.indexID, out.fallback} {
		if id != "" && !isID(id) {
			return nil, fail.New(fail.Invalid, op, "%.64q in the manifest is not an ID", id)
		}
	}
	left := MaxPaths
	return out, out.root.fill(m.Message("paths"), &left, message.MaxDepth)
}

// fill adds the paths of a folder. left is what may still be added.
func (e *entry) fill(folder *message.Message, left *int, depth int) error {
	const op = "manifest.Parse"
	if depth == 0 {
		return fail.New(fail.TooLarge, op, "the folders of the manifest are nested too deep")
	}
	for name, v := range folder.All() {
		m, ok := v.(*message.Message)
		if !ok {
			continue // what says something about the folder itself, as "id" does
		}
		at := e
		for _, part := range message.Parts(name) {
			if at = at.child(part, left); at == nil {
				return fail.New(fail.TooLarge, op, "the manifest has more than %d paths", MaxPaths)
			}
		}
		if file := m.Text("id"); file != "" {
			if !isID(file) {
				return fail.New(fail.Invalid, op, "path %.200q of the manifest has the id %.64q, which is none", name, file)
			}
			at.id = file
		}
		if err := at.fill(m, left, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// child returns the entry with a name in a folder, made when it is new, or nil
// when nothing more may be made.
func (e *entry) child(name string, left *int) *entry {
	if c := e.below[name]; c != nil {
		return c
	}
	if *left--; *left < 0 {
		return nil
	}
	if e.below == nil {
		e.below = map[string]*entry{}
	}
	c := &entry{}
	e.below[name] = c
	return c
}

// at returns the entry at a path below e, or nil.
func (e *entry) at(p string) *entry {
	for part := range strings.SplitSeq(p, "/") {
		if part == "" {
			continue
		}
		if e == nil {
			return nil
		}
		e = e.below[part]
	}
	return e
}

// File returns the ID of the file at a path, whether there is a file, and
// whether something lies below the path.
func (m *Manifest) File(p string) (file string, ok, folder bool) {
	e := m.root.at(p)
	if e == nil {
		return "", false, false
	}
	return e.id, e.id != "", len(e.below) > 0
}

// Index returns the ID of the file for the root, and whether there is one.
func (m *Manifest) Index() (string, bool) {
	if m.indexID != "" {
		return m.indexID, true
	}
	if m.index == "" {
		return "", false
	}
	file, ok, _ := m.File(m.index)
	return file, ok
}

// Fallback returns the ID of the file for paths that are not there, "" for
// none.
func (m *Manifest) Fallback() string { return m.fallback }

// isID reports whether a text is a human ID.
func isID(s string) bool {
	_, err := id.Parse(s)
	return err == nil && len(s) == id.HumanSize
}
