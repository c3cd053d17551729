package message

import (
	"math/big"
	"strconv"
)

// Value is a value of AO-Core: [Binary], [Int], [*Big], [Float], [Atom],
// [*List], [*Message], [Link], [*As] or [*Resolve]. The set is closed.
type Value interface{ value() }

// Binary is a byte string.
type Binary string

// Int is an integer that fits 64 bits. [Integer] chooses between Int and *Big.
type Int int64

// Big is an integer outside the range of [Int]. Make it with [Integer]; its
// number must not be changed.
type Big struct{ n *big.Int }

// Float is an IEEE-754 double.
type Float float64

// Atom is a symbol, identified by its name.
type Atom string

// Atoms with a meaning of their own in the engine and in devices.
const (
	True      Atom = "true"
	False     Atom = "false"
	Null      Atom = "null"
	Undefined Atom = "undefined"
	Unset     Atom = "unset"
	NotFound  Atom = "not_found"
)

// Link refers to a message by its ID. On the wire it is the key "NAME+link"
// with the ID as value (spec 01, 2.7).
type Link struct {
	ID string // 43 characters, or whatever a peer wrote in its place
}

// As is a message to be seen through another device, written "~device" in
// paths (spec 02, 6.4).
type As struct {
	Device  Value // Binary, or *Resolve for "~(path)"
	Message Value // *Message, Binary (an ID or a path) or Link
}

// Resolve is a sequence of messages that stands for its result, written
// "(path)" in paths (spec 02, 6.4).
type Resolve struct {
	Steps []Value
}

func (Binary) value()   {}
func (Int) value()      {}
func (*Big) value()     {}
func (Float) value()    {}
func (Atom) value()     {}
func (*List) value()    {}
func (*Message) value() {}
func (Link) value()     {}
func (*As) value()      {}
func (*Resolve) value() {}

// Bool returns the atom true or false.
func Bool(b bool) Atom {
	if b {
		return True
	}
	return False
}

// Integer returns n as an [Int] when it fits and as a [*Big] otherwise. It
// keeps no reference to n.
func Integer(n *big.Int) Value {
	if n.IsInt64() {
		return Int(n.Int64())
	}
	return &Big{new(big.Int).Set(n)}
}

// Int returns a copy of the number.
func (b *Big) Int() *big.Int { return new(big.Int).Set(b.n) }

// String returns the decimal text.
func (b *Big) String() string { return b.n.String() }

// String returns the decimal text.
func (i Int) String() string { return strconv.FormatInt(int64(i), 10) }
