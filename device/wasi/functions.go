package wasi

import (
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/machine"
	"github.com/hyperbeam-go/hyperbeam/message"
)

func succeed(*call) (uint64, error) { return errnoOK, nil }

// noClock fails without writing a time (spec 03, 13.4).
func noClock(*call) (uint64, error) { return 1, nil }

// exit ends the program.
func exit(c *call) (uint64, error) { return 0, &machine.Exit{Code: int64(int32(c.args[0]))} }

// noStrings writes that a list of strings has no elements and no bytes.
func noStrings(c *call) (uint64, error) {
	for _, addr := range c.args {
		if err := c.writeWord(addr, 0); err != nil {
			return 0, err
		}
	}
	return errnoOK, nil
}

// fdWrite is fd_write(fd, vectors, n, written): what is written replaces what is
// at the offset of the file, and the offset moves (spec 03, 13.3).
func fdWrite(c *call) (uint64, error) {
	o, ok, err := c.opened(c.fd())
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoBadf, nil
	}
	list, ok, err := c.vectors(c.args[1], c.args[2])
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoInval, nil
	}
	var data []byte
	for _, v := range list {
		if v.size > c.limit || uint64(len(data))+v.size > c.limit {
			return errnoFbig, nil
		}
		b, err := c.mem.Read(v.addr, v.size)
		if err != nil {
			return 0, err
		}
		data = append(data, b...)
	}
	if len(data) > 0 {
		if errno, err := c.write(o, data); errno != errnoOK || err != nil {
			return errno, err
		}
	}
	return errnoOK, c.writeWord(c.args[3], uint64(len(data)))
}

// write puts data at the offset of an open file.
func (c *call) write(o open, data []byte) (uint64, error) {
	v, err := c.find(o.name)
	if err != nil {
		return 0, err
	}
	if _, isDir := v.(*message.Message); isDir {
		return errnoIsdir, nil
	}
	old, _ := v.(message.Binary)
	end := o.offset + uint64(len(data))
	if end > c.limit {
		return errnoFbig, nil
	}
	b := make([]byte, max(end, uint64(len(old))))
	copy(b, old)
	copy(b[o.offset:], data)
	if err := c.set(message.Binary(b), filePath(o.name)...); err != nil {
		return 0, err
	}
	o.offset = end
	return errnoOK, c.keep(o)
}

// fdRead is fd_read(fd, vectors, n, read).
func fdRead(c *call) (uint64, error) {
	o, ok, err := c.opened(c.fd())
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoBadf, nil
	}
	list, ok, err := c.vectors(c.args[1], c.args[2])
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoInval, nil
	}
	data, err := c.content(o.name)
	if err != nil {
		return 0, err
	}
	var total uint64
	for _, v := range list {
		rest := data[min(o.offset, uint64(len(data))):]
		n := min(v.size, uint64(len(rest)))
		if n == 0 {
			continue
		}
		if err := c.mem.Write(v.addr, []byte(rest[:n])); err != nil {
			return 0, err
		}
		o.offset += n
		total += n
	}
	if total > 0 {
		if err := c.keep(o); err != nil {
			return 0, err
		}
	}
	return errnoOK, c.writeWord(c.args[3], total)
}

// fdClose is fd_close(fd). The standard files stay open.
func fdClose(c *call) (uint64, error) {
	_, ok, err := c.opened(c.fd())
	switch {
	case err != nil:
		return 0, err
	case c.fd() >= 0 && c.fd() <= rootFD:
		return errnoOK, nil
	case !ok:
		return errnoBadf, nil
	}
	return errnoOK, c.set(nil, keyOpen, message.Int(c.fd()).String())
}

// fdSeek is fd_seek(fd, offset, whence, position).
func fdSeek(c *call) (uint64, error) {
	o, ok, err := c.opened(c.fd())
	if err != nil {
		return 0, err
	}
	if !ok {
		return errnoBadf, nil
	}
	data, err := c.content(o.name)
	if err != nil {
		return 0, err
	}
	var from int64
	switch c.args[2] {
	case 0:
	case 1:
		from = int64(o.offset)
	case 2:
		from = int64(len(data))
	default:
		return errnoInval, nil
	}
	to := from + int64(c.args[1])
	if to < 0 || uint64(to) > c.limit {
		return errnoInval, nil
	}
	if uint64(to) != o.offset {
		o.offset = uint64(to)
		if err := c.keep(o); err != nil {
			return 0, err
		}
	}
	var b [8]byte // a file size has 64 bits in all modules
	binary.LittleEndian.PutUint64(b[:], uint64(to))
	return errnoOK, c.mem.Write(c.args[3], b[:])
}

// File types of WASI.
const (
	typeCharacter = 2
	typeDirectory = 3
	typeRegular   = 4
)

// fdStat is fd_fdstat_get(fd, stat): type and rights, all of which are given.
func fdStat(c *call) (uint64, error) {
	stat := make([]byte, 24)
	_, ok, err := c.opened(c.fd())
	switch {
	case err != nil:
		return 0, err
	case c.fd() == rootFD:
		stat[0] = typeDirectory
	case !ok:
		return errnoBadf, nil
	case c.fd() < rootFD:
		stat[0] = typeCharacter
	default:
		stat[0] = typeRegular
	}
	for i := 8; i < len(stat); i++ {
		stat[i] = 0xff
	}
	return errnoOK, c.mem.Write(c.args[1], stat)
}

// prestat is fd_prestat_get(fd, stat): directory 3 is open, with a name of one
// byte.
func prestat(c *call) (uint64, error) {
	if c.fd() != rootFD {
		return errnoBadf, nil
	}
	stat := make([]byte, 2*c.word)
	stat[c.word] = 1
	return errnoOK, c.mem.Write(c.args[1], stat)
}

// prestatName is fd_prestat_dir_name(fd, name, size).
func prestatName(c *call) (uint64, error) {
	switch {
	case c.fd() != rootFD:
		return errnoBadf, nil
	case c.args[2] < 1:
		return errnoInval, nil
	}
	return errnoOK, c.mem.Write(c.args[1], []byte("/"))
}
