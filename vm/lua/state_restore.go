package lua

import (
	"crypto/sha256"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/vm/lua/syntax"
)

// Restore makes a machine from bytes that [VM.Save] wrote. The options give
// limits, clock and host functions; dialect and random state come from the
// bytes. It fails with kind Invalid when they are damaged, and with kind
// Unsupported when they are of another version, or name a host function that
// the options do not have. Damaged bytes never do worse.
func Restore(o Options, data []byte) (*VM, error) {
	d := &decoder{r: wireReader{b: data}}
	vm, err := d.head(o)
	if err != nil {
		return nil, err
	}
	d.objects = make([]savedObject, 1, 64)
	d.records = make([][]byte, 1, 64)
	for d.r.byte() == 1 {
		if err := d.skim(); err != nil {
			return nil, err
		}
	}
	if d.r.err == nil && len(d.r.b) > 0 {
		d.r.fail("bytes after the end")
	}
	if d.r.err != nil {
		return nil, d.r.err
	}
	if err := d.fillAll(); err != nil {
		return nil, err
	}
	return vm, d.finish()
}

// RestoreCheckpoint makes a machine from the chunks of a checkpoint; get
// returns the bytes of a chunk, whose hash is checked. Further checkpoints of
// the machine write only what changed since. Errors are those of [Restore].
func RestoreCheckpoint(o Options, root ChunkID, get func(ChunkID) ([]byte, error)) (*VM, error) {
	d := &decoder{get: get}
	data, err := d.fetch(root)
	if err != nil {
		return nil, err
	}
	d.r = wireReader{b: data}
	vm, err := d.head(o)
	if err != nil {
		return nil, err
	}
	p := &persistence{stale: map[int]struct{}{}}
	count := d.r.small(1 << 28)
	if err := d.nodes(p, count); err != nil {
		return nil, err
	}
	if err := d.fillAll(); err != nil {
		return nil, err
	}
	vm.persist = p
	p.objects = d.objects
	for pid := len(d.objects) - 1; pid > 0; pid-- {
		if o := d.objects[pid]; o.ch == nil && o.v.isNil() {
			p.free = append(p.free, uint32(pid))
			continue
		}
		*d.objects[pid].pid() = uint32(pid)
		p.used++
	}
	p.live = p.used
	err = d.finish()
	p.base = vm.counters()
	return vm, err
}

// decoder rebuilds objects in two steps: all are made empty, then filled.
type decoder struct {
	vm      *VM
	r       wireReader
	get     func(ChunkID) ([]byte, error)
	objects []savedObject
	records [][]byte // what follows the kind in each record
	globals []byte   // the values of the head, read when objects exist
}

func (d *decoder) fetch(id ChunkID) ([]byte, error) {
	b, err := d.get(id)
	if err != nil {
		return nil, fail.Wrap(fail.Internal, "lua.RestoreCheckpoint", err)
	}
	if sha256.Sum256(b) != [sha256.Size]byte(id) {
		return nil, fail.New(fail.Invalid, "lua.RestoreCheckpoint", "a chunk does not have the hash it is named by")
	}
	return b, nil
}

// head reads the head of a state and makes the machine.
func (d *decoder) head(o Options) (*VM, error) {
	r := &d.r
	if len(r.b) < len(stateMagic)+2 || string(r.b[:len(stateMagic)]) != stateMagic {
		return nil, fail.New(fail.Invalid, "lua.Restore", "not a saved Lua state")
	}
	r.b = r.b[len(stateMagic):]
	if v := r.byte(); v != StateVersion {
		return nil, fail.New(fail.Unsupported, "lua.Restore", "saved state has version %d, this node reads %d", v, StateVersion)
	}
	dialect := Dialect(r.byte())
	if dialect > Standard {
		return nil, fail.New(fail.Unsupported, "lua.Restore", "unknown dialect %d", dialect)
	}
	o.Dialect = dialect
	vm := newVM(o)
	vm.installLibraries(o.NoLoad)
	d.vm = vm
	vm.tables, vm.functions, vm.protos, vm.threads = r.uint(), r.uint(), r.uint(), r.uint()
	vm.mem = max(r.int(), 0)
	for i := range vm.random.ring {
		vm.random.ring[i] = r.fixed()
	}
	vm.random.at = int(r.byte() & 15)
	d.globals = r.b
	for range 1 + len(vm.typeMeta) {
		d.skipValue()
	}
	return vm, r.err
}

// skipValue passes over a value of the head: nil or a reference.
func (d *decoder) skipValue() {
	switch d.r.byte() {
	case wireNil:
	case wireRef:
		d.r.uint()
	default:
		d.r.fail("bad head")
	}
}

