package ans104

import (
	"encoding/base64"
	"unsafe"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// view returns the bytes of a binary without copying them. Package arweave never
// changes what it is given, and neither does this one.
func view(b message.Binary) []byte {
	return unsafe.Slice(unsafe.StringData(string(b)), len(b))
}

// text returns bytes as a binary without copying them. They must not change
// any more.
func text(b []byte) message.Binary {
	return message.Binary(unsafe.String(unsafe.SliceData(b), len(b)))
}

// shareFrom is the length in bytes from which data of an item is shared with
// the bytes it was parsed from. Less is copied, so that a small message kept
// from a large bundle does not keep the bundle.
const shareFrom = 1 << 10

func dataText(b []byte) message.Binary {
	if len(b) < shareFrom {
		return message.Binary(b)
	}
	return text(b)
}

// encode returns a prefix and the base64url of b. Signatures and keys are large
// among what a message is made of, so this is done in one piece of memory.
func encode(prefix string, b []byte) message.Binary {
	out := make([]byte, 0, len(prefix)+base64.RawURLEncoding.EncodedLen(len(b)))
	return text(base64.RawURLEncoding.AppendEncode(append(out, prefix...), b))
}
