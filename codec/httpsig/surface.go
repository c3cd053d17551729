package httpsig

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Surface is what one commitment signs: the encoded fields in their order
// (spec 01, 10.7).
type Surface struct {
	components []string // names of the signed fields, in order
	values     []string // of the components
	// Committed lists the keys of the message that the signature covers, as
	// they are stored in the commitment.
	Committed []string
}

// linkID returns the ID of a message that is embedded in a bundle but signed as
// a link.
func linkID(ctx context.Context, env codec.Env, tabm *message.Message) (id.ID, error) {
	rich, err := structured.FromTABM(tabm)
	if err != nil {
		return id.ID{}, err
	}
	return env.LinkID(ctx, rich)
}

// WholeSurface encodes all of a TABM without its commitments: the surface of
// its unsigned ID.
//
// # Errors
//
// Those of [Codec.Encode].
func WholeSurface(ctx context.Context, env codec.Env, tabm *message.Message, opt codec.Options) (*Surface, error) {
	if flat(tabm) {
		return flatSurface(tabm), nil
	}
	keys := make([]string, 0, tabm.Len())
	for k := range tabm.All() {
		if k != message.CommitmentsKey {
			keys = append(keys, strings.TrimSuffix(k, message.LinkSuffix))
		}
	}
	return NewSurface(ctx, env, tabm, keys, opt)
}

// flat reports whether a TABM is its own encoding: short binaries under
// ordinary keys only.
func flat(tabm *message.Message) bool {
	for k, v := range tabm.All() {
		b, ok := v.(message.Binary)
		if !ok || len(b) > maxHeaderValue || id.Is(k) || strings.HasSuffix(k, message.LinkSuffix) || k[:min(1, len(k))] == "@" {
			return false
		}
		switch k {
		case keyBody, keyData, keyBodyKey, keySignature, keyInput, keyDigest, keyType, message.CommitmentsKey:
			return false
		}
	}
	return true
}

// flatSurface returns the surface of a flat TABM: the keys are the components
// and what they cover.
func flatSurface(tabm *message.Message) *Surface {
	n := tabm.Len()
	if n > message.SmallSize {
		s := surfaceOf(tabm)
		s.Committed = s.components
		return s
	}
	texts := make([]string, 2*n) // wire order is the order of iteration
	s := &Surface{components: texts[:n:n], values: texts[n:]}
	i := 0
	for k, v := range tabm.All() {
		b, _ := v.(message.Binary)
		s.components[i], s.values[i] = k, string(b)
		i++
	}
	s.Committed = s.components
	return s
}

// surfaceOf returns the surface of encoded fields.
func surfaceOf(fields *message.Message) *Surface {
	s := &Surface{components: fields.WireKeys(), values: make([]string, fields.Len())}
	for i, n := range s.components {
		s.values[i] = fields.Text(n)
	}
	return s
}

// NewSurface encodes the keys that a commitment covers, linked or bundled as
// opt says. committed are the keys, without link suffix; keys that the message
// lacks are ignored.
//
// # Errors
//
// Those of [Codec.Encode].
func NewSurface(ctx context.Context, env codec.Env, tabm *message.Message, committed []string, opt codec.Options) (*Surface, error) {
	sel := message.NewBuilder(len(committed))
	for _, k := range committed {
		v, ok := tabm.Get(k)
		if !ok {
			k += message.LinkSuffix
			if v, ok = tabm.Get(k); !ok {
				continue
			}
		}
		if nested, ok := v.(*message.Message); ok && !opt.Bundle {
			i, err := linkID(ctx, env, nested)
			if err != nil {
				return nil, err
			}
			k, v = k+message.LinkSuffix, message.Binary(i.String())
		}
		if k != message.CommitmentsKey {
			sel.Set(k, v)
		}
	}
	selected := sel.Message()
	if flat(selected) {
		return flatSurface(selected), nil
	}
	encoded, err := Codec{}.Encode(ctx, env, selected, opt)
	if err != nil {
		return nil, err
	}
	w := encoded.(*message.Message)
	enc := w
	if body, ok := w.Get(keyBody); ok {
		enc = w.Without(keyBody).Set(keyDigest, contentDigest(body.(message.Binary)))
	}
	s := surfaceOf(enc)
	var bodyKeys []string
	for _, k := range committed {
		if !enc.Has(k) && !enc.Has(k+message.LinkSuffix) {
			bodyKeys = append(bodyKeys, k)
		}
	}
	s.Committed = committedKeys(w, bodyKeys, componentOrder(w, s.components))
	return s, nil
}

