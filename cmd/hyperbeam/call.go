package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type callCmd struct {
	peerFlags
	Path   string   `arg:"" help:"Path to resolve, e.g. '/~message@1.0&a=1/a'."`
	Keys   []string `arg:"" optional:"" help:"Keys of the request; NAME+TYPE=VALUE for integers, floats, atoms, lists and maps." placeholder:"NAME=VALUE"`
	Method string   `short:"X" help:"HTTP method; POST when there is a body or a signature." placeholder:"GET"`
	Body   string   `help:"File whose content is the body; - is standard input." placeholder:"FILE"`
	Sign   bool     `help:"Sign the request with the wallet."`
	Codec  string   `help:"Codec of the request: httpsig, json or ans104." default:"httpsig"`
}

// Run resolves a path on a node and prints what comes back.
func (c callCmd) Run(ctx context.Context, out *output) error {
	req, err := pairs(c.Keys)
	if err != nil {
		return err
	}
	method := c.Method
	if c.Body != "" {
		body, err := readInput(c.Body, maxMessage)
		if err != nil {
			return err
		}
		req = req.Set("body", message.Binary(body))
	}
	if method == "" {
		method = "GET"
		if c.Sign || c.Body != "" {
			method = "POST"
		}
	}
	req = req.Set("path", message.Binary(c.Path)).Set("method", message.Binary(method))
	if name := codecName(c.Codec); name != "httpsig@1.0" {
		req = req.Set("codec-device", message.Binary(name))
	}
	key, err := c.signer(c.Sign)
	if err != nil {
		return err
	}
	rep, err := c.send(ctx, req, key)
	m, err := must(rep, err)
	if err != nil {
		return err
	}
	if out.json {
		text, err := json.Format(m)
		fmt.Println(text)
		return err
	}
	v, err := rep.Value()
	if err != nil {
		return err
	}
	show(os.Stdout, v)
	return nil
}

// show prints a value for people: text as it is, messages as an indented tree
// without the machinery of signatures.
func show(w *os.File, v message.Value) {
	switch x := v.(type) {
	case *message.Message:
		tree(w, x.Without(message.CommitmentsKey), "")
		if who := commit.Committers(x); len(who) > 0 {
			fmt.Fprintln(w, "signed by", strings.Join(who, ", "))
		}
	case *message.List:
		tree(w, x.Numbered(), "")
	default:
		s, _ := message.Text(v)
		fmt.Fprint(w, s)
		if !strings.HasSuffix(s, "\n") {
			fmt.Fprintln(w)
		}
	}
}

func tree(w *os.File, m *message.Message, indent string) {
	for k, v := range m.All() {
		switch x := v.(type) {
		case *message.Message:
			fmt.Fprintf(w, "%s%s:\n", indent, k)
			tree(w, x.Without(message.CommitmentsKey), indent+"  ")
		case *message.List:
			fmt.Fprintf(w, "%s%s:\n", indent, k)
			tree(w, x.Numbered(), indent+"  ")
		case message.Link:
			fmt.Fprintf(w, "%s%s: -> /%s\n", indent, k, x.ID)
		default:
			s, _ := message.Text(v)
			if strings.Contains(s, "\n") {
				s = "\n" + indent + "  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n"+indent+"  ")
			}
			fmt.Fprintf(w, "%s%s: %s\n", indent, k, s)
		}
	}
}
