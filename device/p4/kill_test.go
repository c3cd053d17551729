package p4_test

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/client"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/internal/fs"
	"github.com/hyperbeam-go/hyperbeam/internal/must"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/node"
	"github.com/hyperbeam-go/hyperbeam/pay"
)

// A node in a process of its own that is killed again and again while clients
// spend: who was answered has paid, once, and nothing else has been charged.
//
// HB_PAY_SOAK=10m makes it a long run: 10,000 users, a kill every 20 s.

const childVar = "HB_PAY_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVar); dir != "" {
		if err := child(dir); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is the node: it serves until it is killed.
func child(dir string) error {
	options, err := node.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return err
	}
	c := node.DefaultConfig()
	if err := c.Apply(options); err != nil {
		return err
	}
	n, err := node.Open(ctx, c)
	if err != nil {
		return err
	}
	ln, err := n.Listen()
	if err != nil {
		return err
	}
	return n.Serve(ctx, ln)
}

const price = 6 // of /greeting, at 3 a message

type soak struct {
	t        *testing.T
	dir, url string
	users    []*keys.PrivateKey
	operator *keys.PrivateKey
	acked    []atomic.Int64 // answers, by user
	toppedUp []atomic.Int64 // amounts, by user
	opening  []int64
	repeated atomic.Int64 // requests that had to be sent again
	nonce    atomic.Int64
}

func newSoak(t *testing.T, users int) *soak {
	t.Helper()
	s := &soak{t: t, dir: t.TempDir(), acked: make([]atomic.Int64, users), toppedUp: make([]atomic.Int64, users)}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := ln.Addr().(*net.TCPAddr).Port
	s.url = "http://" + ln.Addr().String()
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	s.operator = must.Key(t)
	balances := NewBuilder(users)
	for range users {
		k := must.Key(t)
		s.users, s.opening = append(s.users, k), append(s.opening, rand.Int64N(300*price))
		balances.Set(k.Address(), Int(s.opening[len(s.opening)-1]))
	}
	hook := p4("simple-pay@1.0", "simple-pay@1.0")
	text, err := json.Format(Of(
		text("host", "127.0.0.1"), number("port", port), text("data-dir", s.dir), text("key-type", "ed25519"), text("operator", s.operator.Address()),
		number("simple-pay-price", 3), P("simple-pay-ledger", balances.Message()), both(hook), P("store-all-signed", False)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "config.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// node runs the node until it is killed.
func (s *soak) node() *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+s.dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Error(err)
	}
	return cmd
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// client spends, and has the operator top up now and then, until the time is
// over. A request without an answer is sent again, the very same.
func (s *soak) client(until time.Time) {
	peer := client.New(client.Options{})
	defer peer.Close()
	for time.Now().Before(until) {
		i, n := rand.IntN(len(s.users)), s.nonce.Add(1)
		if rand.IntN(50) == 0 {
			amount := rand.Int64N(20 * price)
			m := sign(s.t, s.operator, "/~simple-pay@1.0/topup", P("amount", Int(amount)), text("recipient", s.users[i].Address()), P("nonce", Int(n)))
			if status := s.insist(peer, m, until); status == 200 || status == 409 {
				s.toppedUp[i].Add(amount)
			} else {
				s.t.Errorf("top-up: %d", status)
			}
			continue
		}
		m := sign(s.t, s.users[i], "/greeting", text("greeting", "Hello"), P("nonce", Int(n)))
		switch status := s.insist(peer, m, until); status {
		case 200:
			s.acked[i].Add(1)
		case 402:
		default:
			s.t.Errorf("request: %d", status)
		}
	}
}

// insist sends a request until it is answered.
func (s *soak) insist(peer *client.Client, m *Message, until time.Time) int {
	m = m.Set("method", Binary("GET"))
	for attempt := 0; ; attempt++ {
		one, cancel := context.WithTimeout(ctx, 20*time.Second)
		rep, err := peer.Do(one, s.url, m)
		cancel()
		if err == nil {
			return rep.Status
		}
		if attempt == 0 {
			s.repeated.Add(1)
		}
		if time.Now().After(until.Add(2 * time.Minute)) {
			return 0
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// check opens the ledger of the killed node and compares it with what clients
// know.
func (s *soak) check() {
	book, err := pay.Open(fs.OS(), filepath.Join(s.dir, "ledger"), pay.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	t := book.Totals()
	if sum := new(big.Int).Add(t.Balances, t.Charged); sum.Cmp(t.Credited) != 0 || t.Held.Sign() != 0 {
		s.t.Errorf("balances %s and charges %s are not what was paid in, %s; held are %s", t.Balances, t.Charged, t.Credited, t.Held)
	}
	wrong, answers, paidIn := 0, int64(0), int64(0)
	for i, k := range s.users {
		answers += s.acked[i].Load()
		paidIn += s.opening[i] + s.toppedUp[i].Load()
		want := s.opening[i] + s.toppedUp[i].Load() - price*s.acked[i].Load()
		if got := book.Balance(k.Address()); got.Cmp(big.NewInt(want)) != 0 {
			if wrong++; wrong < 5 {
				s.t.Errorf("user %d has %s, but %d by the answers he got", i, got, want)
			}
		}
	}
	if wrong > 0 || t.Credited.Cmp(big.NewInt(paidIn)) != 0 || t.Charged.Cmp(big.NewInt(price*answers)) != 0 {
		s.t.Errorf("%d of %d balances are wrong; credited %s, want %d; charged %s, want %d", wrong, len(s.users), t.Credited, paidIn, t.Charged, price*answers)
	}
	s.t.Logf("%d answers to %d users, %d requests sent again; balances %s + charges %s = %s", answers, len(s.users), s.repeated.Load(), t.Balances, t.Charged, t.Credited)
	if err := book.Close(); err != nil {
		s.t.Fatal(err)
	}
}

func TestKilledNodeStaysExact(t *testing.T) {
	users, length, every := 300, 4*time.Second, 1200*time.Millisecond
	if d, err := time.ParseDuration(os.Getenv("HB_PAY_SOAK")); err == nil {
		users, length, every = 10_000, d, 20*time.Second
	} else if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	s := newSoak(t, users)
	cmd := s.node()
	until := time.Now().Add(length)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { s.client(until) })
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	kills := 0
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(every):
			if time.Now().Before(until) {
				kill(cmd)
				kills++
				cmd = s.node()
			}
		}
	}
	kill(cmd)
	s.check()
	if kills < 2 {
		t.Error(errors.New("the node was killed " + strconv.Itoa(kills) + " times only"))
	}
	t.Log(kills, "kills")
}
