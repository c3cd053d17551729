package server

import (
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// errorPage returns the page for a result with the status 404 or 500, which
// clients get that asked neither for a bundle nor for another codec (spec 02,
// 13.4). It says what the message says.
func errorPage(status int, m *message.Message, allow string) *reply {
	reason, _ := m.Get("body")
	text, ok := message.Text(reason)
	if _, isAtom := reason.(message.Atom); isAtom || !ok || text == "" {
		text = "There is nothing under this path."
		if status >= 500 {
			text = "The node failed to answer this request."
		}
	}
	title := strconv.Itoa(status) + " " + http.StatusText(status)
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`)
	b.WriteString("<title>" + title + `</title></head><body style="font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem">`)
	b.WriteString("<h1>" + title + "</h1>\n<p>" + html.EscapeString(text) + "</p>\n")
	b.WriteString("<p>Programs get this answer as a message: <code>accept: application/json</code>, or <code>accept-bundle: true</code>.</p></body></html>\n")
	rep := &reply{status: status, body: b.String(), allow: allow}
	rep.add("content-type", "text/html")
	return rep
}
