package emscripten

import (
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// function is one import. It has params parameters, or params32 in modules of
// 32 bits, where a wide integer takes two.
type function struct {
	params, params32 int
	run              func(*call) wasm.Value
}

// functions is what the host has, by name. It never changes.
var functions = map[string]function{
	"emscripten_date_now":              {0, 0, func(c *call) wasm.Value { return wasm.F64(float64(c.now())) }},
	"emscripten_get_now":               {0, 0, func(c *call) wasm.Value { return wasm.F64(float64(c.now())) }},
	"_emscripten_get_now_is_monotonic": {0, 0, func(*call) wasm.Value { return wasm.I32(1) }},
	"clock_time_get":                   {3, 4, clockTimeGet},
	"_gmtime_js":                       {2, 3, gmtime},
	"_localtime_js":                    {2, 3, localtime},
	"_mktime_js":                       {1, 1, mktime},
	"_tzset_js":                        {4, 4, tzset},
	"strftime":                         {4, 4, strftime},
	"strftime_l":                       {5, 5, strftime},

	"exit":               {1, 1, exit},
	"proc_exit":          {1, 1, exit},
	"_abort_js":          {0, 0, abort},
	"abort":              {0, 0, abort},
	"_emscripten_system": {1, 1, system},

	"environ_get":       {2, 2, func(*call) wasm.Value { return wasi(0) }},
	"environ_sizes_get": {2, 2, environSizes},

	"fd_close":      {1, 1, fdClose},
	"fd_read":       {4, 4, fdRead},
	"fd_write":      {4, 4, fdWrite},
	"fd_seek":       {4, 5, fdSeek},
	"fd_sync":       {1, 1, fdSync},
	"fd_fdstat_get": {2, 2, fdStat},

	"__syscall_openat":      {4, 4, openat},
	"__syscall_unlinkat":    {3, 3, unlinkat},
	"__syscall_rmdir":       {1, 1, rmdir},
	"__syscall_mkdirat":     {3, 3, mkdirat},
	"__syscall_renameat":    {4, 4, renameat},
	"__syscall_readlinkat":  {4, 4, readlinkat},
	"__syscall_dup3":        {3, 3, dup3},
	"__syscall_fcntl64":     {3, 3, fcntl},
	"__syscall_ioctl":       {3, 3, ioctl},
	"__syscall_ftruncate64": {2, 3, ftruncate},
	"__syscall_getcwd":      {2, 2, getcwd},
	"__syscall_faccessat":   {4, 4, faccessat},
}

func exit(c *call) wasm.Value {
	c.err = &Exit{c.int(0)}
	return wasm.Value{}
}

func abort(c *call) wasm.Value {
	c.err = fail.New(fail.Failed, "emscripten.Abort", "Aborted(native code called abort())")
	return wasm.Value{}
}

// system says that there is no command processor.
func system(c *call) wasm.Value {
	if c.pointer(0) == 0 {
		return wasm.I32(0)
	}
	return syscall(0, errNoSys)
}

// environSizes says how large the environment is, of which ao-loader shows
// nothing.
func environSizes(c *call) wasm.Value {
	c.setSize(c.pointer(0), 0)
	c.setSize(c.pointer(1), 0)
	return wasi(0)
}

// clockTimeGet answers in nanoseconds.
func clockTimeGet(c *call) wasm.Value {
	at := c.args[len(c.args)-1].Uint()
	c.setI64(at, c.now()*int64(time.Millisecond))
	return wasi(0)
}
