package lua

import (
	"fmt"
	"strings"
	"time"
)

func osFunctions() []libFunction {
	return []libFunction{{"clock", osClock}, {"date", osDate}, {"difftime", osDiffTime}, {"time", osTime}, {"getenv", osGetenv}}
}

func osGetenv(c *Call) error { return c.push(Value{}) }

// osClock is the machine's clock in seconds: processor time would differ from
// node to node.
func osClock(c *Call) error {
	return c.push(Float(float64(c.vm.clock().UnixNano()) / 1e9))
}

func osDiffTime(c *Call) error {
	a, err := c.float(0)
	if err != nil {
		return err
	}
	b, err := c.float(1)
	if err != nil {
		return err
	}
	return c.push(Float(a - b))
}

func osTime(c *Call) error {
	if c.Arg(0).isNil() {
		return c.push(Int(c.vm.clock().Unix()))
	}
	t, err := c.table(0)
	if err != nil {
		return err
	}
	var f [6]int64
	for i, name := range []string{"year", "month", "day", "hour", "min", "sec"} {
		v := c.vm.GetField(t, name)
		n, ok := c.vm.toInt(v)
		switch {
		case ok && n > -1<<31 && n < 1<<31:
			f[i] = n
		case !v.isNil():
			return c.Raisef("field '%s' is not an integer", name)
		case i == 3:
			f[i] = 12
		case i < 3:
			return c.Raisef("field '%s' missing in date table", name)
		}
	}
	d := time.Date(int(f[0]), time.Month(f[1]), int(f[2]), int(f[3]), int(f[4]), int(f[5]), 0, time.UTC)
	c.vm.dateFields(t, d)
	return c.push(Int(d.Unix()))
}

func (vm *VM) dateFields(t *Table, d time.Time) {
	vm.SetField(t, "year", Int(int64(d.Year())))
	vm.SetField(t, "month", Int(int64(d.Month())))
	vm.SetField(t, "day", Int(int64(d.Day())))
	vm.SetField(t, "hour", Int(int64(d.Hour())))
	vm.SetField(t, "min", Int(int64(d.Minute())))
	vm.SetField(t, "sec", Int(int64(d.Second())))
	vm.SetField(t, "wday", Int(int64(d.Weekday())+1))
	vm.SetField(t, "yday", Int(int64(d.YearDay())))
	vm.SetField(t, "isdst", Bool(false))
}

// osDate formats a time in UTC, whatever the host's zone is.
func osDate(c *Call) error {
	format := "%c"
	var err error
	if !c.Arg(0).isNil() {
		if format, err = c.str(0); err != nil {
			return err
		}
	}
	d := c.vm.clock().UTC()
	if !c.Arg(1).isNil() {
		n, err := c.int(1)
		if err != nil {
			return err
		}
		if n < -1<<45 || n > 1<<45 {
			return c.argError(1, "time out-of-bounds")
		}
		d = time.Unix(n, 0).UTC()
	}
	format = strings.TrimPrefix(format, "!")
	if strings.HasPrefix(format, "*t") {
		t := c.vm.newTable(0, 9)
		c.vm.dateFields(t, d)
		return c.push(t.Value())
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		if i++; i >= len(format) {
			return c.argError(0, "invalid conversion specifier '%'")
		}
		s, ok := dateField(d, format[i])
		if !ok {
			return c.argError(0, "invalid conversion specifier '%"+format[i:i+1]+"'")
		}
		b.WriteString(s)
	}
	c.PushString(b.String())
	return c.Spend(int64(b.Len()))
}

// dateField formats one conversion of strftime in the C locale.
func dateField(d time.Time, verb byte) (string, bool) {
	layouts := map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'h': "Jan", 'c': "Mon Jan _2 15:04:05 2006",
		'd': "02", 'D': "01/02/06", 'e': "_2", 'F': "2006-01-02", 'H': "15", 'I': "03", 'm': "01", 'M': "04",
		'p': "PM", 'r': "03:04:05 PM", 'R': "15:04", 'S': "05", 'T': "15:04:05", 'x': "01/02/06", 'X': "15:04:05",
		'y': "06", 'Y': "2006",
	}
	if l, ok := layouts[verb]; ok {
		return d.Format(l), true
	}
	year, week := d.ISOWeek()
	switch verb {
	case '%':
		return "%", true
	case 'n':
		return "\n", true
	case 't':
		return "\t", true
	case 'C':
		return fmt.Sprintf("%02d", d.Year()/100), true
	case 'g':
		return fmt.Sprintf("%02d", year%100), true
	case 'G':
		return fmt.Sprint(year), true
	case 'j':
		return fmt.Sprintf("%03d", d.YearDay()), true
	case 's':
		return fmt.Sprint(d.Unix()), true
	case 'u':
		return fmt.Sprint((int(d.Weekday())+6)%7 + 1), true
	case 'U':
		return fmt.Sprintf("%02d", (d.YearDay()+6-int(d.Weekday()))/7), true
	case 'V':
		return fmt.Sprintf("%02d", week), true
	case 'w':
		return fmt.Sprint(int(d.Weekday())), true
	case 'W':
		return fmt.Sprintf("%02d", (d.YearDay()+6-(int(d.Weekday())+6)%7)/7), true
	case 'z':
		return "+0000", true
	case 'Z':
		return "UTC", true
	}
	return "", false
}

func ioWrite(c *Call) error {
	var b strings.Builder
	for i := range c.args {
		s, err := c.str(i)
		if err != nil {
			return err
		}
		if c.args[i].isFloat() {
			s = spec{prec: 14, verb: 'g'}.float(c.args[i].float())
		}
		b.WriteString(s)
	}
	c.vm.print(b.String())
	return c.Spend(int64(b.Len()) >> 4)
}
