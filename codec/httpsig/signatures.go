package httpsig

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/field"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// addSignatures adds the fields "signature" and "signature-input" for the
// commitments of m to its encoded form (spec 01, 10.6). A message that is
// itself a commitment is written as its own signature.
func addSignatures(ctx context.Context, env codec.Env, out, m *message.Message) (*message.Message, error) {
	commitments := m.Commitments()
	if commitments == nil {
		if !m.Has(keySignature) || !m.Has(fieldCommitted) {
			return out, nil
		}
		commitments = message.Of(message.P("own", m.With(keySignature, fieldCommitted, fieldKeyID, fieldType, fieldBundle)))
	}
	type signature struct {
		commitment *message.Message
		bytes      []byte
	}
	byName := make(map[string]signature, commitments.Len())
	names := make([]string, 0, commitments.Len())
	for k, v := range commitments.All() {
		c, ok := v.(*message.Message)
		if !ok || !c.Has(fieldSignature) {
			continue // an unsigned ANS-104 commitment has no HTTP form
		}
		sig, err := id.Decode(c.Text(fieldSignature))
		if err != nil {
			if k == "own" {
				return out, nil // a key that happens to be called so
			}
			return nil, fail.New(fail.Invalid, "httpsig.Encode", "the signature of commitment %s is not base64url: %w", k, err)
		}
		n := signatureName(sig)
		if _, dup := byName[n]; !dup {
			names = append(names, n)
		}
		byName[n] = signature{c, sig}
	}
	if len(names) == 0 {
		return out, nil
	}
	message.SortWire(names)
	var sigs, inputs field.Dictionary
	for _, n := range names {
		s := byName[n]
		in, err := inputOf(ctx, env, m, s.commitment)
		if err != nil {
			return nil, err
		}
		sigs = append(sigs, field.Entry{Key: n, Member: field.One(field.Bytes(s.bytes))})
		inputs = append(inputs, field.Entry{Key: n, Member: in})
	}
	a, err := field.Lenient.AppendDictionary(nil, sigs)
	if err != nil {
		return nil, err
	}
	b, err := field.Lenient.AppendDictionary(nil, inputs)
	if err != nil {
		return nil, err
	}
	return out.Set(keySignature, message.Binary(a)).Set(keyInput, message.Binary(b)), nil
}

// inputOf returns the signature-input member of a commitment on the TABM m:
// component names without "@", then parameters.
func inputOf(ctx context.Context, env codec.Env, m, commitment *message.Message) (field.Member, error) {
	committed := message.CommittedBy(commitment)
	foreign := commitment.Text(fieldDevice) == itemDevice
	opt := codec.Options{Bundle: message.IsTrue(value(commitment, fieldBundle))}
	if foreign { // its signed text is another one; what counts is which keys are sent
		opt = codec.Options{Bundle: true, Inlined: true}
	}
	s, err := NewSurface(ctx, env, m, committed, opt)
	if err != nil {
		return field.Member{}, err
	}
	components := s.components
	if foreign {
		components = inOrder(components, committed)
	}
	items := make([]field.Item, len(components))
	for i, n := range components {
		items[i] = field.Item{Value: field.String(strings.TrimPrefix(n, "@"))}
	}
	params := field.Params{
		{Key: "alg", Value: field.String(Algorithm(commitment))},
		{Key: fieldKeyID, Value: field.String(commitment.Text(fieldKeyID))},
	}
	for _, k := range []string{"tag", "created", "expires", "nonce"} {
		if v, ok := commitment.Get(k); ok {
			params = append(params, field.Param{Key: k, Value: paramValue(k, v)})
		}
	}
	for _, k := range extraFields(commitment) {
		if s, ok := extraText(k, value(commitment, k)); ok {
			params = append(params, field.Param{Key: k, Value: field.String(s)})
		}
	}
	return field.InnerList(items, params), nil
}

// itemDevice makes commitments whose signed text is an ANS-104 item.
const itemDevice = "ans104@1.0"

