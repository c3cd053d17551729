package emscripten

import (
	"encoding/binary"
	"time"

	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// The zone of the host is UTC. Fields of struct tm are nine integers of 32 bits,
// then the offset and the name of the zone, each as wide as a pointer.
const (
	tmSec = 4 * iota
	tmMin
	tmHour
	tmDay
	tmMonth
	tmYear
	tmWeekday
	tmYearDay
	tmDST
)

// offsetOfZone returns where struct tm has the offset of the zone.
func (c *call) offsetOfZone() uint64 {
	if c.Memory64 {
		return 40
	}
	return 36
}

// maxTime is the last second that a JavaScript Date can show.
const maxTime = 8_640_000_000_000

// setTM writes the fields of a time that all variants write.
func (c *call) setTM(at uint64, t time.Time) {
	for _, f := range [...]struct {
		offset uint64
		v      int
	}{{tmSec, t.Second()}, {tmMin, t.Minute()}, {tmHour, t.Hour()}, {tmDay, t.Day()}, {tmMonth, int(t.Month()) - 1},
		{tmYear, t.Year() - 1900}, {tmWeekday, int(t.Weekday())}, {tmYearDay, t.YearDay() - 1}} {
		c.setI32(at+f.offset, int32(f.v))
	}
}

// setTime writes a time in seconds; one that no Date can show gives zeros.
func (c *call) setTime(seconds int64, at uint64) {
	if seconds < -maxTime || seconds > maxTime {
		c.write(at, make([]byte, tmDST))
		c.setI32(at+tmYear, 0)
		return
	}
	c.setTM(at, time.Unix(seconds, 0).UTC())
}

func gmtime(c *call) wasm.Value {
	seconds, next := c.wide(0)
	c.setTime(seconds, c.pointer(next))
	return wasm.Value{}
}

func localtime(c *call) wasm.Value {
	seconds, next := c.wide(0)
	at := c.pointer(next)
	c.setTime(seconds, at)
	c.setSize(at+c.offsetOfZone(), 0)
	c.setI32(at+tmDST, 0)
	return wasm.Value{}
}

// mktime normalises the fields and returns the seconds.
func mktime(c *call) wasm.Value {
	at := c.pointer(0)
	year := int(c.i32(at+tmYear)) + 1900
	if year >= 0 && year <= 99 {
		year += 1900 // as the constructor of a JavaScript Date
	}
	t := time.Date(year, time.Month(int(c.i32(at+tmMonth))+1), int(c.i32(at+tmDay)), int(c.i32(at+tmHour)), int(c.i32(at+tmMin)), int(c.i32(at+tmSec)), 0, time.UTC)
	seconds := t.Unix()
	if c.i32(at+tmDST) < 0 { // the caller does not know; there is no summer time
		c.setI32(at+tmDST, 0)
	}
	if seconds < -maxTime || seconds > maxTime {
		return c.pointerSized(-1)
	}
	c.setTM(at, t)
	return c.pointerSized(seconds)
}

// pointerSized returns a result as wide as a pointer.
func (c *call) pointerSized(v int64) wasm.Value {
	if c.Memory64 {
		return wasm.I64(v)
	}
	return wasm.I32(int32(v))
}

func tzset(c *call) wasm.Value {
	c.setSize(c.pointer(0), 0)
	c.setI32(c.pointer(1), 0)
	for i := 2; i < 4; i++ {
		c.write(c.pointer(i), []byte("UTC\x00"))
	}
	return wasm.Value{}
}

// readTM reads the fields that formats print.
func (c *call) readTM(at uint64) tm {
	b := c.read(at, 36)
	if c.err != nil {
		return tm{}
	}
	field := func(i int) int { return int(int32(binary.LittleEndian.Uint32(b[i:]))) }
	t := tm{sec: field(tmSec), min: field(tmMin), hour: field(tmHour), day: field(tmDay), month: field(tmMonth),
		year: field(tmYear) + 1900, weekday: field(tmWeekday), yearDay: field(tmYearDay)}
	zone := at + c.offsetOfZone()
	t.offset = int(int64(c.size(zone)))
	if !c.Memory64 {
		t.offset = int(int32(c.size(zone)))
	}
	if name := c.size(zone + c.word()); name != 0 {
		t.zone = c.text(name)
	}
	return t
}

// strftime formats a time into a buffer; a text that does not fit gives 0.
func strftime(c *call) wasm.Value {
	format, t := c.text(c.pointer(2)), c.readTM(c.pointer(3))
	if c.err != nil {
		return c.pointerSized(0)
	}
	text := t.format(format) + "\x00"
	if uint64(len(text)) > c.pointer(1) {
		return c.pointerSized(0)
	}
	c.write(c.pointer(0), []byte(text))
	return c.pointerSized(int64(len(text) - 1))
}
