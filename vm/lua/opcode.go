package lua

// instr is one instruction: operation in bits 0-7, register operands A, B and
// C of 8 bits each above it, and a signed 32-bit operand D in the upper half.
type instr uint64

type opcode uint8

// R is a register, K a constant, U an upvalue; "top" is the end of the last
// open list of values. Conditional jumps carry target<<1 | expected in D.
const (
	opMove     opcode = iota // R[A] = R[B]
	opLoadK                  // R[A] = K[D]
	opLoadNil                // R[A..A+B] = nil
	opLoadBool               // R[A] = B != 0
	opGetUp                  // R[A] = U[B]
	opSetUp                  // U[B] = R[A]
	opGetCell                // R[A] = content of cell R[B]
	opSetCell                // content of cell R[A] = R[B]
	opNewCell                // R[A] = new cell with R[A]
	opGetTabUp               // R[A] = U[B][K[D]], a string
	opSetTabUp               // U[B][K[D]] = R[A]
	opGetIndex               // R[A] = R[B][R[C]]
	opGetField               // R[A] = R[B][K[D]], a string
	opGetInt                 // R[A] = R[B][D]
	opSetIndex               // R[A][R[B]] = R[C]
	opSetField               // R[A][K[D]] = R[C]
	opSetInt                 // R[A][D] = R[C]
	opSelf                   // R[A+1] = R[B]; R[A] = R[B][K[D]]
	opAdd                    // R[A] = R[B] + R[C], and so on
	opSub
	opMul
	opDiv
	opMod
	opIDiv
	opPow
	opBAnd
	opBOr
	opBXor
	opShl
	opShr
	opAddK // R[A] = R[B] + K[D], and so on
	opSubK
	opMulK
	opDivK
	opModK
	opIDivK
	opPowK
	opUnm      // R[A] = -R[B]
	opNot      // R[A] = not R[B]
	opLen      // R[A] = #R[B]
	opBNot     // R[A] = ~R[B]
	opConcat   // R[A] = R[B] .. ... .. R[B+C-1]
	opJmp      // pc = D
	opJmpTrue  // if R[A] then pc = D
	opJmpFalse // if not R[A] then pc = D
	opEq       // if (R[A] == R[B]) == expected then pc = target
	opLt       // R[A] < R[B]
	opLe       // R[A] <= R[B]
	opEqK      // R[A] == K[B | C<<8]
	opLtK      // R[A] < K
	opLeK      // R[A] <= K
	opGtK      // R[A] > K
	opGeK      // R[A] >= K
	opCall     // R[A..] = R[A](R[A+1..A+B-1]); B 0: up to top; C-1 results, C 0: up to top
	opTailCall // return R[A](R[A+1..A+B-1])
	opReturn   // return R[A..A+B-2]; B 0: up to top
	opReturn0  // return
	opReturn1  // return R[A]
	opVararg   // R[A..A+C-2] = ...; C 0: up to top
	opClosure  // R[A] = closure of proto D
	opNewTable // R[A] = {}; D: size hints, array | hash<<16
	opSetList  // R[A][D+i] = R[A+i], i = 1..B; B 0: up to top
	opForPrep  // prepare R[A..A+2]; to D when the loop does not run
	opForLoop  // advance; to D while the loop goes on
	opTForCall // R[A+3..A+2+C] = R[A](R[A+1], R[A+2])
	opTForLoop // if R[A+3] is there then R[A+2] = R[A+3], pc = D
)

func mk(op opcode, a, b, c int, d int) instr {
	return instr(op) | instr(uint8(a))<<8 | instr(uint8(b))<<16 | instr(uint8(c))<<24 | instr(uint32(int32(d)))<<32
}

func (i instr) op() opcode { return opcode(i) }
func (i instr) a() uint8   { return uint8(i >> 8) }
func (i instr) b() uint8   { return uint8(i >> 16) }
func (i instr) c() uint8   { return uint8(i >> 24) }
func (i instr) d() int     { return int(int32(i >> 32)) }

// opName gives the operator that an arithmetic instruction stands for.
var opName = [...]string{
	opAdd: "+", opSub: "-", opMul: "*", opDiv: "/", opMod: "%", opIDiv: "//", opPow: "^",
	opBAnd: "&", opBOr: "|", opBXor: "~", opShl: "<<", opShr: ">>",
	opUnm: "-", opNot: "not", opLen: "#", opBNot: "~", opConcat: "..",
	opEq: "==", opLt: "<", opLe: "<=",
}
