package lua

import (
	"math"
	"strings"
	"time"
)

func luerlOS() []libFunction {
	refuse := func(c *Call) error { return c.vm.luerlErr("error_message", "not permitted") }
	return []libFunction{
		{"clock", osClock}, {"date", luerlDate}, {"difftime", luerlDiffTime}, {"execute", refuse}, {"exit", refuse},
		{"getenv", osGetenv}, {"remove", refuse}, {"rename", refuse}, {"time", luerlTime}, {"tmpname", refuse},
	}
}

func luerlTime(c *Call) error {
	if len(c.args) == 1 && c.args[0].Kind() == KindTable {
		return c.vm.hostFault("undef")
	}
	return c.push(Float(float64(c.vm.clock().UnixMicro()) / 1e6))
}

func luerlDiffTime(c *Call) error {
	a, okb := c.Arg(0), c.Arg(1).isNumber()
	if len(c.args) < 2 {
		return c.badarg("difftime")
	}
	if !a.isNumber() || !okb {
		return c.vm.hostFault("badarith")
	}
	v, _ := c.vm.arith(opSub, a, c.args[1])
	return c.push(v)
}

// luerlDate replaces each conversion everywhere in turn, in the reference's
// order; unknown ones stay.
func luerlDate(c *Call) error {
	format, at := "%c", c.vm.clock().UTC()
	if len(c.args) > 0 {
		s, ok := c.args[0].AsString()
		if !ok || len(c.args) > 2 {
			return c.badarg("date")
		}
		format = s
	}
	if len(c.args) == 2 {
		f, ok := toFloat(c.args[1])
		if !c.args[1].isNumber() || !ok || math.Abs(f) > 1<<45 {
			return c.badarg("date")
		}
		at = time.Unix(int64(math.Round(f)), 0).UTC()
	}
	if format == "*t" {
		t := c.vm.newTable(0, 7)
		c.vm.dateFields(t, at)
		c.vm.SetField(t, "yday", Value{})
		c.vm.SetField(t, "isdst", Value{})
		return c.push(t.Value())
	}
	for _, verb := range []byte("AaBbcDdeFHIMmnPpSTtuVWwXxYyZ%") {
		text := ""
		switch verb {
		case 'P':
			text = strings.ToLower(at.Format("PM"))
		case 'W':
			text, _ = dateField(at, 'V')
		case 'Z':
		default:
			text, _ = dateField(at, verb)
		}
		format = strings.ReplaceAll(format, "%"+string(verb), text)
		if err := c.vm.alloc(int64(len(format))); err != nil {
			return err
		}
	}
	c.PushString(format)
	return nil
}
