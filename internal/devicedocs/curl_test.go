package devicedocs_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/device/all"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/node"
)

// TestCurl tries the curl lines in the documentation of devices on a fresh node.
// A line that begins with "#" after one says what is answered: three digits are
// the status, if it is not 200, anything else is in the body.
func TestCurl(t *testing.T) {
	for _, d := range all.Devices(all.Deps{}) {
		lines := strings.Split(d.Doc, "\n")
		for i, line := range lines {
			command, ok := strings.CutPrefix(line, "    curl ")
			if !ok {
				continue
			}
			want := ""
			if i+1 < len(lines) {
				want, _ = strings.CutPrefix(lines[i+1], "    # ")
				if !strings.HasPrefix(lines[i+1], "    # ") {
					want = ""
				}
			}
			t.Run(d.Name, func(t *testing.T) { curl(t, d, command, want) })
		}
	}
}

func curl(t *testing.T, d *ao.Device, command, want string) {
	c := node.DefaultConfig()
	c.DataDir, c.Store = "", "memory"
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		t.Fatal(err)
	}
	n, err := node.Open(context.Background(), c, node.WithKey(k))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(n.Handler())
	defer func() {
		srv.Close()
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}()
	res, err := http.DefaultClient.Do(request(t, command, srv.URL))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	status, err := strconv.Atoi(want)
	isStatus := err == nil && len(want) == 3
	if !isStatus {
		status = http.StatusOK
	}
	if res.StatusCode != status || !isStatus && !strings.Contains(string(body), want) {
		t.Errorf("curl %s\nanswers %d %.300s\nwant %s", command, res.StatusCode, body, want)
	}
}

// request returns the request of a curl command: a URL, and the flags -X, -H
// and -d.
func request(t *testing.T, command, node string) *http.Request {
	words := split(t, command)
	method, url, body := http.MethodGet, "", ""
	header := http.Header{}
	for i := 0; i < len(words); i++ {
		switch w := words[i]; w {
		case "-X", "-H", "-d":
			if i++; i == len(words) {
				t.Fatalf("curl %s: nothing follows %s", command, w)
			}
			switch w {
			case "-X":
				method = words[i]
			case "-H":
				name, value, _ := strings.Cut(words[i], ":")
				header.Set(name, strings.TrimSpace(value))
			default:
				body = words[i]
				if method == http.MethodGet {
					method = http.MethodPost
				}
			}
		default:
			if strings.HasPrefix(w, "-") {
				t.Fatalf("curl %s: the test does not know %s", command, w)
			}
			url = w
		}
	}
	rest, ok := strings.CutPrefix(url, "http://localhost:8734")
	if !ok {
		t.Fatalf("curl %s: the URL does not begin with http://localhost:8734", command)
	}
	req, err := http.NewRequest(method, node+rest, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	if h := header.Get("Host"); h != "" {
		req.Host = h
	}
	return req
}

// split returns the words of a command as a shell does, with ' and " around
// words.
func split(t *testing.T, command string) (words []string) {
	var word strings.Builder
	quote, in := byte(0), false
	for i := 0; i < len(command); i++ {
		switch c := command[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, in = c, true
		case quote == 0 && c == ' ':
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			in = false
		default:
			if quote == 0 && strings.IndexByte("&;|?*<>$()", c) >= 0 {
				t.Fatalf("curl %s: %c needs quotes", command, c)
			}
			word.WriteByte(c)
			in = true
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words
}
