package emscripten

import (
	"context"
	"encoding/binary"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm"
)

// Cookies that JavaScript hosts write below the stack and at address 0, to
// notice later that a program has written there. Programs do not look at them,
// but memory is compared.
const (
	cookieLow  = 0x02135467
	cookieHigh = 0x89bacdfe
	cookieZero = 0x63736d65
)

// Start does what a JavaScript host does before the first call.
//
// # Errors
//
// Those of [wasm.Instance.Call].
func Start(ctx context.Context, in *wasm.Instance) error {
	if _, ok := in.Module().Function("emscripten_stack_init"); !ok {
		return nil
	}
	if _, err := in.Call(ctx, "emscripten_stack_init"); err != nil {
		return err
	}
	out, err := in.Call(ctx, "emscripten_stack_get_end")
	if err != nil {
		return err
	}
	end := out[0].Uint()
	if end == 0 {
		end = 4
	}
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, cookieLow)
	b = binary.LittleEndian.AppendUint32(b, cookieHigh)
	if err := in.Write(end, b); err != nil {
		return err
	}
	return in.Write(0, binary.LittleEndian.AppendUint32(nil, cookieZero))
}

// CallText calls an export that takes texts and returns one, as the "cwrap" of
// Emscripten does: the texts are put on the stack of the program, which is what
// it was before afterwards.
//
// # Errors
//
// [fail.Unsupported] when the module does not export its stack, and those of
// [wasm.Instance.Call]. The instance is then in an unknown state.
func CallText(ctx context.Context, in *wasm.Instance, export string, texts ...string) (string, error) {
	save, restore := "emscripten_stack_get_current", "_emscripten_stack_restore"
	alloc := "_emscripten_stack_alloc"
	if _, ok := in.Module().Function(save); !ok {
		save, restore, alloc = "stackSave", "stackRestore", "stackAlloc"
	}
	for _, name := range []string{save, restore, alloc} {
		if _, ok := in.Module().Function(name); !ok {
			return "", fail.New(fail.Unsupported, "emscripten.CallText", "the module does not export %s: it was not compiled for a JavaScript host", name)
		}
	}
	sp, err := in.Call(ctx, save)
	if err != nil {
		return "", err
	}
	args := make([]wasm.Value, len(texts))
	for i, text := range texts {
		at, err := in.Call(ctx, alloc, wasm.I64(int64(len(text)+1)))
		if err != nil {
			return "", err
		}
		if err := in.Write(at[0].Uint(), append([]byte(text), 0)); err != nil {
			return "", err
		}
		args[i] = at[0]
	}
	out, err := in.Call(ctx, export, args...)
	if err != nil {
		return "", err
	}
	if len(out) != 1 {
		return "", fail.New(fail.Unsupported, "emscripten.CallText", "%s returns no text", export)
	}
	if _, err := in.Call(ctx, restore, sp[0]); err != nil {
		return "", err
	}
	b, err := in.ReadString(out[0].Uint())
	return string(b), err
}
