package luks

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of keys, in bytes.
const (
	MinKey = 16
	MaxKey = 4096
)

// settle is how long the kernel may take to show a new partition.
const settle = 10 * time.Second

// Mount opens the encrypted partition of the disk and mounts it. A disk on which
// nothing is recognised is partitioned, encrypted with the key and given a file
// system first; then made is true. A volume that is mounted already is left as
// it is.
//
// # Errors
//
// Those of [Disk.Validate]; [fail.Unavailable] when the host cannot do it, with
// what it lacks; [fail.NotFound] without the device; [fail.Conflict] when there
// is something else on it; [fail.Unauthorized] when the key does not open it;
// [fail.Failed] names the step that failed.
func (d Disk) Mount(ctx context.Context, run Runner, key []byte) (made bool, err error) {
	const op = "luks.Mount"
	if err := d.Validate(); err != nil {
		return false, err
	}
	if len(key) < MinKey || len(key) > MaxKey {
		return false, fail.New(fail.Invalid, op, "the key of a volume has %d to %d bytes, this has %d", MinKey, MaxKey, len(key))
	}
	if err := run.Ready(); err != nil {
		return false, err
	}
	if there, err := block(d.Device); err != nil || !there {
		if err == nil {
			err = fail.New(fail.NotFound, op, "Base device not found: %s", d.Device)
		}
		return false, err
	}
	if d.mounted(ctx, run) {
		return false, nil
	}
	if made, err = d.prepare(ctx, run, key); err != nil {
		return made, err
	}
	return made, d.open(ctx, run, key, made)
}

// Mounted reports whether the volume of the disk is mounted where it belongs.
func (d Disk) Mounted(ctx context.Context, run Runner) bool {
	return d.Validate() == nil && d.mounted(ctx, run)
}

func (d Disk) mounted(ctx context.Context, run Runner) bool {
	out, err := run.Run(ctx, Command{Args: []string{"findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", d.MountPoint}})
	return err == nil && strings.TrimSpace(string(out)) == mapper+d.Name
}

// prepare makes sure that there is an encrypted partition.
func (d Disk) prepare(ctx context.Context, run Runner, key []byte) (made bool, err error) {
	there, err := block(d.Partition)
	if err != nil {
		return false, err
	}
	if there {
		switch kind, err := content(ctx, run, d.Partition); {
		case err != nil:
			return false, err
		case kind == "crypto_LUKS":
			return false, nil
		case kind != "":
			return false, occupied(d.Partition, kind)
		}
		return true, Format(ctx, run, d.Partition, key)
	}
	kind, err := content(ctx, run, d.Device)
	if err != nil {
		return false, err
	}
	if kind != "" {
		return false, occupied(d.Device, kind)
	}
	if err := d.partition(ctx, run); err != nil {
		return false, err
	}
	return true, Format(ctx, run, d.Partition, key)
}

func occupied(path, kind string) error {
	return fail.New(fail.Conflict, "luks.Mount", "there is something on %s (%s), which is not overwritten; if it is not needed, remove it with wipefs --all %s", path, kind, path)
}

// content returns what is recognised on a disk or partition, "" for nothing.
func content(ctx context.Context, run Runner, path string) (string, error) {
	out, err := run.Run(ctx, Command{Args: []string{"blkid", "--probe", "--output", "export", path}})
	var exit *Exit
	if errors.As(err, &exit) && exit.Code == 2 {
		return "", nil
	}
	if err != nil {
		return "", fail.New(fail.Failed, "luks.Mount", "what is on %s cannot be found out: %w", path, err)
	}
	kind := "data"
	for line := range strings.Lines(string(out)) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		if k == "TYPE" || k == "PTTYPE" && kind == "data" {
			kind = v
		}
	}
	return kind, nil
}

// partition gives an empty disk one partition of its whole size.
func (d Disk) partition(ctx context.Context, run Runner) error {
	const op = "luks.Mount"
	if _, err := run.Run(ctx, Command{Args: []string{"parted", "--script", d.Device, "mklabel", "gpt", "mkpart", "hyperbeam", "ext4", "0%", "100%"}}); err != nil {
		return fail.New(fail.Failed, op, "Failed to create partition: %w", err)
	}
	for end := time.Now().Add(settle); ; {
		if there, err := block(d.Partition); there || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fail.New(fail.Timeout, op, "Failed to create partition: no time was left")
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fail.New(fail.Failed, op, "Failed to create partition: the kernel does not show %s; is this the name of the first partition of %s?", d.Partition, d.Device)
		}
	}
}

// Format encrypts a partition, whatever is on it. The key is not a password that
// somebody has thought of, so it is not stretched.
//
// # Errors
//
// [fail.Failed] with what cryptsetup says.
func Format(ctx context.Context, run Runner, partition string, key []byte) error {
	_, err := run.Run(ctx, Command{Stdin: key, Args: []string{"cryptsetup", "luksFormat", "--batch-mode", "--type", "luks2",
		"--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--key-file", "-", partition}})
	if err != nil {
		return fail.New(fail.Failed, "luks.Mount", "Failed to format disk: %w", err)
	}
	return nil
}

// Opens returns nil when a key opens an encrypted partition.
//
// # Errors
//
// [fail.Unauthorized] when it does not, [fail.Failed] with what cryptsetup says.
func Opens(ctx context.Context, run Runner, partition string, key []byte) error {
	_, err := run.Run(ctx, Command{Stdin: key, Args: []string{"cryptsetup", "open", "--test-passphrase", "--key-file", "-", partition}})
	var exit *Exit
	switch {
	case errors.As(err, &exit) && exit.Code == 2:
		return fail.New(fail.Unauthorized, "luks.Mount", "Failed to mount volume: the key does not open %s", partition)
	case err != nil:
		return fail.New(fail.Failed, "luks.Mount", "Failed to mount volume: %w", err)
	}
	return nil
}

// open opens and mounts the volume.
func (d Disk) open(ctx context.Context, run Runner, key []byte, made bool) error {
	failed := "Failed to mount volume: %w"
	if made {
		failed = "Failed to mount newly formatted volume: %w"
	}
	step := func(stdin []byte, args ...string) error {
		if _, err := run.Run(ctx, Command{Args: args, Stdin: stdin}); err != nil {
			return fail.New(fail.Failed, "luks.Mount", failed, err)
		}
		return nil
	}
	if err := Opens(ctx, run, d.Partition, key); err != nil {
		return err
	}
	volume := mapper + d.Name
	if _, err := run.Run(ctx, Command{Args: []string{"cryptsetup", "status", d.Name}}); err != nil {
		if err := step(key, "cryptsetup", "open", "--key-file", "-", d.Partition, d.Name); err != nil {
			return err
		}
	}
	kind, err := content(ctx, run, volume)
	if err != nil {
		return err
	}
	switch kind {
	case "":
		if err := step(nil, "mkfs.ext4", "-q", volume); err != nil {
			return err
		}
	case "ext4":
	default:
		return occupied(volume, kind)
	}
	if err := folder(d.MountPoint); err != nil {
		return err
	}
	return step(nil, "mount", "-t", "ext4", "-o", "nosuid,nodev", volume, d.MountPoint)
}

// folder makes the mount point. A link on the way could have been put there to
// have something else covered.
func folder(path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fail.New(fail.Unavailable, "luks.Mount", "the mount point %s cannot be made", path)
	}
	if real, err := filepath.EvalSymlinks(path); err != nil || real != path {
		return fail.New(fail.Invalid, "luks.Mount", "the mount point %s leads elsewhere", path)
	}
	return nil
}
