#include "textflag.h"

// STEP adds word i of x times y, and the high word of the step before (in),
// to word i of z. The product chain carries in CF, the sum chain in OF, so that
// neither waits for the other.
#define STEP(i, in, out) \
	MULXQ i(SI), AX, out \
	ADCXQ in, AX \
	ADOXQ i(DI), AX \
	MOVQ  AX, i(DI)

// func addMulBlocks(z, x *uint64, blocks int, y uint64) (carry uint64)
TEXT ·addMulBlocks(SB), NOSPLIT, $0-40
	MOVQ z+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ y+24(FP), DX
	XORQ R8, R8

loop:
	XORQ BX, BX // clears both carries
	STEP(0, R8, R9)
	STEP(8, R9, R8)
	STEP(16, R8, R9)
	STEP(24, R9, R8)
	STEP(32, R8, R9)
	STEP(40, R9, R8)
	STEP(48, R8, R9)
	STEP(56, R9, R8)
	ADCXQ BX, R8
	ADOXQ BX, R8
	ADDQ  $64, SI
	ADDQ  $64, DI
	DECQ  CX
	JNZ   loop

	MOVQ R8, carry+32(FP)
	RET
