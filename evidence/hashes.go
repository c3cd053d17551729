package evidence

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
)

// hashKeys are the keys of local-hashes: numbers, then digests in hex.
func hashKeys() (numbers, digests []string) {
	return []string{"vcpus", "vcpu_type", "vmm_type", "guest_features"}, []string{"firmware", "kernel", "initrd", "append"}
}

// canonical returns the value of a key of local-hashes in the one form that is
// compared: numbers as decimals, digests as lower-case hex.
func canonical(m *message.Message, key string) (string, bool) {
	v, ok := m.Get(key)
	if !ok {
		v, ok = m.Get(strings.ReplaceAll(key, "_", "-"))
	}
	if !ok {
		return "", false
	}
	numbers, _ := hashKeys()
	if slices.Contains(numbers, key) {
		n, ok := message.AsBig(v)
		if !ok {
			return "", false
		}
		return n.String(), true
	}
	t, ok := message.Text(v)
	return strings.ToLower(t), ok
}

// matches reports whether hashes has every enforced key, with the value that the
// trusted software has (spec 04, 7.4.7).
func matches(hashes, software *message.Message, enforced []string) bool {
	for _, k := range enforced {
		have, ok := canonical(hashes, k)
		want, known := canonical(software, k)
		if !ok || !known || have != want {
			return false
		}
	}
	return true
}

// enforcedKeys reads the option with the keys that have to match. An empty list
// would trust everything, and a key that is none would be compared with nothing.
func enforcedKeys(v message.Value) ([]string, error) {
	numbers, digests := hashKeys()
	var out []string
	if m, ok := v.(*message.Message); ok {
		if l, err := m.Without(message.CommitmentsKey).List(); err == nil {
			v = l
		}
	}
	if l, ok := v.(*message.List); ok {
		for _, e := range l.All() {
			t, _ := message.Text(e)
			t = strings.ReplaceAll(t, "-", "_")
			if !slices.Contains(numbers, t) && !slices.Contains(digests, t) {
				return nil, fail.New(fail.Invalid, "evidence.Verify", "the option %s names %.40q, which is no key of local-hashes", OptEnforced.Name, t)
			}
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, fail.New(fail.Invalid, "evidence.Verify", "the option %s is a list with at least one key of local-hashes", OptEnforced.Name)
	}
	return out, nil
}

// launch returns what local-hashes describes.
func launch(hashes *message.Message) (snp.Launch, error) {
	var l snp.Launch
	wrong := func(key, takes string) error {
		return fail.New(fail.Invalid, "evidence.Verify", "local-hashes has no %s that is %s", key, takes)
	}
	number := func(key string) (uint64, error) {
		v, _ := hashes.Get(key)
		if v == nil {
			v, _ = hashes.Get(strings.ReplaceAll(key, "_", "-"))
		}
		n, ok := message.AsBig(v)
		if v == nil || !ok || !n.IsUint64() {
			return 0, wrong(key, "a number")
		}
		return n.Uint64(), nil
	}
	var n [4]uint64
	numbers, digests := hashKeys()
	for i, key := range numbers {
		var err error
		if n[i], err = number(key); err != nil {
			return l, err
		}
	}
	l.VCPUs, l.VCPUType, l.VMM = int(min(n[0], 1<<20)), int(min(n[1], 1<<20)), snp.VMM(min(n[2], 255))
	l.Features = n[3]
	for i, to := range [][]byte{l.Firmware[:], l.Kernel[:], l.Initrd[:], l.Append[:]} {
		text, _ := canonical(hashes, digests[i])
		b, err := hex.DecodeString(text)
		if err != nil || len(b) != len(to) {
			return l, wrong(digests[i], "the hex of a digest")
		}
		copy(to, b)
	}
	return l, nil
}
