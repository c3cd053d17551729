package wasi

import (
	"encoding/binary"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Flags of path_open.
const (
	flagCreate    = 1
	flagDirectory = 2
	flagExclusive = 4
	flagTruncate  = 8
	flagAppend    = 1 // of the descriptor
)

// pathOpen is path_open(dir, lookup, path, length, flags, rights, inherited,
// fd-flags, fd). Directories are made when a file is made in them.
func pathOpen(c *call) (uint64, error) {
	name, errno, err := c.path()
	if errno != errnoOK || err != nil {
		return errno, err
	}
	v, err := c.find(name)
	if err != nil {
		return 0, err
	}
	flags := c.args[4]
	data, isFile := v.(message.Binary)
	switch {
	case v == nil && flags&flagCreate == 0:
		return errnoNoent, nil
	case v != nil && flags&flagCreate != 0 && flags&flagExclusive != 0:
		return errnoExist, nil
	case flags&flagDirectory != 0 && (v == nil || isFile):
		return errnoNotdir, nil
	case v != nil && !isFile && flags&(flagCreate|flagTruncate) != 0:
		return errnoIsdir, nil
	}
	if v == nil || flags&flagTruncate != 0 {
		if errno, err := c.make(name); errno != errnoOK || err != nil {
			return errno, err
		}
		data = ""
	}
	fd, ok, err := c.free()
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoMfile, nil
	}
	o := open{fd: fd, name: name}
	if c.args[7]&flagAppend != 0 {
		o.offset = uint64(len(data))
	}
	if err := c.keep(o); err != nil {
		return 0, err
	}
	var b [4]byte // a descriptor has 32 bits in all modules
	binary.LittleEndian.PutUint32(b[:], uint32(fd))
	return errnoOK, c.mem.Write(c.args[8], b[:])
}

// path returns the absolute name of the file that is to be opened.
func (c *call) path() (name string, errno uint64, err error) {
	dir := "/"
	if c.fd() != rootFD {
		o, ok, err := c.opened(c.fd())
		if err != nil || !ok {
			return "", errnoBadf, err
		}
		dir = o.name
	}
	if c.args[3] > maxName {
		return "", errnoInval, nil
	}
	b, err := c.mem.Read(c.args[2], c.args[3])
	if err != nil {
		return "", 0, err
	}
	var parts []string
	for _, p := range append(message.Parts(dir), message.Parts(string(b))...) {
		switch {
		case p == ".":
		case p == "..":
			parts = parts[:max(0, len(parts)-1)]
		case message.IsPrivate(p):
			return "", errnoInval, nil // keys that a message cannot have
		default:
			parts = append(parts, p)
		}
	}
	if len(parts) > message.MaxDepth/4 {
		return "", errnoInval, nil
	}
	for _, p := range parts {
		name += "/" + p
	}
	return name, errnoOK, nil
}

// make makes an empty file, and the directories that lead to it.
func (c *call) make(name string) (uint64, error) {
	path := filePath(name)
	if len(path) == 1 {
		return errnoIsdir, nil
	}
	for i := 2; i < len(path); i++ {
		v, err := c.get(path[:i]...)
		if err != nil {
			return 0, err
		}
		if _, isDir := v.(*message.Message); v != nil && !isDir {
			return errnoNotdir, nil
		}
	}
	return errnoOK, c.set(message.Binary(""), slices.Clone(path)...)
}
