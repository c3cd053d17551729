package emscripten

import (
	"fmt"
	"strconv"
	"strings"
)

// tm is a time in fields, as C has it, except that the year is that of the
// calendar.
type tm struct {
	sec, min, hour, day, month, year, weekday, yearDay, offset int
	zone                                                       string
}

var (
	weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	months   = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// composed are conversions that stand for others.
var composed = map[byte]string{
	'c': "%a %b %d %H:%M:%S %Y", 'D': "%m/%d/%y", 'F': "%Y-%m-%d", 'h': "%b", 'r': "%I:%M:%S %p",
	'R': "%H:%M", 'T': "%H:%M:%S", 'x': "%m/%d/%y", 'X': "%H:%M:%S",
}

// format prints a time as strftime does in the locale C.
func (t tm) format(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		// Modifiers for other representations, which the locale does not have.
		if (pattern[i] == 'E' && i+1 < len(pattern) && strings.IndexByte("cCxXyY", pattern[i+1]) >= 0) ||
			(pattern[i] == 'O' && i+1 < len(pattern) && strings.IndexByte("deHImMSuUVwWy", pattern[i+1]) >= 0) {
			i++
		}
		switch {
		case composed[pattern[i]] != "":
			b.WriteString(t.format(composed[pattern[i]]))
		default:
			s, ok := t.convert(pattern[i])
			if !ok {
				s = pattern[i-1 : i+1]
			}
			b.WriteString(s)
		}
	}
	return b.String()
}

// convert prints one field.
func (t tm) convert(c byte) (string, bool) {
	switch c {
	case 'a':
		return name(weekdays[:], t.weekday, 3), true
	case 'A':
		return name(weekdays[:], t.weekday, 0), true
	case 'b':
		return name(months[:], t.month, 3), true
	case 'B':
		return name(months[:], t.month, 0), true
	case 'C':
		return pad(t.year/100, 2, "0"), true
	case 'd':
		return pad(t.day, 2, "0"), true
	case 'e':
		return pad(t.day, 2, " "), true
	case 'H':
		return pad(t.hour, 2, "0"), true
	case 'I':
		return pad((t.hour+11)%12+1, 2, "0"), true
	case 'j':
		return pad(t.day+daysBefore(t.year, t.month), 3, "0"), true
	case 'm':
		return pad(t.month+1, 2, "0"), true
	case 'M':
		return pad(t.min, 2, "0"), true
	case 'n':
		return "\n", true
	case 'p':
		if t.hour >= 0 && t.hour < 12 {
			return "AM", true
		}
		return "PM", true
	case 'S':
		return pad(t.sec, 2, "0"), true
	case 't':
		return "\t", true
	case 'y':
		s := strconv.Itoa(t.year)
		return s[min(2, len(s)):], true
	case 'Y':
		return strconv.Itoa(t.year), true
	case 'z':
		off, sign := t.offset/60, "+"
		if off < 0 {
			off, sign = -off, "-"
		}
		return fmt.Sprintf("%s%04d", sign, off/60*100+off%60), true
	case 'Z':
		return t.zone, true
	case '%':
		return "%", true
	}
	return t.convertWeek(c)
}

// convertWeek prints days and numbers of weeks.
func (t tm) convertWeek(c byte) (string, bool) {
	switch c {
	case 'u':
		return strconv.Itoa((t.weekday+6)%7 + 1), true
	case 'w':
		return strconv.Itoa(t.weekday), true
	case 'U':
		return pad((t.yearDay+7-t.weekday)/7, 2, "0"), true
	case 'W':
		return pad((t.yearDay+7-(t.weekday+6)%7)/7, 2, "0"), true
	case 'V':
		return pad(t.isoWeek(), 2, "0"), true
	case 'G':
		return strconv.Itoa(t.isoYear()), true
	case 'g':
		s := strconv.Itoa(t.isoYear())
		return s[min(2, len(s)):], true
	}
	return "", false
}

// isoWeek returns the number of the week of ISO 8601, as C libraries count it.
func (t tm) isoWeek() int {
	week := (t.yearDay + 7 - (t.weekday+6)%7) / 7
	if (t.weekday+371-t.yearDay-2)%7 <= 2 {
		week++
	}
	switch week {
	case 0:
		week = 52
		if dec31 := (t.weekday + 7 - t.yearDay - 1) % 7; dec31 == 4 || dec31 == 5 && leap((t.year-1900)%400-1) {
			week++
		}
	case 53:
		if jan1 := (t.weekday + 371 - t.yearDay) % 7; jan1 != 4 && (jan1 != 3 || !leap(t.year-1900)) {
			week = 1
		}
	}
	return week
}

// isoYear returns the year that the week of ISO 8601 belongs to: that of its
// Thursday.
func (t tm) isoYear() int {
	switch thursday := t.yearDay + 3 - (t.weekday+6)%7; {
	case thursday < 0:
		return t.year - 1
	case thursday >= daysBefore(t.year, 12):
		return t.year + 1
	}
	return t.year
}

func leap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

// daysBefore returns the days of a year before a month, 0 for January.
func daysBefore(year, month int) int {
	n := 0
	for m := 0; m < month && m < 12; m++ {
		n += [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[m]
		if m == 1 && leap(year) {
			n++
		}
	}
	return n
}

// name returns the name at i, cut to n letters unless n is 0.
func name(names []string, i, n int) string {
	if i < 0 || i >= len(names) {
		return "undefined"
	}
	if n == 0 {
		return names[i]
	}
	return names[i][:n]
}

func pad(v, width int, with string) string {
	s := strconv.Itoa(v)
	return strings.Repeat(with, max(0, width-len(s))) + s
}
