// Package curltest tries the curl lines of a device's documentation that need
// more than a fresh node, which the test of package devicedocs gives them: a
// machine with the right hardware, a node with members.
package curltest

import (
	"os/exec"
	"strings"
	"testing"
)

// Answer is what came of a line.
type Answer struct {
	Line   string
	Status string // of HTTP
	Body   string
}

// Run runs every curl line of a text with the real curl, in order and in one
// folder, with url in place of http://localhost:8734. It fails the test when there
// is none, or one has a status of 400 or more. Without curl the test is skipped.
func Run(t *testing.T, text, url string) []Answer {
	t.Helper()
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	dir := t.TempDir()
	var out []Answer
	for line := range strings.Lines(text) {
		shown := strings.TrimSpace(line)
		line, ok := strings.CutPrefix(shown, "curl ")
		if !ok || !strings.Contains(text, "    "+shown) {
			continue
		}
		const mark = "\nstatus of the answer: "
		words := append([]string{"--silent", "--show-error", "--write-out", mark + "%{http_code}"}, split(strings.ReplaceAll(line, "http://localhost:8734", url))...)
		cmd := exec.Command(curl, words...)
		cmd.Dir = dir
		b, err := cmd.CombinedOutput()
		body, status, _ := strings.Cut(string(b), mark)
		if err != nil || status == "" || status >= "400" {
			t.Errorf("curl %s\n%v %s %.500s", line, err, status, body)
		}
		out = append(out, Answer{line, status, body})
	}
	if len(out) == 0 {
		t.Error("the documentation shows no curl line")
	}
	return out
}

// split splits a line into words as a shell does that knows only blanks and
// quotes.
func split(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	open := false
	for _, c := range line {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, open = c, true
		case quote == 0 && c == ' ':
			if open {
				words = append(words, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(c)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	return words
}
