package flat

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// separator stands between a path and its value in a line.
const separator = ": "

// Format returns an encoded message as a text file: one line "path: value" an
// entry, sorted by path. Values with a line feed or ": " in them are written
// as they are, but [Parse] will not find them again.
//
// # Errors
//
// [fail.Invalid] for a value that is not binary.
func Format(encoded *message.Message) (string, error) {
	var b strings.Builder
	for k, v := range encoded.All() {
		s, ok := v.(message.Binary)
		if !ok {
			return "", fail.New(fail.Invalid, "flat.Format", "the value of %q is not binary", k)
		}
		b.WriteString(k)
		b.WriteString(separator)
		b.WriteString(string(s))
		b.WriteByte('\n')
	}
	return b.String(), nil
}

// Lines reads a text file as an encoded message. Only lines count that have
// exactly one ": "; of two with the same path the later wins.
func Lines(text string) *message.Message {
	var b message.Builder
	for line := range strings.SplitSeq(text, "\n") {
		path, value, ok := strings.Cut(line, separator)
		if ok && !strings.Contains(value, separator) {
			b.Set(path, message.Binary(value))
		}
	}
	return b.Message()
}

// Parse reads a text file as a rich value: its lines are decoded, and the
// types that "ao-types" lines give are applied.
//
// # Errors
//
// Those of [Codec.Decode] and [structured.FromTABM].
func Parse(text string) (message.Value, error) {
	tabm, err := Codec{}.Decode(context.Background(), codec.Env{}, Lines(text), codec.Options{})
	if err != nil {
		return nil, err
	}
	return structured.FromTABM(tabm)
}
