package rewrite

import "github.com/hyperbeam-go/hyperbeam/fail"

// Opcodes that are looked at.
const (
	opBlock      = 0x02
	opLoop       = 0x03
	opIf         = 0x04
	opTry        = 0x06
	opCatch      = 0x07
	opThrow      = 0x08
	opRethrow    = 0x09
	opThrowRef   = 0x0a
	opEnd        = 0x0b
	opBr         = 0x0c
	opBrIf       = 0x0d
	opBrTable    = 0x0e
	opReturn     = 0x0f
	opCall       = 0x10
	opCallInd    = 0x11
	opRetCall    = 0x12
	opDelegate   = 0x18
	opCatchAll   = 0x19
	opTryTable   = 0x1f
	opLocalGet   = 0x20
	opLocalSet   = 0x21
	opTableSet   = 0x26
	opMemSize    = 0x3f
	opMemGrow    = 0x40
	opI32Const   = 0x41
	opI64Const   = 0x42
	opF32Const   = 0x43
	opF64Const   = 0x44
	opI32Wrap    = 0xa7
	opBrOnNull   = 0xd5
	opBrOnNonNul = 0xd6
	opPrefixFC   = 0xfc
	opPrefixFD   = 0xfd
)

// Sub-opcodes of the prefix 0xfc.
const (
	fcDataDrop   = 9
	fcMemoryCopy = 10
	fcTableInit  = 12
	fcElemDrop   = 13
	fcTableCopy  = 14
	fcTableGrow  = 15
	fcTableSize  = 16
	fcTableFill  = 17
)

// Kinds of a catch clause.
const (
	clauseCatch       = 0
	clauseCatchRef    = 1
	clauseCatchAll    = 2
	clauseCatchAllRef = 3
)

// instr is an instruction as far as the rewriter needs it: its opcode, the
// sub-opcode after a prefix, one index or depth, and for blocks their type.
type instr struct {
	op    byte
	sub   uint32
	index uint32
	block blockType
}

// blockType is the type of a block: a type index, or at most one result.
type blockType struct {
	index  int64 // -1 when there is no index
	result valType
}

// instr reads one instruction. The targets of br_table and the clauses of
// try_table are left to the caller (it sees op and index, the count).
func (r *reader) instr() instr {
	in := instr{op: r.byte()}
	switch op := in.op; {
	case op == opBlock || op == opLoop || op == opIf || op == opTry || op == opTryTable:
		in.block = r.blockType()
		if op == opTryTable {
			in.index = uint32(r.count())
		}
	case op == opBrTable:
		in.index = uint32(r.count())
	case op <= 0x01 || op == 0x05 || op == opThrowRef || op == opEnd || op == opReturn || op == opCatchAll ||
		op == 0x1a || op == 0x1b || op == 0xd1 || op == 0xd3 || op == 0xd4:
	case op >= opCatch && op <= opRethrow || op == opBr || op == opBrIf || op == opCall || op == opRetCall ||
		op == 0x14 || op == 0x15 || op == opDelegate || op >= 0x20 && op <= opTableSet ||
		op == opMemSize || op == opMemGrow || op == 0xd2 || op == opBrOnNull || op == opBrOnNonNul:
		in.index = r.u32()
	case op == opCallInd || op == 0x13:
		r.u32()
		r.u32()
	case op == 0x1c:
		for n := r.count(); n > 0 && r.err == nil; n-- {
			r.valType()
		}
	case op >= 0x28 && op <= 0x3e:
		r.memarg()
	case op == opI32Const:
		r.int(32)
	case op == opI64Const:
		r.int(64)
	case op == opF32Const:
		r.take(4)
	case op == opF64Const:
		r.take(8)
	case op >= 0x45 && op <= 0xc4:
	case op == 0xd0:
		r.int(33)
	case op == opPrefixFC:
		in.sub = r.u32()
		r.miscImmediates(in.sub)
	case op == opPrefixFD:
		in.sub = r.u32()
		r.vectorImmediates(in.sub)
	default:
		r.fail(fail.Unsupported, "unknown instruction")
	}
	return in
}

func (r *reader) blockType() blockType {
	switch c := r.peek(); {
	case c == 0x40:
		r.byte()
		return blockType{index: -1}
	case c&0xc0 == 0x40:
		return blockType{index: -1, result: r.valType()}
	}
	i := r.int(33)
	if i < 0 {
		r.invalid("malformed block type")
	}
	return blockType{index: i}
}

// memarg reads alignment, an optional memory index, and offset.
func (r *reader) memarg() {
	if r.u32()&0x40 != 0 {
		r.u32()
	}
	r.uint(64)
}

func (r *reader) miscImmediates(sub uint32) {
	switch {
	case sub <= 7:
	case sub == 8 || sub == fcMemoryCopy || sub == fcTableInit || sub == fcTableCopy:
		r.u32()
		r.u32()
	case sub == fcDataDrop || sub == 11 || sub == fcElemDrop || sub >= fcTableGrow && sub <= fcTableFill:
		r.u32()
	default:
		r.fail(fail.Unsupported, "unknown instruction")
	}
}

func (r *reader) vectorImmediates(sub uint32) {
	switch {
	case sub <= 11 || sub == 92 || sub == 93:
		r.memarg()
	case sub == 12 || sub == 13:
		r.take(16)
	case sub >= 21 && sub <= 34:
		r.byte()
	case sub >= 84 && sub <= 91:
		r.memarg()
		r.byte()
	case sub > 0x113:
		r.fail(fail.Unsupported, "unknown instruction")
	}
}
