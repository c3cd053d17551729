package volume_test

import (
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/commit"
	device "github.com/hyperbeam-go/hyperbeam/device/volume"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/curltest"
	"github.com/hyperbeam-go/hyperbeam/internal/sevtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/luks"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
	"github.com/hyperbeam-go/hyperbeam/volume"
)

var ctx = context.Background()

func text(s string) Value { return Binary(s) }

// recorder is a host that has a volume mounted, and notes what it is asked to do.
type recorder struct{ ran []luks.Command }

func (*recorder) Ready() error { return nil }

func (r *recorder) Run(_ context.Context, c luks.Command) ([]byte, error) {
	r.ran = append(r.ran, c)
	switch c.Args[0] {
	case "findmnt":
		return nil, &luks.Exit{Program: "findmnt", Code: 1}
	case "blkid":
		if strings.HasPrefix(c.Args[len(c.Args)-1], "/dev/mapper") {
			return []byte("TYPE=ext4\n"), nil
		}
		return []byte("TYPE=crypto_LUKS\n"), nil
	}
	return nil, nil
}

// disk returns the name of some block device of this machine, or skips: nothing
// is done to it, but it has to be one.
func disk(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"/dev/loop0", "/dev/vda", "/dev/sda", "/dev/nvme0n1"} {
		if info, err := os.Stat(p); err == nil && info.Mode()&os.ModeDevice != 0 && info.Mode()&os.ModeCharDevice == 0 {
			return p
		}
	}
	t.Skip("this machine shows no disk")
	return ""
}

func options(dev, mount string) *Message {
	return Of(P("volume_device", text(dev)), P("volume_partition", text(dev)), P("volume_name", text("data")),
		P("volume_mount_point", text(mount)), P("volume_store_path", text(mount+"/store")), P("data_dir", text("hyperbeam-data")))
}

// The key of the disk comes encrypted to the wallet, in either padding.
func TestMount(t *testing.T) {
	mount := filepath.Join(t.TempDir(), "volume")
	config, wallet := options(disk(t), mount), snptest.Wallet(t)
	secret := []byte("a key of 32 bytes, or of more...")
	n, _, _ := wallet.RSAParts()
	for _, padding := range []keys.Padding{keys.OAEP, keys.PKCS1} {
		wrapped, err := keys.Wrap(n, padding, secret)
		if err != nil {
			t.Fatal(err)
		}
		host := &recorder{}
		b := aotest.With(t, ao.Services{Key: wallet}, config, device.New(volume.New(host)))
		m := b.Message(b.Ask(Of(P("device", text(device.Name))), "mount",
			P("volume-key", text(base64.StdEncoding.EncodeToString(wrapped))), P("padding", text(padding.String()))))
		if dir := m.Text("data-dir"); dir != mount+"/store/hyperbeam-data" {
			t.Error(dir)
		}
		for _, c := range host.ran {
			if strings.Contains(strings.Join(c.Args, " "), string(secret)) {
				t.Error("the key is an argument:", c.Args)
			}
			if c.Args[0] == "cryptsetup" && c.Stdin != nil && string(c.Stdin) != string(secret) {
				t.Errorf("%v gets the key %q", c.Args, c.Stdin)
			}
		}
	}
}

func TestMountRefuses(t *testing.T) {
	wallet := snptest.Wallet(t)
	for name, c := range map[string]struct {
		config *Message
		key    string
		want   string
	}{
		"no key":            {options("/dev/vdb", "/mnt/x"), "", "Missing required opts: volume-key"},
		"no base64":         {options("/dev/vdb", "/mnt/x"), "!", "not base64"},
		"somebody's key":    {options("/dev/vdb", "/mnt/x"), base64.StdEncoding.EncodeToString(make([]byte, 256)), "not encrypted to the key"},
		"no options":        {Of(P("volume_skip_decryption", text("true"))), "a key of 32 bytes, or of more...", "Missing required opts: volume_device"},
		"no device":         {options("/dev/no-such-disk", "/mnt/x").Set("volume_skip_decryption", text("true")), "a key of 32 bytes, or of more...", "Base device not found"},
		"a shell as device": {options("/dev/vdb;reboot", "/mnt/x").Set("volume_skip_decryption", text("true")), "a key of 32 bytes, or of more...", "below /dev"},
	} {
		host := &recorder{}
		b := aotest.With(t, ao.Services{Key: wallet}, c.config, device.New(volume.New(host)))
		r := b.Ask(Of(P("device", text(device.Name))), "mount", P("volume-key", text(c.key)))
		if r.Status == ao.OK || r.Err == nil || !strings.Contains(r.Err.Error(), c.want) {
			t.Errorf("%s: %v %v", name, r.Status, r.Err)
		}
		if len(host.ran) > 0 {
			t.Errorf("%s: %v was run", name, host.ran)
		}
	}
}

