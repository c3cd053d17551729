// Package luks keeps files on a disk that only who has a key can read: LUKS2
// with an ext4 file system, by the programs of the host (cryptsetup, parted,
// mkfs.ext4, mount).
//
//	d := luks.Disk{Device: "/dev/vdb", Partition: "/dev/vdb1", Name: "data", MountPoint: "/mnt/data"}
//	made, err := d.Mount(ctx, luks.Host(), key)
//
// # What keeps the host safe
//
// Programs are started with lists of arguments and never through a shell, from
// the folders of the system and with an environment of their own. Names and
// paths are checked against narrow patterns first, so that none can be an option
// or lead elsewhere. Keys go through a pipe and never touch a disk. What a
// program did is judged by its exit code. A disk is formatted only when nothing
// is recognised on it.
package luks
