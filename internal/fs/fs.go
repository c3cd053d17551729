// Package fs is the disk as a value.
//
// What keeps files takes a [Disk] instead of calling package os, so that a
// test can hand it a disk that loses what was not synced ([vfs.NewCrashableMem]
// and its CrashClone) or that fails at the n-th write ([FailAfter]). The
// interface is that of pebble's vfs, which brings those disks and whose rules
// about what survives a crash are written down and tested:
//
//   - the bytes of a file survive after Sync of the file;
//   - its name survives after Sync of the directory ([SyncDir]), and so does a
//     rename or removal;
//   - a rename is all or nothing.
package fs

import (
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// Disk is a file system. Names are those of the operating system.
type Disk = vfs.FS

// OS returns the disk of the operating system.
func OS() Disk { return vfs.Default }

// ReadFile returns the content of the file name.
func ReadFile(d Disk, name string) ([]byte, error) {
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return b, nil
}

// Replace makes data the content of the file name, all or nothing: it writes
// the file temp, which must be on the same file system and is not read by
// anyone, forces it to the disk if sync is set, and renames it. That the name
// survives a crash needs [SyncDir] of its directory.
func Replace(d Disk, temp, name string, data []byte, sync bool) error {
	f, err := d.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Clone(data)) // a vfs.File may use the buffer as scratch space
	if err == nil && sync {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = d.Rename(temp, name)
	}
	return err
}

// SyncDir forces the names in a directory to the disk.
func SyncDir(d Disk, dir string) error {
	f, err := d.OpenDir(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
