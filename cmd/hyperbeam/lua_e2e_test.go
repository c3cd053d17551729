package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// TestKillDuringCompute kills a node while it computes thousands of messages of
// a Lua process, lets it go on, and compares the state with that of a node that
// was never interrupted.
func TestKillDuringCompute(t *testing.T) {
	n := 10_000
	if testing.Short() {
		n = 500
	}
	dir, key := t.TempDir(), newWallet(t)
	lua := filepath.Join(t.TempDir(), "counter.lua")
	if err := os.WriteFile(lua, []byte(counter), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, url := startNode(t, dir)
	pid := hb(t, url, key, "process", "spawn", "--module", lua)
	last := fill(t, url, key, pid, n)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "wallet.json"), 0o600); err != nil {
		t.Fatal(err)
	}

	cmd, url = startNode(t, dir)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = stateID(url, pid, last) // cut off by the kill
	}()
	time.Sleep(400 * time.Millisecond)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	<-done

	_, url = startNode(t, dir)
	interrupted, err := stateID(url, pid, last)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := hb(t, url, key, "process", "result", pid, strconv.Itoa(last)), fmt.Sprint("total ", n); got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	_, url = startNode(t, other)
	straight, err := stateID(url, pid, last)
	if err != nil {
		t.Fatal(err)
	}
	if interrupted != straight {
		t.Fatalf("state %s after the kill, %s without", interrupted, straight)
	}
}

// fill schedules n messages and returns the last slot.
func fill(t *testing.T, url, keyFile, pid string, n int) int {
	t.Helper()
	p := peerFlags{Node: url, Key: keyFile}
	key, err := p.wallet()
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(client.Options{IdlePerPeer: 8})
	defer c.Close()
	l := drive(context.Background(), "", 8, time.Hour, n, func(ctx context.Context, i int) error {
		m, err := sign(ctx, message.Of(
			message.P("target", message.Binary(pid)), message.P("type", message.Binary("Message")),
			message.P("action", message.Binary("Inc")), message.P("n", message.Int(i))), key)
		if err != nil {
			return err
		}
		_, err = must(c.Do(ctx, url, m.Set("path", message.Binary("/"+pid+"~process@1.0/schedule")).Set("method", message.Binary("POST"))))
		return err
	})
	if l.failed > 0 {
		t.Fatal(l.reason)
	}
	return n
}

// stateID computes a slot and returns the ID of the state after it.
func stateID(url, pid string, slot int) (string, error) {
	c := client.New(client.Options{Timeout: 5 * time.Minute})
	defer c.Close()
	rep, err := c.Do(context.Background(), url, message.Of(
		message.P("path", message.Binary(fmt.Sprintf("/%s~process@1.0/compute&slot+integer=%d/id", pid, slot))),
		message.P("method", message.Binary("GET"))))
	if _, err := must(rep, err); err != nil {
		return "", err
	}
	v, err := rep.Value()
	if err != nil {
		return "", err
	}
	id, _ := message.Text(v)
	return id, nil
}
