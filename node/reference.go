package node

import (
	"cmp"
	"slices"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// OptionInfo is one line of the reference of all options.
type OptionInfo struct {
	Name    string
	Default string
	Doc     string
	Reader  string // the device that reads it, "" for the node
}

// Reference lists every option of the node and of the given devices.
func Reference(devices []*ao.Device) []OptionInfo {
	var out []OptionInfo
	for _, s := range Settings() {
		out = append(out, OptionInfo{Name: s.Name, Default: s.Default(), Doc: s.Doc})
	}
	out = append(out, nested()...)
	var own []OptionInfo
	for _, d := range devices {
		for _, o := range d.Options {
			if _, known := setting(o.Name); known {
				continue
			}
			own = append(own, OptionInfo{Name: o.Name, Default: printed(o.Default), Doc: o.Doc, Reader: d.Name})
		}
	}
	slices.SortStableFunc(own, func(a, b OptionInfo) int {
		return cmp.Or(cmp.Compare(a.Reader, b.Reader), cmp.Compare(a.Name, b.Name))
	})
	return append(out, own...)
}

// printed returns a value as text, nested ones as JSON.
func printed(v message.Value) string {
	if t, ok := message.Text(v); ok {
		return t
	}
	t, err := json.Format(v)
	if err != nil {
		return ""
	}
	return t
}

// nested are the options of the node that are messages or lists.
func nested() []OptionInfo {
	return []OptionInfo{
		{Name: storeList, Doc: "List of stores, asked in order: messages with store-module (pebble, fs, memory), name, access, scope. Overrides store_engine."},
		{Name: "on", Doc: "Hooks: message of hook name (start, request, step, response) to handler message or list of them."},
		{Name: "identities", Doc: "Message of name to options that are in force under this name."},
	}
}
