package emscripten

import (
	"path"
	"strings"
)

// errno is an error of the file system, numbered as in WASI.
type errno int32

const (
	errAccess   errno = 2
	errBadFD    errno = 8
	errBusy     errno = 10
	errExists   errno = 20
	errInvalid  errno = 28
	errIsDir    errno = 31
	errLoop     errno = 32
	errManyFDs  errno = 33
	errNoEntry  errno = 44
	errNoSpace  errno = 51
	errNoSys    errno = 52
	errNotDir   errno = 54
	errNotEmpty errno = 55
	errNoTTY    errno = 59
	errRange    errno = 68
	errSeek     errno = 70
	errNoDevice errno = 60
)

// Limits of the file system: a program must not fill the memory of its node.
const (
	maxFileBytes = 64 << 20 // of all files together
	maxNodes     = 10_000
	maxFDs       = 4096
	maxLinks     = 40
)

// kind is what a node is.
type kind uint8

const (
	file kind = iota
	folder
	link
	null   // /dev/null
	tty    // a terminal: nothing to read, output is dropped
	random // /dev/random, which always has the same byte
)

// node is an entry of the file system.
type node struct {
	kind     kind
	data     []byte           // of a file
	children map[string]*node // of a folder
	target   string           // of a link
}

// stream is an open file.
type stream struct {
	path   string
	node   *node
	flags  int32
	offset *int64 // shared by the copies that dup makes
}

// files is a file system in memory, empty but for what every Emscripten program
// finds.
type files struct {
	root    *node
	streams map[int32]*stream
	nodes   int
	bytes   int
	tick    func() int64 // moves the clock: every change has a time
}

func newFiles(tick func() int64) *files {
	dir := func() *node { return &node{kind: folder, children: map[string]*node{}} }
	f := &files{root: dir(), streams: map[int32]*stream{}, tick: tick}
	for _, p := range []string{"tmp", "home", "home/web_user", "dev", "dev/shm", "dev/shm/tmp", "proc", "proc/self", "proc/self/fd", "data"} {
		parent, name := f.root, p
		if i := strings.LastIndexByte(p, '/'); i >= 0 {
			parent, _ = f.walk("/"+p[:i], true)
			name = p[i+1:]
		}
		parent.children[name] = dir()
	}
	dev := f.root.children["dev"].children
	for name, n := range map[string]*node{
		"null": {kind: null}, "tty": {kind: tty}, "tty1": {kind: tty}, "random": {kind: random}, "urandom": {kind: random},
		"stdin": {kind: link, target: "/dev/tty"}, "stdout": {kind: link, target: "/dev/tty"}, "stderr": {kind: link, target: "/dev/tty1"},
	} {
		dev[name] = n
	}
	for fd, p := range []string{"/dev/stdin", "/dev/stdout", "/dev/stderr"} {
		n, _ := f.walk(p, true)
		f.streams[int32(fd)] = &stream{path: p, node: n, flags: int32(min(fd, 1)), offset: new(int64)}
	}
	return f
}

// walk returns the node at an absolute path. A link at its end is followed if
// asked for.
func (f *files) walk(p string, follow bool) (*node, errno) {
	return f.descend(p, follow, 0)
}

func (f *files) descend(p string, follow bool, links int) (*node, errno) {
	n := f.root
	parts := strings.FieldsFunc(path.Clean("/"+p), func(r rune) bool { return r == '/' })
	for i, part := range parts {
		if n.kind != folder {
			return nil, errNotDir
		}
		next, ok := n.children[part]
		if !ok {
			return nil, errNoEntry
		}
		if last := i == len(parts)-1; next.kind == link && (!last || follow) {
			if links >= maxLinks {
				return nil, errLoop
			}
			return f.descend(path.Join(append([]string{resolved(parts[:i], next.target)}, parts[i+1:]...)...), follow, links+1)
		}
		n = next
	}
	return n, 0
}

// resolved returns what a link in a folder leads to.
func resolved(in []string, target string) string {
	if strings.HasPrefix(target, "/") {
		return target
	}
	return "/" + path.Join(append(append([]string(nil), in...), target)...)
}

// parent returns the folder that holds a path, and the name in it.
func (f *files) parent(p string) (*node, string, errno) {
	p = path.Clean("/" + p)
	n, e := f.walk(path.Dir(p), true)
	if e == 0 && n.kind != folder {
		e = errNotDir
	}
	return n, path.Base(p), e
}

