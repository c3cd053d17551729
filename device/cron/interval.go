package cron

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
)

// units are the beginnings of the names of units, in any case.
var units = [...]struct {
	name string
	d    time.Duration
}{
	{"millisecond", time.Millisecond}, {"second", time.Second}, {"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour},
}

// ParseInterval reads "5-minutes" (spec 03, 8.4.3).
//
// # Errors
//
// An [*ao.Outcome] with status 400 for an unknown unit, and for a number that
// is not a positive integer or too large for 292 years.
func ParseInterval(s string) (time.Duration, error) {
	count, unit, ok := strings.Cut(s, "-")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil || n <= 0 {
		return 0, ao.Refuse(400, "Invalid interval value.")
	}
	for _, u := range units {
		if strings.HasPrefix(strings.ToLower(unit), u.name) {
			if n > math.MaxInt64/int64(u.d) {
				return 0, ao.Refuse(400, "Invalid interval value.")
			}
			return time.Duration(n) * u.d, nil
		}
	}
	return 0, ao.Refuse(400, "Invalid time unit: "+unit)
}
