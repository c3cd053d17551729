// Package volume is the encrypted disk of a node, as its options describe it
// (spec 04, 7.8): what volume@1.0 mounts for an operator who sends the key, and
// greenzone@1.0 with the key of its zone.
package volume

import (
	"context"
	"path"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/luks"
)

// Options of the node message that describe the disk.
var (
	OptDevice    = ao.Option{Name: "volume_device", Default: message.Binary(""), Doc: "The disk, e.g. /dev/vdb. It is formatted when nothing is on it, and else left as it is."}
	OptPartition = ao.Option{Name: "volume_partition", Default: message.Binary(""), Doc: "Its first partition, e.g. /dev/vdb1."}
	OptType      = ao.Option{Name: "volume_partition_type", Default: message.Binary("ext4"), Doc: "File system: ext4."}
	OptName      = ao.Option{Name: "volume_name", Default: message.Binary(""), Doc: "Name of the opened volume below /dev/mapper."}
	OptMount     = ao.Option{Name: "volume_mount_point", Default: message.Binary(""), Doc: "Folder that the volume is mounted at, outside of the system's own."}
	OptStore     = ao.Option{Name: "volume_store_path", Default: message.Binary(""), Doc: "Folder on the volume for what the node keeps."}
	OptPlain     = ao.Option{Name: "volume_skip_decryption", Default: message.Binary("false"), Doc: "The key of the volume is not encrypted to the wallet of the node."}
	OptAllowed   = ao.Option{Name: "volume_allowed_devices", Default: message.NewList(), Doc: "Disks that may be used. Empty is whichever volume_device names."}
)

// NodeOptions returns the options, for the devices that are built on this
// package.
func NodeOptions() []ao.Option {
	return []ao.Option{OptDevice, OptPartition, OptType, OptName, OptMount, OptStore, OptPlain, OptAllowed}
}

// Volume is the disk of a node.
type Volume struct{ run luks.Runner }

// New returns a volume that runs programs with r.
func New(r luks.Runner) *Volume { return &Volume{r} }

// Ready returns nil when the host can have encrypted volumes, or what it lacks.
func (v *Volume) Ready() error { return v.run.Ready() }

// Configured reports whether the options name a disk.
func Configured(env *ao.Env) bool { return OptDevice.Text(env) != "" }

// disk reads the options.
func disk(env *ao.Env) (luks.Disk, error) {
	var missing []string
	need := func(o ao.Option) string {
		s := o.Text(env)
		if s == "" {
			missing = append(missing, o.Name)
		}
		return s
	}
	d := luks.Disk{
		Device: need(OptDevice), Partition: need(OptPartition), Type: need(OptType), Name: need(OptName), MountPoint: need(OptMount),
	}
	store := need(OptStore)
	if len(missing) > 0 {
		return d, fail.New(fail.Invalid, "volume", "Missing required opts: %s", strings.Join(missing, ", "))
	}
	if !strings.HasPrefix(path.Clean(store)+"/", d.MountPoint+"/") {
		return d, fail.New(fail.Invalid, "volume", "the option %s is not a folder on the volume, which is mounted at %s", OptStore.Name, d.MountPoint)
	}
	v := OptAllowed.In(env)
	if m, ok := v.(*message.Message); ok {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	if l, ok := v.(*message.List); ok {
		for _, e := range l.All() {
			s, _ := message.Text(e)
			d.Allowed = append(d.Allowed, s)
		}
	}
	return d, nil
}

// Mount mounts the disk with a key, and makes it first when there is nothing on
// it. It returns the folder on it that the node should keep its data in.
//
// # Errors
//
// [fail.Invalid] lists options that are missing; those of [luks.Disk.Mount].
func (v *Volume) Mount(ctx context.Context, env *ao.Env, key []byte) (dataDir string, made bool, err error) {
	d, err := disk(env)
	if err != nil {
		return "", false, err
	}
	made, err = d.Mount(ctx, v.run, key)
	return DataDir(OptStore.Text(env), textOf(env, "data_dir")), made, err
}

// Mounted reports whether the disk is mounted.
func (v *Volume) Mounted(ctx context.Context, env *ao.Env) bool {
	d, err := disk(env)
	return err == nil && d.Mounted(ctx, v.run)
}

func textOf(env *ao.Env, option string) string {
	t, _ := env.Config().Get(option)
	s, _ := message.Text(t)
	return s
}

// DataDir returns a folder of the node as it is called on the volume: below the
// store path, by the same name (spec 04, 7.8.1). A folder that is there already
// stays as it is.
func DataDir(storePath, dir string) string {
	storePath = path.Clean(storePath)
	if strings.HasPrefix(path.Clean(dir)+"/", storePath+"/") {
		return path.Clean(dir)
	}
	return path.Join(storePath, path.Clean("/"+dir))
}
