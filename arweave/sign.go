package arweave

import (
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
)

// Beginnings of the deep hash of an item that do not depend on it: the list of
// eight with "dataitem", "1", "1" hashed in; the same with the owner of an
// unsigned item, 512 zeros; and the deep hash of no bytes. The test recomputes
// them.
const (
	startArweave = "\xc1\x51\x56\xce\xf3\xb4\xb7\xb8\x7f\x85\x0c\xe8\x0b\x64\x62\x49\x63\xe2\xd3\xe0\xc1\x9c\x9c\x5f" +
		"\x65\x01\xd6\x8d\x97\x79\xd4\x59\x2a\x50\xe3\x52\xdb\x2f\xf7\x5b\x8c\x86\x4d\x36\xf0\x09\x81\x1a"
	startUnsigned = "\xda\x16\x07\xd5\xe9\xcd\x63\x92\xdf\x63\x00\x94\xb1\x94\x73\xb8\x32\x85\x04\x0e\x94\xde\x77\x82" +
		"\xf6\xf3\xfe\x0e\xe1\x2e\xec\x16\x3b\x5f\xd5\x31\x15\x96\x51\x4d\xd4\x27\x12\xeb\x42\xd5\x00\xa2"
	emptyBlob = "\xfb\xf0\x0c\xc4\x44\xf5\xfe\xa9\xdc\x3b\xed\xf6\x2a\x13\xfb\xa8\xae\x87\xe7\x44\x5f\xc9\x10\x56" +
		"\x7a\x23\xbe\xc4\xeb\x82\xfa\xdb\x11\x43\xc4\x33\x06\x93\x14\xd8\x36\x29\x83\xdc\x3c\x2e\x4a\x38"
)

func constant(s string) (h Hash) {
	copy(h[:], s)
	return h
}

// SigningData returns what a signature of the item covers: the deep hash of
// "dataitem", "1", the signature type, owner, target, anchor, encoded tags and
// data (spec 01, 13.3).
func (it *Item) SigningData() Hash {
	var start Hash
	if it.kind() == Arweave {
		start = constant(startArweave)
	} else {
		var typ [8]byte
		start = fold(listStart(8), HashBlob([]byte("dataitem")))
		start = fold(start, HashBlob([]byte("1")))
		start = fold(start, HashBlob(strconv.AppendUint(typ[:0], uint64(it.Type), 10)))
	}
	return it.hashContent(fold(start, blob(it.Owner)))
}

// UnsignedID returns the ID of the content: the SHA-256 of the signing data an
// unsigned item has, whoever signed this one (spec 01, 13.3).
func (it *Item) UnsignedID() id.ID {
	h := it.hashContent(constant(startUnsigned))
	return id.Hash(h[:])
}

// hashContent hashes the fields after the owner into acc.
func (it *Item) hashContent(acc Hash) Hash {
	acc = fold(acc, blob(it.Target))
	acc = fold(acc, blob(it.Anchor))
	acc = fold(acc, blob(it.Tags.encoded))
	return fold(acc, blob(it.Data))
}

// blob is HashBlob with the empty case at hand.
func blob(b []byte) Hash {
	if len(b) == 0 {
		return constant(emptyBlob)
	}
	return HashBlob(b)
}

// ID returns the SHA-256 of the signature, and whether there is one.
func (it *Item) ID() (id.ID, bool) {
	if !it.Signed() {
		return id.ID{}, false
	}
	return id.Hash(it.Signature), true
}

// OwnerAddress returns the SHA-256 of the owner, by which gateways index items
// of every signature type; it is zero without an owner.
func (it *Item) OwnerAddress() id.ID {
	if len(it.Owner) == 0 {
		return id.ID{}
	}
	return id.Hash(it.Owner)
}

// Sign sets type, owner and signature of the item.
//
// # Errors
//
// [fail.Unsupported] when ANS-104 has no type for the signer's algorithm,
// [fail.Invalid] when the key has another size than the type demands or a field
// has a wrong length, else what the signer reports. The item is then unchanged.
func (it *Item) Sign(s keys.Signer) error {
	const op = "arweave.Sign"
	t, ok := TypeOf(s.Algorithm())
	if !ok {
		return fail.New(fail.Unsupported, op, "no data item can be signed with %s", s.Algorithm())
	}
	next := *it
	next.Type, next.Owner, next.Signature = t, s.Public().Bytes(), nil
	if err := next.check(op); err != nil {
		return err
	}
	data := next.SigningData()
	sig, err := s.Sign(data[:])
	if err != nil {
		return fail.Wrap(fail.Internal, op, err)
	}
	next.Signature = sig
	if err := next.check(op); err != nil {
		return err
	}
	*it = next
	return nil
}

// Verify returns nil when the item is signed, within the limits of valid items,
// and the signature belongs to owner and content.
//
// # Errors
//
// [fail.Invalid] when a limit is exceeded, [fail.Unauthorized] when the item is
// unsigned, its owner is no key or the signature is wrong, [fail.Unsupported]
// when the type cannot be verified.
func (it *Item) Verify() error {
	const op = "arweave.Verify"
	if err := it.check(op); err != nil {
		return err
	}
	if err := it.Tags.validate(); err != nil {
		return err
	}
	if !it.Signed() || len(it.Owner) == 0 {
		return fail.New(fail.Unauthorized, op, "the data item is not signed")
	}
	alg, ok := it.kind().Algorithm()
	if !ok {
		return fail.New(fail.Unsupported, op, "signatures of type %s cannot be verified", it.Type)
	}
	key, err := keys.NewPublicKey(alg, it.Owner)
	if err != nil {
		return fail.Wrap(fail.Unauthorized, op, err)
	}
	data := it.SigningData()
	return fail.Wrap(fail.Unauthorized, op, key.Verify(data[:], it.Signature))
}
