// Package devicedocs writes the reference of devices, docs/devices, from what
// devices say about themselves. Its test fails when the reference is stale;
//
//	go test ./internal/devicedocs -update
//
// writes it anew.
package devicedocs

import (
	"fmt"
	"sort"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
)

// Pages returns the files of the reference by their names: one page for each
// device and an index.
func Pages(devices []*ao.Device) map[string]string {
	out := map[string]string{"README.md": index(devices)}
	for _, d := range devices {
		out[file(d)] = Page(d)
	}
	return out
}

func file(d *ao.Device) string { return d.Name + ".md" }

func index(devices []*ao.Device) string {
	var b strings.Builder
	b.WriteString("# Devices\n\nWritten by `go test ./internal/devicedocs -update` from the tables of the devices.\n\n")
	b.WriteString("| Device | |\n|---|---|\n")
	sorted := append([]*ao.Device(nil), devices...)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	for _, d := range sorted {
		fmt.Fprintf(&b, "| [`%s`](%s) | %s |\n", d.Name, file(d), cell(d.Summary()))
	}
	return b.String()
}

// Page returns the page of one device.
func Page(d *ao.Device) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", d.Name)
	if len(d.Aliases) > 0 {
		fmt.Fprintf(&b, "Also called %s.\n\n", quoted(d.Aliases))
	}
	b.WriteString(strings.TrimSpace(d.Doc) + "\n")
	keys(&b, d)
	options(&b, d)
	examples(&b, d)
	return b.String()
}

func keys(b *strings.Builder, d *ao.Device) {
	if len(d.Keys) > 0 {
		b.WriteString("\n## Keys\n\n| Key | Answer | Reads |\n|---|---|---|\n")
	} else {
		b.WriteString("\n## Keys\n\n")
	}
	for _, k := range d.Keys {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", k.Name, cell(k.Doc), cell(k.Reads))
	}
	if len(d.Keys) > 0 {
		b.WriteByte('\n')
	}
	switch {
	case d.Handler != nil || d.Default != nil:
		b.WriteString("The device answers all other keys too")
		if len(d.Excludes) > 0 {
			fmt.Fprintf(b, "; %s are answered by `%s`", quoted(d.Excludes), ao.MessageDevice)
		}
		b.WriteString(".\n")
	default:
		fmt.Fprintf(b, "All other keys are answered by `%s`.\n", ao.MessageDevice)
	}
}

func options(b *strings.Builder, d *ao.Device) {
	if len(d.Options) == 0 {
		return
	}
	b.WriteString("\n## Options of the node\n\n| Option | Default | |\n|---|---|---|\n")
	for _, o := range d.Options {
		text, err := json.Format(o.Default)
		if err != nil {
			text = "?"
		}
		fmt.Fprintf(b, "| `%s` | `%s` | %s |\n", o.Name, cell(text), cell(o.Doc))
	}
}

func examples(b *strings.Builder, d *ao.Device) {
	if len(d.Examples) == 0 {
		return
	}
	b.WriteString("\n## Examples\n\n| Path | Answer |\n|---|---|\n")
	for _, e := range d.Examples {
		answer := strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(e.Answer)
		fmt.Fprintf(b, "| `%s` | `%s` |\n", cell(e.Path), cell(answer))
	}
}

func quoted(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = "`" + n + "`"
	}
	return strings.Join(out, ", ")
}

// cell returns text for the cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", `\|`)
}
