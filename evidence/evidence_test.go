package evidence_test

import (
	"context"
	"encoding/base64"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/evidence"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/id"
	"github.com/hyperbeam-go/hyperbeam/internal/aotest"
	"github.com/hyperbeam-go/hyperbeam/internal/sevtest"
	"github.com/hyperbeam-go/hyperbeam/internal/sharedtest"
	"github.com/hyperbeam-go/hyperbeam/keys"
	. "github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
	"github.com/hyperbeam-go/hyperbeam/tee/snp"
	"github.com/hyperbeam-go/hyperbeam/tee/snp/snptest"
)

var ctx = context.Background()

func text(s string) Value { return Binary(s) }

// bench is a node in a machine on a chip of a test root.
type bench struct {
	t       *testing.T
	root    *snptest.Root
	machine *snptest.Machine
	wallet  *keys.PrivateKey
	service *evidence.Service
	env     *ao.Env
}

func newBench(t *testing.T, options ...Pair) *bench {
	root := snptest.NewRoot(t)
	m := sevtest.Machine(t, root)
	b := &bench{t: t, root: root, machine: m, wallet: snptest.Wallet(t)}
	messages := cache.New(mem.New(mem.Options{}), cache.Options{})
	b.service = evidence.New(evidence.Options{Guest: m, Cache: messages, Root: root.Of})
	config := Of(append([]Pair{P("snp_trusted", NewList(snptest.Hashes())), P("mode", text("prod"))}, options...)...)
	b.env = aotest.With(t, ao.Services{Key: b.wallet, Cache: messages}, config).Env
	return b
}

func (b *bench) generate(challenge string) *Message {
	b.t.Helper()
	m, err := b.service.Generate(ctx, b.env, challenge)
	if err != nil {
		b.t.Fatal(err)
	}
	return m
}

func (b *bench) sign(m *Message, k *keys.PrivateKey) *Message {
	b.t.Helper()
	s, err := commit.Commit(ctx, b.env.Codec(), m.Without(CommitmentsKey), k, commit.Spec{})
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) verify(m *Message) error {
	_, err := b.service.Verify(ctx, b.env, m, evidence.Want{})
	return err
}

// refusal returns the name of the step that refused, or the error.
func refusal(err error) string {
	if o, ok := err.(*ao.Outcome); ok {
		return o.Value.(*Message).Text("body")
	}
	if err == nil {
		return "accepted"
	}
	return "error: " + fail.Sentence(err)
}

// CONF-TEE-04, CONF-TEE-07: the parts of an attestation, which a verifier accepts when
// the processor signed them.
func TestGenerate(t *testing.T) {
	b := newBench(t, P("extra", Of(P("nested", Int(1)))))
	m := b.generate("")
	for _, k := range []string{"report", "nonce", "address", "node-message", "local-hashes", "certificates"} {
		if !m.Has(k) {
			t.Error("no", k)
		}
	}
	r, err := snp.ParseJSON([]byte(m.Text("report")))
	if err != nil {
		t.Fatal(err)
	}
	if string(r.JSON()) != m.Text("report") || r.VMPL() != 1 {
		t.Error("the report is not that of the processor, asked for at level 1")
	}
	data := r.Data()
	if nonce := m.Text("nonce"); len(nonce) != 86 || nonce != base64.RawURLEncoding.EncodeToString(data[:]) {
		t.Error("nonce", nonce)
	}
	if m.Text("address") != b.wallet.Address() || !Equal(m.Message("local-hashes"), snptest.Hashes()) {
		t.Error("address or hashes")
	}
	who, err := b.service.Verify(ctx, b.env, b.sign(m, b.wallet), evidence.Want{})
	if err != nil {
		t.Fatal(err)
	}
	if who.Address != b.wallet.Address() || who.NodeMessage.Text("mode") != "prod" {
		t.Error(who)
	}
}

