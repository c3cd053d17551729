package snp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Name returns the name under which folders and caches keep a certificate:
// product line, chip and versions.
func (w Want) Name() string {
	return fmt.Sprintf("%s-%s-%02d-%02d-%02d-%03d.vcek", w.Product, hexOf(w.Chip[:]), w.TCB.Bootloader, w.TCB.TEE, w.TCB.SNP, w.TCB.Microcode)
}

// revokedName is the same for a list of revoked certificates.
func revokedName(product string) string { return product + ".crl" }

// Folder is a [Source]: files in a folder, DER or PEM, named by [Want.Name], and
// PRODUCT.crl for lists of revoked certificates.
type Folder string

// VCEK implements [Source].
func (f Folder) VCEK(_ context.Context, w Want) ([]byte, error) { return f.read(w.Name()) }

// Revoked implements [Source].
func (f Folder) Revoked(_ context.Context, product string) ([]byte, error) {
	return f.read(revokedName(product))
}

func (f Folder) read(name string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(string(f), filepath.Base(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail.New(fail.NotFound, "snp.Folder", "there is no file %s in the folder of certificates", name)
	case err != nil:
		return nil, fail.New(fail.Unavailable, "snp.Folder", "the file %s in the folder of certificates cannot be read", name)
	}
	return der(b)
}
