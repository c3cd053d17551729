package main

import (
	"io"
	"os"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// readInput reads a file, or standard input for "-", of at most limit bytes.
func readInput(name string, limit int64) ([]byte, error) {
	in := os.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fail.New(fail.NotFound, "hyperbeam", "cannot read %s: %w", name, err)
		}
		defer f.Close()
		in = f
	}
	b, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err != nil {
		return nil, fail.New(fail.Unavailable, "hyperbeam", "cannot read %s: %w", name, err)
	}
	if int64(len(b)) > limit {
		return nil, fail.New(fail.TooLarge, "hyperbeam", "%s has more than %d bytes", name, limit)
	}
	return b, nil
}
