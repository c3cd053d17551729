package server

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
)

// clientDevice is the commitment-device of signatures in the dialect of the
// JavaScript SDKs. No device verifies it from a stored message: what was signed
// is the request on the wire, so its signer is known for that request only.
const clientDevice = "rfc9421@1.0"

// withClientSignature reads signatures whose label does not begin with "comm-"
// (spec 06, 11 and 16.1). They cover header fields as they are on the wire. The
// message is reduced to what all of them cover, and its signers are noted.
//
// # Errors
//
// [fail.Invalid] when a signature does not hold.
func withClientSignature(m *message.Message, w *wire) (*message.Message, error) {
	sigs, inputs := w.fields.Text("signature"), w.fields.Text("signature-input")
	if sigs == "" || inputs == "" {
		return m, nil
	}
	bad := func(what string, args ...any) error {
		return fail.New(fail.Invalid, opVerify, "client signature: "+what, args...)
	}
	a, err := field.Lenient.ParseDictionary(sigs)
	if err != nil {
		return nil, bad("signature is not a structured field dictionary: %w", err)
	}
	b, err := field.Lenient.ParseDictionary(inputs)
	if err != nil {
		return nil, bad("signature-input is not a structured field dictionary: %w", err)
	}
	if len(a) == 0 || len(a) > 8 {
		return nil, bad("%d signatures, at most 8 are read", len(a))
	}
	commitments := message.NewBuilder(len(a))
	var signers []string
	for _, e := range a {
		in, ok := b.Get(e.Key)
		if !ok || !in.IsInner() || e.Value.Kind() != field.KindBytes {
			return nil, bad("%.64q has no signature-input, or one of the two has the wrong form", e.Key)
		}
		sig := []byte(e.Value.Text())
		c, err := checkClient(m, w, in, sig)
		if err != nil {
			return nil, bad("%.64q: %s", e.Key, fail.Sentence(err))
		}
		signers = append(signers, c.Text(commit.FieldCommitter))
		commitments.Set(httpsig.CommitmentID(sig), c)
	}
	return ao.WithSigners(m.Set(message.CommitmentsKey, commitments.Message()).OnlyCommitted(), signers...), nil
}

