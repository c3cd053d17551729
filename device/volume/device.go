// Package volume is the device volume@1.0: an encrypted disk for what the node
// keeps.
package volume

import (
	"encoding/base64"

	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/keys"
	"github.com/hyperbeam-go/hyperbeam/message"
	"github.com/hyperbeam-go/hyperbeam/path"
	"github.com/hyperbeam-go/hyperbeam/volume"
)

// Name is the name of the device.
const Name = "volume@1.0"

const doc = `Mounts an encrypted disk for what the node keeps.

The options volume_... say which disk, and where. A disk on which nothing is recognised is partitioned, encrypted (LUKS2) and given a
file system; one with anything else on it is left alone. This takes a Linux host on which the node runs as root with cryptsetup and
the device mapper: "info" tells what is missing.

    curl http://localhost:8734/~volume@1.0/info/host

"mount" is for the operator: a signed request with "volume-key", the key of the disk (16 bytes or more) encrypted to the wallet of the
node and as base64. "public_key" answers with the key to encrypt it to, PKCS#1 in DER and base64; the wallet has to be of the kind rsa.

      curl http://localhost:8734/~volume@1.0/public_key

    base64 -d public.b64 > public.der
    openssl pkeyutl -encrypt -pubin -keyform DER -inkey public.der -in disk.key -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 | base64 -w0 > volume.key
    hyperbeam call --sign /~volume@1.0/mount volume-key=$(cat volume.key)

The answer says under "data-dir" where the node finds its data on the volume from its next start on: the store of a running node is
not moved. Mounting what is mounted changes nothing.`

// New returns the device.
func New(v *volume.Volume) *ao.Device {
	d := device{v}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "info", Doc: "What the host can do, and whether the volume is mounted.", Run: d.info},
			{Name: "mount", Doc: "Mounts the disk; for the operator.", Reads: "request: volume-key, padding", Run: d.mount},
			{Name: "public_key", Doc: "The key to which the key of the disk is encrypted.", Run: publicKey},
		},
		Options: append([]ao.Option{ao.OptOperator}, volume.NodeOptions()...),
	}
}

type device struct{ volume *volume.Volume }

// info tells what is possible.
func (d device) info(c *ao.Call) (message.Value, error) {
	host := "ready"
	if err := d.volume.Ready(); err != nil {
		host = fail.Sentence(err)
	}
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("host", message.Binary(host)),
		message.P("configured", message.Bool(volume.Configured(&c.Env))),
		message.P("mounted", message.Bool(host == "ready" && d.volume.Mounted(c.Ctx, &c.Env)))), nil
}

// publicKey answers with the wallet's public key (spec 04, 7.8.3).
func publicKey(c *ao.Call) (message.Value, error) {
	if c.Env.Key() == nil {
		return nil, ao.Refuse(400, "Node wallet not available")
	}
	der := c.Env.Key().PKCS1()
	if der == nil {
		return nil, fail.New(fail.Unsupported, Name+"/public_key", "the wallet of this node is of the kind %s; only rsa keys decrypt (option key_type)", c.Env.Key().Kind())
	}
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("public_key", message.Binary(base64.StdEncoding.EncodeToString(der))),
		message.P("message", message.Binary("Encrypt the key of the volume to this key, with OAEP and SHA-256."))), nil
}

// mount mounts the disk (spec 04, 7.8.1). The key is in the request, since it is
// nothing that the node message could hold.
func (d device) mount(c *ao.Call) (message.Value, error) {
	if c.Remote() && !c.FromOperator(path.Key, "volume-key", "padding") {
		return nil, fail.New(fail.Forbidden, Name+"/mount", "only the operator may mount the volume, with a signature over volume-key")
	}
	key, err := diskKey(c)
	if err != nil {
		return nil, err
	}
	dir, made, err := d.volume.Mount(c.Ctx, &c.Env, key)
	if err != nil {
		return nil, err
	}
	return message.Of(
		message.P("status", message.Int(200)),
		message.P("body", message.Binary("Volume mounted. Start the node with the option data_dir set to data-dir to keep its data there.")),
		message.P("formatted", message.Bool(made)),
		message.P("data-dir", message.Binary(dir))), nil
}

// diskKey returns the key of the disk that a request brings.
func diskKey(c *ao.Call) ([]byte, error) {
	text := c.Request().Text("volume-key")
	if text == "" {
		return nil, fail.New(fail.Invalid, Name+"/mount", "Missing required opts: volume-key")
	}
	if volume.OptPlain.Text(&c.Env) == "true" {
		return []byte(text), nil
	}
	wrapped, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fail.New(fail.Invalid, Name+"/mount", "volume-key is not base64")
	}
	if c.Env.Key() == nil {
		return nil, ao.Refuse(400, "Node wallet not available")
	}
	p := keys.OAEP
	if c.Request().Text("padding") == keys.PKCS1.String() {
		p = keys.PKCS1
	}
	return c.Env.Key().Unwrap(p, wrapped)
}
