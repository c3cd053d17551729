package lua

import (
	"sync"

	"github.com/hyperbeam-go/hyperbeam/ao"
)

// Bounds of what the device keeps of programs that no message holds.
const (
	keepPrograms = 64 // programs
	keepMachines = 4  // machines of one program, as loaded
)

// idle keeps programs, and machines that are as they were loaded, so that
// messages without private state (hooks, library calls) find them ready. It is
// safe for concurrent use.
type idle struct {
	mu       sync.Mutex
	programs map[string]*entry
	clock    uint64
}

type entry struct {
	prog *program
	used uint64
}

func newIdle() *idle { return &idle{programs: map[string]*entry{}} }

// program returns the program of the base.
func (i *idle) program(c *ao.Call) (*program, error) {
	key, err := identity(c)
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	e := i.programs[key]
	if e != nil {
		i.clock++
		e.used = i.clock
		i.mu.Unlock()
		return e.prog, nil
	}
	i.mu.Unlock()
	p, err := read(c, key)
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.clock++
	i.programs[key] = &entry{p, i.clock}
	if len(i.programs) > keepPrograms {
		i.evict()
	}
	return p, nil
}

// evict forgets the program that was used longest ago.
func (i *idle) evict() {
	var oldest string
	var used uint64
	for k, e := range i.programs {
		if oldest == "" || e.used < used {
			oldest, used = k, e.used
		}
	}
	delete(i.programs, oldest)
}
