package lua

type tableTrack struct{ pid uint32 }
type persistence struct{}

func (vm *VM) touchSlot(t *Table, i int)  {}
func (vm *VM) touchEntry(t *Table, i int) {}
func (vm *VM) touchTable(t *Table)        {}
func (vm *VM) touchAllEntries(t *Table)   {}
func (vm *VM) touchCell(c *cell)          {}
func (vm *VM) touchThread(t *thread)      {}
func (vm *VM) touchHost(h *hostFunction)  {}
