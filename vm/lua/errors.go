package lua

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"
)

// Error is an error of a Lua program. [VM.Call] and [VM.Load] return it inside
// a [*fail.Error]: of kind Failed when the program raised it, Invalid when the
// source does not compile, Exhausted when a limit was hit. Use [errors.As].
type Error struct {
	// Value is the error value: what pcall would return. In the Luerl dialect
	// it is always a string.
	Value Value
	// Reason is the reference's name of the error in the Luerl dialect
	// (badarith, badarg, illegal_index, undefined_function, error_call, ...),
	// Where its first operand (operator or function) and Args its values. A
	// device can rebuild the reference's error term from them.
	Reason string
	Where  string
	Args   []Value
	// Chunk and Line say where it happened; Line is 0 when unknown.
	Chunk string
	Line  int
	// Trace lists the active functions, innermost first, at most 32.
	Trace []TracePoint
	// Limit names the limit that was hit: "fuel", "memory", "depth", "size" or
	// "cancelled"; empty for other errors.
	Limit string
	// Fatal marks errors that pcall does not catch: limits, and in the Luerl
	// dialect what would crash the reference's host.
	Fatal bool

	text string
	set  bool // Value holds the error value
}

// TracePoint is one active function of a trace.
type TracePoint struct {
	Function string // its name in the source, "" when it has none
	Chunk    string
	Line     int
}

// Error returns the position and the message.
func (e *Error) Error() string {
	msg := e.text
	if s, ok := e.Value.AsString(); ok {
		msg = s
	} else if msg == "" {
		msg = "error object is a " + e.Value.TypeName() + " value"
	}
	if e.Line == 0 || strings.HasPrefix(msg, e.Chunk+":") {
		return msg
	}
	return fmt.Sprintf("%s:%d: %s", e.Chunk, e.Line, msg)
}

// errYield travels up to the resume that began the coroutine.
var errYield = errors.New("yield")

// export wraps an error for a caller outside the package.
func export(op string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		if e.Limit != "" {
			return fail.Wrap(fail.Exhausted, op, e)
		}
		return fail.Wrap(fail.Failed, op, e)
	}
	return fail.Wrap(fail.Internal, op, err)
}

// located fills in where the running function is, and the trace unless a pcall
// is going to catch the error.
func (vm *VM) located(e *Error) *Error {
	th := vm.cur
	caught := false
	for i := len(th.frames) - 1; i >= 0; i-- {
		fr := &th.frames[i]
		if fr.fn == nil {
			if caught = fr.kind != frameYield && !e.Fatal; caught {
				break
			}
			continue
		}
		if e.Line == 0 && fr.pc > 0 {
			e.Chunk, e.Line = fr.fn.proto.chunk.shown, int(fr.fn.proto.lines[fr.pc-1])
		}
	}
	if !caught {
		e.Trace = vm.trace()
	}
	return e
}

const maxTrace = 32

// trace lists the active functions of the running thread, innermost first.
func (vm *VM) trace() []TracePoint {
	var points []TracePoint
	frames := vm.cur.frames
	for i := len(frames) - 1; i >= 0 && len(points) < maxTrace; i-- {
		if fr := &frames[i]; fr.fn != nil {
			p := fr.fn.proto
			points = append(points, TracePoint{Function: p.name, Chunk: p.chunk.shown, Line: int(p.lines[max(fr.pc-1, 0)])})
		}
	}
	return points
}

// position returns "chunk:line: " of the Lua function at a level: 1 is the one
// that is running now.
func (vm *VM) position(level int) string {
	th := vm.cur
	for i := len(th.frames) - 1; i >= 0; i-- {
		fr := &th.frames[i]
		if level--; level > 0 {
			continue
		}
		if fr.fn == nil {
			return ""
		}
		p := fr.fn.proto
		return p.chunk.shown + ":" + strconv.Itoa(int(p.lines[max(fr.pc-1, 0)])) + ": "
	}
	return ""
}

