package doctor

import "fmt"

// Level says how bad a finding is.
type Level uint8

// The levels. A node with a Problem is not safe, or will not work.
const (
	Good Level = iota
	Note
	Warning
	Problem
)

var levels = [...]string{"good", "note", "warning", "problem"}

// String returns the name of the level.
func (l Level) String() string { return levels[min(int(l), len(levels)-1)] }

// MarshalText writes the level by its name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the name of a level.
func (l *Level) UnmarshalText(text []byte) error {
	for i, name := range levels {
		if name == string(text) {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no level of a finding", text)
}

// Finding is what a check found.
type Finding struct {
	Check string `json:"check"` // configuration, exposure, keys, disk, ports, clock, peers or node
	Level Level  `json:"level"`
	Text  string `json:"finding"`
	Do    string `json:"do,omitempty"` // what to do about it
}

// Report is the outcome of an examination.
type Report struct {
	Findings []Finding `json:"findings"`
}

// Worst returns the highest level of the findings.
func (r Report) Worst() Level {
	worst := Good
	for _, f := range r.Findings {
		worst = max(worst, f.Level)
	}
	return worst
}

// Count returns how many findings have a level.
func (r Report) Count(l Level) int {
	n := 0
	for _, f := range r.Findings {
		if f.Level == l {
			n++
		}
	}
	return n
}

// findings collects what one check finds.
type findings struct {
	check string
	list  []Finding
}

func (f *findings) good(format string, args ...any) {
	f.list = append(f.list, Finding{f.check, Good, fmt.Sprintf(format, args...), ""})
}

func (f *findings) add(l Level, do, format string, args ...any) {
	f.list = append(f.list, Finding{f.check, l, fmt.Sprintf(format, args...), do})
}

// orGood notes that all is well unless something was found.
func (f *findings) orGood(format string, args ...any) []Finding {
	for _, x := range f.list {
		if x.Level > Note {
			return f.list
		}
	}
	f.good(format, args...)
	return f.list
}