// nodes reads the pages of a checkpoint and makes the objects in them.
func (d *decoder) nodes(p *persistence, count int) error {
	pages := (count + pageObjects - 1) / pageObjects
	nodes := (pages + nodePages - 1) / nodePages
	if len(d.r.b) != nodes*sha256.Size || count < 1 {
		d.r.fail("wrong number of nodes")
		return d.r.err
	}
	for i := range nodes {
		id := ChunkID(d.r.b[i*sha256.Size:])
		p.nodes = append(p.nodes, id)
		b, err := d.fetch(id)
		if err != nil {
			return err
		}
		if want := min(nodePages, pages-i*nodePages); len(b) != want*sha256.Size {
			d.r.fail("wrong number of pages")
			return d.r.err
		}
		for ; len(b) > 0; b = b[sha256.Size:] {
			p.pages = append(p.pages, ChunkID(b))
		}
	}
	for i, id := range p.pages {
		b, err := d.fetch(id)
		if err != nil {
			return err
		}
		d.r = wireReader{b: b}
		for range min(pageObjects, count-i*pageObjects) {
			if err := d.skim(); err != nil {
				return err
			}
		}
		if len(d.r.b) > 0 {
			d.r.fail("bytes after the end")
			return d.r.err
		}
	}
	return nil
}

// skim makes the empty object of the next record and remembers the record.
func (d *decoder) skim() error {
	kind := d.r.byte()
	start := d.r.b
	var o savedObject
	switch kind {
	case recordFree:
	case recordString:
		o.v = String(d.r.bytes())
	case recordTable:
		t := &Table{kind: KindTable}
		o.v = t.Value()
		d.skimTable(t)
	case recordCell:
		o.v = (&cell{kind: kindCell}).value()
		d.skimValues(1)
	case recordFunction:
		o.v = (&function{kind: KindFunction}).value()
		d.r.uint()
		d.r.uint()
		d.r.uint()
		for range d.r.count() {
			d.r.uint()
		}
	case recordHost:
		o.v = (&hostFunction{kind: KindHost}).value()
		d.r.bytes()
		d.skimValues(d.r.count())
	case recordThread:
		o.v = (&thread{kind: KindThread}).value()
		d.skimThread()
	case recordChunk:
		name := d.r.bytes()
		o.ch = newChunk(name, d.r.bytes())
		d.compileChunk(o.ch, d.r.uint())
	default:
		d.r.fail("unknown record")
	}
	if d.r.err != nil {
		return d.r.err
	}
	d.objects = append(d.objects, o)
	d.records = append(d.records, start[:len(start)-len(d.r.b)])
	return nil
}

// compileChunk compiles the source of a chunk again; first is the number of
// its first function.
func (d *decoder) compileChunk(ch *chunk, first uint64) {
	if d.r.err != nil || len(ch.source) > MaxSource {
		d.r.fail("source text is too large")
		return
	}
	dialect := syntax.Standard
	if d.vm.dialect == Luerl {
		dialect = syntax.Luerl
	}
	fn, err := syntax.Parse(ch.source, displayName(ch.name), dialect)
	if err == nil {
		protos := d.vm.protos
		_, err = (&compiler{vm: d.vm, chunk: ch}).function(fn, nil)
		d.vm.protos = protos
	}
	if err != nil {
		d.r.fail("source text does not compile")
		return
	}
	for i, p := range ch.protos {
		p.id = first + uint64(i)
	}
}

func (d *decoder) skimValues(n int) {
	for ; n > 0 && d.r.err == nil; n-- {
		switch tag := d.r.byte(); tag {
		case wireString, wireHost:
			d.r.bytes()
		case wireRef:
			d.r.uint()
		default:
			if _, ok := d.r.scalar(tag); !ok {
				d.r.fail("unknown value")
			}
		}
	}
}

// sizes reads the sizes of a table.
func (r *wireReader) sizes() (arr, entries, index int) {
	arr, entries, index = r.small(1<<30), r.small(1<<30), r.small(1<<31)
	if index&(index-1) != 0 || (index == 0) != (entries == 0) && entries > 0 || entries > index*3/4 || index > 0 && index < 4 {
		r.fail("bad sizes of a table")
	}
	return arr, entries, index
}

// skimTable reads the table's number, which its hash as a key depends on, and
// passes over the rest.
func (d *decoder) skimTable(t *Table) {
	t.id = d.r.uint()
	d.skimValues(1)
	d.r.uint()
	arr, entries, _ := d.r.sizes()
	if d.get != nil && (arr > arrSegment || entries > hashSegment) {
		n := ((arr+arrSegment-1)/arrSegment + (entries+hashSegment-1)/hashSegment) * sha256.Size
		if n > len(d.r.b) {
			d.r.fail("it ends early")
			return
		}
		d.r.b = d.r.b[n:]
		return
	}
	d.skimValues(arr + 2*entries)
}

func (d *decoder) skimThread() {
	d.r.uint()
	d.r.byte()
	d.skimValues(1)
	n := d.r.count()
	if n == 0 {
		return
	}
	if v := d.r.uint(); v != compilerVersion {
		d.r.fail("a suspended coroutine of another compiler version")
	}
	for range n {
		if frameKind(d.r.byte()) == frameLua {
			d.r.byte()
			d.r.uint()
		} else {
			d.r.byte()
		}
		for range 6 {
			d.r.int()
		}
		if d.r.err != nil {
			return
		}
	}
	d.skimValues(d.r.count())
}