// add puts a new node into a folder.
func (f *files) add(parent *node, name string, n *node) errno {
	if f.nodes++; f.nodes > maxNodes {
		return errNoSpace
	}
	parent.children[name] = n
	f.tick()
	return 0
}

// at returns the absolute path of one that may be relative to an open folder.
func (f *files) at(fd int32, p string) (string, errno) {
	const workingFolder = -100
	if strings.HasPrefix(p, "/") {
		return p, 0
	}
	dir := "/"
	if fd != workingFolder {
		s, ok := f.streams[fd]
		if !ok {
			return "", errBadFD
		}
		dir = s.path
	}
	if p == "" {
		return "", errNoEntry
	}
	return path.Join(dir, p), 0
}

// Flags of open.
const (
	flagAccess = 3
	flagCreate = 0o100
	flagExcl   = 0o200
	flagTrunc  = 0o1000
	flagAppend = 0o2000
	flagFolder = 0o200000
	flagNoLink = 0o400000
)

// open returns the number of a new stream.
func (f *files) open(p string, flags int32) (int32, errno) {
	if p == "" {
		return 0, errNoEntry
	}
	n, e := f.walk(p, flags&flagNoLink == 0)
	switch {
	case e == errNoEntry && flags&flagCreate != 0:
		parent, name, e := f.parent(p)
		if e != 0 {
			return 0, e
		}
		n = &node{kind: file}
		if e := f.add(parent, name, n); e != 0 {
			return 0, e
		}
	case e != 0:
		return 0, e
	case flags&flagCreate != 0 && flags&flagExcl != 0:
		return 0, errExists
	case n.kind == link:
		return 0, errLoop
	case flags&flagFolder != 0 && n.kind != folder:
		return 0, errNotDir
	case n.kind == folder && (flags&flagAccess != 0 || flags&flagTrunc != 0):
		return 0, errIsDir
	case n.kind == file && flags&flagTrunc != 0:
		f.resize(n, 0)
		f.tick()
	}
	return f.place(&stream{path: path.Clean("/" + p), node: n, flags: flags &^ (flagExcl | flagTrunc | flagNoLink), offset: new(int64)}, 0)
}

// place gives a stream the first free number from a number on.
func (f *files) place(s *stream, from int32) (int32, errno) {
	for fd := max(from, 0); fd < maxFDs; fd++ {
		if f.streams[fd] == nil {
			f.streams[fd] = s
			return fd, 0
		}
	}
	return 0, errManyFDs
}

// resize cuts or extends a file.
func (f *files) resize(n *node, size int) errno {
	if f.bytes += size - len(n.data); f.bytes > maxFileBytes {
		f.bytes -= size - len(n.data)
		return errNoSpace
	}
	if size <= len(n.data) {
		n.data = n.data[:size]
		return 0
	}
	n.data = append(n.data, make([]byte, size-len(n.data))...)
	return 0
}

// remove takes an entry out of its folder: a folder, or anything else.
func (f *files) remove(p string, isFolder bool) errno {
	parent, name, e := f.parent(p)
	if e != 0 {
		return e
	}
	n, ok := parent.children[name]
	switch {
	case !ok:
		return errNoEntry
	case isFolder && n.kind != folder:
		return errNotDir
	case !isFolder && n.kind == folder:
		return errIsDir
	case isFolder && len(n.children) > 0:
		return errNotEmpty
	case n == f.root:
		return errBusy
	}
	delete(parent.children, name)
	f.bytes -= len(n.data)
	f.tick()
	return 0
}

// rename moves an entry, over another one of its kind.
func (f *files) rename(from, to string) errno {
	oldParent, oldName, e := f.parent(from)
	if e != 0 {
		return e
	}
	newParent, newName, e := f.parent(to)
	if e != 0 {
		return e
	}
	n, ok := oldParent.children[oldName]
	if !ok {
		return errNoEntry
	}
	if strings.HasPrefix(path.Clean("/"+to)+"/", path.Clean("/"+from)+"/") && path.Clean("/"+to) != path.Clean("/"+from) {
		return errInvalid
	}
	switch over, exists := newParent.children[newName]; {
	case !exists:
	case over == n:
		return 0
	case over.kind == folder && n.kind != folder:
		return errIsDir
	case over.kind != folder && n.kind == folder:
		return errNotDir
	case len(over.children) > 0:
		return errNotEmpty
	default:
		f.bytes -= len(over.data)
	}
	delete(oldParent.children, oldName)
	newParent.children[newName] = n
	f.tick()
	return 0
}