// inOrder returns components in the order of the keys they cover: the tags of an
// item have an order, and the list of components is where it travels.
func inOrder(components, committed []string) []string {
	out := make([]string, 0, len(components))
	add := func(names ...string) bool {
		for _, n := range names {
			if slices.Contains(components, n) && !slices.Contains(out, n) {
				out = append(out, n)
				return true
			}
		}
		return false
	}
	for _, k := range committed {
		if !add(k, k+message.LinkSuffix, "@"+k) {
			add(keyDigest)
		}
	}
	for _, n := range components {
		add(n)
	}
	return out
}

// extraFields returns the names of the fields that are written as additional
// parameters: first the known ones in the order of the reference, then others
// in byte order.
func extraFields(commitment *message.Message) []string {
	known := []string{fieldBundle, "field-target", fieldAnchor, fieldTags}
	out := slices.DeleteFunc(slices.Clone(known), func(k string) bool { return !commitment.Has(k) })
	for k := range commitment.All() {
		switch k {
		case "alg", fieldKeyID, "tag", "created", "expires", "nonce", fieldCommitted, fieldSignature, fieldType, fieldDevice, fieldCommitter, keyTypes:
		default:
			if !slices.Contains(known, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

func value(m *message.Message, key string) message.Value {
	v, _ := m.Get(key)
	return v
}

// paramValue returns a parameter: times are integers, the rest strings.
func paramValue(key string, v message.Value) field.Bare {
	if n, ok := message.AsInt(v); ok && (key == "created" || key == "expires") {
		return field.Integer(n)
	}
	s, _ := message.Text(v)
	return field.String(s)
}

// fieldAnchor holds the anchor of an ANS-104 item, as 32 raw bytes or as their
// base64url.
const fieldAnchor = "field-anchor"

// extraText writes an extra commitment field as one string.
func extraText(key string, v message.Value) (string, bool) {
	if b, ok := v.(message.Binary); ok && key == fieldAnchor && len(b) == id.Size {
		return id.Encode([]byte(b)), true // raw bytes are no header value
	}
	return nestedText(v)
}

// nestedText writes an extra commitment field as one string: lists joined with
// ", ", maps as KEY:NAME:VALUE (spec 01, 10.6).
func nestedText(v message.Value) (string, bool) {
	switch x := v.(type) {
	case *message.List:
		var parts []string
		for _, e := range x.All() {
			s, ok := message.Text(e)
			if !ok {
				return "", false
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ", "), true
	case *message.Message:
		var parts []string
		for _, k := range x.WireKeys() {
			e, _ := x.Get(k)
			if pair, ok := e.(*message.Message); ok {
				parts = append(parts, k+":"+pair.Text("name")+":"+pair.Text("value"))
			} else if s, ok := message.Text(e); ok {
				parts = append(parts, k+":"+s)
			}
		}
		return strings.Join(parts, ", "), true
	}
	return message.Text(v)
}

// parseNested is the inverse of nestedText: pieces of the form a:b:c become a
// map of names and values; any other string is itself.
func parseNested(s string) message.Value {
	pieces := strings.Split(s, ", ")
	b := message.NewBuilder(len(pieces))
	for _, p := range pieces {
		sub := strings.SplitN(p, ":", 3)
		if len(sub) != 3 {
			return message.Binary(s)
		}
		b.Set(sub[0], pair(sub[1], sub[2]))
	}
	return b.Message()
}

func pair(name, value string) *message.Message {
	return message.Of(message.P("name", message.Binary(name)), message.P("value", message.Binary(value)))
}

// fieldTags holds the tags of an ANS-104 item.
const fieldTags = "original-tags"

// parseTags reads tags that nestedText has written. Values may contain ", ", so
// a piece belongs to the value before unless it begins with a number and a
// colon; the numbers must then be exactly 1 to n. Otherwise the text is read as
// by parseNested.
func parseTags(s string) message.Value {
	var pieces []string
	for p := range strings.SplitSeq(s, ", ") {
		n, _, ok := strings.Cut(p, ":")
		if i, err := strconv.Atoi(n); ok && err == nil && strconv.Itoa(i) == n {
			pieces = append(pieces, p)
			continue
		}
		if len(pieces) == 0 {
			return parseNested(s)
		}
		pieces[len(pieces)-1] += ", " + p
	}
	b := message.NewBuilder(len(pieces))
	for _, p := range pieces {
		sub := strings.SplitN(p, ":", 3)
		if len(sub) != 3 {
			return parseNested(s)
		}
		b.Set(sub[0], pair(sub[1], sub[2]))
	}
	m := b.Message()
	if m.Len() != len(pieces) || !m.IsNumbered() {
		return parseNested(s)
	}
	return m
}

// parseSignatures reads the commitments out of "signature" and
// "signature-input" (spec 01, 10.6). Signatures whose label does not begin with
// "comm-" belong to other protocols and are left out.
func parseSignatures(fields *message.Message, bodyKeys []string) (*message.Message, error) {
	sigText, inputText := fields.Text(keySignature), fields.Text(keyInput)
	if !strings.HasPrefix(sigText, "comm-") || !strings.HasPrefix(inputText, "comm-") {
		return nil, nil
	}
	sigs, err := field.Lenient.ParseDictionary(sigText)
	if err != nil {
		return nil, fail.New(fail.Invalid, opDecode, "signature is not a structured field dictionary: %w", err)
	}
	inputs, err := field.Lenient.ParseDictionary(inputText)
	if err != nil {
		return nil, fail.New(fail.Invalid, opDecode, "signature-input is not a structured field dictionary: %w", err)
	}
	out := message.NewBuilder(len(sigs))
	for _, s := range sigs {
		if !strings.HasPrefix(s.Key, "comm-") {
			continue
		}
		in, ok := inputs.Get(s.Key)
		if !ok || !in.IsInner() || s.Value.Kind() != field.KindBytes {
			return nil, fail.New(fail.Invalid, opDecode, "signature %.64q has no signature-input, or one of the two has the wrong form", s.Key)
		}
		sig := []byte(s.Value.Text())
		c, err := commitmentOf(fields, bodyKeys, sig, in)
		if err != nil {
			return nil, err
		}
		out.Set(CommitmentID(sig), c)
	}
	return out.Message(), nil
}

func commitmentOf(fields *message.Message, bodyKeys []string, sig []byte, in field.Member) (*message.Message, error) {
	names := make([]string, len(in.Inner))
	for i, it := range in.Inner {
		names[i] = it.Value.Text()
	}
	alg, ok := in.Params.Get("alg")
	if !ok || alg.Text() == "" {
		return nil, fail.New(fail.Invalid, opDecode, "signature-input lacks the parameter alg")
	}
	b := message.NewBuilder(10)
	for _, p := range in.Params {
		switch p.Value.Kind() {
		case field.KindBytes:
			b.Set(p.Key, message.Binary(id.Encode([]byte(p.Value.Text()))))
		case field.KindString:
			b.Set(p.Key, parseParam(p.Key, p.Value.Text()))
		case field.KindInteger:
			b.Set(p.Key, message.Int(p.Value.Int()))
		case field.KindBoolean:
			b.Set(p.Key, message.Bool(p.Value.Bool()))
		case field.KindDecimal:
			b.Set(p.Key, message.Float(p.Value.Float()))
		default:
			b.Set(p.Key, message.Binary(p.Value.Text()))
		}
	}
	device, typ := splitAlgorithm(alg.Text())
	b.Set(fieldDevice, message.Binary(device))
	if typ != "" {
		b.Set(fieldType, message.Binary(typ))
	}
	b.Set(fieldSignature, message.Binary(id.Encode(sig)))
	b.Set(fieldCommitted, message.Strings(committedKeys(fields, bodyKeys, names)).Numbered())
	if keyID, ok := in.Params.Get(fieldKeyID); ok {
		if who := Committer(keyID.Text()); who != "" {
			b.Set(fieldCommitter, message.Binary(who))
		}
	}
	return b.Message().Without("alg"), nil
}

// parseParam reads a string parameter.
func parseParam(key, s string) message.Value {
	switch key {
	case fieldKeyID, "tag", "nonce", fieldBundle, fieldAnchor, "field-target":
		return message.Binary(s)
	case fieldTags:
		return parseTags(s)
	}
	return parseNested(s)
}
