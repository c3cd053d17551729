package wasm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/internal/wasmtime"
	"github.com/hyperbeam-go/hyperbeam/vm/wasm/rewrite"
)

// compileCache keeps compiled modules as files. A file is
//
//	"AOWC1\n"  6 bytes
//	mac        32 bytes: HMAC-SHA256 over all that follows and the file's name
//	blocker    1 byte length, text
//	code       what the engine serialised
//
// A file that is not exactly that is ignored, and replaced by the next
// compilation.
type compileCache struct {
	dir    string
	secret []byte
	bytes  int64 // that all files may take
}

// artefact is a compiled module and what its rewriting found out.
type artefact struct {
	blocker string
	code    []byte
}

const (
	cacheMagic  = "AOWC1\n"
	cacheHeader = len(cacheMagic) + sha256.Size
	cacheSuffix = ".wasmcode"
	cacheTemp   = "new-"
	cacheBytes  = 2 << 30
	// staleTemp is the age at which an unfinished file has no writer any more.
	staleTemp = time.Hour
)

// openCompileCache makes the folder and checks that nobody else can write to
// it.
func openCompileCache(dir string, secret []byte, bytes int64) (*compileCache, error) {
	const op = "wasm.New"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fail.New(fail.Internal, op, "the cache of compiled modules cannot be made: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fail.New(fail.Internal, op, "the cache of compiled modules cannot be read: %w", err)
	}
	if len(secret) == 0 && info.Mode().Perm()&0o022 != 0 {
		return nil, fail.New(fail.Forbidden, op,
			"others can write to the cache of compiled modules, which holds native code: make it mode 0700")
	}
	if bytes <= 0 {
		bytes = cacheBytes
	}
	return &compileCache{dir, secret, bytes}, nil
}

// name returns the file name for an image: it covers all that the code depends
// on.
func (c *compileCache) name(image id.ID) string {
	h := sha256.New()
	h.Write(image[:])
	h.Write([]byte{rewrite.Version})
	h.Write([]byte(wasmtime.Version + "/" + runtime.GOOS + "/" + runtime.GOARCH))
	return hex.EncodeToString(h.Sum(nil)) + cacheSuffix
}

func (c *compileCache) mac(name string, body []byte) []byte {
	h := hmac.New(sha256.New, c.secret)
	h.Write([]byte(name))
	h.Write(body)
	return h.Sum(nil)
}

// get returns the artefact of an image unless it is missing or damaged. The
// file's time becomes that of its last use.
func (c *compileCache) get(image id.ID) (artefact, bool) {
	name := c.name(image)
	b, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || len(b) <= cacheHeader || !strings.HasPrefix(string(b[:cacheHeader]), cacheMagic) {
		return artefact{}, false
	}
	body := b[cacheHeader:]
	if !hmac.Equal(b[len(cacheMagic):cacheHeader], c.mac(name, body)) || len(body) < 1+int(body[0]) {
		return artefact{}, false
	}
	now := time.Now()
	if err := os.Chtimes(filepath.Join(c.dir, name), now, now); err != nil {
		return artefact{}, false
	}
	n := 1 + int(body[0])
	return artefact{string(body[1:n]), body[n:]}, true
}

// put writes the artefact so that readers see all of it or none.
func (c *compileCache) put(image id.ID, a artefact) error {
	const op = "wasm.Compile"
	name := c.name(image)
	blocker := a.blocker[:min(len(a.blocker), 255)]
	body := append(append([]byte{byte(len(blocker))}, blocker...), a.code...)
	f, err := os.CreateTemp(c.dir, cacheTemp+"*") // mode 0600
	if err != nil {
		return fail.New(fail.Internal, op, "the compiled module cannot be stored: %w", err)
	}
	_, err = f.WriteString(cacheMagic)
	for _, part := range [][]byte{c.mac(name, body), body} {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.dir, name))
	}
	if err != nil {
		if rm := os.Remove(f.Name()); rm != nil && !errors.Is(rm, fs.ErrNotExist) {
			err = errors.Join(err, rm)
		}
		return fail.New(fail.Internal, op, "the compiled module cannot be stored: %w", err)
	}
	return c.prune()
}

// prune removes unfinished files that were left behind, and the longest unused
// modules while all take more than they may. Another process may do the same at
// the same time.
func (c *compileCache) prune() error {
	const op = "wasm.Compile"
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fail.New(fail.Internal, op, "the cache of compiled modules cannot be read: %w", err)
	}
	var files []fs.FileInfo
	var total int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			continue // removed meanwhile
		}
		stale := strings.HasPrefix(info.Name(), cacheTemp) && time.Since(info.ModTime()) > staleTemp
		if stale || strings.HasSuffix(info.Name(), cacheSuffix) {
			files = append(files, info)
			total += info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, f := range files {
		if total <= c.bytes && !strings.HasPrefix(f.Name(), cacheTemp) {
			continue
		}
		if err := os.Remove(filepath.Join(c.dir, f.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fail.New(fail.Internal, op, "the cache of compiled modules cannot be pruned: %w", err)
		}
		total -= f.Size()
	}
	return nil
}
