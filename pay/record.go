package pay

import (
	"encoding/binary"
	"hash/crc32"
	"math/big"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// kind is what a record changes.
type kind byte

const (
	kindCredit   kind = iota + 1 // ref, account, amount: a top-up
	kindOpen                     // account, amount: an account begins with it
	kindCharge                   // ref, account, amount: taken without a hold
	kindHold                     // seq, at, ledger, account, ref, amount, prepaid
	kindSettle                   // seq, amount: the hold becomes a charge
	kindRelease                  // seq: the hold ends
	kindBill                     // seq, ref: what charges another ledger
	kindLost                     // seq, at: settled after a crash, with a voucher
	kindAnswered                 // seq: the answer of a request that was paid has been sent
	// What follows is written at the head of a journal only.
	kindBalance // account, amount
	kindTotals  // seq (of the next hold), amount (credited), prepaid (charged)
	kindApplied // ref
	kindVoucher // at, ledger, account, ref, amount
	kindSettled // seq, at, ledger, account, ref, amount: paid, and not answered yet
	kindEnd
)

// record is one change. Fields that its kind does not use are zero.
type record struct {
	kind                 kind
	seq, at              uint64
	ledger, account, ref string
	amount, prepaid      *big.Int
}

// Frame of a record: length and CRC-32C of what follows, both 32 bits, little
// endian.
const (
	frameSize = 8
	maxRecord = 16 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// append appends the framed record.
func (r record) append(b []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, frameSize)...)
	b = append(b, byte(r.kind))
	b = binary.AppendUvarint(b, r.seq)
	b = binary.AppendUvarint(b, r.at)
	for _, s := range [...]string{r.ledger, r.account, r.ref} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, n := range [...]*big.Int{r.amount, r.prepaid} {
		var raw []byte
		if n != nil {
			raw = n.Bytes()
		}
		b = binary.AppendUvarint(b, uint64(len(raw)))
		b = append(b, raw...)
	}
	body := b[start+frameSize:]
	binary.LittleEndian.PutUint32(b[start:], uint32(len(body)))
	binary.LittleEndian.PutUint32(b[start+4:], crc32.Checksum(body, castagnoli))
	return b
}

// cut returns the first record of b and what follows it.
//
// Errors: [fail.Invalid] when b does not begin with a whole, undamaged record.
func cut(b []byte) (r record, rest []byte, err error) {
	damaged := fail.New(fail.Invalid, "pay.Record", "the journal ends in the middle of a record")
	if len(b) < frameSize {
		return r, b, damaged
	}
	n := binary.LittleEndian.Uint32(b)
	if n > maxRecord || uint64(len(b)) < frameSize+uint64(n) {
		return r, b, damaged
	}
	body := b[frameSize : frameSize+n]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return r, b, fail.New(fail.Invalid, "pay.Record", "a record of the journal is damaged")
	}
	r, ok := parse(body)
	if !ok {
		return r, b, fail.New(fail.Invalid, "pay.Record", "a record of the journal makes no sense")
	}
	return r, b[frameSize+n:], nil
}

func parse(b []byte) (r record, ok bool) {
	if len(b) == 0 || b[0] == 0 || kind(b[0]) >= kindEnd {
		return r, false
	}
	r.kind, b = kind(b[0]), b[1:]
	number := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			ok, b = false, nil
			return 0
		}
		b = b[n:]
		return v
	}
	text := func() string {
		n := number()
		if n > uint64(len(b)) {
			ok, b = false, nil
			return ""
		}
		s := string(b[:n])
		b = b[n:]
		return s
	}
	ok = true
	r.seq, r.at = number(), number()
	r.ledger, r.account, r.ref = text(), text(), text()
	r.amount, r.prepaid = new(big.Int).SetBytes([]byte(text())), new(big.Int).SetBytes([]byte(text()))
	return r, ok && len(b) == 0
}
