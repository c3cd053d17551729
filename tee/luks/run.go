package luks

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Command is a program to be run.
type Command struct {
	Args  []string // name of the program and its arguments
	Stdin []byte
}

// Runner runs programs.
type Runner interface {
	// Run runs a program to its end and returns what it wrote to standard
	// output. An [*Exit] is the error of one that ended with a code other than
	// 0; other errors say why it could not be run.
	Run(ctx context.Context, c Command) ([]byte, error)
	// Ready returns nil when the programs of this package can be run, or what
	// is missing.
	Ready() error
}

// Exit is the error of a program.
type Exit struct {
	Program string
	Code    int
	Message string // first line that it wrote to standard error
}

// Error names program, code and message.
func (e *Exit) Error() string {
	s := e.Program + " failed"
	if e.Message != "" {
		s += ": " + e.Message
	}
	return s
}

// folders are where programs are looked for.
func folders() []string { return []string{"/usr/sbin", "/sbin", "/usr/bin", "/bin"} }

// programs are those that this package runs.
func programs() []string {
	return []string{"cryptsetup", "blkid", "parted", "mkfs.ext4", "mount", "findmnt"}
}

// limits of a run.
const (
	runTime  = 2 * time.Minute
	maxPrint = 64 << 10
)

// Host returns the runner of the machine that the program runs on.
func Host() Runner { return host{} }

type host struct{}

func find(program string) (string, error) {
	for _, dir := range folders() {
		if p, err := exec.LookPath(filepath.Join(dir, program)); err == nil {
			return p, nil
		}
	}
	return "", fail.New(fail.Unavailable, "luks.Run", "the program %s is not installed", program)
}

// Run implements [Runner].
func (host) Run(ctx context.Context, c Command) ([]byte, error) {
	p, err := find(c.Args[0])
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	out, errs := &capped{}, &capped{}
	cmd := exec.CommandContext(ctx, p, c.Args[1:]...)
	cmd.Env = []string{"PATH=" + strings.Join(folders(), ":"), "LC_ALL=C"}
	cmd.Dir = "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(c.Stdin), out, errs
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, fail.New(fail.Timeout, "luks.Run", "%s took too long", c.Args[0])
	case errors.As(err, &exit):
		first, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
		return out.Bytes(), &Exit{c.Args[0], exit.ExitCode(), first}
	}
	return nil, fail.New(fail.Unavailable, "luks.Run", "%s cannot be run: %v", c.Args[0], err)
}

// capped keeps the beginning of what is written to it.
type capped struct{ bytes.Buffer }

func (c *capped) Write(b []byte) (int, error) {
	c.Buffer.Write(b[:min(len(b), max(0, maxPrint-c.Len()))])
	return len(b), nil
}
