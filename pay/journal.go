package pay

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
)

// Files of a ledger. A journal is written under the temporary name and renamed
// when all of its head is on disk, so every journal has a whole head.
const (
	journalName = "ledger-%08d"
	tempName    = "ledger.new"
	lockName    = "LOCK"
	magic       = "hyperbeam-ledger 1\n"
)

const opOpen = "pay.Open"

// journal is the open file of records.
type journal struct {
	disk   fs.Disk
	folder string
	lock   io.Closer
	number uint64 // of the file
	file   vfs.File
	head   int64 // bytes of the head

	// Bytes since the ledger was opened, over all files.
	written int64 // guarded by Ledger.mu
	synced  int64 // guarded by Ledger.syncing
	base    int64 // written when the file began
}

// openJournal reads the newest journal of a folder. The journal that is returned
// has no file yet: [journal.rewrite] makes one.
func openJournal(disk fs.Disk, folder string) (*journal, *state, Report, error) {
	var report Report
	err := disk.MkdirAll(folder, 0o700)
	if err == nil {
		err = fs.SyncDir(disk, disk.PathDir(folder)) // a ledger whose folder is lost is lost
	}
	if err != nil {
		return nil, nil, report, fs.Explain(opOpen, folder, err)
	}
	lock, err := disk.Lock(disk.PathJoin(folder, lockName))
	if err != nil {
		return nil, nil, report, fs.Explain(opOpen, folder, err)
	}
	j := &journal{disk: disk, folder: folder, lock: lock}
	s, report, err := j.read()
	if err != nil {
		return nil, nil, report, errors.Join(err, lock.Close())
	}
	return j, s, report, nil
}

// numbers returns the numbers of the journals there are, and the greatest.
func (j *journal) numbers() (all []uint64, newest uint64, err error) {
	names, err := j.disk.List(j.folder)
	if err != nil {
		return nil, 0, fs.Explain(opOpen, j.folder, err)
	}
	for _, name := range names {
		var n uint64
		if _, err := fmt.Sscanf(name, journalName, &n); err == nil && fmt.Sprintf(journalName, n) == name {
			all = append(all, n)
			newest = max(newest, n)
		}
	}
	return all, newest, nil
}

func (j *journal) path(n uint64) string {
	return j.disk.PathJoin(j.folder, fmt.Sprintf(journalName, n))
}

// read returns the state that the newest journal gives.
func (j *journal) read() (*state, Report, error) {
	s, report := newState(), Report{}
	_, newest, err := j.numbers()
	if err != nil || newest == 0 {
		return s, report, err
	}
	j.number = newest
	data, err := fs.ReadFile(j.disk, j.path(newest))
	if err != nil {
		return nil, report, fs.Explain(opOpen, j.path(newest), err)
	}
	if !strings.HasPrefix(string(data), magic) {
		return nil, report, fail.New(fail.Invalid, opOpen, "%s is not a ledger of this program", j.path(newest))
	}
	rest, torn := replay(s, data[len(magic):])
	if report.Discarded = int64(len(rest)); len(rest) > 0 && !torn {
		report.Kept = j.path(newest) + ".damaged"
		if err := j.disk.Rename(j.path(newest), report.Kept); err != nil {
			return nil, report, fs.Explain(opOpen, report.Kept, err)
		}
	}
	return s, report, nil
}

// replay carries out records and returns the bytes that are none, and whether
// these are one record that was not written to its end.
func replay(s *state, data []byte) (rest []byte, torn bool) {
	for len(data) > 0 {
		r, next, err := cut(data)
		if err != nil {
			return data, len(data) <= maxRecord
		}
		if s.apply(r) != nil {
			return data, false
		}
		data = next
	}
	return nil, false
}

// rewrite begins a new file with a state.
//
// Errors leave the old file in use, unless [journal.lost] reports otherwise.
func (j *journal) rewrite(s *state, now uint64) error {
	temp := j.disk.PathJoin(j.folder, tempName)
	f, err := j.disk.Create(temp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return fs.Explain(opOpen, temp, err)
	}
	head, err := writeHead(f, s, now)
	if err == nil {
		err = f.Sync()
	}
	name := j.path(j.number + 1)
	if err == nil {
		err = j.disk.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(fs.Explain(opOpen, temp, err), f.Close())
	}
	old := j.file
	j.number++
	j.file, j.head, j.base, j.synced = f, head, j.written, j.written
	if err := fs.SyncDir(j.disk, j.folder); err != nil {
		j.file = nil // which of the two a power failure leaves is not known
		return errors.Join(fs.Explain(opOpen, j.folder, err), f.Close())
	}
	if old != nil {
		err = old.Close()
	}
	all, _, listErr := j.numbers()
	for _, n := range all {
		if n < j.number && listErr == nil {
			listErr = j.disk.Remove(j.path(n))
		}
	}
	if err = errors.Join(err, listErr); err != nil {
		return fs.Explain(opOpen, j.folder, err)
	}
	return nil
}

// writeHead writes a state and returns its size.
func writeHead(w io.Writer, s *state, now uint64) (int64, error) {
	buf, size := []byte(magic), int64(0)
	var err error
	flush := func() {
		if err == nil {
			_, err = w.Write(buf)
		}
		size += int64(len(buf))
		buf = buf[:0]
	}
	s.dump(now, func(r record) {
		if buf = r.append(buf); len(buf) >= 1<<16 {
			flush()
		}
	})
	flush()
	return size, err
}

func (j *journal) write(b []byte) error {
	n, err := j.file.Write(b)
	j.written += int64(n)
	return err
}

// sync forces the file to the disk, which covers everything up to a number of
// bytes.
func (j *journal) sync(upTo int64) error {
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.synced = upTo
	return nil
}

// grown returns the bytes of the records behind the head.
func (j *journal) grown() int64 { return j.written - j.base }

// lost reports whether there is no file that could be written.
func (j *journal) lost() bool { return j.file == nil }

func (j *journal) close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	return errors.Join(err, j.lock.Close())
}
