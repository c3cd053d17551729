package main

import (
	"fmt"

	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/node"
)

type versionCmd struct{}

// Run prints the version of the binary and of the protocol it speaks.
func (versionCmd) Run(out *output) error {
	m := node.BuildMessage()
	if out.json {
		text, err := json.Format(m)
		fmt.Println(text)
		return err
	}
	fmt.Printf("hyperbeam %s (AO-Core %.1f)", node.Version, node.Protocol)
	if rev := m.Text("source-short"); rev != "" {
		fmt.Printf(" %s", rev)
	}
	fmt.Println()
	return nil
}
