package snp

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
)

// MaxJSON is the greatest JSON report that is read, in bytes. A report has some
// 3,600.
const MaxJSON = 64 << 10

// field is one member of the JSON: an integer of size bytes, little endian; an
// array of size integers; or an object of other fields.
type field struct {
	name string
	at   int // offset in the report, or in the object
	size int
	kind kind
	in   []field
}

type kind uint8

const (
	integer kind = iota
	array
	object
)

func number(name string, at, size int) field { return field{name, at, size, integer, nil} }
func octets(name string, at, size int) field { return field{name, at, size, array, nil} }
func tcb(name string, at int) field          { return field{name, at, 8, object, tcbFields()} }

func tcbFields() []field {
	return []field{number("bootloader", 0, 1), number("tee", 1, 1), octets("_reserved", 2, 4), number("snp", 6, 1), number("microcode", 7, 1)}
}

// fields lists the members in the order of the reference (spec 04, 7.3.1).
func fields() []field {
	return []field{
		number("version", 0x000, 4), number("guest_svn", 0x004, 4), number("policy", 0x008, 8),
		octets("family_id", 0x010, 16), octets("image_id", 0x020, 16), number("vmpl", 0x030, 4),
		number("sig_algo", 0x034, 4), tcb("current_tcb", 0x038), number("plat_info", 0x040, 8),
		number("_author_key_en", 0x048, 4), number("_reserved_0", 0x04C, 4), octets("report_data", 0x050, 64),
		octets("measurement", 0x090, 48), octets("host_data", 0x0C0, 32), octets("id_key_digest", 0x0E0, 48),
		octets("author_key_digest", 0x110, 48), octets("report_id", 0x140, 32), octets("report_id_ma", 0x160, 32),
		tcb("reported_tcb", 0x180), octets("_reserved_1", 0x188, 24), octets("chip_id", 0x1A0, 64),
		tcb("committed_tcb", 0x1E0), number("current_build", 0x1E8, 1), number("current_minor", 0x1E9, 1),
		number("current_major", 0x1EA, 1), number("_reserved_2", 0x1EB, 1), number("committed_build", 0x1EC, 1),
		number("committed_minor", 0x1ED, 1), number("committed_major", 0x1EE, 1), number("_reserved_3", 0x1EF, 1),
		tcb("launch_tcb", 0x1F0), octets("_reserved_4", 0x1F8, 168),
		{"signature", 0x2A0, 512, object, []field{octets("r", 0, 72), octets("s", 72, 72), octets("_reserved", 144, 368)}},
	}
}

// optional reports whether a member may be missing, which makes it zero:
// reserved bytes, and the signature, without which a report proves nothing.
func (f field) optional() bool { return strings.HasPrefix(f.name, "_") || f.name == "signature" }

// JSON returns the report as the reference writes it: one line, members in
// their order.
func (r *Report) JSON() []byte {
	return appendObject(make([]byte, 0, 4096), r[:], fields())
}

func appendObject(out, b []byte, members []field) []byte {
	out = append(out, '{')
	for i, f := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(out, f.name...)
		out = append(out, '"', ':')
		part := b[f.at : f.at+f.size]
		switch f.kind {
		case integer:
			out = strconv.AppendUint(out, little(part), 10)
		case object:
			out = appendObject(out, part, f.in)
		case array:
			out = append(out, '[')
			for j, x := range part {
				if j > 0 {
					out = append(out, ',')
				}
				out = strconv.AppendUint(out, uint64(x), 10)
			}
			out = append(out, ']')
		}
	}
	return append(out, '}')
}

func little(b []byte) uint64 {
	var n uint64
	for i, x := range b {
		n |= uint64(x) << (8 * i)
	}
	return n
}

// ParseJSON reads a report from JSON. Members that it does not know are left
// out, since what is signed has no place for them.
//
// # Errors
//
// [fail.TooLarge] above [MaxJSON]; [fail.Invalid] names the member that is
// missing or out of its range, or says why the bytes are no report.
func ParseJSON(text []byte) (Report, error) {
	var r Report
	if len(text) > MaxJSON {
		return r, fail.New(fail.TooLarge, "snp.ParseJSON", "an attestation report in JSON has at most %d bytes, this has %d", MaxJSON, len(text))
	}
	if err := readObject(r[:], text, fields()); err != nil {
		return Report{}, err
	}
	return r, r.validate()
}

func readObject(b []byte, text []byte, members []field) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(text, &m); err != nil || m == nil {
		return fail.New(fail.Invalid, "snp.ParseJSON", "an attestation report is a JSON object")
	}
	for _, f := range members {
		raw, ok := m[f.name]
		if !ok {
			if f.optional() {
				continue
			}
			return fail.New(fail.Invalid, "snp.ParseJSON", "the attestation report has no %s", f.name)
		}
		if err := f.read(b[f.at:f.at+f.size], raw); err != nil {
			return err
		}
	}
	return nil
}

// read puts the value of a field where it belongs. Numbers that do not fit are
// errors: the reference cuts them, and then judges another report than the one
// it was given (SEC-17).
func (f field) read(to []byte, raw json.RawMessage) error {
	switch f.kind {
	case object:
		return readObject(to, raw, f.in)
	case integer:
		n, err := strconv.ParseUint(string(bytes.TrimSpace(raw)), 10, 8*f.size)
		if err != nil {
			return fail.New(fail.Invalid, "snp.ParseJSON", "%s of the attestation report is an integer of %d bits", f.name, 8*f.size)
		}
		for i := range to {
			to[i] = byte(n >> (8 * i))
		}
		return nil
	}
	var list []octet
	if err := json.Unmarshal(raw, &list); err != nil || len(list) != f.size {
		return fail.New(fail.Invalid, "snp.ParseJSON", "%s of the attestation report is a list of %d integers below 256", f.name, f.size)
	}
	for i, x := range list {
		to[i] = byte(x)
	}
	return nil
}

// octet is a byte in a JSON array. A slice of bytes the package json would read
// from base64 text too, and null as zero.
type octet uint16

// UnmarshalJSON implements [json.Unmarshaler].
func (o *octet) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(string(b), 10, 8)
	*o = octet(n)
	return err
}
