package node

import (
	"errors"
	"path/filepath"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/chain"
)

// storeList is the option with a chain of stores, in the form of the reference
// (spec 02, 20.1): a list of messages, each with "store-module" (pebble, fs or
// memory, also hb_store_fs and hb_store_lru), "name" (a folder, relative to
// data_dir), and optionally "access" (a list of read, write, admin) and "scope".
// It overrides store_engine.
const storeList = "store"

// openChain opens the stores of a list, or returns nil when the configuration
// has none.
//
// # Errors
//
// [fail.Invalid] names the entry that cannot be used and why; what had been
// opened is closed again.
func openChain(c *Config) (store.Store, error) {
	v, ok := c.Options.Get(storeList)
	if !ok {
		return nil, nil
	}
	if m, isMsg := v.(*message.Message); isMsg && m.IsNumbered() {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	l, ok := v.(*message.List)
	if !ok || l.Len() == 0 {
		return nil, fail.New(fail.Invalid, "node.Open", "the option store takes a list of messages with store-module and name")
	}
	var members []chain.Member
	for i, e := range l.All() {
		m, err := openMember(c, e)
		if err != nil {
			errs := []error{fail.New(fail.KindOf(err), "node.Open", "store %d: %w", i+1, err)}
			for _, open := range members {
				errs = append(errs, open.Source.Close())
			}
			return nil, errors.Join(errs...)
		}
		members = append(members, m)
	}
	return chain.New(members...), nil
}

func openMember(c *Config, v message.Value) (chain.Member, error) {
	const op = "node.Open"
	m, ok := v.(*message.Message)
	if !ok {
		return chain.Member{}, fail.New(fail.Invalid, op, "not a message")
	}
	module, _ := message.Text(orEmpty(m, "store-module"))
	name, _ := message.Text(orEmpty(m, "name"))
	member := chain.Member{Scope: chain.Scope(m.Text("scope"))}
	if access, ok := m.Get("access"); ok {
		member.Refuse = chain.Policies(texts(access)...)
	}
	if name == "" && module != "memory" && module != "hb_store_lru" {
		return member, fail.New(fail.Invalid, op, "it has no name: the folder to keep it in")
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.DataDir, name)
	}
	var err error
	member.Source, err = openEngine(c, module, name)
	return member, err
}

func orEmpty(m *message.Message, key string) message.Value {
	if v, ok := m.Get(key); ok {
		return v
	}
	return message.Binary("")
}

// texts returns the texts of a list, a numbered message or a single text.
func texts(v message.Value) []string {
	if m, ok := v.(*message.Message); ok {
		if l, err := m.List(); err == nil {
			v = l
		}
	}
	l, ok := v.(*message.List)
	if !ok {
		l = message.NewList(v)
	}
	var out []string
	for _, e := range l.All() {
		if s, ok := message.Text(e); ok {
			out = append(out, s)
		}
	}
	return out
}
