//go:build !linux

package usage

import "time"

var epoch = time.Now()

// threadTime stands in for the processor time of a thread, where the system has
// no clock for it: the time that passes.
func threadTime() time.Duration { return time.Since(epoch) }
