package pebble

import (
	"errors"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/hyperbeam-go/hyperbeam/fail"
	disks "github.com/hyperbeam-go/hyperbeam/internal/fs"
)

const opOpen = "pebble.Open"

// checkFolder refuses a folder that holds something else than a store, before
// the database adds its files to it.
func checkFolder(disk disks.Disk, dir string, readOnly bool) error {
	info, err := disk.Stat(dir)
	switch {
	case disks.Missing(err) && readOnly:
		return fail.New(fail.NotFound, opOpen, "there is no store in this folder; open it for writing once to create it").At(dir)
	case disks.Missing(err):
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
	e := disks.Explain(opOpen, dir, err)
	switch {
	case e.Kind != fail.Internal:
	case errors.Is(err, pebble.ErrDBDoesNotExist):
		e.Kind, e.Text = fail.NotFound, "there is no store in this folder; open it for writing once to create it"
	case pebble.IsCorruptionError(err), disks.Missing(err):
		e.Text = "files of the store are damaged or missing; restore the folder from a backup (Checkpoint), or move it away to start empty"
	case strings.Contains(err.Error(), "format major version"):
		e.Kind, e.Text = fail.Unsupported, "the store was written by a newer version of this program; use that version"
	}
	return e
}

// writeError classifies an error of the open database.
func writeError(op string, err error) error {
	e := &fail.Error{Kind: fail.Internal, Op: op, Text: "the store failed", Err: err}
	switch {
	case disks.Full(err):
		e.Kind, e.Text = fail.Unavailable, "the disk of the store is full; free some space"
	case errors.Is(err, pebble.ErrReadOnly):
		e.Kind, e.Text = fail.NotAllowed, "the store is open for reading only"
	case pebble.IsCorruptionError(err):
		e.Text = "a file of the store is damaged; restore it from a backup (Checkpoint)"
	}
	return e
}
