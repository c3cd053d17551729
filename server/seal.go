package server

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"sync"

	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// form is how a reply is written.
type form struct {
	codec  codec.Codec
	bundle bool
	sign   bool
	secret bool // is not remembered
}

// seal is a result in one form, signed and encoded. An RSA signature costs
// some 5 ms, so a result is sealed once, however often it is asked for.
type seal struct {
	unsigned *message.Message
	tag      string // hashpath
	form     form

	once   sync.Once
	signed *message.Message
	rep    *reply
	err    error
}

// sealed returns the seal of a result in a form.
func (s *Server) sealed(ctx context.Context, m *message.Message, f form) (*seal, error) {
	tag, whole := m.Hashpath(), m
	if !f.bundle {
		var err error
		if m, err = linked(ctx, m); err != nil {
			return nil, err
		}
	}
	fresh := func() *seal {
		return &seal{unsigned: m.WithPrivate(nil).WithHashpath(message.KnownHashpath(tag)), tag: tag, form: f}
	}
	if f.secret {
		e := fresh()
		return e, s.make(ctx, e, whole)
	}
	hash := s.hashResult(m, tag, f)
	e, known := s.seals.getOrAdd(hash, fresh)
	if known && (e.tag != tag || e.form != f || !message.Equal(e.unsigned, m)) {
		e = fresh() // another result with the same hash
		s.seals.add(hash, e)
	}
	e.once.Do(func() {
		e.err = s.make(context.WithoutCancel(ctx), e, whole)
		if e.err != nil {
			s.seals.drop(hash)
			return
		}
		s.seals.weigh(e.rep.weight() + 2048)
	})
	return e, e.err
}

// linked returns a message with links in place of what is nested in it: what a
// reply that is not a bundle says. A seal keeps no more than that in memory.
func linked(ctx context.Context, m *message.Message) (*message.Message, error) {
	out := m
	for k, v := range m.All() {
		switch v.(type) {
		case *message.Message, *message.List:
			if k == message.CommitmentsKey {
				continue
			}
			i, err := commit.LinkID(ctx, v)
			if err != nil {
				return nil, err
			}
			out = out.Set(k, message.Link{ID: i.String()})
		}
	}
	return out, nil
}

// make signs and encodes a result, and makes what its links lead to readable:
// whole is the result with all that is nested in it.
func (s *Server) make(ctx context.Context, e *seal, whole *message.Message) error {
	env := commit.Env(s.engine.Cache)
	m := e.unsigned
	if e.form.sign && len(commit.Committers(m)) == 0 && s.engine.Key != nil {
		var err error
		if m, err = commit.Commit(ctx, env, m, s.engine.Key, commit.Spec{Device: e.form.codec.Name()}); err != nil {
			return err
		}
	}
	e.signed = m
	if !e.form.bundle {
		if err := s.keepLinked(ctx, whole); err != nil {
			return err
		}
	}
	var err error
	e.rep, err = s.encode(ctx, m, e.form)
	return err
}

// hashResult returns a hash of the content of a result, of at most its first
// 64 KiB: equality is checked apart.
func (s *Server) hashResult(m *message.Message, tag string, f form) uint64 {
	h := hasher{left: 64 << 10}
	h.SetSeed(s.seed)
	h.text(tag)
	h.text(f.codec.Name())
	if f.bundle {
		h.WriteByte('b')
	}
	if f.sign {
		h.WriteByte('s')
	}
	h.value(m)
	return h.Sum64()
}

type hasher struct {
	maphash.Hash
	left int
}

func (h *hasher) text(s string) {
	s = s[:min(len(s), max(0, h.left))]
	h.left -= len(s) + 8
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	h.WriteString(s)
}

func (h *hasher) value(v message.Value) {
	switch x := v.(type) {
	case *message.Message:
		h.WriteByte('{')
		for k, e := range x.All() {
			if h.left <= 0 {
				return
			}
			h.text(k)
			h.value(e)
		}
	case *message.List:
		h.WriteByte('[')
		for _, e := range x.All() {
			if h.left <= 0 {
				return
			}
			h.value(e)
		}
	case message.Link:
		h.WriteByte('>')
		h.text(x.ID)
	case message.Int:
		h.WriteByte('i')
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(x))
		h.Write(n[:])
	case message.Binary:
		h.WriteByte('"')
		h.text(string(x))
	case message.Atom:
		h.WriteByte(':')
		h.text(string(x))
	default:
		h.WriteByte('?')
	}
}
