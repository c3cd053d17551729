package pay

import (
	"regexp"
	"strings"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Templates compares requests with the templates of an operator. The zero value
// is ready; it is safe for concurrent use.
//
// A template is compared with all of the words of a request, never with a part
// of them (SEC-03). In one that is a path, "*" stands for anything within a part
// that names no device, and a part "*" at the end for any number of such parts,
// none included. A template that begins with "^" is a regular expression (RE2
// syntax), which must match the whole. A template that is a message matches
// requests that have its keys with equal values, where "path" is compared as a
// template.
type Templates struct {
	mu    sync.Mutex
	known map[string]pattern
}

// pattern is a template that has been read.
type pattern struct {
	prefix string // what everything that it matches begins with
	re     *regexp.Regexp
}

// Bounds of the templates that are kept.
const (
	maxTemplate  = 1024
	maxTemplates = 1024
)

// Match reports whether a template matches a request and its words. A request
// parts of which are known only when it runs matches none.
func (t *Templates) Match(template message.Value, req *message.Message, w Words) bool {
	if w.open {
		return false
	}
	m, ok := template.(*message.Message)
	if !ok {
		text, isText := message.Text(template)
		return isText && t.text(text, w)
	}
	for k, want := range m.All() {
		if k == message.CommitmentsKey {
			continue
		}
		if k == "path" {
			if text, isText := message.Text(want); !isText || !t.text(text, w) {
				return false
			}
			continue
		}
		got, _ := req.Get(k)
		a, ok := message.NormalizeKey(want)
		b, ok2 := message.NormalizeKey(got)
		if !ok || !ok2 || a != b {
			return false
		}
	}
	return m.Len() > 0
}

func (t *Templates) text(template string, w Words) bool {
	p, text := t.compile(template), w.String()
	return p.re != nil && strings.HasPrefix(text, p.prefix) && p.re.MatchString(text)
}

// compile returns what a template matches: nothing when it is no expression.
func (t *Templates) compile(template string) pattern {
	if len(template) > maxTemplate {
		return pattern{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.known[template]; ok {
		return p
	}
	prefix, text := expression(template)
	p := pattern{prefix: prefix}
	if re, err := regexp.Compile(text); err == nil {
		p.re = re
	}
	if t.known == nil || len(t.known) >= maxTemplates {
		t.known = map[string]pattern{}
	}
	t.known[template] = p
	return p
}

// expression returns the regular expression that a template is, and what
// everything that it matches begins with.
func expression(template string) (prefix, re string) {
	if rest, ok := strings.CutPrefix(template, "^"); ok {
		return "", `^(?:` + strings.TrimSuffix(rest, "$") + `)$`
	}
	parts := message.Parts(strings.ReplaceAll(template, ".*", "*"))
	tail := ""
	for len(parts) > 0 && parts[len(parts)-1] == "*" {
		parts, tail = parts[:len(parts)-1], `(?:/[^/~]*)*`
	}
	text := "/" + strings.Join(parts, "/")
	if len(parts) == 0 && tail != "" {
		text = ""
	}
	prefix, _, _ = strings.Cut(text, "*")
	return prefix, "^" + strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, `[^/~]*`) + tail + "$"
}
