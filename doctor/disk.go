package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// What the disk must have. The times are those of one write of 4 KiB that is
// forced to the disk: a node acknowledges nothing before such a write.
const (
	diskLow     = 1 << 30 // bytes
	diskFew     = 10 << 30
	fsyncSlow   = 20 * time.Millisecond
	fsyncBad    = 200 * time.Millisecond
	fsyncProbes = 9
)

// Disk looks at the folder of a node: whether it can be written, by whom it can
// be read, how much room there is, and how long a durable write takes.
func Disk(dir string) []Finding {
	f := findings{check: "disk"}
	if dir == "" {
		f.add(Warning, "Set data_dir.", "the node keeps nothing: processes and balances are lost when it stops")
		return f.list
	}
	info, err := os.Stat(dir)
	at := dir
	switch {
	case os.IsNotExist(err):
		at = existing(dir)
		f.add(Note, "", "the folder %s does not exist yet; the node makes it when it starts", dir)
	case err != nil:
		f.add(Problem, "Give the user of the node access to it, or set data_dir to another folder.", "the folder %s cannot be looked at: %s", dir, err)
		return f.list
	case !info.IsDir():
		f.add(Problem, "Set data_dir to a folder.", "%s is no folder", dir)
		return f.list
	case info.Mode().Perm()&0o077 != 0:
		f.add(Warning, "chmod 700 "+dir, "others on this machine can enter the folder %s (mode %o)", dir, info.Mode().Perm())
	}
	room(&f, at)
	if took, err := fsync(at); err != nil {
		f.add(Problem, "Give the user of the node the right to write there, or set data_dir to another folder.", "the folder %s cannot be written: %s", at, err)
	} else if took >= fsyncSlow {
		level := Warning
		if took >= fsyncBad {
			level = Problem
		}
		f.add(level, "Put data_dir on a local SSD.", "a durable write takes %s: that is how long every message to a process waits at least", round(took))
	} else {
		f.good("a durable write takes %s", round(took))
	}
	return f.list
}

// room looks at the free space of a folder.
func room(f *findings, dir string) {
	free, total, ok := space(dir)
	switch {
	case !ok:
		f.add(Note, "", "how much room there is cannot be told on this system")
	case free < diskLow:
		f.add(Problem, "Make room, or set data_dir to another disk: a node that cannot write refuses all messages.", "only %d MB are free in %s", free>>20, dir)
	case free < diskFew && free < total/10:
		f.add(Warning, "Make room before the disk is full.", "%.1f GB are free in %s, less than a tenth", float64(free)/(1<<30), dir)
	default:
		f.good("%.1f GB are free in %s", float64(free)/(1<<30), dir)
	}
}

// existing returns the nearest folder above dir that exists.
func existing(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "."
	}
	for abs != filepath.Dir(abs) {
		if _, err := os.Stat(abs); err == nil {
			break
		}
		abs = filepath.Dir(abs)
	}
	return abs
}

// fsync returns the median time of a durable write in a folder.
func fsync(dir string) (took time.Duration, err error) {
	file, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() {
		closing := file.Close()
		if removing := os.Remove(file.Name()); err == nil {
			err = removing
		}
		if err == nil {
			err = closing
		}
	}()
	times := make([]time.Duration, fsyncProbes)
	for i := range times {
		began := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// round returns a duration with three digits or so.
func round(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
