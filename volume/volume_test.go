package volume

import (
	"context"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/luks"
)

func env(t *testing.T, options ...message.Pair) *ao.Env {
	return aotest.With(t, ao.Services{}, message.Of(options...)).Env
}

func p(name, value string) message.Pair { return message.P(name, message.Binary(value)) }

// CONF-TEE-16: what the node keeps goes below the store path, by its own name.
func TestDataDir(t *testing.T) {
	for _, c := range [][3]string{
		{"/mnt/v/store", "hyperbeam-data", "/mnt/v/store/hyperbeam-data"},
		{"/mnt/v/store/", "/var/lib/hyperbeam", "/mnt/v/store/var/lib/hyperbeam"},
		{"/mnt/v/store", "../../etc", "/mnt/v/store/etc"},
		{"/mnt/v/store", "", "/mnt/v/store"},
		{"/mnt/v/store", "/mnt/v/store/x", "/mnt/v/store/x"},
		{"/mnt/v/store", "/mnt/v/storehouse", "/mnt/v/store/mnt/v/storehouse"},
	} {
		if got := DataDir(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s: %s, want %s", c[1], c[0], got, c[2])
		}
	}
}

// CONF-TEE-15: options that are missing are named, all of them; values are
// compared as they are, in small letters and large.
func TestOptions(t *testing.T) {
	key := make([]byte, 32)
	v := New(luks.Host())
	mount := func(options ...message.Pair) error {
		_, _, err := v.Mount(context.Background(), env(t, options...), key)
		return err
	}
	err := mount(p("volume_device", "/dev/vdb"), p("volume_name", "x"))
	if !fail.Is(err, fail.Invalid) || !strings.Contains(err.Error(), "Missing required opts: volume_partition, volume_mount_point, volume_store_path") {
		t.Error(err)
	}
	all := func(device, store, kind string, more ...message.Pair) []message.Pair {
		return append(more, p("volume_device", device), p("volume_partition", device+"1"), p("volume_name", "x"),
			p("volume_mount_point", "/mnt/x"), p("volume_store_path", store), p("volume_partition_type", kind))
	}
	for name, c := range map[string]struct {
		options []message.Pair
		want    string
	}{
		"a store elsewhere":   {all("/dev/vdb", "/var/x", "ext4"), "not a folder on the volume"},
		"a store beside":      {all("/dev/vdb", "/mnt/x-ray", "ext4"), "not a folder on the volume"},
		"up from the volume":  {all("/dev/vdb", "/mnt/x/../../etc", "ext4"), "not a folder on the volume"},
		"EXT4":                {all("/dev/vdb", "/mnt/x/s", "EXT4"), "ext4"},
		"another device":      {all("/dev/vdb", "/mnt/x/s", "ext4", message.P("volume_allowed_devices", message.Strings([]string{"/dev/vdc"}))), "allowed"},
		"a device to execute": {all("/dev/vdb; reboot #", "/mnt/x/s", "ext4"), "below /dev"},
	} {
		if err := mount(c.options...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if Configured(env(t)) || !Configured(env(t, p("volume_device", "/dev/vdb"))) {
		t.Error("configured")
	}
}