// CONF-TEE-05, CONF-TEE-06
func TestGenerateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		service ao.Services
		trusted Value
		want    string
	}{
		"no wallet":  {ao.Services{}, NewList(snptest.Hashes()), "no_wallet_available"},
		"no entries": {ao.Services{Key: snptest.Wallet(t)}, NewList(), "no_trusted_configs"},
		"no list":    {ao.Services{Key: snptest.Wallet(t)}, text("x"), "invalid_trusted_configs_format"},
		"an entry":   {ao.Services{Key: snptest.Wallet(t)}, NewList(text("x")), "invalid_trusted_configs_format"},
	} {
		env := aotest.With(t, c.service, Of(P("snp_trusted", c.trusted))).Env
		m, err := evidence.New(evidence.Options{Guest: snp.Hardware()}).Generate(ctx, env, "")
		if got := refusal(err); got != c.want {
			t.Errorf("%s: %v %s", name, m, got)
		}
	}
	// The default says nothing, but is an entry.
	env := aotest.With(t, ao.Services{Key: snptest.Wallet(t)}, Empty()).Env
	if _, err := evidence.New(evidence.Options{Guest: snptest.NewRoot(t).NewChip(snp.TCB{}).Start([48]byte{})}).Generate(ctx, env, ""); err != nil {
		t.Error(err)
	}
}

