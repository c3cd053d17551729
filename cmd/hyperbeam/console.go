package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type processConsoleCmd struct {
	peerFlags
	Process string `arg:"" help:"ID of the process."`
}

// Run reads lines, sends each as an Eval and prints what the process answers.
// On a terminal lines can be edited and recalled with the arrow keys.
func (c processConsoleCmd) Run(ctx context.Context) error {
	key, err := c.wallet()
	if err != nil {
		return err
	}
	lines, closeLines, err := openLines("aos> ")
	if err != nil {
		return err
	}
	defer closeLines()
	for ctx.Err() == nil {
		line, err := lines.ReadLine()
		if errors.Is(err, io.EOF) || strings.TrimSpace(line) == ".exit" {
			return nil
		}
		if err != nil {
			return err
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		answer, err := c.eval(ctx, func() (*message.Message, error) {
			return c.schedule(ctx, key, c.Process, "Eval", line, message.Empty())
		})
		if err != nil {
			answer = "error: " + explain(err)
		}
		fmt.Fprintf(lines, "%s\n", strings.TrimRight(answer, "\n"))
	}
	return nil
}

// eval sends a line and returns what the process made of it.
func (c processConsoleCmd) eval(ctx context.Context, send func() (*message.Message, error)) (string, error) {
	m, err := send()
	if err != nil {
		return "", err
	}
	slot, ok := message.AsInt(value(m, "slot"))
	if !ok {
		return "", fail.New(fail.Upstream, "hyperbeam process console", "the node answered without a slot")
	}
	results, err := c.results(ctx, c.Process, slot)
	if err != nil {
		return "", err
	}
	text, _ := outputText(results)
	return text, nil
}

// lineReader is where lines come from and answers go.
type lineReader interface {
	ReadLine() (string, error)
	io.Writer
}

// openLines reads from the terminal with editing and history, or plainly when
// input is not a terminal.
func openLines(prompt string) (lineReader, func(), error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		return pipe{bufio.NewReader(os.Stdin), os.Stdout}, func() {}, nil
	}
	state, err := term.MakeRaw(in)
	if err != nil {
		return nil, nil, fail.New(fail.Unavailable, "hyperbeam process console", "cannot use the terminal: %w", err)
	}
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, prompt)
	return t, func() { _ = term.Restore(in, state) }, nil
}

// pipe is input that is not a terminal.
type pipe struct {
	in *bufio.Reader
	io.Writer
}

// ReadLine returns the next line without its end.
func (p pipe) ReadLine() (string, error) {
	s, err := p.in.ReadString('\n')
	if err != nil && s == "" {
		return "", err
	}
	return strings.TrimRight(s, "\r\n"), nil
}
