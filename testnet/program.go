package testnet

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
)

// program is a node that is a process of its own.
type program struct {
	cmd  *exec.Cmd
	done chan error
}

// patience is how long a node may take to start, and to stop.
const patience = 30 * time.Second

// program starts the node as a process of its own, with its configuration and
// its log in its folder.
func (x *Node) program(ctx context.Context) (life, error) {
	c, err := x.config()
	if err != nil {
		return nil, err
	}
	text, err := json.Format(c.Message())
	if err != nil {
		return nil, err
	}
	file := filepath.Join(x.Dir, "config.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(x.Dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	args := append(slices.Clone(x.net.Command[1:]), file)
	p := program{exec.Command(x.net.Command[0], args...), make(chan error, 1)}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the testnet, which then stops its nodes in order
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.done <- p.cmd.Wait() }()
	if err := p.ready(ctx, x); err != nil {
		return nil, errors.Join(err, p.kill())
	}
	return p, nil
}

// ready waits until the node listens.
func (p program) ready(ctx context.Context, x *Node) error {
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", x.host())
		if err == nil {
			return c.Close()
		}
		select {
		case err := <-p.done:
			p.done <- err
			return fail.New(fail.Unavailable, "testnet.Start", "it ended: %s", lastLine(filepath.Join(x.Dir, "log")))
		case <-ctx.Done():
			return fail.Wrap(fail.Timeout, "testnet.Start", ctx.Err())
		default:
		}
		if time.Since(began) > patience {
			return fail.New(fail.Unavailable, "testnet.Start", "it does not answer; its log is %s", filepath.Join(x.Dir, "log"))
		}
	}
}

func lastLine(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
	return string(lines[len(lines)-1])
}

func (p program) pid() int { return p.cmd.Process.Pid }

func (p program) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return <-p.done // it has ended by itself
	}
	select {
	case err := <-p.done:
		return err
	case <-time.After(patience):
		return errors.Join(fail.New(fail.Timeout, "testnet.Stop", "process %d does not stop, so it was killed", p.pid()), p.kill())
	}
}

func (p program) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-p.done
	return nil
}
