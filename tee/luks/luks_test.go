package luks

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

var ctx = context.Background()

func disk() Disk {
	return Disk{Device: "/dev/vdb", Partition: "/dev/vdb1", Name: "data", MountPoint: "/mnt/data"}
}

// CONF-TEE-18, SEC-18: nothing but names and paths gets to programs.
func TestValidate(t *testing.T) {
	if err := disk().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Disk){
		"no device":          func(d *Disk) { d.Device = "" },
		"another folder":     func(d *Disk) { d.Device, d.Partition = "/tmp/x", "/tmp/x1" },
		"up":                 func(d *Disk) { d.Device, d.Partition = "/dev/../etc/passwd", "/dev/../etc/passwd1" },
		"an option":          func(d *Disk) { d.Device, d.Partition = "--help", "--help1" },
		"a command":          func(d *Disk) { d.Device, d.Partition = "/dev/vdb;reboot", "/dev/vdb;reboot1" },
		"a substitution":     func(d *Disk) { d.Device, d.Partition = "/dev/$(id)", "/dev/$(id)1" },
		"a line":             func(d *Disk) { d.Device, d.Partition = "/dev/vdb\n", "/dev/vdb\n1" },
		"another disk":       func(d *Disk) { d.Partition = "/dev/vdc1" },
		"below the disk":     func(d *Disk) { d.Partition = "/dev/vdb/1" },
		"an option as name":  func(d *Disk) { d.Name = "-h" },
		"a path as name":     func(d *Disk) { d.Name = "../x" },
		"control":            func(d *Disk) { d.Name = "control" },
		"a type":             func(d *Disk) { d.Type = "ntfs" },
		"the root":           func(d *Disk) { d.MountPoint = "/" },
		"the system":         func(d *Disk) { d.MountPoint = "/etc/hyperbeam" },
		"all of /var":        func(d *Disk) { d.MountPoint = "/var" },
		"up from /mnt":       func(d *Disk) { d.MountPoint = "/mnt/../etc" },
		"a relative folder":  func(d *Disk) { d.MountPoint = "mnt" },
		"an option at mount": func(d *Disk) { d.MountPoint = "/mnt/-o" },
		"not allowed":        func(d *Disk) { d.Allowed = []string{"/dev/vdc"} },
	} {
		d := disk()
		change(&d)
		if err := d.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add("/dev/vdb", "/dev/vdb1", "data", "/mnt/data")
	f.Add("/dev/disk/by-id/x", "/dev/disk/by-id/x-part1", "a", "/srv/x/y")
	f.Fuzz(func(t *testing.T, device, partition, name, mount string) {
		d := Disk{Device: device, Partition: partition, Name: name, MountPoint: mount}
		if d.Validate() != nil {
			return
		}
		for _, s := range []string{device, partition, name, mount} {
			if strings.HasPrefix(s, "-") || strings.ContainsAny(s, " \t\n;&|$`'\"<>*?\\\x00") || strings.Contains(s, "..") && s != name {
				t.Fatalf("%q gets to a program", s)
			}
		}
	})
}

// simulated is a host: what programs were run, and what is on its disks.
type simulated struct {
	ran     []string
	key     string
	content map[string]string // of devices, as blkid names it
	opened  bool
	mounted bool
	broken  string // program that fails
}

func (*simulated) Ready() error { return nil }

func (s *simulated) Run(_ context.Context, c Command) ([]byte, error) {
	line := strings.Join(c.Args, " ")
	s.ran = append(s.ran, line)
	last := c.Args[len(c.Args)-1]
	exit := func(code int) ([]byte, error) {
		return nil, &Exit{Program: c.Args[0], Code: code, Message: "simulated"}
	}
	if s.broken != "" && strings.HasPrefix(line, s.broken) {
		return exit(1)
	}
	switch {
	case c.Args[0] == "findmnt":
		if !s.mounted {
			return exit(1)
		}
		return []byte("/dev/mapper/data\n"), nil
	case c.Args[0] == "blkid":
		if s.content[last] == "" {
			return exit(2)
		}
		return []byte("DEVNAME=" + last + "\nTYPE=" + s.content[last] + "\n"), nil
	case strings.HasPrefix(line, "cryptsetup luksFormat"):
		s.key, s.content[last] = string(c.Stdin), "crypto_LUKS"
	case strings.HasPrefix(line, "cryptsetup open"):
		if string(c.Stdin) != s.key {
			return exit(2)
		}
		s.opened = s.opened || !slices.Contains(c.Args, "--test-passphrase")
	case strings.HasPrefix(line, "cryptsetup status"):
		if !s.opened {
			return exit(4)
		}
	case c.Args[0] == "mkfs.ext4":
		s.content[last] = "ext4"
	case c.Args[0] == "mount":
		s.mounted = true
	}
	return nil, nil
}

// loop returns a disk on which nothing is, or skips the test where there are
// none to be had.
func loop(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 64<<20); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("losetup", "--partscan", "--find", "--show", file).Output()
	if err != nil {
		t.Skip("no loop devices here (needs root and losetup):", err)
	}
	dev := strings.TrimSpace(string(out))
	t.Cleanup(func() { _ = exec.Command("losetup", "--detach", dev).Run() })
	return dev
}

