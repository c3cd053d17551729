package schedule_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/schedule"
)

// Of messages with one origin one is scheduled, whoever comes first and however
// many come at once, also after a restart (S5).
func TestOrigins(t *testing.T) {
	key, s := must.Key(t), memStore(t)
	p := newProcess(t, key, 1)
	const origins, copies = 10, 20
	for round := range 2 {
		svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
		var mu sync.Mutex
		slots := map[int]map[int64]string{}
		var wg sync.WaitGroup
		for i := range origins * copies {
			wg.Go(func() {
				a, err := svc.ScheduleOnce(ctx, p, newMessage(t, key, p, round*1000+i), fmt.Sprint("o", i%origins))
				if err != nil {
					t.Error(err)
					return
				}
				slot, _ := schedule.Slot(a)
				mu.Lock()
				defer mu.Unlock()
				if slots[i%origins] == nil {
					slots[i%origins] = map[int64]string{}
				}
				slots[i%origins][slot] = idOf(t, a)
			})
		}
		wg.Wait()
		for o, at := range slots {
			if len(at) != 1 {
				t.Errorf("round %d, origin %d: %v", round, o, at)
			}
		}
		checkSchedule(t, svc, p, origins)
		if err := svc.Close(); err != nil {
			t.Fatal(err)
		}
	}
	svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	must.Have[*Message](t)(svc.Schedule(ctx, p, newMessage(t, key, p, 1)))
	must.Have[*Message](t)(svc.Schedule(ctx, p, newMessage(t, key, p, 1)))
	checkSchedule(t, svc, p, origins+2)
}

// A message whose slot could not be written leaves its origin free.
func TestOriginAfterFailure(t *testing.T) {
	key := must.Key(t)
	s := &brokenStore{Store: memStore(t)}
	svc := open(t, s, schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	s.set(true)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if _, err := svc.ScheduleOnce(ctx, p, newMessage(t, key, p, i), "o"); err == nil {
				t.Error("a message was scheduled on a broken disk")
			}
		})
	}
	wg.Wait()
	s.set(false)
	for i := 0; ; i++ {
		a, err := svc.ScheduleOnce(ctx, p, newMessage(t, key, p, 100+i), "o")
		if fail.Is(err, fail.Unavailable) { // it is being restored
			continue
		}
		if slot, _ := schedule.Slot(a); err != nil || slot != 0 {
			t.Fatal(slot, err)
		}
		break
	}
	must.Have[*Message](t)(svc.ScheduleOnce(ctx, p, newMessage(t, key, p, 1000), "o"))
	checkSchedule(t, svc, p, 1)
}

// Slots of other schedulers are kept in order, and never replaced.
func TestAdopt(t *testing.T) {
	key := must.Key(t)
	theirs := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{key}})
	p := newProcess(t, key, 1)
	for i := range 4 {
		must.Have[*Message](t)(theirs.Schedule(ctx, p, newMessage(t, key, p, i)))
	}
	all := checkSchedule(t, theirs, p, 4)
	ours := open(t, memStore(t), schedule.Options{Identities: []*keys.PrivateKey{must.Key(t)}})
	if err := ours.Adopt(ctx, p, 1, all[1:]); !fail.Is(err, fail.Invalid) {
		t.Fatal("a gap:", err)
	}
	if err := ours.Adopt(ctx, p, 0, all[:2]); err != nil {
		t.Fatal(err)
	}
	if err := ours.Adopt(ctx, p, 1, all[1:]); err != nil { // the same again, and more
		t.Fatal(err)
	}
	if err := ours.Adopt(ctx, p, 3, all[2:3]); !fail.Is(err, fail.Conflict) {
		t.Fatal("another assignment:", err)
	}
	checkSchedule(t, ours, p, 4)
	if err := theirs.Adopt(ctx, p, 4, all[:1]); !fail.Is(err, fail.Conflict) {
		t.Fatal("the scheduler itself:", err)
	}
}
