package manifest

import "sync"

// recent keeps parsed manifests by their text: a page of a site asks for many
// files of one manifest. The zero value is ready.
type recent struct {
	mu    sync.Mutex
	known map[string]*Manifest
	bytes int
}

// recentBytes bounds the text that is kept.
const recentBytes = 64 << 20

// parse is [Parse], which does the same text once as long as it is known.
func (r *recent) parse(text string) (*Manifest, error) {
	r.mu.Lock()
	m := r.known[text]
	r.mu.Unlock()
	if m != nil {
		return m, nil
	}
	m, err := Parse(text)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || r.bytes+len(text) > recentBytes {
		r.known, r.bytes = map[string]*Manifest{}, 0
	}
	if r.known[text] == nil {
		r.known[text] = m
		r.bytes += len(text)
	}
	return m, nil
}
