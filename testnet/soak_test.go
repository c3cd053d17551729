package testnet_test

import (
	"testing"
	"time"

	"github.com/hyperbeam-go/hyperbeam/testnet"
)

// A short soak on disks that lose what was not synced when a node is killed.
func TestSoak(t *testing.T) {
	net, _ := start(t, 3)
	r, err := net.Soak(ctx, testnet.Soak{
		Time: 4 * time.Second, Every: time.Second, Down: 300 * time.Millisecond, Rate: 40, Settle: time.Minute, Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if !r.OK() || r.Kills == 0 || r.Acknowledged == 0 {
		t.Error("the soak failed, or did nothing")
	}
}
