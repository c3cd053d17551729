package field

// Param is one parameter.
type Param struct {
	Key   string
	Value Bare
}

// Params are parameters in order, without repeated keys.
type Params []Param

// Get returns the value of a parameter and whether it is there.
func (p Params) Get(key string) (Bare, bool) {
	for i := range p {
		if p[i].Key == key {
			return p[i].Value, true
		}
	}
	return Bare{}, false
}

// Set returns p with key set to v: in place when key is there, else appended.
func (p Params) Set(key string, v Bare) Params {
	for i := range p {
		if p[i].Key == key {
			p[i].Value = v
			return p
		}
	}
	return append(p, Param{key, v})
}

// Item is a bare item with parameters.
type Item struct {
	Value  Bare
	Params Params
}

// Member is an element of a list or dictionary: an item, or an inner list,
// which is recognised by a Value of kind [None].
type Member struct {
	Value  Bare   // of an item
	Inner  []Item // of an inner list
	Params Params // of either
}

// One returns an item without parameters as a member.
func One(b Bare) Member { return Member{Value: b} }

// InnerList returns an inner list as a member.
func InnerList(items []Item, params Params) Member { return Member{Inner: items, Params: params} }

// IsInner reports whether m is an inner list.
func (m Member) IsInner() bool { return m.Value.kind == None }

// List is a list of members.
type List []Member

// Entry is one keyed member.
type Entry struct {
	Key string
	Member
}

// Dictionary is a sequence of keyed members, without repeated keys, in the
// order in which keys first occurred.
type Dictionary []Entry

// Get returns the member under key and whether it is there.
func (d Dictionary) Get(key string) (Member, bool) {
	for i := range d {
		if d[i].Key == key {
			return d[i].Member, true
		}
	}
	return Member{}, false
}

// Set returns d with key set to m: in place when key is there, else appended.
// It takes time linear in the size of d.
func (d Dictionary) Set(key string, m Member) Dictionary {
	for i := range d {
		if d[i].Key == key {
			d[i].Member = m
			return d
		}
	}
	return append(d, Entry{key, m})
}
