package node

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Load returns the configuration that a file, the environment and flags give,
// each overriding the one before. file may be "": then HB_CONFIG, config.flat
// and config.json are tried in this order, and none of them needs to exist.
//
// # Errors
//
// [fail.NotFound] when a file that was asked for is missing, [fail.Invalid] when
// a source is damaged or an option has a wrong value; the error names both.
func Load(file string, flags *message.Message) (Config, error) {
	c := DefaultConfig()
	m, err := findFile(file)
	if err != nil {
		return c, err
	}
	for _, source := range []struct {
		name string
		m    *message.Message
	}{{"configuration file", m}, {"environment", Environment()}, {"command line", flags}} {
		if err := c.Apply(source.m); err != nil {
			return c, fail.New(fail.Invalid, "node.Load", "%s: %w", source.name, err)
		}
	}
	return c, nil
}

func findFile(file string) (*message.Message, error) {
	if file == "" {
		file = os.Getenv("HB_CONFIG")
	}
	if file != "" {
		return ReadFile(file)
	}
	for _, name := range []string{"config.flat", "config.json"} {
		if _, err := os.Stat(name); err == nil {
			return ReadFile(name)
		}
	}
	return message.Empty(), nil
}

// nameKeyFile gives the option of the wallet the name that messages can have.
func nameKeyFile(text string) string {
	return regexp.MustCompile(`(?im)(^\s*|")priv[_-]key[_-]location("?\s*:)`).ReplaceAllString(text, "${1}"+keyFile+"$2")
}

// ReadFile reads a configuration file: JSON when its name ends in ".json", lines
// of "key: value" otherwise.
//
// # Errors
//
// [fail.NotFound] when there is no such file, [fail.Invalid] when it cannot be
// read as a message.
func ReadFile(file string) (*message.Message, error) {
	const op = "node.ReadFile"
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, fail.New(fail.NotFound, op, "there is no configuration file %s", file)
	}
	if err != nil {
		return nil, fail.New(fail.Unavailable, op, "cannot read the configuration file: %w", err)
	}
	parse := flat.Parse
	if strings.EqualFold(filepath.Ext(file), ".json") {
		parse = json.Decode
	}
	v, err := parse(nameKeyFile(string(text)))
	if err != nil {
		return nil, fail.New(fail.Invalid, op, "the configuration file %s is damaged: %w", file, err)
	}
	m, ok := v.(*message.Message)
	if !ok {
		return nil, fail.New(fail.Invalid, op, "the configuration file %s is not a message", file)
	}
	return m, nil
}
