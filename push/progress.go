package push

import (
	"context"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/store"
)

// stage is how far an outbox entry has come.
type stage uint8

const (
	unsent stage = iota
	signed       // the letter is stored; it may have been given away
	sent         // it is in a slot of its target
	failed       // it cannot be delivered
)

// progress is the state of an outbox entry.
type progress struct {
	stage  stage
	letter string // ID of the message
	target string // process
	slot   int64  // signed: the newest of the target at that time; sent: of the letter
	status int    // failed: as in HTTP, 0 for none
	reason string // failed
}

// maxReason bounds the bytes of a reason that is kept.
const maxReason = 512

func (p progress) link() string {
	n := strconv.FormatInt(p.slot, 10)
	switch p.stage {
	case signed:
		return strings.Join([]string{"L", p.letter, p.target, n}, ".")
	case sent:
		return strings.Join([]string{"S", p.letter, p.target, n}, ".")
	}
	return "F." + strconv.Itoa(p.status) + "." + id.Encode([]byte(p.reason[:min(len(p.reason), maxReason)]))
}

// parseProgress is the inverse of link.
func parseProgress(text string) (progress, bool) {
	parts := strings.Split(text, ".")
	switch {
	case len(parts) == 4 && (parts[0] == "L" || parts[0] == "S"):
		slot, err := strconv.ParseInt(parts[3], 10, 64)
		p := progress{stage: signed, letter: parts[1], target: parts[2], slot: slot}
		if parts[0] == "S" {
			p.stage = sent
		}
		return p, err == nil && p.letter != "" && p.target != ""
	case len(parts) == 3 && parts[0] == "F":
		status, err := strconv.Atoi(parts[1])
		reason, decoded := id.Decode(parts[2])
		return progress{stage: failed, status: status, reason: string(reason)}, err == nil && decoded == nil
	}
	return progress{}, false
}

// sentName returns where the progress of an entry is kept.
func sentName(process string, slot int64, entry string) string {
	return sentDir + "/" + process + "/" + strconv.FormatInt(slot, 10) + "/" + entry
}

// progress returns the state of an entry.
func (s *Service) progress(ctx context.Context, name string) (progress, error) {
	text, err := s.Store.Target(ctx, name)
	if fail.Is(err, fail.NotFound) {
		return progress{}, nil
	}
	if err != nil {
		return progress{}, err
	}
	p, ok := parseProgress(text)
	if !ok {
		return p, fail.New(fail.Internal, "push.Progress", "the state of a sent message is damaged").At(name)
	}
	return p, nil
}

// note stores the state of an entry.
func (s *Service) note(ctx context.Context, name string, p progress, d store.Durability) error {
	b := store.NewBatch()
	b.Link(name, p.link())
	return s.Store.Apply(ctx, b, d)
}
