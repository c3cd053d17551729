package fs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// The journal holds a batch as it is carried out: one line with the SHA-256 of
// the rest in hex, then a JSON list of changes. Paths are bytes, hence base64.
type change struct {
	Path   []byte     `json:"path"`
	Kind   store.Kind `json:"kind"`
	Data   []byte     `json:"data,omitempty"`
	Target []byte     `json:"target,omitempty"`
	Old    store.Kind `json:"old"`
}

// commitJournal makes writes so, all or nothing.
func (e *engine) commitJournal(writes []store.Write) error {
	text, err := encodeJournal(writes)
	if err != nil {
		return err
	}
	if err := fs.Replace(e.disk, e.at(tempFile), e.at(journalFile), text, e.sync); err != nil {
		return err
	}
	e.pending = true
	e.touch(e.dir)
	if err := e.syncDirs(); err != nil {
		return err
	}
	return e.carryOut(writes)
}

// carryOut performs the changes of the journal and removes it. It may be
// repeated after an error.
func (e *engine) carryOut(writes []store.Write) error {
	for i := range writes {
		if err := e.write(&writes[i]); err != nil {
			return err
		}
	}
	// The changes must be on disk before the journal goes, and the journal
	// must be gone before the next change, which it would undo.
	if err := e.syncDirs(); err != nil {
		return err
	}
	if err := e.disk.Remove(e.at(journalFile)); err != nil && !fs.Missing(err) {
		return err
	}
	e.touch(e.dir)
	if err := e.syncDirs(); err != nil {
		return err
	}
	e.pending = false
	return nil
}

// redo carries out a journal that was left by a crash or a failure.
func (e *engine) redo() error {
	const op = "fs.redo"
	if !e.pending && e.recovered {
		return nil
	}
	text, err := fs.ReadFile(e.disk, e.at(journalFile))
	if fs.Missing(err) {
		e.pending, e.recovered = false, true
		return nil
	}
	if err != nil {
		return fs.Explain(op, e.dir, err)
	}
	writes, err := decodeJournal(text)
	if err != nil {
		return fail.New(fail.Internal, op, "the journal of the store is damaged; restore the folder from a backup, or remove the file .journal to give up its last batch: %w", err).At(e.dir)
	}
	e.pending = true
	if err := e.carryOut(writes); err != nil {
		return fs.Explain(op, e.dir, err)
	}
	e.recovered = true
	return nil
}

func encodeJournal(writes []store.Write) ([]byte, error) {
	changes := make([]change, len(writes))
	for i, w := range writes {
		changes[i] = change{[]byte(w.Path), w.Entry.Kind, w.Entry.Data, []byte(w.Entry.Target), w.Old}
	}
	body, err := json.Marshal(changes)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	return append([]byte(hex.EncodeToString(sum[:])+"\n"), body...), nil
}

// decodeJournal reads a journal. Its errors are Invalid.
func decodeJournal(text []byte) ([]store.Write, error) {
	const op = "fs.decodeJournal"
	head, body, _ := bytes.Cut(text, []byte("\n"))
	sum := sha256.Sum256(body)
	if string(head) != hex.EncodeToString(sum[:]) {
		return nil, fail.New(fail.Invalid, op, "the checksum does not fit")
	}
	var changes []change
	if err := json.Unmarshal(body, &changes); err != nil {
		return nil, fail.New(fail.Invalid, op, "it is not JSON: %w", err)
	}
	writes := make([]store.Write, len(changes))
	for i, c := range changes {
		e := store.Entry{Kind: c.Kind, Data: c.Data, Target: string(c.Target)}
		writes[i] = store.Write{Path: string(c.Path), Entry: e, Old: c.Old}
		if err := store.Check(writes[i].Path); err != nil {
			return nil, err
		}
		if c.Kind > store.Group || c.Old > store.Group || e.Kind == store.Link && store.Check(e.Target) != nil {
			return nil, fail.New(fail.Invalid, op, "change %d makes no sense", i)
		}
	}
	return writes, nil
}
