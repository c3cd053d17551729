package fs

import (
	"context"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// engine implements [store.Engine] on a folder.
type engine struct {
	disk fs.Disk
	dir  string
	sync bool
	lock io.Closer

	mu        sync.RWMutex // shared by reads, exclusive for all else
	closed    bool
	pending   bool                // a journal is written but not carried out
	recovered bool                // it was looked whether a journal is left
	dirty     map[string]struct{} // folders with names that are not yet forced to the disk
}

// at returns the full name of a file given relative to the folder.
func (e *engine) at(relative string) string {
	return e.disk.PathJoin(append([]string{e.dir}, strings.Split(relative, "/")...)...)
}

// usable reports whether reads may be answered. The caller holds mu.
func (e *engine) usable(op string) error {
	if e.closed {
		return store.Closed(op)
	}
	if e.pending {
		return fail.New(fail.Unavailable, op, "a batch is written only in part because the disk failed; it will be completed by the next write or at the next start")
	}
	return nil
}

// Look implements [store.Engine].
func (e *engine) Look(_ context.Context, path string) (store.Entry, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if err := e.usable("fs.Look"); err != nil {
		return store.Entry{}, err
	}
	return e.look(path)
}

func (e *engine) look(path string) (store.Entry, error) {
	for _, kind := range []store.Kind{store.Value, store.Link, store.Group} {
		b, err := fs.ReadFile(e.disk, e.at(file(path, kind)))
		if fs.Missing(err) {
			continue
		}
		if err != nil {
			return store.Entry{}, fs.Explain("fs.Look", path, err)
		}
		switch kind {
		case store.Value:
			return store.Entry{Kind: kind, Data: b}, nil
		case store.Link:
			if store.Check(string(b)) != nil {
				return store.Entry{}, fail.New(fail.Internal, "fs.Look", "the file of this link does not hold a path; was it edited by hand?").At(path)
			}
			return store.Entry{Kind: kind, Target: string(b)}, nil
		}
		return store.Entry{Kind: kind}, nil
	}
	return store.Entry{}, nil
}

// Names implements [store.Engine].
func (e *engine) Names(ctx context.Context, path string, page store.Page) ([]string, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if err := e.usable("fs.Names"); err != nil {
		return nil, err
	}
	names, err := e.children(ctx, encode(path), "", nil)
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if page.After != "" {
		i, found := slices.BinarySearch(names, page.After)
		if found {
			i++
		}
		names = names[i:]
	}
	if page.Limit > 0 && len(names) > page.Limit {
		names = names[:page.Limit]
	}
	return names, nil
}

// children appends the names of the children in folder to names, each with
// prefix before it, the part of a long name that the folder stands for. A name
// may occur more than once.
func (e *engine) children(ctx context.Context, folder, prefix string, names []string) ([]string, error) {
	files, err := e.list(folder)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fail.Wrap(fail.Timeout, "fs.Names", err)
	}
	for _, f := range files {
		inner := f
		if folder != "" {
			inner = folder + "/" + f
		}
		if long, ok := strings.CutSuffix(f, longMark); ok {
			if part, ok := decode(long); ok {
				if names, err = e.children(ctx, inner, prefix+part, names); err != nil {
					return nil, err
				}
			}
			continue
		}
		part, isFile := cutMark(f)
		name, ok := decode(part)
		if !ok {
			continue
		}
		if !isFile {
			used, err := e.holds(inner)
			if err != nil {
				return nil, err
			}
			if !used {
				continue
			}
		}
		names = append(names, prefix+name)
	}
	return names, nil
}

// cutMark removes the mark of a value or link.
func cutMark(name string) (rest string, found bool) {
	if rest, found = strings.CutSuffix(name, valueMark); found {
		return rest, true
	}
	return strings.CutSuffix(name, linkMark)
}

// holds reports whether there is an entry in folder or below. A crash may
// leave folders without any.
func (e *engine) holds(folder string) (bool, error) {
	files, err := e.list(folder)
	if err != nil {
		return false, err
	}
	for _, f := range files {
		if _, isFile := cutMark(f); isFile || f == groupFile {
			return true, nil
		}
	}
	for _, f := range files {
		if used, err := e.holds(folder + "/" + f); used || err != nil {
			return used, err
		}
	}
	return false, nil
}

// list returns the file names in a folder; none when it does not exist.
func (e *engine) list(folder string) ([]string, error) {
	files, err := e.disk.List(e.at(folder))
	if fs.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fs.Explain("fs.Names", folder, err)
	}
	return files, nil
}

// Sync implements [store.Engine]. The contents of files are forced to the
// disk when they are written, so only their names are left to do.
func (e *engine) Sync(context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.usable("fs.Sync"); err != nil {
		return err
	}
	if err := e.syncDirs(); err != nil {
		return fs.Explain("fs.Sync", e.dir, err)
	}
	return nil
}

// Reset implements [store.Engine].
func (e *engine) Reset(context.Context) error {
	const op = "fs.Reset"
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return store.Closed(op)
	}
	files, err := e.disk.List(e.dir)
	if err != nil {
		return fs.Explain(op, e.dir, err)
	}
	for _, f := range files {
		if f == lockFile || f == formatFile {
			continue
		}
		if err := e.disk.RemoveAll(e.at(f)); err != nil {
			return fs.Explain(op, e.dir, err)
		}
	}
	e.pending = false
	e.dirty = map[string]struct{}{e.dir: {}}
	if err := e.syncDirs(); err != nil {
		return fs.Explain(op, e.dir, err)
	}
	return nil
}

// Close implements [store.Engine].
func (e *engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	err := e.syncDirs()
	if lerr := e.lock.Close(); err == nil {
		err = lerr
	}
	if err != nil {
		return fs.Explain("fs.Close", e.dir, err)
	}
	return nil
}
