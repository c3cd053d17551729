//go:build !linux

package luks

import "github.com/hyperbeam-go/hyperbeam/fail"

// Ready implements [Runner].
func (host) Ready() error {
	return fail.New(fail.Unavailable, "luks.Ready", "encrypted volumes need Linux")
}
