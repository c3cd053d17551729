// Package manifest is the device manifest@1.0: sites that are published as a
// path manifest.
package manifest

import (
	"github.com/hyperbeam-go/hyperbeam/ao"
	"github.com/hyperbeam-go/hyperbeam/fail"
	"github.com/hyperbeam-go/hyperbeam/message"
)

// Name is the name of the device.
const Name = "manifest@1.0"

// ContentType begins the content type of manifests, which goes on with "+json".
const ContentType = "application/x.arweave-manifest"

const doc = `Serves a site that is published as an Arweave path manifest: a message whose data lists files by their paths.

The manifest is JSON under "data" or "body" of the base:

    {"manifest": "arweave/paths", "version": "0.2.0", "index": {"path": "index.html"}, "fallback": {"id": ID},
     "paths": {"index.html": {"id": ID}, "assets/app.js": {"id": ID}, "docs": {"intro.html": {"id": ID}}}}

"index" is the file that the manifest names so. Every other key is a part of a path: /MANIFEST~manifest@1.0/assets/app.js is the
file of the path assets/app.js, whether the manifest writes it as one name with slashes or as nested folders. The answer is the message of the file, with its content-type. A path that is not there is the file of
"fallback"; without one it is not found (404), or the index, if the option "manifest_404" is "fallback".

As a request hook the device makes /ID and /ID/PATH of a manifest a site: a request whose first message has the content type
application/x.arweave-manifest and names no device is answered by manifest@1.0, with "index" when there is no path. Behind the hook of
name@1.0 each name of the node is a site of its own:

    "on": {"request": [{"device": "name@1.0"}, {"device": "manifest@1.0"}]}

A folder is no file, and shows what is in it:

    curl -g -H 'accept: application/json' 'http://localhost:8734/~manifest@1.0&data={"paths":{"a/b":{"id":"42jky7O3rzKkMOfHBXgK-304YjulzEYqHc9qyjT3efA"}}}/a'
    # manifest-folder
    curl -g 'http://localhost:8734/~manifest@1.0&data={"paths":{}}/nothing'
    # 404`

var optMissing = ao.Option{Name: "manifest_404", Default: message.Binary("error"),
	Doc: "What a path is that a manifest without fallback lacks: error is not found, fallback is the index."}

// New returns the device. It remembers manifests that it has read.
func New() *ao.Device {
	d := &device{}
	return &ao.Device{
		Name: Name,
		Doc:  doc,
		Keys: []ao.Key{
			{Name: "index", Doc: "The file for the root of the site.", Reads: "base: data, body", Run: d.index},
			{Name: "request", Doc: "As a request hook: serves manifests as sites. Otherwise a path like any other.", Reads: "request: request, body", Run: d.request},
		},
		Default:  d.file,
		Excludes: []string{"keys", "set"},
		Options:  []ao.Option{optMissing},
	}
}

type device struct{ parsed recent }

// folderKey notes on a manifest the folder that it is seen from.
const folderKey = "manifest-folder"

// site is a manifest, seen from a folder.
type site struct {
	*Manifest
	base   *message.Message
	folder string // "" for the root, else with "/" at its end
}

// read returns the site that a message is.
func (d *device) read(c *ao.Call, m *message.Message) (site, error) {
	for _, k := range []string{"data", "body"} {
		v, ok, err := c.Lookup(m, k)
		if err != nil {
			return site{}, err
		}
		if text, isText := v.(message.Binary); ok && isText {
			parsed, err := d.parsed.parse(string(text))
			return site{parsed, m, m.Text(folderKey)}, err
		}
	}
	return site{}, fail.New(fail.Invalid, Name, "the base has no manifest under data or body")
}

// index answers with the file for the root, or for the folder that the base is
// seen from when it has a file of that name (spec 04, 5.5.2).
func (d *device) index(c *ao.Call) (message.Value, error) {
	s, err := d.read(c, c.Base)
	if err != nil {
		return nil, err
	}
	if file, ok := s.Index(); ok && s.folder == "" {
		return load(c, file)
	}
	return s.find(c, "index")
}

// file answers with a file or folder.
func (d *device) file(c *ao.Call) (message.Value, error) {
	s, err := d.read(c, c.Base)
	if err != nil {
		return nil, err
	}
	return s.find(c, c.Key)
}

// find returns the file with a name in the folder, or the site seen from the
// folder of that name.
func (s site) find(c *ao.Call, name string) (message.Value, error) {
	file, ok, folder := s.File(s.folder + name)
	switch {
	case ok:
		return load(c, file)
	case folder:
		seen := ao.Assign(s.base, "device", message.Binary(Name))
		return ao.Assign(seen, folderKey, message.Binary(s.folder+name+"/")), nil
	}
	return s.missing(c)
}

// missing returns what there is in place of a path that is not there.
func (s site) missing(c *ao.Call) (message.Value, error) {
	if file := s.instead(c); file != "" {
		return load(c, file)
	}
	return nil, ao.Missing
}

// instead returns the file that stands for paths that are not there, "" for
// none (spec 05, 5.7).
func (s site) instead(c *ao.Call) string {
	if file := s.Fallback(); file != "" || optMissing.Text(&c.Env) != "fallback" {
		return file
	}
	file, _ := s.Index()
	return file
}

// load returns the message of a file.
func load(c *ao.Call, file string) (message.Value, error) {
	v, err := c.Cache.Read(c.Ctx, file)
	if fail.Is(err, fail.NotFound) {
		return nil, ao.Refuse(404, "The manifest names the file "+file+", which this node does not have.")
	}
	return v, err
}
