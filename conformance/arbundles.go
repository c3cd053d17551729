package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// arbundlesSuite returns the suite of arbundles/items.json: items of the
// JavaScript package are read as the reference reads them. Its cases share one
// node.
func arbundlesSuite(t *testing.T) suite {
	var n *httpNode
	return func(c *testCase) error {
		if err := startNode(t, &n); err != nil {
			return err
		}
		raw, err := bytesOf(c.m["raw"])
		if err != nil {
			return err
		}
		var want reading
		if err := json.Unmarshal(c.m["reference-reading"], &want); err != nil {
			return err
		}
		got, err := n.send(fmt.Appendf(nil, "POST /~json@1.0/serialize HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"+
			"content-type: application/ans104\r\ncodec-device: ans104@1.0\r\ncontent-length: %d\r\n\r\n%s", len(raw), raw))
		if err != nil {
			return err
		}
		if name := c.missingDevice(n.registry); name != "" {
			return &pending{name}
		}
		if want.Status == 500 && got.status < 500 {
			return nil
		}
		if got.status != want.Status {
			return &statusDiff{got.status, want.Status, got.body}
		}
		if want.Status != 200 {
			return nil
		}
		return sameItemReading(got.body, want.Message)
	}
}

// sameItemReading compares the JSON of an item. The answer may be the JSON
// itself, or a message in JSON that has it as its body.
func sameItemReading(text string, want map[string]any) error {
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return fmt.Errorf("not JSON: %w: %.300q", err, text)
	}
	if inner, ok := want["body"].(string); ok && want["commitments"] == nil || ok && want["content-type"] == "application/json" {
		var w map[string]any
		if json.Unmarshal([]byte(inner), &w) == nil {
			inner, _ := got["body"].(string)
			return sameItemReading(inner, w)
		}
	}
	for _, m := range []map[string]any{got, want} {
		maps.DeleteFunc(m, func(k string, v any) bool {
			return v == `accept-bundle="atom"` || slices.Contains([]string{"accept", "accept-bundle", "method", "device", "status", "codec-device"}, k)
		})
	}
	if diff := firstDiff(got, want); diff != nil {
		if withoutOriginalTags(got); firstDiff(got, want) == nil {
			return &moreExact{"keeps the tags of an item whose types make it other than its tags"}
		}
		return diff
	}
	return nil
}

// firstDiff names the first member that differs.
func firstDiff(got, want map[string]any) error {
	all := maps.Clone(got)
	maps.Copy(all, want)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if !reflect.DeepEqual(got[k], want[k]) {
			g, _ := json.Marshal(got[k])
			w, _ := json.Marshal(want[k])
			return fmt.Errorf("%q read as\n   got %.900s\n  want %.900s", k, g, w)
		}
	}
	return nil
}

func withoutOriginalTags(m map[string]any) {
	commitments, _ := m["commitments"].(map[string]any)
	for _, e := range commitments {
		if c, ok := e.(map[string]any); ok {
			delete(c, "original-tags")
		}
	}
}
