package node

import (
	_ "embed"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed page.html
var pageHTML string

// rootPage answers "/" with the status of the node, unless the configuration
// redirects it: nil then leaves the path to the server.
func (n *Node) rootPage(c Config) http.Handler {
	if c.DefaultRequest != "" {
		return nil
	}
	page := template.Must(template.New("page").Parse(pageHTML))
	start := time.Now()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var devices []string
		for _, d := range n.engine.Registry().Devices() {
			devices = append(devices, d.Name)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		// A client that is gone cannot be told.
		_ = page.Execute(w, struct {
			Name, Version, Address, Uptime, Devices, Initialized string
		}{Name, Version, n.Address(), time.Since(start).Round(time.Second).String(), strings.Join(devices, "  "), n.Config().Initialized})
	})
}
