package lua

import "time"

// Dialect selects the language of a machine.
type Dialect uint8

const (
	// Luerl is the dialect of lua@5.3a (spec 03, 14.5).
	Luerl Dialect = iota
	// Standard is Lua 5.3 as PUC-Lua implements it.
	Standard
)

// String returns the name that a process definition uses for the dialect.
func (d Dialect) String() string {
	if d == Standard {
		return "5.3"
	}
	return "lua@5.3a"
}

// Limits bound one machine. Zero fields take the defaults.
type Limits struct {
	// Fuel is the number of instructions of one call from the host; library
	// functions count as the work they do. Default 10^10.
	Fuel int64
	// Memory is the number of bytes that live objects may take, by the
	// machine's own account. Default 256 MiB.
	Memory int64
	// Depth is the number of nested Lua calls. Default 190,000.
	Depth int
}

const (
	defaultFuel   = 10_000_000_000
	defaultMemory = 256 << 20
	defaultDepth  = 190_000
	// maxHostDepth bounds the nesting of Go and Lua calls.
	maxHostDepth = 190
)

// Options configure a machine. The zero value is a Luerl machine with default
// limits, a clock that stands at the Unix epoch and a fixed random seed.
type Options struct {
	Dialect Dialect
	Limits  Limits
	// Clock gives the time to os.time, os.date and os.clock. Nil stands still
	// at the Unix epoch: a machine never reads the host's clock by itself.
	Clock func() time.Time
	// Seed seeds math.random until the program does so itself.
	Seed uint64
	// Print receives what print and io.write output; nil drops it.
	Print func(text string)
	// Functions are host functions known by name, in addition to the library's
	// own; a restored state refers to them by these names.
	Functions map[string]HostFunction
	// NoLoad removes load, loadstring and dofile.
	NoLoad bool
}

func (l Limits) withDefaults() Limits {
	if l.Fuel <= 0 {
		l.Fuel = defaultFuel
	}
	if l.Memory <= 0 {
		l.Memory = defaultMemory
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	return l
}
