package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hyperbeam-go/hyperbeam/cache"
	"github.com/hyperbeam-go/hyperbeam/codec"
	"github.com/hyperbeam-go/hyperbeam/codec/ans104"
	"github.com/hyperbeam-go/hyperbeam/codec/flat"
	"github.com/hyperbeam-go/hyperbeam/codec/httpsig"
	"github.com/hyperbeam-go/hyperbeam/codec/json"
	"github.com/hyperbeam-go/hyperbeam/codec/structured"
	"github.com/hyperbeam-go/hyperbeam/commit"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/store"
	"github.com/hyperbeam-go/hyperbeam/store/mem"
)

type messageCmd struct {
	Convert messageConvertCmd `cmd:"" help:"Convert a message from one codec to another."`
	ID      messageIDCmd      `cmd:"" name:"id" help:"Print the IDs of a message."`
	Commit  messageCommitCmd  `cmd:"" help:"Sign a message."`
	Verify  messageVerifyCmd  `cmd:"" help:"Check the commitments of a message."`
}

// maxMessage bounds messages read from files, in bytes.
const maxMessage = 256 << 20

// messageInput is a message in a file.
type messageInput struct {
	File string `arg:"" optional:"" default:"-" help:"File with the message; - is standard input."`
	From string `help:"Codec of the file: json, httpsig (header lines, empty line, body), flat, or ans104." default:"json"`
}

// read returns the message, and an environment in which the messages nested in
// it can be loaded when a codec has turned them into links.
func (in messageInput) read(ctx context.Context) (*message.Message, codec.Env, error) {
	kept := cache.New(mem.New(mem.Options{}), cache.Options{})
	m, err := in.decode(ctx, kept.Env())
	if err != nil {
		return nil, codec.Env{}, err
	}
	for _, v := range m.All() {
		switch v.(type) {
		case *message.Message, *message.List:
			if _, err := kept.Write(ctx, v, store.Lazy); err != nil {
				return nil, codec.Env{}, err
			}
		}
	}
	return m, kept.Env(), nil
}

func (in messageInput) decode(ctx context.Context, env codec.Env) (*message.Message, error) {
	raw, err := readInput(in.File, maxMessage)
	if err != nil {
		return nil, err
	}
	var tabm message.Value
	switch codecName(in.From) {
	case json.Name:
		tabm, err = json.Codec{}.Decode(ctx, env, message.Binary(raw), codec.Options{})
	case httpsig.Name:
		var enc *message.Message
		if enc, err = httpsig.ParseText(string(raw)); err == nil {
			tabm, err = httpsig.Codec{}.Decode(ctx, env, enc, codec.Options{})
		}
	case flat.Name:
		tabm, err = flat.Codec{}.Decode(ctx, env, flat.Lines(string(raw)), codec.Options{})
	case ans104.Name:
		tabm, err = ans104.Codec{}.Decode(ctx, env, message.Binary(raw), codec.Options{})
	default:
		return nil, unknownCodec(in.From)
	}
	if err != nil {
		return nil, err
	}
	v, err := structured.FromTABM(tabm)
	if err != nil {
		return nil, err
	}
	switch x := v.(type) {
	case *message.Message:
		return x, nil
	case *message.List:
		return x.Numbered(), nil
	}
	return nil, fail.New(fail.Invalid, "hyperbeam message", "the input is a bare value, not a message")
}

// codecName completes a short codec name.
func codecName(s string) string {
	if strings.Contains(s, "@") {
		return s
	}
	return s + "@1.0"
}

func unknownCodec(s string) error {
	return fail.New(fail.Unsupported, "hyperbeam message", "unknown codec %q; known are json, httpsig, flat and ans104", s)
}

type messageConvertCmd struct {
	messageInput
	To     string `help:"Codec to print: json, httpsig, flat or ans104." default:"httpsig"`
	Linked bool   `help:"Write nested messages as links instead of embedding them."`
}

// Run prints the message in another codec.
func (c messageConvertCmd) Run(ctx context.Context) error {
	m, env, err := c.read(ctx)
	if err != nil {
		return err
	}
	return printMessage(ctx, env, m, c.To, !c.Linked)
}

