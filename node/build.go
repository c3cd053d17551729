package node

import (
	"runtime/debug"
	"time"

	"github.com/hyperbeam-go/hyperbeam/message"
)

// Version is the version of this node, and Protocol the version of the
// reference whose wire it speaks.
const (
	Name     = "HyperBEAM"
	Version  = "0.1.0"
	Protocol = 0.9
)

// BuildMessage describes the running binary (spec 02, 16.3).
func BuildMessage() *message.Message {
	revision, built := "", int64(0)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.time":
				if t, err := time.Parse(time.RFC3339, s.Value); err == nil {
					built = t.Unix()
				}
			}
		}
	}
	return message.Of(
		message.P("node", message.Binary(Name)),
		message.P("version", message.Float(Protocol)),
		message.P("implementation", message.Binary("go/"+Version)),
		message.P("source", message.Binary(revision)),
		message.P("source-short", message.Binary(revision[:min(9, len(revision))])),
		message.P("build-time", message.Int(built)))
}
