package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hyperbeam-go/hyperbeam/doctor"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

type doctorCmd struct {
	configFlags
	Data    string   `help:"Folder of everything the node keeps." type:"path" placeholder:"hyperbeam-data"`
	Node    string   `help:"Examine the running node at this URL instead." placeholder:"URL"`
	Peer    []string `help:"Another node that must be reachable; may be repeated." placeholder:"URL"`
	Offline bool     `help:"Ask no peers."`
	Strict  bool     `help:"Fail on warnings too."`
}

// Run examines a node and prints what it finds. The command fails when
// something needs to be done.
func (c doctorCmd) Run(ctx context.Context, out *output) error {
	o := doctor.Options{Peers: c.Peer, Offline: c.Offline, File: c.ConfigFile, Environ: os.Environ()}
	var r doctor.Report
	if c.Node != "" {
		r = doctor.Remote(ctx, o, c.Node)
	} else {
		flags := message.NewBuilder(1)
		if c.Data != "" {
			flags.Set("data_dir", message.Binary(c.Data))
		}
		cfg, err := c.load(flags.Message())
		if err != nil {
			r.Findings = []doctor.Finding{{Check: "configuration", Level: doctor.Problem, Text: explain(err), Do: "Correct it; hyperbeam config lists what options take."}}
		} else {
			o.Config = cfg
			r = doctor.Local(ctx, o)
		}
	}
	if out.json {
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			return err
		}
	} else {
		printReport(r)
	}
	if r.Worst() == doctor.Problem || c.Strict && r.Worst() == doctor.Warning {
		return fail.New(fail.Failed, "hyperbeam doctor", "%d problems, %d warnings", r.Count(doctor.Problem), r.Count(doctor.Warning))
	}
	return nil
}

// printReport prints findings by check, with what to do below those that are
// not good.
func printReport(r doctor.Report) {
	check := ""
	for _, f := range r.Findings {
		if f.Check != check {
			check = f.Check
			fmt.Printf("%s\n", check)
		}
		mark := map[doctor.Level]string{doctor.Good: "ok", doctor.Note: "note", doctor.Warning: "WARNING", doctor.Problem: "PROBLEM"}[f.Level]
		fmt.Printf("  %-8s %s\n", mark, f.Text)
		if f.Do != "" {
			fmt.Printf("  %-8s -> %s\n", "", f.Do)
		}
	}
	fmt.Printf("\n%d problems, %d warnings, %d notes\n", r.Count(doctor.Problem), r.Count(doctor.Warning), r.Count(doctor.Note))
}