// CONF-TEE-17, CONF-TEE-19: the steps of mounting, their order and their failures; the
// key goes through a pipe and nowhere else.
func TestMountSteps(t *testing.T) {
	dev := loop(t)
	d := Disk{Device: dev, Partition: dev, Name: "data", MountPoint: filepath.Join(t.TempDir(), "data")}
	key := []byte("a key of 32 bytes, or of more...")
	for name, c := range map[string]struct {
		was    string // on the device
		key    []byte
		broken string
		want   fail.Kind
		says   string
	}{
		"new":            {"", key, "", 255, ""},
		"known":          {"crypto_LUKS", key, "", 255, ""},
		"another key":    {"crypto_LUKS", []byte("another key, just as long as it"), "", fail.Unauthorized, "does not open"},
		"other data":     {"ntfs", key, "", fail.Conflict, "wipefs"},
		"a short key":    {"", []byte("short"), "", fail.Invalid, "bytes"},
		"no formatting":  {"", key, "cryptsetup luksFormat", fail.Failed, "Failed to format disk"},
		"no opening":     {"", key, "cryptsetup open --key-file", fail.Failed, "Failed to mount newly formatted volume"},
		"no mounting":    {"crypto_LUKS", key, "mount", fail.Failed, "Failed to mount volume"},
		"no file system": {"", key, "mkfs.ext4", fail.Failed, "Failed to mount newly formatted volume"},
		"no probing":     {"", key, "blkid", fail.Failed, "cannot be found out"},
	} {
		s := &simulated{key: string(key), content: map[string]string{dev: c.was}, broken: c.broken}
		made, err := d.Mount(ctx, s, c.key)
		if c.want == 255 {
			if err != nil || !s.mounted || made != (c.was == "") {
				t.Errorf("%s: made %v, %v", name, made, err)
			}
			ran := len(s.ran)
			if made, err := d.Mount(ctx, s, c.key); made || err != nil || len(s.ran) != ran+1 {
				t.Errorf("%s, again: %v %v", name, made, err)
			}
		} else if !fail.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || s.mounted {
			t.Errorf("%s: %v", name, err)
		}
		if all := strings.Join(s.ran, "\n"); strings.Contains(all, string(c.key)) {
			t.Errorf("%s: the key is an argument: %s", name, all)
		}
		if c.was == "ntfs" && len(s.ran) > 2 {
			t.Errorf("%s: other data were touched: %v", name, s.ran)
		}
	}
	if _, err := (Disk{Device: "/dev/none", Partition: "/dev/none1", Name: "x", MountPoint: "/mnt/x"}).Mount(ctx, &simulated{}, key); !fail.Is(err, fail.NotFound) || !strings.Contains(err.Error(), "Base device not found") {
		t.Error(err)
	}
	if _, err := (Disk{Device: "/dev/null", Partition: "/dev/null", Name: "x", MountPoint: "/mnt/x"}).Mount(ctx, &simulated{}, key); !fail.Is(err, fail.Invalid) {
		t.Error("no disk:", err)
	}
}

// real returns the runner of this host, or skips.
func real(t *testing.T) Runner {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for _, p := range programs() {
		if _, err := find(p); err != nil {
			t.Skip("needs", p)
		}
	}
	return Host()
}

// The programs themselves, as far as they go without the device mapper: a disk
// gets a partition, which is encrypted with one key and no other.
func TestRealPrograms(t *testing.T) {
	run, dev := real(t), loop(t)
	d := Disk{Device: dev, Partition: dev + "p1", Name: "hyperbeam-test", MountPoint: "/mnt/hyperbeam-test"}
	key, other := []byte("a key of 32 bytes, or of more..."), []byte("another key, just as long as it.")
	if made, err := d.prepare(ctx, run, key); !made || err != nil {
		t.Fatal(made, err)
	}
	if err := Opens(ctx, run, d.Partition, key); err != nil {
		t.Error(err)
	}
	if err := Opens(ctx, run, d.Partition, other); !fail.Is(err, fail.Unauthorized) {
		t.Error(err)
	}
	// What is there is not made again, and other data are left alone.
	if made, err := d.prepare(ctx, run, other); made || err != nil {
		t.Error(made, err)
	}
	whole := d
	whole.Partition = dev
	if _, err := whole.prepare(ctx, run, key); !fail.Is(err, fail.Conflict) {
		t.Error(err)
	}
	if err := Opens(ctx, run, d.Partition, key); err != nil {
		t.Error("afterwards:", err)
	}
}

// A real volume, where the kernel has a device mapper.
func TestRealVolume(t *testing.T) {
	run, dev := real(t), loop(t)
	if err := run.Ready(); err != nil {
		t.Skip(err)
	}
	d := Disk{Device: dev, Partition: dev + "p1", Name: "hyperbeam-test", MountPoint: filepath.Join(t.TempDir(), "volume")}
	key := []byte("a key of 32 bytes, or of more...")
	closeIt := func() {
		_ = exec.Command("umount", d.MountPoint).Run()
		_ = exec.Command("cryptsetup", "close", d.Name).Run()
	}
	t.Cleanup(closeIt)
	if made, err := d.Mount(ctx, run, key); !made || err != nil {
		t.Fatal(made, err)
	}
	file := filepath.Join(d.MountPoint, "secret")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	closeIt()
	if _, err := os.Stat(file); err == nil {
		t.Fatal("the volume is not where it was mounted")
	}
	if made, err := d.Mount(ctx, run, key); made || err != nil {
		t.Fatal(made, err)
	}
	if b, err := os.ReadFile(file); string(b) != "kept" {
		t.Error(string(b), err)
	}
	if !d.Mounted(ctx, run) {
		t.Error("mounted, but not known to be")
	}
}

// Where volumes are not possible the error says what is missing.
func TestReady(t *testing.T) {
	err := Host().Ready()
	if err != nil && (!fail.Is(err, fail.Unavailable) || !strings.Contains(err.Error(), "encrypted volumes need")) {
		t.Error(err)
	}
	_, err = Host().Run(ctx, Command{Args: []string{"no-such-program"}})
	if !fail.Is(err, fail.Unavailable) {
		t.Error(err)
	}
}
