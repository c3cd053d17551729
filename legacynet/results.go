package legacynet

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// Limits of pages of results.
const (
	defaultResults = 25
	maxResults     = 500
)

// connection is a page of results.
type connection struct {
	PageInfo struct {
		HasNextPage bool `json:"hasNextPage"`
	} `json:"pageInfo"`
	Edges []edge `json:"edges"`
}

// edge is a result with the cursor that goes on from it.
type edge struct {
	Node   json.RawMessage `json:"node"`
	Cursor string          `json:"cursor"`
}

// cursor says where a page begins or ends: after or at a slot. Compute units
// write it as JSON in base64; clients only hand it back.
type cursor struct {
	Ordinate string  `json:"ordinate"` // the slot
	Cron     *string `json:"cron"`
	Sort     string  `json:"sort"`
}

func (c cursor) String() string {
	text, _ := json.Marshal(c) // cannot fail
	return base64.StdEncoding.EncodeToString(text)
}

// parseCursor reads a cursor, or the number of a slot; nothing is otherwise.
func parseCursor(text string, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	if !isSlot(text) {
		var c cursor
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			b, err = base64.RawURLEncoding.DecodeString(text)
		}
		if err == nil {
			err = json.Unmarshal(b, &c)
		}
		if err != nil || !isSlot(c.Ordinate) {
			return 0, fail.New(fail.Invalid, "legacynet.Cursor", "from and to must be cursors of this node, or slots")
		}
		text = c.Ordinate
	}
	return strconv.ParseInt(text, 10, 64)
}

// span is the part of a schedule that a page is of: slots after from, up to to,
// at most limit of them, the newest first if down.
type span struct {
	from, to int64
	limit    int
	down     bool
}

func (x *exchange) span(newest int64) (span, error) {
	const op = "legacynet.Results"
	s := span{limit: defaultResults}
	var err error
	if s.from, err = parseCursor(x.query.Get("from"), -1); err != nil {
		return s, err
	}
	if s.to, err = parseCursor(x.query.Get("to"), newest); err != nil {
		return s, err
	}
	s.to = min(s.to, newest)
	if text := x.query.Get("limit"); text != "" {
		if s.limit, err = strconv.Atoi(text); err != nil || s.limit < 1 {
			return s, fail.New(fail.Invalid, op, "limit must be a number from 1 on")
		}
		s.limit = min(s.limit, maxResults)
	}
	switch x.query.Get("sort") {
	case "", "ASC":
	case "DESC":
		s.down = true
	default:
		return s, fail.New(fail.Invalid, op, "sort is ASC or DESC")
	}
	return s, nil
}

// slots returns the slots of the page, and whether there are more.
func (s span) slots() ([]int64, bool) {
	n := s.to - s.from
	if n <= 0 {
		return nil, false
	}
	out := make([]int64, min(n, int64(s.limit)))
	for i := range out {
		out[i] = s.from + 1 + int64(i)
		if s.down {
			out[i] = s.to - int64(i)
		}
	}
	return out, n > int64(len(out))
}

// results answers with a page of results (spec 06, 5).
func (x *exchange) results(process string) {
	if x.elsewhere(process) {
		return
	}
	newest, ok := x.newest(process)
	if !ok {
		return
	}
	s, err := x.span(newest)
	if err != nil {
		x.fail(err)
		return
	}
	slots, more := s.slots()
	page := connection{Edges: make([]edge, 0, len(slots))}
	page.PageInfo.HasNextPage = more
	order := map[bool]string{false: "ASC", true: "DESC"}[s.down]
	for _, slot := range slots {
		text, out := x.resultOf(process, slot)
		if out != nil {
			if len(page.Edges) == 0 || out.status >= http.StatusInternalServerError && s.down {
				x.refuse(out.status, out.reason())
				return
			}
			page.PageInfo.HasNextPage = false // a slot that fails is the end of what there is
			break
		}
		page.Edges = append(page.Edges, edge{text, cursor{Ordinate: strconv.FormatInt(slot, 10), Sort: order}.String()})
	}
	x.send(http.StatusOK, page)
}

// newest returns the newest slot of a process; when there is none, it has
// answered.
func (x *exchange) newest(process string) (int64, bool) {
	out := x.get("/" + process + "~process@1.0/slot/current")
	if out == nil {
		return 0, false
	}
	slot, err := strconv.ParseInt(out.body.String(), 10, 64)
	if err != nil {
		x.refuse(http.StatusBadGateway, "the scheduler did not answer with a slot")
		return 0, false
	}
	return slot, true
}