// CONF-TEE-01, CONF-TEE-02: the number of processors counts only when it is enforced.
func TestEnforcedKeys(t *testing.T) {
	all := []string{"vcpus", "vcpu_type", "vmm_type", "guest_features", "firmware", "kernel", "initrd", "append"}
	other := snptest.Hashes().Set("vcpus", Int(16))
	b := newBench(t)
	own := b.env
	m := b.sign(b.generate(""), b.wallet)
	for name, c := range map[string]struct {
		trusted  Value
		enforced Value
		want     string
	}{
		"enforced":          {other, Strings(all), "untrusted_software"},
		"not enforced":      {other, Strings(all[1:]), "accepted"},
		"by default":        {other, nil, "accepted"},
		"the same":          {snptest.Hashes(), Strings(all), "accepted"},
		"large letters":     {snptest.Hashes().Set("kernel", text(strings.ToUpper(snptest.Hashes().Text("kernel")))), nil, "accepted"},
		"numbers as text":   {snptest.Hashes().Set("vmm_type", text("1")), nil, "accepted"},
		"another kernel":    {snptest.Hashes().Set("kernel", text(strings.Repeat("0", 64))), nil, "untrusted_software"},
		"no kernel":         {snptest.Hashes().Without("kernel"), nil, "untrusted_software"},
		"nothing":           {Empty(), nil, "untrusted_software"},
		"nothing enforced":  {Empty(), NewList(), "error: the option snp_enforced_keys is a list with at least one key of local-hashes"},
		"enforced nonsense": {Empty(), Strings([]string{"colour"}), `error: the option snp_enforced_keys names "colour", which is no key of local-hashes`},
	} {
		config := own.Config().Set("snp_trusted", NewList(c.trusted))
		if c.enforced != nil {
			config = config.Set("snp_enforced_keys", c.enforced)
		}
		b.env = own.WithConfig(config)
		if got := refusal(b.verify(m)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// CONF-TEE-03: the reference's fixture. Its report names the address of its wallet
// and another node message; its chip's certificate is not among the fixtures, so a
// test chip signs it anew.
func TestReferenceFixture(t *testing.T) {
	b := newBench(t)
	wallet, err := keys.ParseJWK(sharedtest.File(t, "testdata/admissible-report-wallet.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := snp.ParseJSON(sharedtest.File(t, "testdata/admissible-report.json"))
	if err != nil {
		t.Fatal(err)
	}
	data := r.Data()
	if wallet.Address() != "-q_bZCJGupSiZvjNg-KoD0bjx53pqnay_5Ojvo0597s" || id.ID(data[:32]).String() != wallet.Address() {
		t.Error("the report is not about the address of its wallet")
	}
	if r, err = b.machine.Chip.Adopt(r); err != nil {
		t.Fatal(err)
	}
	node := Of(P("operator", text("somebody")))
	of, err := commit.CalculatedID(ctx, node)
	if err != nil {
		t.Fatal(err)
	}
	m := b.sign(Of(
		P("report", Binary(r.JSON())), P("address", text(wallet.Address())), P("node-message", node),
		P("nonce", text(base64.RawURLEncoding.EncodeToString(append(data[:32:32], of[:]...)))),
		P("local-hashes", snptest.Hashes()),
		P("certificates", Of(P("vcek", text(base64.RawURLEncoding.EncodeToString(b.machine.Chip.DER)))))), wallet)
	if got := refusal(b.verify(m)); got != "report_data_mismatch" {
		t.Error("as it is:", got)
	}
	evidence.AcceptForeignNode(b.service)
	if got := refusal(b.verify(m)); got != "accepted" {
		t.Error("with another node message:", got)
	}
	// SEC-16: not even then for another address, which the reference accepts.
	other := snptest.Wallet(t)
	address, _ := id.Parse(other.Address())
	copied := m.Set("address", text(other.Address())).Set("nonce", text(base64.RawURLEncoding.EncodeToString(append(address[:], of[:]...))))
	if got := refusal(b.verify(b.sign(copied, other))); got != "report_data_mismatch" {
		t.Error("a copied report:", got)
	}
}

// CONF-TEE-08, SEC-16: attestations that claim something else than the processor
// signed, one for each step.
func TestVerifyRefuses(t *testing.T) {
	b := newBench(t)
	honest := b.generate("")
	stranger := snptest.Wallet(t)
	strangers := func(m *Message) string {
		address, _ := id.Parse(stranger.Address())
		of, err := commit.CalculatedID(ctx, m.Message("node-message"))
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(append(address[:], of[:]...))
	}
	report := func(change func(*snp.Report)) Value {
		r, err := snp.ParseJSON([]byte(honest.Text("report")))
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		if r, err = b.machine.Chip.Sign(r); err != nil {
			t.Fatal(err)
		}
		return Binary(r.JSON())
	}
	forged := snptest.NewRoot(t).NewChip(b.machine.Chip.TCB).Start(b.machine.Measurement)
	forged.Certified = true
	data := func() (out [64]byte) {
		d, _ := base64.RawURLEncoding.DecodeString(honest.Text("nonce"))
		copy(out[:], d)
		return
	}()
	fr, fc, err := forged.Report(ctx, data, 1)
	if err != nil {
		t.Fatal(err)
	}
	honestID, err := commit.CalculatedID(ctx, honest.Message("node-message"))
	if err != nil {
		t.Fatal(err)
	}
	claimedID := Of(P("mode", text("debug"))).Set(CommitmentsKey, Of(P(honestID.String(), Of(
		P("commitment-device", text("httpsig@1.0")), P("type", text("hmac-sha256")), P("keyid", text("constant:ao")),
		P("committed", Strings([]string{"mode"})), P("signature", text("eA"))))))
	for name, c := range map[string]struct {
		m    *Message
		want string
	}{
		"unsigned":                              {honest, "signature_or_address_invalid"},
		"by a stranger":                         {b.sign(honest, stranger), "signature_or_address_invalid"},
		"a stranger's address":                  {b.sign(honest.Set("address", text(stranger.Address())), stranger), "nonce_mismatch"},
		"a stranger's nonce too":                {b.sign(honest.Set("address", text(stranger.Address())).Set("nonce", text(strangers(honest))), stranger), "report_data_mismatch"},
		"another configuration":                 {b.sign(honest.Set("node-message", Of(P("mode", text("debug")))), b.wallet), "nonce_mismatch"},
		"a configuration with an ID of its own": {b.sign(honest.Set("node-message", claimedID), b.wallet), "nonce_mismatch"},
		"no configuration":                      {b.sign(honest.Without("node-message"), b.wallet), "error: the attestation has no node-message that is a message"},
		"a device of the sender":                {b.sign(honest.Set("device", text("message@1.0")).Set("report", report(func(r *snp.Report) { r[snptest.AtPolicy+2] |= 8 })), b.wallet), "debug_enabled"},
		"debugging":                             {b.sign(honest.Set("report", report(func(r *snp.Report) { r[snptest.AtPolicy+2] |= 8 })), b.wallet), "debug_enabled"},
		"migration":                             {b.sign(honest.Set("report", report(func(r *snp.Report) { r[snptest.AtPolicy+2] |= 4 })), b.wallet), "report_signature_invalid"},
		"another level":                         {b.sign(honest.Set("report", report(func(r *snp.Report) { r[snptest.AtVMPL] = 2 })), b.wallet), "report_signature_invalid"},
		"another measurement":                   {b.sign(honest.Set("report", report(func(r *snp.Report) { r[snptest.AtMeasurement]++ })), b.wallet), "measurement_invalid"},
		"other software":                        {b.sign(honest.Set("local-hashes", snptest.Hashes().Set("kernel", text(strings.Repeat("0", 64)))), b.wallet), "untrusted_software"},
		"another number of CPUs":                {b.sign(honest.Set("local-hashes", snptest.Hashes().Set("vcpus", Int(31))), b.wallet), "measurement_invalid"},
		"billions of CPUs":                      {b.sign(honest.Set("local-hashes", snptest.Hashes().Set("vcpus", Int(1<<40))), b.wallet), "measurement_invalid"},
		"CPUs as words":                         {b.sign(honest.Set("local-hashes", snptest.Hashes().Set("vcpus", text("many"))), b.wallet), "measurement_invalid"},
		"a forged processor":                    {b.sign(honest.Set("report", Binary(fr.JSON())).Set("certificates", Of(P("vcek", text(base64.RawURLEncoding.EncodeToString(fc.VCEK))))), b.wallet), "report_signature_invalid"},
		"no certificate":                        {b.sign(honest.Without("certificates"), b.wallet), "report_signature_invalid"},
		"a changed key after all":               {b.sign(honest, b.wallet).Set("local-hashes", Empty()), "signature_or_address_invalid"},
		"the honest one":                        {b.sign(honest, b.wallet), "accepted"},
		"the honest one, with more":             {b.sign(honest, b.wallet).Set("path", text("verify")).Set("method", text("POST")), "accepted"},
	} {
		if got := refusal(b.verify(c.m)); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// SEC-16: freshness. The challenge is in what the processor signed.
func TestChallenge(t *testing.T) {
	b := newBench(t)
	fresh, old := b.sign(b.generate("now"), b.wallet), b.sign(b.generate(""), b.wallet)
	ask := func(m *Message, challenge string) string {
		_, err := b.service.Verify(ctx, b.env, m, evidence.Want{Challenge: challenge})
		return refusal(err)
	}
	if got := ask(fresh, "now"); got != "accepted" {
		t.Error(got)
	}
	if got := ask(fresh, ""); got != "accepted" {
		t.Error("a verifier without a challenge:", got)
	}
	if got := ask(fresh, "later"); got != "challenge_mismatch" {
		t.Error(got)
	}
	if got := ask(old, "now"); got != "challenge_mismatch" {
		t.Error(got)
	}
	// Whoever has the wallet but not the machine cannot put a challenge in.
	if got := ask(b.sign(old.Set("node-message", old.Message("node-message").Set(evidence.ChallengeKey, text("now"))), b.wallet), "now"); got != "nonce_mismatch" {
		t.Error(got)
	}
	if _, err := b.service.Generate(ctx, b.env, strings.Repeat("x", evidence.MaxChallenge+1)); !fail.Is(err, fail.TooLarge) {
		t.Error(err)
	}
}

// Equal questions are put to the processor once.
func TestProcessorIsAskedOnce(t *testing.T) {
	b := newBench(t)
	counting := &counter{Machine: b.machine}
	s := evidence.New(evidence.Options{Guest: counting})
	for _, challenge := range []string{"", "", "", "a", "a", ""} {
		if _, err := s.Generate(ctx, b.env, challenge); err != nil {
			t.Fatal(err)
		}
	}
	if counting.n != 3 {
		t.Error(counting.n, "questions")
	}
}

type counter struct {
	*snptest.Machine
	n int
}

func (c *counter) Report(ctx context.Context, data [64]byte, vmpl int) (snp.Report, snp.Certificates, error) {
	c.n++
	return c.Machine.Report(ctx, data, vmpl)
}

// SEC-17: where certificates come from, and the policies of the node.
func TestOptions(t *testing.T) {
	b := newBench(t)
	b.machine.Certified = false
	m := b.sign(b.generate(""), b.wallet)
	srv := httptest.NewServer(b.root)
	defer srv.Close()
	with := func(options ...Pair) error {
		config := b.env.Config()
		for _, o := range options {
			config = config.Set(o.Key, o.Value)
		}
		_, err := b.service.Verify(ctx, b.env.WithConfig(config), m, evidence.Want{})
		return err
	}
	reason := func(err error) string {
		if o, ok := err.(*ao.Outcome); ok {
			return o.Value.(*Message).Text("reason")
		}
		return ""
	}
	if err := with(); !strings.Contains(reason(err), "snp_kds") || !strings.Contains(reason(err), "snp_certificates") {
		t.Error("offline:", reason(err))
	}
	folder := t.TempDir()
	name := snp.Want{Product: snptest.Product, Chip: b.machine.Chip.ID, TCB: b.machine.Chip.TCB}.Name()
	if err := os.WriteFile(filepath.Join(folder, name), b.machine.Chip.DER, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := with(P("snp_certificates", text(folder))); err != nil {
		t.Error("a folder:", reason(err))
	}
	if err := with(P("snp_kds", text(srv.URL))); err != nil {
		t.Error("a key service:", reason(err))
	}
	srv.Close()
	if err := with(P("snp_kds", text(srv.URL))); err != nil {
		t.Error("kept from the key service:", reason(err))
	}
	if err := with(P("snp_kds", text(srv.URL)), P("snp_require_revocation", True)); refusal(err) != "report_signature_invalid" {
		t.Error("no list of revoked certificates:", refusal(err))
	}
	if err := with(P("snp_certificates", text(folder)), P("snp_minimum_tcb", Of(P("snp", Int(23))))); refusal(err) != "report_signature_invalid" {
		t.Error("old firmware:", refusal(err))
	}
	if err := with(P("snp_certificates", text(folder)), P("snp_max_vmpl", Int(0))); refusal(err) != "report_signature_invalid" {
		t.Error("a level that is not trusted:", refusal(err))
	}
}

// Messages that are no attestations are refused, whatever they are.
func FuzzVerify(f *testing.F) {
	f.Add("report", "{}", "nonce", "AA")
	f.Add("address", "x", "certificates", "y")
	k, err := keys.Generate(keys.Curve25519)
	if err != nil {
		f.Fatal(err)
	}
	env := aotest.With(f, ao.Services{Key: k}, Of(P("snp_trusted", NewList(snptest.Hashes())))).Env
	s := evidence.New(evidence.Options{Guest: snp.Hardware(), Cache: env.Cache})
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		m := Of(P("address", text(k.Address())), P("node-message", Empty()), P("local-hashes", snptest.Hashes()), P(k1, text(v1)), P(k2, text(v2)))
		signed, err := commit.Commit(ctx, env.Codec(), m, k, commit.Spec{})
		if err != nil {
			return
		}
		if _, err := s.Verify(ctx, env, signed, evidence.Want{}); err == nil {
			t.Error("accepted")
		}
	})
}