// componentOrder replaces the value of ao-body-key among the names by the pair
// (body, ao-body-key), as decoding expects it.
func componentOrder(w *message.Message, names []string) []string {
	key := w.Text(keyBodyKey)
	if key == "" {
		return names
	}
	out := make([]string, 0, len(names)+1)
	for _, n := range names {
		if n == key {
			out = append(out, keyBody, keyBodyKey)
			continue
		}
		out = append(out, n)
	}
	for i, n := range out {
		if n == keyBody {
			out[i] = keyDigest
		}
	}
	return out
}

// committedKeys turns component names into the keys they cover (spec 01, 10.6):
// content-digest stands for the keys in the body, a multipart content-type for
// nothing, link suffixes are dropped.
func committedKeys(fields *message.Message, bodyKeys, names []string) []string {
	out := make([]string, 0, len(names)+len(bodyKeys))
	for _, n := range names {
		n = strings.TrimPrefix(n, "@")
		if n == keyDigest {
			out = append(out, bodyKeys...)
			continue
		}
		out = append(out, n)
	}
	if i := slices.Index(out, keyBodyKey); i >= 0 {
		out = slices.Delete(out, i, i+1)
		key := fields.Text(keyBodyKey)
		for i, n := range out {
			if n == keyBody && key != "" {
				out[i] = key
			}
		}
	}
	if strings.HasPrefix(fields.Text(keyType), "multipart/") {
		if i := slices.Index(out, keyType); i >= 0 {
			out = slices.Delete(out, i, i+1)
		}
	}
	for i, n := range out {
		out[i] = strings.TrimSuffix(n, message.LinkSuffix)
	}
	return out
}

// derived are the component names that RFC 9421 derives from the request line.
func derived(name string) bool {
	switch name {
	case "method", "target-uri", "authority", "scheme", "request-target", "path", "query", "query-param":
		return true
	}
	return false
}

// Base returns the exact bytes that the commitment signs (spec 01, 10.8). The
// parameters are read from the commitment's own fields.
func (s *Surface) Base(commitment *message.Message) []byte { return s.AppendBase(nil, commitment) }

// AppendBase appends what [Surface.Base] returns to dst.
func (s *Surface) AppendBase(dst []byte, commitment *message.Message) []byte {
	size := len(dst) + 256
	for i, n := range s.components {
		size += 2*len(n) + len(s.values[i]) + 10
	}
	if keyID := len(commitment.Text(fieldKeyID)); keyID > 64 {
		size += keyID
	}
	if cap(dst) < size {
		dst = append(make([]byte, 0, size), dst...)
	}
	for i, n := range s.components {
		dst = append(dst, '"')
		dst = append(dst, n...)
		dst = append(dst, `": `...)
		dst = append(dst, s.values[i]...)
		dst = append(dst, '\n')
	}
	if len(s.components) == 0 {
		dst = append(dst, '\n')
	}
	dst = append(dst, `"@signature-params": (`...)
	for i, n := range s.components {
		if i > 0 {
			dst = append(dst, ' ')
		}
		n = strings.TrimPrefix(n, "@")
		if derived(n) {
			dst = append(dst, `"@`...)
			dst = append(dst, n...)
			dst = append(dst, '"')
			continue
		}
		dst = appendString(dst, n)
	}
	dst = append(dst, ')')
	return appendParams(dst, commitment)
}

// appendParams appends the signature parameters in alphabetic order.
func appendParams(out []byte, c *message.Message) []byte {
	out = appendString(append(out, `;alg=`...), c.Text(fieldType))
	for _, k := range [...]string{fieldBundle, "created", "expires", fieldKeyID, "nonce", "tag"} {
		v, ok := c.Get(k)
		if !ok {
			continue
		}
		out = append(append(append(out, ';'), k...), '=')
		if n, ok := v.(message.Int); ok {
			out = strconv.AppendInt(out, int64(n), 10)
			continue
		}
		text, _ := message.Text(v)
		out = appendString(out, text)
	}
	return out
}

// appendString appends a structured field string. Any byte may stand in it, as
// lenient strings print (spec 01, 3.7).
func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		return append(append(out, s...), '"')
	}
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			out = append(out, '\\')
		}
		out = append(out, s[i])
	}
	return append(out, '"')
}
