package luks

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Disk is a disk with one encrypted partition.
type Disk struct {
	Device     string // the disk, e.g. /dev/vdb
	Partition  string // its first partition, e.g. /dev/vdb1, or Device to use it whole
	Type       string // of the file system: "" or "ext4"
	Name       string // of the opened volume, below /dev/mapper
	MountPoint string // folder, made when it does not exist

	// Allowed lists the devices that may be used. Empty allows every one.
	Allowed []string
}

const mapper = "/dev/mapper/"

var (
	devicePath = regexp.MustCompile(`^/dev/[A-Za-z0-9][A-Za-z0-9_.:-]*(/[A-Za-z0-9][A-Za-z0-9_.:-]*)*$`)
	volumeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	folderPath = regexp.MustCompile(`^(/[A-Za-z0-9_][A-Za-z0-9_.-]*){1,16}$`)
)

// Validate checks that the names are names and the paths lead where they may.
//
// # Errors
//
// [fail.Invalid] names what is wrong; [fail.Forbidden] when the device is not
// among the allowed ones.
func (d Disk) Validate() error {
	wrong := func(what, value, takes string) error {
		return fail.New(fail.Invalid, "luks.Disk", "the %s %.100q is not %s", what, value, takes)
	}
	rest, part := strings.CutPrefix(d.Partition, d.Device)
	switch {
	case !devicePath.MatchString(d.Device):
		return wrong("device", d.Device, "a path below /dev")
	case !devicePath.MatchString(d.Partition) || !part || strings.Contains(rest, "/"):
		return wrong("partition", d.Partition, "a partition of the device "+d.Device)
	case d.Type != "" && d.Type != "ext4":
		return wrong("type of the partition", d.Type, "ext4")
	case !volumeName.MatchString(d.Name) || d.Name == "control":
		return wrong("name of the volume", d.Name, "a name of letters, digits, _ and -")
	case !folderPath.MatchString(d.MountPoint) || strings.Contains(d.MountPoint, "..") || ofSystem(d.MountPoint):
		return wrong("mount point", d.MountPoint, "a folder outside of the system's own")
	case len(d.Allowed) > 0 && !slices.Contains(d.Allowed, d.Device):
		return fail.New(fail.Forbidden, "luks.Disk", "the device %s is not among the allowed ones", d.Device)
	}
	return nil
}

// ofSystem reports whether a folder belongs to the system.
func ofSystem(dir string) bool {
	first, rest, _ := strings.Cut(strings.TrimPrefix(dir, "/"), "/")
	switch first {
	case "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "run", "sbin", "sys", "usr":
		return true
	case "home", "mnt", "media", "opt", "root", "srv", "tmp", "var":
		return rest == "" // themselves, but not what is below
	}
	return false
}

// block checks that a path is a disk or partition; it may be a link that stays
// below /dev.
func block(path string) (bool, error) {
	real, err := filepath.EvalSymlinks(path)
	if os.IsNotExist(err) {
		return false, nil
	}
	if err != nil || !strings.HasPrefix(real, "/dev/") {
		return false, fail.New(fail.Invalid, "luks.Disk", "the device %s leads out of /dev", path)
	}
	info, err := os.Stat(real)
	if err != nil {
		return false, fail.New(fail.Unavailable, "luks.Disk", "the device %s cannot be looked at", path)
	}
	if info.Mode()&os.ModeDevice == 0 || info.Mode()&os.ModeCharDevice != 0 {
		return false, fail.New(fail.Invalid, "luks.Disk", "%s is not a disk or partition", path)
	}
	return true, nil
}
