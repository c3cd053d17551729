package snp

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/client"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Guest asks the processor of the machine that the program runs in for reports.
type Guest interface {
	// Report returns a report over data, asked for at a privilege level, and
	// the certificates that the host has for it, if it has any.
	Report(ctx context.Context, data [DataSize]byte, vmpl int) (Report, Certificates, error)
	// Ready returns nil when there is such a processor, or why not. It does not
	// ask it for anything.
	Ready(ctx context.Context) error
}

// guestDevice is how Linux offers the processor to programs, besides configfs.
const guestDevice = "/dev/sev-guest"

// Hardware returns the guest that the program runs in, by way of the Linux
// kernel. Its errors are [fail.Unavailable] where there is none, or the program
// may not use it, and say what to do.
func Hardware() Guest { return hardware{} }

type hardware struct{}

// Ready implements [Guest].
func (hardware) Ready(context.Context) error {
	if _, err := client.GetLeveledQuoteProvider(); err != nil {
		return absent()
	}
	return nil
}

// Report implements [Guest].
func (hardware) Report(ctx context.Context, data [DataSize]byte, vmpl int) (Report, Certificates, error) {
	const op = "snp.Hardware"
	if err := ctx.Err(); err != nil {
		return Report{}, Certificates{}, fail.New(fail.Timeout, op, "no time was left to ask the processor")
	}
	provider, err := client.GetLeveledQuoteProvider()
	if err != nil {
		return Report{}, Certificates{}, absent()
	}
	raw, err := provider.GetRawQuoteAtLevel(data, uint(vmpl))
	if err != nil {
		return Report{}, Certificates{}, fail.New(fail.Unavailable, op, "the processor gave no attestation report at the privilege level %d: %v", vmpl, err)
	}
	r, err := Parse(raw)
	if err != nil {
		return r, Certificates{}, err
	}
	if r.Data() != data {
		return Report{}, Certificates{}, fail.New(fail.Internal, op, "the processor gave a report about something else")
	}
	return r, hostCertificates(raw[Size:]), nil
}

// hostCertificates reads the table of certificates that hosts append. A host
// that has none, or a damaged table, is as good as one that appends nothing.
func hostCertificates(b []byte) Certificates {
	var t abi.CertTable
	if len(b) == 0 || t.Unmarshal(b) != nil {
		return Certificates{}
	}
	vcek, err := t.GetByGUIDString(abi.VcekGUID)
	if err != nil {
		return Certificates{}
	}
	return Certificates{VCEK: vcek}
}

// absent says why this machine gives no reports.
func absent() error {
	f, err := os.OpenFile(guestDevice, os.O_RDWR, 0)
	switch {
	case err == nil:
		_ = f.Close()
		return fail.New(fail.Unavailable, "snp.Hardware", "the kernel offers %s, but gives no reports; it may need an update", guestDevice)
	case errors.Is(err, fs.ErrPermission):
		return fail.New(fail.Unavailable, "snp.Hardware", "this program may not open %s; run it as root, or give its user access to the device", guestDevice)
	}
	return fail.New(fail.Unavailable, "snp.Hardware",
		"this machine is no SEV-SNP guest: it has neither %s nor configfs-tsm. Run the node in a confidential virtual machine on an AMD EPYC host (Milan or newer) with the kernel module sev-guest", guestDevice)
}