func printMessage(ctx context.Context, env codec.Env, m *message.Message, to string, bundle bool) error {
	convert := structured.ToTABM
	if bundle {
		convert = structured.Bundle
	}
	tabm, err := convert(ctx, env, m)
	if err != nil {
		return err
	}
	opt := codec.Options{Bundle: bundle, Inlined: bundle}
	var text []byte
	switch codecName(to) {
	case json.Name:
		s, err := json.Encode(ctx, env, m, opt)
		if err != nil {
			return err
		}
		text = append([]byte(s), '\n')
	case httpsig.Name:
		v, err := httpsig.Codec{}.Encode(ctx, env, tabm, opt)
		if err != nil {
			return err
		}
		text = httpsig.FormatText(v.(*message.Message))
	case flat.Name:
		v, err := flat.Codec{}.Encode(ctx, env, tabm, opt)
		if err != nil {
			return err
		}
		s, err := flat.Format(v.(*message.Message))
		if err != nil {
			return err
		}
		text = []byte(s)
	case ans104.Name:
		v, err := ans104.Codec{}.Encode(ctx, env, tabm, opt)
		if err != nil {
			return err
		}
		s, _ := message.Text(v)
		text = []byte(s)
	default:
		return unknownCodec(to)
	}
	_, err = os.Stdout.Write(text)
	return err
}

type messageIDCmd struct{ messageInput }

// Run prints the unsigned ID, and the signed one where there is one.
func (c messageIDCmd) Run(ctx context.Context, out *output) error {
	m, _, err := c.read(ctx)
	if err != nil {
		return err
	}
	unsigned, err := commit.UnsignedID(ctx, m)
	if err != nil {
		return err
	}
	signed, err := commit.SignedID(ctx, m)
	if err != nil {
		return err
	}
	if out.json {
		fmt.Printf("{\"unsigned\":%q,\"signed\":%q,\"signers\":%d}\n", unsigned, signed, len(commit.Committers(m)))
		return nil
	}
	fmt.Println(unsigned)
	if signed != unsigned {
		fmt.Println(signed, " signed")
	}
	return nil
}

type messageCommitCmd struct {
	messageInput
	Key    string   `required:"" help:"Wallet to sign with (JWK)." type:"existingfile"`
	To     string   `help:"Codec to print." default:"json"`
	Device string   `help:"Commitment device: httpsig@1.0 or ans104@1.0." default:"httpsig@1.0"`
	Keys   []string `help:"Keys to cover; all when not given." placeholder:"KEY"`
}

// Run prints the message with a signature.
func (c messageCommitCmd) Run(ctx context.Context) error {
	m, env, err := c.read(ctx)
	if err != nil {
		return err
	}
	key, err := keys.ReadFile(c.Key)
	if err != nil {
		return err
	}
	var covered []string
	if len(c.Keys) > 0 {
		covered = slices.Clone(c.Keys)
	}
	if m, err = commit.Commit(ctx, env, m, key, commit.Spec{
		Device: c.Device, Committed: covered,
		Bundle: c.Device == ans104.Name, // an item in a file holds what it signs
	}); err != nil {
		return err
	}
	return printMessage(ctx, env, m, c.To, true)
}

type messageVerifyCmd struct{ messageInput }

// Run checks every commitment; the exit status tells the outcome.
func (c messageVerifyCmd) Run(ctx context.Context, out *output) error {
	m, env, err := c.read(ctx)
	if err != nil {
		return err
	}
	if m.Commitments().Len() == 0 {
		return fail.New(fail.Unauthorized, "hyperbeam message verify", "the message has no commitments")
	}
	bad := 0
	for id := range m.Commitments().All() {
		c := m.Commitments().Message(id)
		err := commit.Verify(ctx, env, m, commit.Selection{Commitments: []string{id}}, "")
		verdict := "holds"
		if err != nil {
			verdict, bad = fail.Sentence(err), bad+1
		}
		if out.json {
			fmt.Printf("{\"id\":%q,\"type\":%q,\"committer\":%q,\"valid\":%t}\n", id, c.Text("type"), c.Text("committer"), err == nil)
		} else {
			fmt.Printf("%s  %-16s %s  %s\n", id, c.Text("type"), c.Text("committer"), verdict)
		}
	}
	if bad > 0 {
		return fail.New(fail.Unauthorized, "hyperbeam message verify", "%d of %d commitments do not hold", bad, m.Commitments().Len())
	}
	return nil
}
