package emscripten

import (
	"path"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// place returns the absolute path of a pair of parameters: a folder and a path.
func (c *call) place(fd, at int) (string, errno) {
	p := c.text(c.pointer(at))
	return c.files.at(c.int(fd), p)
}

// vararg returns the first of the variable arguments, an int.
func (c *call) vararg(i int) int32 {
	if at := c.pointer(i); at != 0 {
		return c.i32(at)
	}
	return 0
}

func openat(c *call) wasm.Value {
	p, e := c.place(0, 1)
	if e != 0 || c.err != nil {
		return syscall(0, e)
	}
	return syscall(c.files.open(p, c.int(2)))
}

func unlinkat(c *call) wasm.Value {
	const removeDir = 0x200
	p, e := c.place(0, 1)
	if e == 0 && c.err == nil {
		e = c.files.remove(p, c.int(2)&removeDir != 0)
	}
	return syscall(0, e)
}

func rmdir(c *call) wasm.Value {
	p := c.text(c.pointer(0))
	if c.err != nil {
		return syscall(0, 0)
	}
	return syscall(0, c.files.remove(p, true))
}

func mkdirat(c *call) wasm.Value {
	p, e := c.place(0, 1)
	if e != 0 || c.err != nil {
		return syscall(0, e)
	}
	parent, name, e := c.files.parent(p)
	if e == 0 && parent.children[name] != nil {
		e = errExists
	}
	if e == 0 {
		e = c.files.add(parent, name, &node{kind: folder, children: map[string]*node{}})
	}
	return syscall(0, e)
}

func renameat(c *call) wasm.Value {
	from, e := c.place(0, 1)
	to, e2 := c.place(2, 3)
	switch {
	case c.err != nil || e != 0:
		return syscall(0, e)
	case e2 != 0:
		return syscall(0, e2)
	}
	return syscall(0, c.files.rename(from, to))
}

func readlinkat(c *call) wasm.Value {
	p, e := c.place(0, 1)
	size := int64(c.pointer(3))
	if !c.Memory64 {
		size = int64(int32(size))
	}
	if e == 0 && size <= 0 {
		e = errInvalid
	}
	if e != 0 || c.err != nil {
		return syscall(0, e)
	}
	n, e := c.files.walk(p, false)
	if e == 0 && n.kind != link {
		e = errInvalid
	}
	if e != 0 {
		return syscall(0, e)
	}
	target := path.Clean(path.Join("/", n.target))
	b := []byte(target)[:min(int64(len(target)), size)]
	c.write(c.pointer(2), b)
	return syscall(int32(len(b)), 0)
}

func dup3(c *call) wasm.Value {
	old, to := c.files.streams[c.int(0)], c.int(1)
	switch {
	case old == nil:
		return syscall(0, errBadFD)
	case c.int(0) == to:
		return syscall(0, errInvalid)
	case to < 0 || to >= maxFDs:
		return syscall(0, errBadFD)
	}
	c.files.streams[to] = old
	return syscall(to, 0)
}

func fcntl(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok {
		return syscall(0, errBadFD)
	}
	switch c.int(1) {
	case 0: // a copy with a number from the argument on
		from := c.vararg(2)
		if from < 0 {
			return syscall(0, errInvalid)
		}
		return syscall(c.files.place(s, from))
	case 1, 2: // close on exec
		return syscall(0, 0)
	case 3:
		return syscall(s.flags, 0)
	case 4:
		s.flags |= c.vararg(2)
		return syscall(0, 0)
	case 6, 7: // locks
		return syscall(0, 0)
	}
	return syscall(0, errInvalid)
}

// Requests of terminals.
const (
	ioctlGetAttributes = 0x5401
	ioctlGroup         = 0x540f
	ioctlWindow        = 0x5413
)

func ioctl(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok {
		return syscall(0, errBadFD)
	}
	request := c.int(1)
	if request < ioctlGetAttributes || request > 0x541b {
		return syscall(0, errInvalid)
	}
	if s.node.kind != tty {
		return syscall(0, errNoTTY)
	}
	argument := func() uint64 { return c.size(c.pointer(2)) }
	switch request {
	case ioctlGroup:
		c.setI32(argument(), 0)
	case ioctlWindow:
		c.write(argument(), []byte{24, 0, 80, 0})
	}
	return syscall(0, 0)
}

func ftruncate(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	size, _ := c.wide(1)
	switch {
	case !ok:
		return syscall(0, errBadFD)
	case s.node.kind != file || s.flags&flagAccess == 0 || size < 0:
		return syscall(0, errInvalid)
	case size > maxFileBytes:
		return syscall(0, errNoSpace)
	}
	return syscall(0, c.files.resize(s.node, int(size)))
}

func getcwd(c *call) wasm.Value {
	switch size := c.pointer(1); {
	case size == 0:
		return syscall(0, errInvalid)
	case size < 2:
		return syscall(0, errRange)
	}
	c.write(c.pointer(0), []byte("/\x00"))
	return syscall(2, 0)
}

func faccessat(c *call) wasm.Value {
	p, e := c.place(0, 1)
	if e == 0 && c.err == nil {
		_, e = c.files.walk(p, true)
	}
	return syscall(0, e)
}
