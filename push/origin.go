package push

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Origin returns what a letter is to the schedule of its target: letters with
// the same origin are one, whoever has signed and sent them
// ([schedule.Service.ScheduleOnce]). It is "" for messages that are no letters.
//
// Two nodes that push the same slot make the same letter with different
// signatures. Both signatures cover where it comes from, and that is its origin
// when the signer has a say in it: the target accepts messages from the signer
// (its policy or authority), or the sending process, known here, names the
// signer as its scheduler. Anybody else could claim an origin, to have the real
// letter taken for a copy; the origin of such a letter is its own ID, so that it
// only is not scheduled twice itself.
//
// # Errors
//
// Those of the policy of the target and of the store.
func Origin(ctx context.Context, env *ao.Env, to schedule.Process, letter *message.Message) (string, error) {
	var verified []string
	marked := false
	for _, v := range letter.Commitments().All() {
		c, _ := v.(*message.Message)
		from, mark, ok := parseTag(c.Text(commit.FieldTag))
		if !ok || from != letter.Text("from-process") {
			continue
		}
		if !marked {
			marked, verified = true, env.Signers(ctx, letter)
		}
		who := c.Text(commit.FieldCommitter)
		if !slices.Contains(verified, who) {
			continue
		}
		ok, err := hasSay(ctx, env, who, from, to)
		if err != nil {
			return "", err
		}
		if ok {
			return mark, nil
		}
	}
	if !marked {
		return "", nil
	}
	i, err := commit.SignedID(ctx, letter)
	return "id." + i.String(), err
}

// parseTag reads the mark of a letter ([origin.tag]): the process that it comes
// from, and the mark as one component of a path.
func parseTag(tag string) (from, mark string, ok bool) {
	parts := strings.Split(tag, "/")
	if len(parts) != 4 || parts[1] != "push" || len(parts[0]) != id.HumanSize || !id.Is(parts[0]) {
		return "", "", false
	}
	slot, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || slot < 0 || strconv.FormatInt(slot, 10) != parts[2] {
		return "", "", false
	}
	entry := strings.TrimSuffix(parts[3], "r") // of a receipt
	n, err := strconv.ParseInt(entry, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != entry {
		return "", "", false
	}
	return parts[0], parts[0] + "." + parts[2] + "." + parts[3], true
}

// hasSay reports whether a signer of a letter may say which letter it is.
func hasSay(ctx context.Context, env *ao.Env, who, from string, to schedule.Process) (bool, error) {
	accepted, err := authorities(ctx, env, to.Definition)
	if err != nil {
		return false, err
	}
	if slices.Contains(accepted, who) {
		return true, nil
	}
	p, err := schedule.Find(ctx, env.Cache, from)
	if fail.Is(err, fail.NotFound) {
		return false, nil
	}
	return err == nil && slices.Contains(p.Schedulers(), who), err
}
