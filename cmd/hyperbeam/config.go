package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// configFlags are the flags that configure a node.
type configFlags struct {
	ConfigFile string   `name:"config" help:"Configuration file: config.flat or config.json." type:"path" placeholder:"FILE"`
	Set        []string `help:"Set any option (see \"hyperbeam config\"); may be repeated." sep:"none" placeholder:"NAME=VALUE"`
}

// load returns the configuration that file, environment and flags give.
func (f configFlags) load(more *message.Message) (node.Config, error) {
	b := message.NewBuilder(len(f.Set))
	for _, s := range f.Set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			return node.Config{}, fail.New(fail.Invalid, "hyperbeam", "--set takes NAME=VALUE, not %q", s)
		}
		b.Set(node.OptionName(name), message.Binary(value))
	}
	return node.Load(f.ConfigFile, b.Message().Merge(more))
}

type configCmd struct {
	configFlags
	Current bool `help:"Print the values in force instead of the defaults."`
}

// Run prints the reference of all options.
func (c configCmd) Run(out *output) error {
	cfg, err := c.load(message.Empty())
	if err != nil {
		return err
	}
	ref := node.Reference(node.Devices())
	if c.Current {
		m := cfg.Message()
		for i := range ref {
			if v, ok := m.Get(ref[i].Name); ok {
				ref[i].Default, _ = message.Text(v)
			}
		}
	}
	if out.json {
		return json.NewEncoder(os.Stdout).Encode(ref)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	reader := "?"
	for _, o := range ref {
		if o.Reader != reader {
			reader = o.Reader
			name := reader
			if name == "" {
				name = "node"
			}
			fmt.Fprintf(w, "\n%s\n", name)
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", o.Name, o.Default, o.Doc)
	}
	return w.Flush()
}
