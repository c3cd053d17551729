package luks

import (
	"os"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Ready implements [Runner].
func (host) Ready() error {
	const op = "luks.Ready"
	if os.Geteuid() != 0 {
		return fail.New(fail.Unavailable, op, "encrypted volumes need a node that runs as root")
	}
	for _, p := range programs() {
		if _, err := find(p); err != nil {
			return fail.New(fail.Unavailable, op, "encrypted volumes need the program %s (packages cryptsetup-bin, parted, e2fsprogs, util-linux)", p)
		}
	}
	f, err := os.OpenFile("/dev/mapper/control", os.O_RDWR, 0)
	if err != nil {
		return fail.New(fail.Unavailable, op, "encrypted volumes need the device mapper of the kernel (modprobe dm_mod dm_crypt)")
	}
	_ = f.Close()
	return nil
}
