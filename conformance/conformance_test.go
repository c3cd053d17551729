package conformance

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

var vectorsFlag = flag.String("vectors", "", "folder of vector files (default ../shared/vectors)")

// suites maps vector files, relative to the folder, to what runs them.
func suites(t *testing.T) map[string]suite {
	return map[string]suite{
		"structured.json": structuredCase,
		"httpsig.json":    httpsigCase,
		// CONF-MSG-60..62
		"ids.json": idsCase,
		// CONF-PATH-01..11
		"singleton.json": singletonCase,
		"maporder.json":  mapOrderCase,
		// CONF-MSG-81
		"json.json": jsonCase,
		// CONF-MSG-80
		"flat.json": flatCase,
		// CONF-HTTP-02, 05, 11..13, CONF-META-01, 03, 04
		"http.json":            httpSuite(t),
		"arbundles/items.json": arbundlesSuite(t),
		"hbsig/ao.json":        hbsigSuite(t),
		"hbsig/atom.json":      hbsigSuite(t),
		"hbsig/binary.json":    hbsigSuite(t),
		"hbsig/body.json":      hbsigSuite(t),
		"hbsig/empty.json":     hbsigSuite(t),
		"hbsig/flat.json":      hbsigSuite(t),
		"hbsig/list.json":      hbsigSuite(t),
		"hbsig/map.json":       hbsigSuite(t),
		"hbsig/number.json":    hbsigSuite(t),
		// CONF-MSG-90..94, 98, 99, 102, 103
		"ans104.json": ans104Case,
		// CONF-MSG-77, 79, CONF-AO-31
		"hashpath.json": hashpathCase,
		// CONF-AO-02, 10, 21..25, 30, 39, CONF-MSG-68
		"resolve.json": resolveCase,
		// CONF-LUA-03, 04, 06, 12
		"lua.json":        luaCase,
		"lua-random.json": luaCase,
		// CONF-WASM-02, 03, 10, CONF-JSON-01
		"wasm.json": newWasmSuite(t).wasmCase,
		// CONF-PROC-04..08, 13, 24, CONF-LUA-08: lives of processes over HTTP
		"process.json": processSuite(t, newWasmSuite(t).engine),
	}
}

func TestVectors(t *testing.T) {
	dir := *vectorsFlag
	if dir == "" {
		dir = sharedtest.Dir(t, "vectors")
	}
	all := suites(t)
	files := map[string][]*testCase{}
	shelf := shelf{}
	keyring, err := readWallets(sharedtest.Dir(t, "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range all {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		cases, err := readVectors(path, shelf, keyring)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = cases
	}
	if len(files) == 0 {
		t.Fatalf("no vector file found in %s", dir)
	}
	if *vectorsFlag != "" {
		addNeighbours(t, all, files, shelf, keyring)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		t.Run(name, func(t *testing.T) { runFile(t, name, files[name], all[name]) })
	}
}

// sequential are the files whose cases share one node, so that one may read what
// another has written.
func sequential(name string) bool { return name == "http.json" }

// addNeighbours reads the vectors of ../shared beside those of another folder:
// the messages that occur in them stood in the reference's store too, and of
// sequential files the cases between those of the folder run, uncounted.
func addNeighbours(t *testing.T, all map[string]suite, files map[string][]*testCase, shelf shelf, keyring wallets) {
	dir := sharedtest.Dir(t, "vectors")
	for name := range all {
		cases, err := readVectors(filepath.Join(dir, name), shelf, keyring)
		if err != nil || !sequential(name) || files[name] == nil {
			continue // a neighbour that cannot be read is no part of the test
		}
		for _, c := range cases {
			if !slices.ContainsFunc(files[name], func(own *testCase) bool { return own.name == c.name }) {
				c.uncounted = true
				files[name] = append(files[name], c)
			}
		}
		slices.SortStableFunc(files[name], func(a, b *testCase) int { return strings.Compare(a.name, b.name) })
	}
}

func runFile(t *testing.T, name string, cases []*testCase, run suite) {
	sum := tally{deviations: map[string]int{}, pending: map[string]int{}}
	for _, c := range cases {
		err := run(c)
		if c.uncounted {
			continue
		}
		var p *pending
		switch {
		case err == nil:
			sum.passed++
			continue
		case errors.As(err, &p):
			sum.pending[p.device]++
			continue
		}
		if d := deviationOf(c, err); d != "" {
			sum.deviations[d]++
			continue
		}
		sum.failed++
		t.Errorf("%s (%s): %v", c.name, c.kind, err)
	}
	fmt.Printf("%s: %s\n", name, &sum)
}

func deviationOf(c *testCase, err error) string {
	for _, d := range deviations() {
		if d.holds(c, err) {
			return d.name
		}
	}
	return ""
}
