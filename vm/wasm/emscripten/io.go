package emscripten

import "github.com/hyperbeam-go/hyperbeam/vm/wasm"

// maxVectors bounds the buffers of one read or write.
const maxVectors = 1024

// vectors calls f for each buffer of a list of them until f says that it is
// enough.
func (c *call) vectors(at, n uint64, f func(addr, size uint64) bool) {
	if n > maxVectors {
		n = maxVectors
	}
	for i := range n {
		addr, size := c.size(at+2*c.word()*i), c.size(at+2*c.word()*i+c.word())
		if c.err != nil || !f(addr, size) {
			return
		}
	}
}

func fdWrite(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok || s.flags&flagAccess == 0 {
		return wasi(errBadFD)
	}
	if s.node.kind == folder {
		return wasi(errIsDir)
	}
	var total uint64
	var e errno
	c.vectors(c.pointer(1), c.pointer(2), func(addr, size uint64) bool {
		if total += size; total > maxFileBytes { // one call must not keep the node busy for long
			e = errNoSpace
			return false
		}
		b := c.read(addr, size)
		if c.err != nil {
			return false
		}
		e = c.files.write(s, b)
		return e == 0
	})
	if e != 0 {
		return wasi(e)
	}
	c.setSize(c.pointer(3), total)
	return wasi(0)
}

// write adds to a stream. Every write of something moves the clock.
func (f *files) write(s *stream, b []byte) errno {
	if len(b) == 0 || s.node.kind == null {
		return 0
	}
	if s.node.kind != file {
		f.tick()
		return 0
	}
	if s.flags&flagAppend != 0 {
		*s.offset = int64(len(s.node.data))
	}
	if *s.offset > maxFileBytes {
		return errNoSpace
	}
	end := int(*s.offset) + len(b)
	if e := f.resize(s.node, max(end, len(s.node.data))); e != 0 {
		return e
	}
	copy(s.node.data[*s.offset:], b)
	*s.offset = int64(end)
	f.tick()
	return 0
}

func fdRead(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok || s.flags&flagAccess == 1 {
		return wasi(errBadFD)
	}
	if s.node.kind == folder {
		return wasi(errIsDir)
	}
	var total uint64
	c.vectors(c.pointer(1), c.pointer(2), func(addr, size uint64) bool {
		b := s.read(min(size, maxFileBytes-total))
		c.write(addr, b)
		total += uint64(len(b))
		return uint64(len(b)) == size
	})
	c.setSize(c.pointer(3), total)
	return wasi(0)
}

// read takes up to n bytes from a stream.
func (s *stream) read(n uint64) []byte {
	switch s.node.kind {
	case random:
		b := make([]byte, n)
		for i := range b {
			b[i] = 0x80 // the byte that a random number of 0.5 gives
		}
		return b
	case file:
		at := min(*s.offset, int64(len(s.node.data)))
		b := s.node.data[at:min(int64(len(s.node.data)), at+int64(n))]
		*s.offset = at + int64(len(b))
		return b
	}
	return nil
}

func fdSeek(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok {
		return wasi(errBadFD)
	}
	offset, next := c.wide(1)
	if s.node.kind != file && s.node.kind != folder {
		return wasi(errSeek)
	}
	switch c.int(next) {
	case 0:
	case 1:
		offset += *s.offset
	case 2:
		offset += int64(len(s.node.data))
	default:
		return wasi(errInvalid)
	}
	if offset < 0 {
		return wasi(errInvalid)
	}
	*s.offset = offset
	c.setI64(c.pointer(next+1), offset)
	return wasi(0)
}

func fdClose(c *call) wasm.Value {
	if c.files.streams[c.int(0)] == nil {
		return wasi(errBadFD)
	}
	delete(c.files.streams, c.int(0))
	return wasi(0)
}

func fdSync(c *call) wasm.Value {
	if c.files.streams[c.int(0)] == nil {
		return wasi(errBadFD)
	}
	return wasi(0)
}

// fdStat writes what a stream is: 2 a device, 3 a folder, 4 a file.
func fdStat(c *call) wasm.Value {
	s, ok := c.files.streams[c.int(0)]
	if !ok {
		return wasi(errBadFD)
	}
	b := make([]byte, 24)
	switch b[0] = 4; s.node.kind {
	case tty:
		b[0] = 2
	case folder:
		b[0] = 3
	}
	c.write(c.pointer(1), b)
	return wasi(0)
}