// errorf returns a runtime error with a message; standard Lua prefixes the
// position.
func (vm *VM) errorf(format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	if vm.dialect == Standard {
		msg = vm.position(1) + msg
	}
	return vm.located(&Error{Reason: "error_message", text: msg, Value: String(msg), set: true})
}

// limitErr returns the error of a limit that was hit.
func (vm *VM) limitErr(limit, format string, args ...any) error {
	msg := fmt.Sprintf(format, args...)
	return vm.located(&Error{Reason: "limit", Where: limit, text: msg, Value: String(msg), set: true, Limit: limit, Fatal: true})
}

// luerlErr returns an error of the Luerl dialect.
func (vm *VM) luerlErr(reason, where string, args ...Value) error {
	return vm.located(&Error{Reason: reason, Where: where, Args: append([]Value(nil), args...)})
}

// hostFault returns an error of the reference's host, which pcall does not
// catch: name is the class of the host's exception.
func (vm *VM) hostFault(name string) error {
	return vm.located(&Error{Reason: "host", Where: name, text: "host error: " + name, Value: String(name), set: true, Fatal: true})
}

// value returns what pcall gives for the error.
func (vm *VM) errorValue(e *Error) Value {
	if !e.set {
		e.Value, e.set = vm.String(vm.luerlText(e)), true
	}
	return e.Value
}

// luerlText words an error as the reference does (spec 03, 14.5.8).
func (vm *VM) luerlText(e *Error) string {
	args := vm.formatValues(e.Args)
	switch e.Reason {
	case "badarg":
		return "bad argument " + args + " to '" + e.Where + "'"
	case "badarith":
		return "bad arithmetic '" + e.Where + "' on " + args
	case "illegal_index":
		if len(e.Args) == 2 {
			return "invalid index in " + vm.formatValue(e.Args[0]) + ": " + vm.formatValue(e.Args[1])
		}
		return "invalid index in '" + e.Where + "': " + args
	case "illegal_value":
		return "invalid value in '" + e.Where + "': " + args
	case "illegal_comp":
		return "illegal comparison in " + e.Where
	case "undefined_function":
		return "undefined function " + args
	case "undefined_method":
		return "undefined method " + vm.formatValue(e.Args[1]) + " in " + vm.formatValue(e.Args[0])
	case "invalid_pattern", "invalid_capture":
		return "malformed pattern"
	case "invalid_char_class":
		return "malformed pattern (class " + e.Where + ")"
	case "invalid_char_set":
		return "malformed pattern (missing ']')"
	case "illegal_op":
		return "illegal op: '" + e.Where + "'"
	case "no_module":
		return "module '" + e.Where + "' not found"
	case "assert_error":
		if s, ok := e.Args[0].AsString(); ok {
			return s + "!"
		}
		return "error object is a " + e.Args[0].TypeName() + "!"
	case "error_call":
		if len(e.Args) == 0 {
			return "nil"
		}
		return vm.rawText(e.Args[0])
	}
	return e.Reason + "!"
}

func (vm *VM) formatValues(vs []Value) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = vm.formatValue(v)
	}
	return strings.Join(parts, ",")
}

// formatValue prints a value inside an error text of the Luerl dialect.
func (vm *VM) formatValue(v Value) string {
	switch v.Kind() {
	case KindString:
		return "'" + v.str() + "'"
	case KindTable:
		return "table"
	case KindFunction:
		return "function"
	case KindHost:
		name := v.host().name
		return name[strings.LastIndexAny(name, ".:")+1:]
	}
	return vm.rawText(v)
}

// compileError turns an error of the source into an [*Error].
func (vm *VM) compileError(err error) *Error {
	var s *syntax.Error
	if !errors.As(err, &s) {
		return &Error{text: err.Error(), Value: String(err.Error()), set: true}
	}
	msg := s.Msg
	if vm.dialect == Standard {
		msg = s.Error()
	}
	return &Error{Reason: "syntax", text: msg, Value: vm.String(msg), set: true, Chunk: s.Chunk, Line: s.Line}
}
