package store

// Verb is what an operation of a batch does.
type Verb uint8

// The verbs of a batch; see [Writer], [Linker], [Grouper] and [Batch.Bind] for
// their meaning.
const (
	OpPut   Verb = iota + 1 // Path, Value
	OpLink                  // Path, Target
	OpSwap                  // Path, Old, Target
	OpGroup                 // Path
	OpBind                  // Path, Target
)

// Op is one operation of a batch. Fields that its verb does not use are zero.
type Op struct {
	Verb   Verb
	Path   string
	Value  []byte
	Target string
	Old    string
}

// size returns the bytes that op counts towards [MaxBatch].
func (op *Op) size() int { return len(op.Path) + len(op.Value) + len(op.Target) + len(op.Old) }

// Batch collects operations that are applied as one ([Batcher]). It is not
// safe for concurrent use. Arguments are checked when the batch is applied.
type Batch struct {
	ops  []Op
	size int
}

// NewBatch returns an empty batch. The zero Batch is empty too.
func NewBatch() *Batch { return &Batch{} }

// Put adds [Writer.Put]. Value must not be modified afterwards.
func (b *Batch) Put(path string, value []byte) { b.add(Op{Verb: OpPut, Path: path, Value: value}) }

// Link adds [Linker.Link].
func (b *Batch) Link(name, target string) { b.add(Op{Verb: OpLink, Path: name, Target: target}) }

// SwapLink adds [Linker.SwapLink]: if the link is not old at the moment the
// batch is applied, the whole batch is refused with Conflict.
func (b *Batch) SwapLink(name, old, new string) {
	b.add(Op{Verb: OpSwap, Path: name, Target: new, Old: old})
}

// Bind makes name a link to target once and for all, as Put does with values:
// when the batch is applied, that link being there already is no work, and
// anything else there refuses the whole batch with Conflict.
func (b *Batch) Bind(name, target string) { b.add(Op{Verb: OpBind, Path: name, Target: target}) }

// MakeGroup adds [Grouper.MakeGroup].
func (b *Batch) MakeGroup(path string) { b.add(Op{Verb: OpGroup, Path: path}) }

func (b *Batch) add(op Op) {
	b.ops = append(b.ops, op)
	b.size += op.size()
}

// Len returns the number of operations.
func (b *Batch) Len() int { return len(b.ops) }

// Size returns the bytes of all paths and values, which [MaxBatch] bounds.
func (b *Batch) Size() int { return b.size }

// Ops returns the operations in order. The slice must not be modified.
func (b *Batch) Ops() []Op { return b.ops }

// Clear removes all operations and keeps the memory for new ones. It must not
// be called before Apply has returned.
func (b *Batch) Clear() {
	clear(b.ops)
	b.ops, b.size = b.ops[:0], 0
}
