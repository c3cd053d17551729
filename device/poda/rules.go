package poda

import (
	"context"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// rules are what a process asks of messages from other processes.
type rules struct {
	authorities []string // as in the definition, with hints
	quorum      int
}

// definition returns the definition of the process that a call is about: what
// was signed, not what the program has made of it since.
func definition(c *ao.Call) *message.Message {
	v, ok, err := c.Lookup(c.Base, "process")
	if m, isMsg := v.(*message.Message); ok && isMsg && err == nil {
		return m
	}
	return c.Base
}

// rulesOf reads the rules of a process.
//
// # Errors
//
// [fail.Invalid] when it names no authorities, or no quorum that they can reach:
// a gate without a rule stays shut.
func rulesOf(ctx context.Context, env *ao.Env, definition *message.Message) (rules, error) {
	const op = "poda.Rules"
	v, _ := definition.Get("authority")
	v, err := message.LoadAll(ctx, env.Cache, v)
	if err != nil {
		return rules{}, err
	}
	r := rules{}
	seen := map[string]bool{}
	for _, a := range schedule.Addresses(v) {
		if !seen[address(a)] {
			seen[address(a)] = true
			r.authorities = append(r.authorities, a)
		}
	}
	q, _ := definition.Get("quorum")
	n, ok := message.AsInt(q)
	if !ok || n < 1 || n > int64(len(r.authorities)) {
		return rules{}, fail.New(fail.Invalid, op, `the process must have a "quorum" from 1 to the number of different addresses in "authority" (%d)`, len(r.authorities))
	}
	r.quorum = int(n)
	return r, nil
}

// address returns an authority, or a target, without its hint.
func address(hinted string) string {
	a, _, _ := strings.Cut(hinted, "?")
	return a
}
