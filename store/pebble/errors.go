package pebble

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/hyperbeam-go/hyperbeam/fail"
)

const opOpen = "pebble.Open"

// checkFolder refuses a folder that holds something else than a store, before
// the database adds its files to it.
func checkFolder(disk vfs.FS, dir string, readOnly bool) error {
	info, err := disk.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && readOnly:
		return fail.New(fail.NotFound, opOpen, "there is no store in this folder; open it for writing once to create it").At(dir)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return openError(dir, err)
	case !info.IsDir():
		return fail.New(fail.Invalid, opOpen, "a store is a folder, but this is a file; choose another place").At(dir)
	}
	names, err := disk.List(dir)
	if err != nil {
		return openError(dir, err)
	}
	if len(names) == 0 {
		return nil
	}
	foreign := ""
	for _, n := range names {
		switch {
		case strings.HasPrefix(n, "MANIFEST-"), strings.HasPrefix(n, "OPTIONS-"), strings.HasPrefix(n, "marker."), n == "CURRENT":
			return nil
		case n == "LOCK", n == "lost+found", strings.HasSuffix(n, ".log"):
		default:
			foreign = n
		}
	}
	if foreign == "" {
		return nil
	}
	return fail.New(fail.Invalid, opOpen, "the folder holds other files (such as %q) and no store; choose an empty folder", foreign).At(dir)
}

// openError says what to do about an error of opening.
func openError(dir string, err error) error {
	kind, text := fail.Internal, "the store cannot be opened"
	switch {
	case isLocked(err):
		kind, text = fail.Unavailable, "another process has this store open; stop it or choose another folder"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		kind, text = fail.Unavailable, "the disk is full; free some space and start again, nothing is lost"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		kind, text = fail.Forbidden, "the folder may not be written by this user; change its permissions or choose another folder"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		kind, text = fail.Unavailable, "too many files are open; raise the limit (ulimit -n)"
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		kind, text = fail.NotFound, "there is no store in this folder; open it for writing once to create it"
	case pebble.IsCorruptionError(err), errors.Is(err, fs.ErrNotExist):
		text = "files of the store are damaged or missing; restore the folder from a backup (Checkpoint), or move it away to start empty"
	case strings.Contains(err.Error(), "format major version"):
		kind, text = fail.Unsupported, "the store was written by a newer version of this program; use that version"
	}
	return (&fail.Error{Kind: kind, Op: opOpen, Text: text, Err: err}).At(dir)
}

// isLocked reports whether err says that the lock file is held.
func isLocked(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES) && strings.Contains(err.Error(), "lock") ||
		strings.Contains(err.Error(), "lock held by current process")
}

// writeError classifies an error of the open database.
func writeError(op string, err error) error {
	e := &fail.Error{Kind: fail.Internal, Op: op, Text: "the store failed", Err: err}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Kind, e.Text = fail.Unavailable, "the disk of the store is full"
	case errors.Is(err, pebble.ErrReadOnly):
		e.Kind, e.Text = fail.NotAllowed, "the store is open for reading only"
	case pebble.IsCorruptionError(err):
		e.Text = "a file of the store is damaged; restore it from a backup (Checkpoint)"
	}
	return e
}
