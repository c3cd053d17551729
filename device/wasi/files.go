package wasi

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Keys of the state (spec 03, 13.1).
const (
	keyFiles = "vfs"
	keyOpen  = "file-descriptors"

	keyFilename = "filename"
	keyOffset   = "offset"
)

const (
	rootFD  = 3    // the directory that programs find open
	maxOpen = 1024 // open files of a program
	maxName = 4096 // bytes of a path
)

// files is the file system in a state.
type files struct {
	*ao.Call
	state *message.Message
}

// open is an open file.
type open struct {
	fd     int64
	name   string
	offset uint64
}

func descriptor(name string, offset uint64) *message.Message {
	return message.Of(message.P(keyFilename, message.Binary(name)), message.P(keyOffset, message.Int(offset)))
}

// get returns the value at a path of keys in the state, or nil.
func (f *files) get(path ...string) (message.Value, error) {
	v, _, err := f.LookupPath(f.state, path)
	return v, err
}

// set replaces the value at a path of keys; nil removes it.
func (f *files) set(v message.Value, path ...string) error {
	if v == nil {
		v = message.Unset
	}
	load := func(v message.Value) (message.Value, error) { return message.Loaded(f.Ctx, f.Cache, v) }
	next, err := message.Deep{Load: load}.Set(f.state, path, v)
	if err == nil {
		f.state = next
	}
	return err
}

// filePath returns the keys of a file.
func filePath(name string) []string { return append([]string{keyFiles}, message.Parts(name)...) }

// find returns a file (Binary), a directory (Message), or nil.
func (f *files) find(name string) (message.Value, error) { return f.get(filePath(name)...) }

// content returns the bytes of a file; what is no file is empty.
func (f *files) content(name string) (message.Binary, error) {
	v, err := f.find(name)
	text, _ := v.(message.Binary)
	return text, err
}

// opened returns an open file, and whether there is one.
func (f *files) opened(fd int64) (open, bool, error) {
	v, err := f.get(keyOpen, strconv.FormatInt(fd, 10))
	m, ok := v.(*message.Message)
	if err != nil || !ok {
		return open{}, false, err
	}
	pos, _ := m.Get(keyOffset)
	offset, _ := message.AsInt(pos)
	return open{fd, m.Text(keyFilename), uint64(max(0, offset))}, true, nil
}

// keep notes an open file with its offset.
func (f *files) keep(o open) error {
	return f.set(descriptor(o.name, o.offset), keyOpen, strconv.FormatInt(o.fd, 10))
}

// free returns the lowest number for a new open file, or false when there are
// too many.
func (f *files) free() (int64, bool, error) {
	for fd := int64(rootFD + 1); fd < maxOpen; fd++ {
		if _, used, err := f.opened(fd); !used || err != nil {
			return fd, true, err
		}
	}
	return 0, false, nil
}
