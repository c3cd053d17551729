package doctor

import (
	"maps"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/server"
)

// known returns the names of all options of the node and its devices.
func known() map[string]bool {
	out := map[string]bool{"http_reference": true}
	for _, o := range node.Reference(node.Devices()) {
		out[o.Name] = true
	}
	for _, o := range server.NodeOptions() {
		out[o.Name] = true
	}
	return out
}

// Names looks for options that nothing reads, which are misspelled ones most
// often, in a configuration and among environment variables (NAME=VALUE) that
// begin with HB_.
func Names(given *message.Message, environ []string) []Finding {
	f := findings{check: "configuration"}
	options := known()
	for key := range given.All() {
		name := node.OptionName(key)
		if options[name] || key == message.CommitmentsKey || key == "node_history" || name == "address" {
			continue
		}
		misspelled(&f, "the option "+key, name, slices.Sorted(maps.Keys(options)))
	}
	variables := map[string]bool{"HB_CONFIG": true, "HB_NODE": true, "HB_SHARED": true}
	for _, s := range node.Settings() {
		variables["HB_"+strings.ToUpper(s.Name)] = true
		variables[s.Env] = true
	}
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "HB_") && !variables[name] {
			misspelled(&f, "the environment variable "+name, name, slices.Sorted(maps.Keys(variables)))
		}
	}
	return f.orGood("every option that is set has a reader")
}

func misspelled(f *findings, what, name string, candidates []string) {
	do := "Remove it, or look up the name with: hyperbeam config"
	if near := Nearest(name, candidates); near != "" {
		do = "Did you mean " + near + "?"
	}
	f.add(Warning, do, "nothing reads %s", what)
}

// Nearest returns the candidate that a misspelled name most likely means: the
// one with the fewest changes, insertions, removals and swaps of letters, at
// most a third of its length. "" when none is near.
func Nearest(name string, candidates []string) string {
	best, least := "", len(name)/3+1
	for _, c := range candidates {
		if c == "" {
			continue
		}
		if d := distance(name, c); d < least || d == least && best == "" && d <= len(name)/3 {
			best, least = c, d
		}
	}
	return best
}

// distance is the optimal string alignment distance.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}
