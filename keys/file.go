package keys

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// ReadFile reads a key from a JWK file.
//
// # Errors
//
// [fail.NotFound] when there is no such file, [fail.Unavailable] when it cannot
// be read, else the errors of [ParseJWK]; all name the path.
func ReadFile(path string) (*PrivateKey, error) {
	const op = "keys.ReadFile"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail.New(fail.NotFound, op, "there is no key file").At(path)
	}
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "the key file cannot be opened: %w", err).At(path)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxJWKSize+1))
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "the key file cannot be read: %w", err).At(path)
	}
	k, err := ParseJWK(text)
	var e *fail.Error
	if errors.As(err, &e) {
		return nil, e.At(path)
	}
	return k, err
}

// CreateFile writes the key as a JWK file that only its owner may read. The
// file appears whole or not at all, and an existing file is never replaced.
//
// # Errors
//
// [fail.Conflict] when the path exists, [fail.Unavailable] when it cannot be
// written; both name the path.
func (k *PrivateKey) CreateFile(path string) error {
	err := createWhole(path, append(k.JWK(), '\n'))
	if errors.Is(err, fs.ErrExist) {
		return fail.New(fail.Conflict, "keys.CreateFile", "the file exists, a key is never overwritten").At(path)
	}
	if err != nil {
		return fail.New(fail.Unavailable, "keys.CreateFile", "the key file cannot be written: %w", err).At(path)
	}
	return nil
}

// createWhole writes a synced temporary file (mode 0600) beside path and links
// it to its name, which fails when the name is taken.
func createWhole(path string, content []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closeErr := d.Close(); err == nil {
		err = closeErr
	}
	return err
}