// SEC-18: over the network, mounting is for the operator, and the signature covers
// the key.
func TestMountOverHTTP(t *testing.T) {
	wallet := snptest.Wallet(t)
	root := snptest.NewRoot(t)
	_, url := sevtest.Start(t, sevtest.Machine(t, root), root, wallet)
	peer := client.New(client.Options{})
	defer peer.Close()
	order := Of(P("path", text("/~volume@1.0/mount")), P("method", text("POST")))
	sign := func(m *Message, k *keys.PrivateKey) *Message {
		m, err := commit.Commit(ctx, commit.Env(NoLoader{}), m, k, commit.Spec{})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	modulus, _, _ := wallet.RSAParts()
	wrapped, err := keys.Wrap(modulus, keys.OAEP, []byte("a key of 32 bytes, or of more..."))
	if err != nil {
		t.Fatal(err)
	}
	key := P("volume-key", text(base64.StdEncoding.EncodeToString(wrapped)))
	whole := order.Set(key.Key, key.Value)
	for name, x := range map[string]struct {
		req  *Message
		want string
	}{
		"nobody":     {whole, "only the operator"},
		"a stranger": {sign(whole, snptest.Wallet(t)), "only the operator"},
		"a key from the URL": {sign(Of(P("x", text("y"))), wallet).Set("method", text("POST")).
			Set("path", text("/~volume@1.0/mount?volume-key=MDEyMzQ1Njc4OWFiY2RlZg")), "only the operator"},
		"the operator": {sign(whole, wallet), "Missing required opts: volume_device"},
	} {
		rep, err := peer.Do(ctx, url, x.req)
		if err != nil || rep.Status < 400 || !strings.Contains(rep.Body, x.want) {
			t.Errorf("%s: %v %+v", name, err, rep)
		}
	}
	curltest.Run(t, device.New(nil).Doc, url)
}

func TestPublicKey(t *testing.T) {
	wallet := snptest.Wallet(t)
	b := aotest.With(t, ao.Services{Key: wallet}, Empty(), device.New(volume.New(&recorder{})))
	m := b.Message(b.Ask(Of(P("device", text(device.Name))), "public_key"))
	if m.Text("public_key") != base64.StdEncoding.EncodeToString(wallet.PKCS1()) {
		t.Error(m.Text("public_key"))
	}
	b = aotest.With(t, ao.Services{}, Empty(), device.New(volume.New(&recorder{})))
	if r := b.Ask(Of(P("device", text(device.Name))), "public_key"); r.Status != ao.Failed || r.Value.(*Message).Text("body") != "Node wallet not available" {
		t.Error(r)
	}
	other, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	b = aotest.With(t, ao.Services{Key: other}, Empty(), device.New(volume.New(&recorder{})))
	if r := b.Ask(Of(P("device", text(device.Name))), "public_key"); !fail.Is(r.Err, fail.Unsupported) {
		t.Error(r)
	}
}

func TestInfo(t *testing.T) {
	dev := disk(t)
	b := aotest.With(t, ao.Services{}, options(dev, "/mnt/x"), device.New(volume.New(&recorder{})))
	m := b.Message(b.Ask(Of(P("device", text(device.Name))), "info"))
	if m.Text("host") != "ready" || !Equal(m.With("configured", "mounted"), Of(P("configured", True), P("mounted", False))) {
		t.Error(m.Text("host"))
	}
}