// checkClient verifies one signature and returns it as a commitment.
func checkClient(m *message.Message, w *wire, in field.Member, sig []byte) (*message.Message, error) {
	keyText, _ := in.Params.Get("keyid")
	raw, err := id.Decode(strings.TrimPrefix(keyText.Text(), httpsig.SchemePublicKey+":"))
	if err != nil {
		return nil, fail.New(fail.Invalid, opVerify, "keyid is not the base64 of a public key")
	}
	if alg, _ := in.Params.Get("alg"); alg.Text() != commit.TypeRSA {
		return nil, fail.New(fail.Invalid, opVerify, "algorithm %.64q, only %s is read", alg.Text(), commit.TypeRSA)
	}
	key, err := keys.NewPublicKey(keys.RSAPSSSHA512, raw)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(in.Inner))
	for i, it := range in.Inner {
		names[i] = strings.ToLower(it.Value.Text())
	}
	if err := checkDigest(w, names); err != nil {
		return nil, err
	}
	params, err := field.Lenient.AppendMember(nil, in)
	if err != nil {
		return nil, err
	}
	// The SDKs write the base line of a derived component without "@".
	err = nil
	for _, at := range [...]string{"", "@"} {
		var base []byte
		if base, err = clientBase(w, names, at, params); err == nil {
			if err = key.Verify(base, sig); err == nil {
				break
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P(commit.FieldDevice, message.Binary(clientDevice)),
		message.P(commit.FieldType, message.Binary(commit.TypeRSA)),
		message.P(commit.FieldKeyID, message.Binary(httpsig.SchemePublicKey+":"+base64.StdEncoding.EncodeToString(raw))),
		message.P(commit.FieldCommitter, message.Binary(httpsig.Address(raw))),
		message.P(commit.FieldSignature, message.Binary(id.Encode(sig))),
		message.P(commit.FieldCommitted, message.Strings(coveredKeys(m, w, names)).Numbered())), nil
}

// clientBase returns the signature base (RFC 9421, 2.5) over the fields on the
// wire; at is what precedes the names of derived components in their lines.
func clientBase(w *wire, names []string, at string, params []byte) ([]byte, error) {
	var base bytes.Buffer
	for _, n := range names {
		value, ok := "", false
		derived, isDerived := strings.CutPrefix(n, "@")
		if isDerived {
			value, ok = w.derived(derived)
			n = at + derived
		} else {
			var v message.Value
			v, ok = w.fields.Get(n)
			value, _ = message.Text(v)
		}
		if !ok {
			return nil, fail.New(fail.Invalid, opVerify, "the component %.64q is not in the request", n)
		}
		base.WriteString(`"` + n + `": ` + value + "\n")
	}
	base.WriteString(`"@signature-params": `)
	base.Write(params)
	return base.Bytes(), nil
}

// derived returns a derived component (RFC 9421, 2.2). A header "path" stands
// for "@path", as the SDKs send it.
func (w *wire) derived(name string) (string, bool) {
	plain, query, hasQuery := strings.Cut(w.target, "?")
	switch name {
	case "method":
		return w.method, true
	case "path":
		if v, ok := w.fields.Get(path.Key); ok {
			return message.Text(v)
		}
		return plain, true
	case "query":
		if hasQuery {
			query = "?" + query
		}
		return query, hasQuery
	case "request-target":
		return w.target, true
	case "authority":
		return strings.ToLower(w.fields.Text("host")), true
	}
	return "", false
}

// checkDigest compares the body with the content-digest that a signature
// covers; both base64 alphabets are read. A body that is not covered is
// refused, and so are uncovered fields that say how body and fields are read:
// either could change what the covered fields mean.
func checkDigest(w *wire, names []string) error {
	for _, k := range [...]string{"ao-types", "ao-ids", "ao-body-key"} {
		if w.fields.Has(k) && !slices.Contains(names, k) {
			return fail.New(fail.Invalid, opVerify, "%s decides what the message says, but is not signed", k)
		}
	}
	if strings.HasPrefix(w.fields.Text("content-type"), "multipart/") && !slices.Contains(names, "content-type") {
		return fail.New(fail.Invalid, opVerify, "the content-type of a multipart body is not signed")
	}
	if !slices.Contains(names, "content-digest") {
		if w.body != "" {
			return fail.New(fail.Invalid, opVerify, "the body is not signed: content-digest is not among the components")
		}
		return nil
	}
	text, ok := strings.CutPrefix(w.fields.Text("content-digest"), "sha-256=:")
	if !ok {
		return fail.New(fail.Invalid, opVerify, "content-digest is not of sha-256")
	}
	want, err := id.Decode(strings.TrimSuffix(text, ":"))
	sum := sha256.Sum256([]byte(w.body))
	if err != nil || !bytes.Equal(want, sum[:]) {
		return fail.New(fail.Invalid, opVerify, "the body does not match its content-digest")
	}
	return nil
}

// coveredKeys returns the keys of a message that the covered fields carry:
// those of the same name, and with content-digest all that came in the body.
func coveredKeys(m *message.Message, w *wire, names []string) []string {
	var out []string
	for k := range m.All() {
		_, inFields := w.fields.Get(k)
		if !inFields {
			_, inFields = w.fields.Get(k + message.LinkSuffix)
		}
		covered := slices.Contains(names, k) || slices.Contains(names, "@"+k) || slices.Contains(names, k+message.LinkSuffix)
		if covered && inFields || !inFields && slices.Contains(names, "content-digest") {
			out = append(out, k)
		}
	}
	return out
}
