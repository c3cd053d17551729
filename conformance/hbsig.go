package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/keys"
)

// clientRequest is what a client package put on the wire, and what the
// reference read from it.
type clientRequest struct {
	Headers map[string]string
	Body    json.RawMessage
	Reading *reading `json:"reference-reading"`
}

// reading is how the reference understood a request.
type reading struct {
	Status  int
	Message map[string]any
}

// hbsigSuite returns the suite of one file of hbsig/: requests of JavaScript
// clients are read as the reference reads them. Its cases share one node.
func hbsigSuite(t *testing.T) suite {
	var n *httpNode
	return func(c *testCase) error {
		if err := startNode(t, &n); err != nil {
			return err
		}
		if name := c.missingDevice(n.registry); name != "" {
			return &pending{name}
		}
		var signed, connect clientRequest
		if err := json.Unmarshal(c.m["signed"], &signed); err != nil {
			return err
		}
		if err := json.Unmarshal(c.m["reference-reading"], &signed.Reading); err != nil {
			return err
		}
		if err := n.reads(&signed); err != nil {
			return fmt.Errorf("hbsig: %w", err)
		}
		if raw := c.m["aoconnect"]; len(raw) > 0 {
			if err := json.Unmarshal(raw, &connect); err != nil {
				return err
			}
		}
		if connect.Reading == nil {
			return nil
		}
		if err := n.reads(&connect); err != nil {
			return fmt.Errorf("aoconnect: %w", err)
		}
		return nil
	}
}

// startNode starts a node with a key of its own, once.
func startNode(t *testing.T, n **httpNode) error {
	if *n != nil {
		return nil
	}
	wallet, err := keys.Generate(keys.Curve25519)
	if err != nil {
		return err
	}
	*n, err = newHTTPNode(t, wallet)
	return err
}

// reads posts a request without its signature to a key that shows what was
// read, and compares that with the reference's reading. Where the reference
// failed, any answer but a fault will do.
func (n *httpNode) reads(r *clientRequest) error {
	body, err := bytesOf(r.Body)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("POST /~message@1.0/set HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nrequire-codec: application/json\r\naccept-bundle: true\r\n")
	for _, k := range slices.Sorted(maps.Keys(r.Headers)) {
		v := r.Headers[k]
		switch k {
		case "signature", "signature-input", "path", "content-length", "host", "connection":
			continue
		}
		if strings.ContainsAny(k+v, "\r\n") {
			return nil // the client itself could not send it
		}
		b.WriteString(k + ": " + v + "\r\n")
	}
	fmt.Fprintf(&b, "content-length: %d\r\n\r\n%s", len(body), body)
	got, err := n.send([]byte(b.String()))
	if err != nil {
		return err
	}
	if r.Reading.Status != 200 {
		if got.status >= 500 {
			return &statusDiff{got.status, r.Reading.Status, got.body}
		}
		return nil
	}
	if got.status != 200 && r.Headers["status"] == "" {
		return &statusDiff{got.status, 200, got.body}
	}
	return sameReading(got.body, r.Reading.Message)
}

// bytesOf returns a body: null, a text, or {"$bytes": base64}.
func bytesOf(raw json.RawMessage) (string, error) {
	var v any
	if len(raw) == 0 {
		return "", nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return "", err
	}
	switch x := v.(type) {
	case nil:
		return "", nil
	case string:
		return x, nil
	case map[string]any:
		s, _ := x["$bytes"].(string)
		b, err := base64.StdEncoding.DecodeString(s)
		return string(b), err
	}
	return "", fmt.Errorf("body %.80s", raw)
}

// transportKeys are keys of a reading that come from the request's transport.
var transportKeys = []string{
	"accept", "accept-bundle", "ao-types", "commitments", "connection", "content-digest", "content-length",
	"content-type", "device", "host", "method", "require-codec", "status", "accept-encoding", "accept-language", "user-agent", "sec-fetch-mode",
}

// sameReading compares a message in JSON with a recorded one.
func sameReading(text string, want map[string]any) error {
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return fmt.Errorf("not JSON: %w: %.300q", err, text)
	}
	for _, k := range transportKeys {
		delete(got, k)
		delete(want, k)
	}
	if !reflect.DeepEqual(got, want) {
		g, _ := json.Marshal(got)
		w, _ := json.Marshal(want)
		return fmt.Errorf("read as\n   got %.600s\n  want %.600s", g, w)
	}
	return nil
}
