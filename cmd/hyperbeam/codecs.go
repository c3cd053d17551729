package main

import "github.com/hyperbeam-go/hyperbeam/codec"

// binaryCodec returns the codec of a format that is bytes and nothing else.
func binaryCodec(name string) (codec.Codec, bool) {
	return nil, false
}
