package wasm

import (
	"container/list"
	"context"
	"runtime"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

// Options configure an [Engine]. The zero value works.
type Options struct {
	// CacheDir is a folder for compiled modules, made with mode 0700 when it is
	// missing. What is in it is run as native code, so it must belong to the
	// node alone. "" keeps no files.
	CacheDir string
	// CacheSecret, when set, authenticates the files in CacheDir, so that they
	// may lie where others could write.
	CacheSecret []byte
	// CacheBytes bounds the files in CacheDir; the longest unused go first.
	// Default 2 GiB.
	CacheBytes int64
	// Modules is how many compiled modules stay in memory. Default 32.
	Modules int
	// MaxImage is the largest image in bytes. Default and upper bound:
	// [rewrite.MaxImage].
	MaxImage int
}

// Engine compiles images. It is safe for concurrent use.
type Engine struct {
	native *wasmtime.Engine
	disk   *compileCache // nil without CacheDir
	max    int
	image  int
	slots  chan struct{} // one for each compilation that may run

	mu      sync.Mutex
	closed  bool
	recent  *list.List // of *Module, most recent first
	modules map[id.ID]*list.Element
	pending map[id.ID]*compilation
}

// compilation is a module that is being compiled.
type compilation struct {
	done   chan struct{}
	module *Module
	err    error
}

// New returns an engine after it has proved that the linked library has what
// is needed.
//
// # Errors
//
// [fail.Unsupported] in a build without cgo, [fail.Unavailable] when the
// library fails the test, [fail.Forbidden] or [fail.Internal] when CacheDir
// cannot be used.
func New(o Options) (*Engine, error) {
	native, err := wasmtime.NewEngine(guestStack)
	if err != nil {
		return nil, err
	}
	e := &Engine{native: native, max: o.Modules, image: o.MaxImage, recent: list.New(),
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)), modules: map[id.ID]*list.Element{}, pending: map[id.ID]*compilation{}}
	runtime.AddCleanup(e, (*wasmtime.Engine).Close, native)
	if e.max <= 0 {
		e.max = 32
	}
	if e.image <= 0 || e.image > rewrite.MaxImage {
		e.image = rewrite.MaxImage
	}
	if err := e.selfTest(); err != nil {
		return nil, err
	}
	if o.CacheDir != "" {
		if e.disk, err = openCompileCache(o.CacheDir, o.CacheSecret, o.CacheBytes); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Close drops the modules in memory and refuses further images. Modules and
// instances that are in use live on. It returns nil.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.recent.Init()
	clear(e.modules)
	return nil
}

// Compile returns the module of an image, from memory, from the cache folder,
// or by compiling it. Callers that ask for the same image at the same time wait
// for one compilation; ctx ends the waiting, not the compilation, so image must
// never be written to afterwards.
//
// # Errors
//
// [fail.Invalid] when image is not a valid module, [fail.Unsupported] when it
// uses what AO modules may not, [fail.TooLarge], [fail.Timeout] when ctx is
// done.
func (e *Engine) Compile(ctx context.Context, image []byte) (*Module, error) {
	const op = "wasm.Compile"
	if len(image) > e.image {
		return nil, fail.New(fail.TooLarge, op, "module of %d bytes exceeds %d", len(image), e.image)
	}
	if err := ctx.Err(); err != nil {
		return nil, fail.New(fail.Timeout, op, "compilation was cancelled: %w", err)
	}
	key := id.Hash(image)
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, fail.New(fail.Unavailable, op, "the engine is closed")
	}
	if el, ok := e.modules[key]; ok {
		e.recent.MoveToFront(el)
		e.mu.Unlock()
		return el.Value.(*Module), nil
	}
	c, waiting := e.pending[key]
	if !waiting {
		c = &compilation{done: make(chan struct{})}
		e.pending[key] = c
		go e.run(c, key, image)
	}
	e.mu.Unlock()
	select {
	case <-c.done:
		return c.module, c.err
	case <-ctx.Done():
		return nil, fail.New(fail.Timeout, op, "compilation was cancelled: %w", context.Cause(ctx))
	}
}

// Lookup returns the module of an image that was compiled before, if it is
// still in memory. It does not look into the cache folder.
func (e *Engine) Lookup(image id.ID) (*Module, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	el, ok := e.modules[image]
	if !ok {
		return nil, false
	}
	e.recent.MoveToFront(el)
	return el.Value.(*Module), true
}

// run fills c.
func (e *Engine) run(c *compilation, key id.ID, image []byte) {
	e.slots <- struct{}{}
	c.module, c.err = e.load(key, image)
	<-e.slots
	e.mu.Lock()
	delete(e.pending, key)
	if c.err == nil && !e.closed {
		e.modules[key] = e.recent.PushFront(c.module)
		for e.recent.Len() > e.max {
			old := e.recent.Remove(e.recent.Back()).(*Module)
			delete(e.modules, old.image)
		}
	}
	e.mu.Unlock()
	close(c.done)
}

// load makes the module from the cache folder or from the image.
func (e *Engine) load(key id.ID, image []byte) (*Module, error) {
	if e.disk != nil {
		if art, ok := e.disk.get(key); ok {
			info, err := rewrite.Inspect(image)
			if err != nil {
				return nil, err
			}
			if native, err := e.native.Deserialize(art.code); err == nil {
				return newModule(e, key, native, info, art.blocker), nil
			}
		}
	}
	res, err := rewrite.Rewrite(image)
	if err != nil {
		return nil, err
	}
	native, err := e.native.Compile(res.Module)
	if err != nil {
		return nil, err
	}
	if e.disk != nil {
		code, err := native.Serialize()
		if err == nil {
			err = e.disk.put(key, artefact{res.Blocker, code})
		}
		if err != nil {
			native.Close()
			return nil, err
		}
	}
	return newModule(e, key, native, res.Info, res.Blocker), nil
}

// selfTestImage is (module (tag) (func (export "t") (result i32) block
// try_table (catch 0 0) throw 0 end end i32.const 42)).
const selfTestImage = "\x00asm\x01\x00\x00\x00" +
	"\x01\x08\x02\x60\x00\x00\x60\x00\x01\x7f" + // types ()->() and ()->i32
	"\x03\x02\x01\x01" + // one function
	"\x0d\x03\x01\x00\x00" + // one tag
	"\x07\x05\x01\x01t\x00\x00" + // export
	"\x0a\x12\x01\x10\x00\x02\x40\x1f\x40\x01\x00\x00\x00\x08\x00\x0b\x0b\x41\x2a\x0b"

// selfTest proves that exceptions work, which the library's default settings
// leave off, and that calls and results pass the shim unharmed.
func (e *Engine) selfTest() error {
	m, err := e.load(id.ID{}, []byte(selfTestImage))
	if err == nil {
		var in *Instance
		if in, err = m.Instantiate(context.Background(), Stubs(), Limits{Fuel: 1000}); err == nil {
			defer in.Close()
			var got []Value
			if got, err = in.Call(context.Background(), "t"); err == nil && (len(got) != 1 || got[0] != I32(42)) {
				err = fail.New(fail.Internal, "wasm.selfTest", "wrong result %v", got)
			}
		}
	}
	if err != nil {
		return fail.New(fail.Unavailable, "wasm.New", "the WebAssembly engine fails its self-test: %w", err)
	}
	return nil
}
