// Package doctor examines a node: its configuration, what it exposes, the disk,
// the clock, the ports and the nodes it works with.
//
//	r := doctor.Local(ctx, doctor.Options{Config: cfg, Given: file})   // before the node runs
//	r := doctor.Remote(ctx, doctor.Options{}, "http://localhost:8734") // while it runs
//	for _, f := range r.Findings { fmt.Println(f.Level, f.Text, f.Do) }
//
// Every check is a function from what it looks at to findings, and each finding
// that is not good says what to do about it. Nothing is changed: the disk check
// writes one file, which it removes, and a running node is only asked for what
// anybody may ask it for.
package doctor
