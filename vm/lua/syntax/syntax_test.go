package syntax

import (
	"strings"
	"testing"
)

func TestNesting(t *testing.T) {
	for name, src := range map[string]string{
		"parentheses": "x = " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300),
		"blocks":      strings.Repeat("do ", 300) + strings.Repeat("end ", 300),
		"functions":   "x = " + strings.Repeat("function() return ", 300) + "1" + strings.Repeat(" end", 300),
		"tables":      "x = " + strings.Repeat("{", 300) + strings.Repeat("}", 300),
		"unary":       "x = " + strings.Repeat("not ", 300) + "1",
		"power":       "x = " + strings.Repeat("1^", 300) + "1",
		"concat":      "x = " + strings.Repeat("a..", 300) + "1",
		"sum":         "x = " + strings.Repeat("1+", 60_000) + "1",
		"calls":       "x = f" + strings.Repeat("()", 60_000),
		"fields":      "x = a" + strings.Repeat(".b", 60_000),
		"locals":      strings.Repeat("local a ", 201),
		"numeral":     "x = " + strings.Repeat("9", MaxNumeral+1) + ".5",
	} {
		for _, d := range []Dialect{Standard, Luerl} {
			if _, err := Parse(src, "t", d); err == nil && !(name == "numeral" && d == Standard) {
				t.Errorf("%s: no error", name)
			}
		}
	}
	if _, err := Parse(strings.Repeat("x = x + 1 ", 20_000), "t", Standard); err != nil {
		t.Error(err)
	}
}

func TestErrorTexts(t *testing.T) {
	for src, want := range map[string][2]string{
		"x = ":            {"t:1: unexpected symbol near <eof>", "t:1: syntax error before: "},
		"x = = 1":         {"t:1: unexpected symbol near '='", "t:1: syntax error before: '='"},
		"\n\nif x":        {"t:3: 'then' expected near <eof>", "t:3: syntax error before: "},
		"for i = 1 do":    {"t:1: ',' expected near 'do'", "t:1: illegal for"},
		"x":               {"t:1: syntax error near <eof>", "t:1: illegal call"},
		"x = 'a":          {"t:1: unfinished string near <eof>", "t:1: illegal string"},
		"x = \"\\q\"":     {"t:1: invalid escape sequence near '\"\\q'", "t:1: illegal string"},
		"if x then\n\ny(": {"t:3: unexpected symbol near <eof>", "t:3: syntax error before: "},
		"f(\n1":           {"t:2: ')' expected (to close '(' at line 1) near <eof>", "t:2: syntax error before: "},
	} {
		for i, d := range []Dialect{Standard, Luerl} {
			_, err := Parse(src, "t", d)
			if err == nil || strings.ReplaceAll(err.Error(), "'<eof>'", "<eof>") != want[i] {
				t.Errorf("%q: %v, want %s", src, err, want[i])
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"local a <const> = 1", "return ...", "goto a ::a::", "x = [==[ long ]==]", "--[[ c ]] f{1, a = 2; [3] = 4}", "a.b.c:d 'x' \"y\\u{48}\\x41\\z  \""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, d := range []Dialect{Standard, Luerl} {
			fn, err := Parse(src, "fuzz", d)
			if (fn == nil) == (err == nil) {
				t.Fatalf("%v and %v", fn, err)
			}
		}
	})
}
