package fs

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Explain turns an error of the disk into one whose sentence says what to do,
// for a person who starts a program that keeps its data in a folder. Kinds:
// Unavailable when the folder is locked by another process ([Disk.Lock]), the
// disk is full or too many files are open; Forbidden when permissions are
// missing; TooLarge for a name that is too long; Internal for all else.
func Explain(op, path string, err error) *fail.Error {
	e := &fail.Error{Kind: fail.Internal, Op: op, Path: path, Text: "the disk reported an error", Err: err}
	switch {
	case errors.Is(err, syscall.EAGAIN), strings.Contains(err.Error(), "lock held by current process"):
		e.Kind, e.Text = fail.Unavailable, "another process has this store open; stop it or choose another folder"
	case Full(err):
		e.Kind, e.Text = fail.Unavailable, "the disk is full; free some space and try again, nothing is lost"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Kind, e.Text = fail.Forbidden, "this user may not write the folder; change its permissions or choose another folder"
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		e.Kind, e.Text = fail.Unavailable, "too many files are open; raise the limit (ulimit -n)"
	case errors.Is(err, syscall.ENAMETOOLONG):
		e.Kind, e.Text = fail.TooLarge, "the name is too long for this disk"
	case errors.Is(err, syscall.ENOTDIR):
		e.Kind, e.Text = fail.Invalid, "a store is a folder, but a file is in its place; choose another folder"
	}
	return e
}

// Full reports whether err says that the disk or a quota is full.
func Full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// Missing reports whether err says that a file or folder does not exist.
func Missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
