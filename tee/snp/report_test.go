package snp

import (
	"bytes"
	"crypto/sha512"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-sev-guest/verify/testdata"

	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
)

// The reports of the reference, judged as spec 04, 7.3 says: their JSON comes
// out as it went in, and what is signed has the hash of 7.3.3.
func TestReferenceReports(t *testing.T) {
	for name, want := range map[string]string{
		"admissible-report.json": "1cbaef3ca7734b54f02c346b1ef58735150b3abd700b5e5e53656cb0bc01f8e1ba51fa1dfb9b404353f8cf3e885a34ea",
		"snp-attestation.json":   "5d330f3d447535716877723ababd26e9bf5c73c5cc314bdd4f312f08a73e707f08a7ce25b213d5ba112bdc9b6b264ad8",
	} {
		text := bytes.TrimSpace(sharedtest.File(t, "testdata/"+name))
		r, err := ParseJSON(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if !bytes.Equal(r.JSON(), text) {
			t.Errorf("%s: the JSON comes out as %s", name, r.JSON())
		}
		if h := sha512.Sum384(r.Signed()); hexOf(h[:]) != want {
			t.Errorf("%s: the signed part has the hash %x", name, h)
		}
		if r.Version() != 2 || r.Policy() != 0x30000 || r.VMPL() != 1 || r.Debug() || r.Migratable() || r.signer() != 0 {
			t.Errorf("%s: version %d, policy %x, VMPL %d", name, r.Version(), r.Policy(), r.VMPL())
		}
		if tcb := (TCB{4, 0, 22, 213}); r.Reported() != tcb || r.Current() != tcb || r.Committed() != tcb || r.Launched() != tcb {
			t.Errorf("%s: TCB %+v", name, r.Reported())
		}
		again, err := Parse(r[:])
		if err != nil || again != r {
			t.Errorf("%s: the binary form comes out otherwise (%v)", name, err)
		}
	}
}

// CONF-TEE-10
func TestMeasurementOfReport(t *testing.T) {
	r, err := ParseJSON(sharedtest.File(t, "testdata/snp-measurement.json"))
	if err != nil {
		t.Fatal(err)
	}
	m := r.Measurement()
	if got := hexOf(m[:]); got != "5e5704c5140bff81b3c5926808d498f86e0b3cf652fe1837c92f9de5a3526c42bf8af1e5289085aa746d113e14f19077" {
		t.Error(got)
	}
}

// The second digest vector is the machine that made the admissible report.
func TestAdmissibleMeasurement(t *testing.T) {
	r, err := ParseJSON(sharedtest.File(t, "testdata/admissible-report.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := reference(t, "544045560322dbcd2c454bdc50f35edf0147829ec440e6cb487b4a1503f923c1", "95a34faced5e487991f9cc2253a41cbd26b708bf00328f98dddbbf6b3ea2892e").Digest()
	if err != nil || r.Measurement() != want {
		t.Errorf("%x, want %x (%v)", r.Measurement(), want, err)
	}
}

// SEC-17: numbers that do not fit their field are refused, not cut.
func TestJSONRefuses(t *testing.T) {
	r, err := Parse(testdata.AttestationBytes)
	if err != nil {
		t.Fatal(err)
	}
	text := string(r.JSON())
	set := func(name, value string) string {
		var m map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		m[name] = json.RawMessage(value)
		if value == "" {
			delete(m, name)
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if _, err := ParseJSON([]byte(set("something_new", "1"))); err != nil {
		t.Error("a member that is not known:", err)
	}
	if _, err := ParseJSON([]byte(set("_reserved_4", ""))); err != nil {
		t.Error("a reserved member that is missing:", err)
	}
	for name, in := range map[string]string{
		"nothing":        "",
		"null":           "null",
		"a list":         "[]",
		"half":           text[:1000],
		"wide version":   set("version", "4294967298"),
		"wide policy":    set("policy", "18446744073709551616"),
		"negative":       set("policy", "-1"),
		"fraction":       set("policy", "196608.5"),
		"text":           set("policy", `"196608"`),
		"wide byte":      set("report_data", strings.Replace(`[`+strings.Repeat("0,", 63)+`0]`, "0", "256", 1)),
		"null byte":      set("report_data", strings.Replace(`[`+strings.Repeat("0,", 63)+`0]`, "0", "null", 1)),
		"base64":         set("report_data", `"`+strings.Repeat("A", 86)+`=="`),
		"short":          set("report_data", "[1,2]"),
		"no data":        set("report_data", ""),
		"no measurement": set("measurement", ""),
		"half a TCB":     set("reported_tcb", `{"bootloader":1}`),
		"reserved bit":   set("_reserved_0", "1"),
		"policy bit":     set("policy", "0"),
		"version":        set("version", "1"),
		"long":           text + strings.Repeat(" ", MaxJSON),
	} {
		if _, err := ParseJSON([]byte(in)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	r, err := Parse(testdata.AttestationBytes)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.JSON())
	f.Add([]byte(`{"version":2}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseJSON(b)
		if err != nil {
			return
		}
		again, err := ParseJSON(r.JSON())
		if err != nil || again != r {
			t.Fatalf("a report does not survive its own JSON: %v", err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(testdata.AttestationBytes)
	f.Add(make([]byte, Size))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Parse(b)
		if err != nil {
			return
		}
		again, err := ParseJSON(r.JSON())
		if err != nil || again != r {
			t.Fatalf("a report does not survive JSON: %v", err)
		}
	})
}

func BenchmarkParseJSON(b *testing.B) {
	r, err := Parse(testdata.AttestationBytes)
	if err != nil {
		b.Fatal(err)
	}
	text := r.JSON()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseJSON(text); err != nil {
			b.Fatal(err)
		}
	}
}
