package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type luaTestCmd struct {
	luaFlags
	Files []string `arg:"" optional:"" help:"Programs: FILE runs every function that ends in _test, FILE:fn:fn the named ones. A name without .lua is a file in the folder of scripts. Without any: those of $LUA_TESTS, separated by commas, or the whole folder." placeholder:"FILE[:fn...]"`
}

// luaTest is the outcome of one test.
type luaTest struct {
	name string
	took time.Duration
	err  error
}

// Run runs tests, each on the program as it was loaded (spec 03, 14.9).
func (c luaTestCmd) Run(ctx context.Context, out *output) error {
	passed, failed := 0, 0
	files, err := c.targets()
	if err != nil {
		return err
	}
	for _, arg := range files {
		file, names := testTarget(arg)
		err := c.file(ctx, file, names, func(t luaTest) {
			if t.err == nil {
				passed++
			} else {
				failed++
			}
			report(out, file, t)
		})
		if err != nil {
			failed++
			report(out, file, luaTest{name: "load", err: err})
		}
	}
	if out.json {
		fmt.Printf("{\"passed\":%d,\"failed\":%d}\n", passed, failed)
	} else {
		fmt.Printf("%d passed, %d failed\n", passed, failed)
	}
	if failed > 0 {
		return fail.New(fail.Failed, "hyperbeam lua test", "%d of %d tests failed", failed, passed+failed)
	}
	return nil
}

// targets returns what is to be tested: the arguments, else what the environment
// names, else every script.
func (c luaTestCmd) targets() ([]string, error) {
	if len(c.Files) > 0 {
		return c.Files, nil
	}
	if env := os.Getenv("LUA_TESTS"); env != "" {
		return strings.Split(env, ","), nil
	}
	files, err := filepath.Glob(filepath.Join(scripts(), "*.lua"))
	if err != nil || len(files) == 0 {
		return nil, fail.New(fail.NotFound, "hyperbeam lua test", "no programs are named, and there are none in the folder %s", scripts())
	}
	return files, nil
}

// scripts returns the folder of scripts.
func scripts() string {
	if dir := os.Getenv("LUA_SCRIPTS"); dir != "" {
		return dir
	}
	return "scripts"
}

// testTarget splits FILE:fn:fn.
func testTarget(arg string) (file string, names []string) {
	parts := strings.Split(arg, ":")
	file = parts[0]
	if !strings.HasSuffix(file, ".lua") {
		file = filepath.Join(scripts(), file+".lua")
	}
	return file, parts[1:]
}

// file runs the tests of one file.
func (c luaTestCmd) file(ctx context.Context, file string, names []string, done func(luaTest)) error {
	env, err := c.env()
	if err != nil {
		return err
	}
	base, err := c.program(ctx, env, file)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if names, err = testFunctions(ctx, env, base); err != nil {
			return err
		}
	}
	if len(names) == 0 {
		return fail.New(fail.NotFound, "hyperbeam lua test", "no global function ends in _test")
	}
	for _, name := range names {
		begin := time.Now()
		_, err := env.Resolve(ctx, base, message.Of(
			message.P("path", message.Binary("test")),
			message.P("function", message.Binary(name)),
			message.P("parameters", message.NewList())))
		t := luaTest{name: name, took: time.Since(begin)}
		if err != nil {
			t.err = luaError(err)
		}
		done(t)
	}
	return nil
}

// testFunctions returns the names of the global functions that are tests.
func testFunctions(ctx context.Context, env *ao.Env, base *message.Message) ([]string, error) {
	v, err := env.ResolvePath(ctx, base, "functions")
	if err != nil {
		return nil, err
	}
	var names []string
	l, _ := v.(*message.List)
	for i := 0; l != nil && i < l.Len(); i++ {
		if name, _ := message.Text(l.At(i)); strings.HasSuffix(name, "_test") {
			names = append(names, name)
		}
	}
	return names, nil
}

func report(out *output, file string, t luaTest) {
	if out.json {
		text := ""
		if t.err != nil {
			text = explain(t.err)
		}
		fmt.Printf("{\"file\":%q,\"test\":%q,\"ok\":%t,\"ms\":%.3f,\"error\":%q}\n", file, t.name, t.err == nil, float64(t.took.Microseconds())/1000, text)
		return
	}
	if t.err == nil {
		fmt.Printf("ok    %s  %s  %.1f ms\n", file, t.name, float64(t.took.Microseconds())/1000)
		return
	}
	fmt.Printf("FAIL  %s  %s\n  %s\n", file, t.name, strings.ReplaceAll(explain(t.err), "\n", "\n  "))
}
