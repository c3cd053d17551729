package legacynet

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// outcome returns the results of a state as a compute unit gives them. Those of
// programs of legacynet are what the program gave; of others, the outbox becomes
// messages and the data output (spec 03, 9.6 and 10.5).
func outcome(results json.RawMessage) json.RawMessage {
	var r struct {
		JSON struct {
			Body string `json:"body"`
		} `json:"json"`
		Outbox map[string]map[string]any `json:"outbox"`
		Data   any                       `json:"data"`
		Output any                       `json:"output"`
		Error  any                       `json:"error"`
	}
	if err := json.Unmarshal(results, &r); err == nil && json.Valid([]byte(r.JSON.Body)) {
		return json.RawMessage(r.JSON.Body)
	}
	out := map[string]any{"Messages": messages(r.Outbox), "Spawns": []any{}, "Assignments": []any{}, "GasUsed": 0}
	switch output := r.Output.(type) {
	case map[string]any:
		out["Output"] = output
	case nil:
		out["Output"] = map[string]any{"data": orEmpty(r.Data)}
	default:
		out["Output"] = map[string]any{"data": output}
	}
	if r.Error != nil {
		out["Error"] = r.Error
	}
	text, err := json.Marshal(out)
	if err != nil {
		return json.RawMessage(`{"Error":"the result cannot be shown"}`)
	}
	return text
}

func orEmpty(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// messages returns an outbox as a list of messages of legacynet.
func messages(outbox map[string]map[string]any) []map[string]any {
	keys := make([]string, 0, len(outbox))
	for k, m := range outbox {
		if m != nil && k != "commitments" {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		a, errA := strconv.Atoi(keys[i])
		b, errB := strconv.Atoi(keys[j])
		if errA == nil && errB == nil {
			return a < b
		}
		return keys[i] < keys[j]
	})
	out := make([]map[string]any, 0, len(keys))
	for _, k := range keys {
		out = append(out, oneMessage(outbox[k]))
	}
	return out
}

// oneMessage returns an entry of an outbox with its fields, and tags for the
// rest.
func oneMessage(m map[string]any) map[string]any {
	out := map[string]any{"Target": "", "Data": "", "Anchor": "", "Tags": []tag{}}
	var tags []tag
	for _, k := range sortedKeys(m) {
		switch strings.ToLower(k) {
		case "target", "data", "anchor":
			out[strings.ToUpper(k[:1])+strings.ToLower(k[1:])] = m[k]
		case "tags", "commitments", "ao-types":
		default:
			if s, ok := m[k].(string); ok {
				tags = append(tags, tag{k, s})
			}
		}
	}
	if tags != nil {
		out["Tags"] = tags
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// tag is a tag of a message of legacynet.
type tag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// dryMessage is a message that is to be tried.
type dryMessage struct {
	ID          string          `json:"Id,omitempty"`
	Owner       string          `json:"Owner,omitempty"`
	From        string          `json:"From,omitempty"`
	Target      string          `json:"Target,omitempty"`
	Data        json.RawMessage `json:"Data,omitempty"`
	Tags        []tag           `json:"Tags,omitempty"`
	Anchor      string          `json:"Anchor,omitempty"`
	Timestamp   json.Number     `json:"Timestamp,omitempty"`
	BlockHeight json.Number     `json:"Block-Height,omitempty"`
}

// plain returns the message as one of AO-Core, for processes that are no
// programs of legacynet.
func (m dryMessage) plain() map[string]any {
	out := map[string]any{}
	for _, t := range m.Tags {
		if name := strings.ToLower(t.Name); name != "commitments" && name != "ao-types" && !strings.Contains(name, "/") {
			out[name] = t.Value
		}
	}
	if m.Data != nil {
		out["data"] = m.Data
	}
	if m.Target != "" {
		out["target"] = m.Target
	}
	return out
}
