package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

type measureCmd struct {
	Firmware string `help:"Firmware image (OVMF), or the 96 hex digits of its digest." required:"" placeholder:"FILE"`
	Kernel   string `help:"Kernel." required:"" type:"existingfile" placeholder:"FILE"`
	Initrd   string `help:"Initial file system." type:"existingfile" placeholder:"FILE"`
	Append   string `help:"Command line of the kernel." placeholder:"TEXT"`
	VCPUs    int    `help:"Virtual processors." name:"vcpus" default:"1"`
	VCPUType int    `help:"Their type: 0-5 EPYC, 6-9 Rome, 10-12 Milan, 13-14 Genoa." name:"vcpu-type" default:"5"`
	VMM      int    `help:"What starts the machine: 1 QEMU, 2 EC2, 3 KRUN." name:"vmm" default:"1"`
	Features uint64 `help:"SEV features that are on; bit 0 is SNP." default:"1"`
}

// Run prints what a confidential machine is started from, as the option
// snp_trusted wants it, and the measurement that it will have (spec 04, 7.5.7).
func (c measureCmd) Run() error {
	l, err := c.launch()
	if err != nil {
		return err
	}
	d, err := l.Digest()
	if err != nil {
		return err
	}
	if l.Layout != nil && !reflect.DeepEqual(l.Layout, snp.ReferenceLayout()) {
		fmt.Fprintln(os.Stderr, "hyperbeam: this firmware wants things elsewhere in memory than OVMF 1.55, with which nodes measure; they will not verify machines that it starts")
	}
	text := hex.EncodeToString
	b, err := json.MarshalIndent(map[string]any{
		"measurement": text(d[:]),
		"local-hashes": map[string]any{
			"vcpus": l.VCPUs, "vcpu_type": l.VCPUType, "vmm_type": int(l.VMM), "guest_features": l.Features,
			"firmware": text(l.Firmware[:]), "kernel": text(l.Kernel[:]), "initrd": text(l.Initrd[:]), "append": text(l.Append[:]),
		},
	}, "", "  ")
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	return nil
}

// launch hashes the files.
func (c measureCmd) launch() (snp.Launch, error) {
	l := snp.Launch{VCPUs: c.VCPUs, VCPUType: c.VCPUType, VMM: snp.VMM(max(0, min(c.VMM, 255))), Features: c.Features, Append: snp.AppendHash(c.Append)}
	if err := c.firmware(&l); err != nil {
		return l, err
	}
	var err error
	if l.Kernel, err = hashFile(c.Kernel); err != nil {
		return l, err
	}
	l.Initrd = sha256.Sum256(nil)
	if c.Initrd != "" {
		l.Initrd, err = hashFile(c.Initrd)
	}
	return l, err
}

// firmware sets digest and layout of the firmware.
func (c measureCmd) firmware(l *snp.Launch) error {
	if b, err := hex.DecodeString(strings.TrimSpace(c.Firmware)); err == nil && len(b) == snp.DigestSize {
		l.Firmware = [snp.DigestSize]byte(b)
		return nil
	}
	image, err := readInput(c.Firmware, snp.MaxFirmware)
	if err != nil {
		return err
	}
	f, err := snp.ParseFirmware(image)
	if err != nil {
		return err
	}
	l.Firmware, l.Layout = f.Digest(), &f.Layout
	return nil
}

func hashFile(name string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return sum, fail.New(fail.NotFound, "hyperbeam", "cannot read %s: %w", name, err)
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, fail.New(fail.Unavailable, "hyperbeam", "cannot read %s: %w", name, err)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}
