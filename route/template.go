package route

import (
	"regexp"
	"strings"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// maxPattern bounds the bytes of a regular expression, and maxPatterns how many
// compiled ones are kept.
const (
	maxPattern  = 1024
	maxPatterns = 1024
)

// patterns keeps compiled regular expressions. The zero value is ready.
type patterns struct {
	mu    sync.Mutex
	known map[string]*regexp.Regexp
}

// compile returns a regular expression, nil when the text is none (spec 04,
// 4.2.4).
func (p *patterns) compile(text string) *regexp.Regexp {
	if len(text) > maxPattern {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if re, ok := p.known[text]; ok {
		return re
	}
	re, err := regexp.Compile(text)
	if err != nil {
		re = nil
	}
	if p.known == nil || len(p.known) >= maxPatterns {
		p.known = map[string]*regexp.Regexp{}
	}
	p.known[text] = re
	return re
}

// matches reports whether a template matches a message whose target path is
// given: as a message by its keys, as text by a search in the path (spec 04,
// 4.2.3-4.2.4).
func (p *patterns) matches(template message.Value, msg *message.Message, target string) bool {
	switch t := template.(type) {
	case nil:
		return true
	case *message.Message:
		return covers(t, msg, message.MaxDepth)
	case *message.List:
		return covers(t.Numbered(), msg, message.MaxDepth)
	}
	text, ok := message.Text(template)
	if !ok {
		return false
	}
	if !strings.HasPrefix(text, "^") {
		text = slashed(text)
	}
	re := p.compile(text)
	return re != nil && re.MatchString(slashed(target))
}

func slashed(p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return "/" + p
}

// covers reports whether a message has every key of a template, with an equal
// value. What can be derived from the other keys does not count.
func covers(template, msg *message.Message, depth int) bool {
	if depth == 0 {
		return false
	}
	lower := map[string]message.Value{}
	for k, v := range msg.All() {
		lower[strings.ToLower(k)] = v
	}
	for k, want := range template.All() {
		switch k = strings.ToLower(k); k {
		case message.CommitmentsKey, "id", "ao-types":
			continue
		}
		got, ok := lower[k]
		if !ok || !sameValue(want, got, depth) {
			return false
		}
	}
	return true
}

func sameValue(want, got message.Value, depth int) bool {
	w, g := numbered(want), numbered(got)
	if w != nil || g != nil {
		return w != nil && g != nil && covers(w, g, depth-1)
	}
	a, ok := message.NormalizeKey(want)
	b, ok2 := message.NormalizeKey(got)
	if ok && ok2 {
		return a == b
	}
	return message.Equal(want, got)
}

// numbered returns a message or list as a message, nil for anything else.
func numbered(v message.Value) *message.Message {
	switch x := v.(type) {
	case *message.Message:
		return x
	case *message.List:
		return x.Numbered()
	}
	return nil
}
