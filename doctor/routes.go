package doctor

import (
	"regexp"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/route"
)

// table returns the routes of a configuration.
func table(c *node.Config) (route.Table, error) {
	v, ok := c.Options.Get(route.OptRoutes.Name)
	if !ok {
		v = route.OptRoutes.Default
	}
	return route.ReadTable(v)
}

// Routes looks for routes that lead nowhere or that no request can match.
func Routes(c *node.Config) []Finding {
	f := findings{check: "configuration"}
	t, err := table(c)
	if err != nil {
		f.add(Problem, `Write it as a list of {"template", "node"}, as in docs/devices/router@1.0.md.`, "the option routes cannot be read: %s", fail.Sentence(err))
		return f.list
	}
	for i, r := range t.Routes {
		if template, ok := r.Get("template"); ok {
			if text, isText := message.Text(template); isText {
				if _, err := regexp.Compile(text); err != nil && text != "*" {
					f.add(Problem, "Correct the regular expression; look-ahead and back-references do not exist in RE2 syntax.", "template %.80q of route %d matches nothing: %s", text, i+1, err)
				}
			}
		}
		nodes := nodesOf(r)
		if len(nodes) == 0 {
			f.add(Problem, `Give it "node", or "nodes" with a "strategy".`, "route %d has no node", i+1)
		}
		for _, n := range nodes {
			if m, ok := n.(*message.Message); ok && !m.Has("prefix") && !m.Has("suffix") && !m.Has("uri") && (!m.Has("match") || !m.Has("with")) {
				f.add(Problem, `Give it "prefix", "suffix", or "match" and "with".`, "a node of route %d has no rule that makes a URL", i+1)
			}
		}
		if _, err := route.Choose(nil, route.Choice{Strategy: r.Text("strategy")}, nil); err != nil {
			f.add(Problem, "Use one of those in docs/devices/router@1.0.md.", "route %d: %s", i+1, fail.Sentence(err))
		}
	}
	return f.orGood("%d routes can be read", len(t.Routes))
}

// nodesOf returns the nodes of a route.
func nodesOf(r *message.Message) []message.Value {
	if n, ok := r.Get("node"); ok {
		return []message.Value{n}
	}
	v, _ := r.Get("nodes")
	l, ok := v.(*message.List)
	if m, isMsg := v.(*message.Message); isMsg {
		var err error
		l, err = m.List()
		ok = err == nil
	}
	if !ok {
		return nil
	}
	out := make([]message.Value, l.Len())
	for i, n := range l.All() {
		out[i] = n
	}
	return out
}
