package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// What is printed is what the machine is measured from.
func TestMeasure(t *testing.T) {
	bin, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	kernel, initrd := filepath.Join(dir, "kernel"), filepath.Join(dir, "initrd")
	for name, content := range map[string]string{kernel: "kernel", initrd: "initrd"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const firmware = "b8c5d4082d5738db6b0fb0294174992738645df70c44cdecf7fad3a62244b788e7e408c582ee48a74b289f3acec78510"
	out, err := exec.Command(bin, "measure", "--firmware", firmware, "--kernel", kernel, "--initrd", initrd, "--append", "console=ttyS0", "--vcpus", "32").Output()
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Measurement string
		Hashes      map[string]any `json:"local-hashes"`
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	b, _ := hex.DecodeString(firmware)
	want, err := snp.Launch{
		VCPUs: 32, VCPUType: 5, VMM: snp.QEMU, Features: 1, Firmware: [48]byte(b),
		Kernel: sha256.Sum256([]byte("kernel")), Initrd: sha256.Sum256([]byte("initrd")), Append: sha256.Sum256([]byte("console=ttyS0\x00")),
	}.Digest()
	if err != nil || got.Measurement != hex.EncodeToString(want[:]) || got.Hashes["firmware"] != firmware || got.Hashes["vcpus"] != 32.0 {
		t.Errorf("%s (%v)", out, err)
	}
	if out, err := exec.Command(bin, "measure", "--firmware", kernel, "--kernel", kernel).CombinedOutput(); err == nil {
		t.Errorf("a kernel as firmware: %s", out)
	}
}
