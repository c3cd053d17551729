// Package arweave reads, writes, signs and verifies ANS-104 data items and
// bundles, byte for byte.
//
// A data item is a signed envelope: signature, owner, target, anchor, tags and
// data ([Item], spec 01, 13.1). What is signed is the deep hash of its fields
// ([HashBlob], [HashList], 13.3). Its ID is the SHA-256 of the signature; its
// unsigned ID depends on the content alone.
//
//	it, err := arweave.ParseItem(body)      // fields are slices of body
//	err = it.Verify()                       // limits, then signature
//	id, ok := it.ID()
//
//	it := arweave.Item{Tags: tags, Data: data}
//	err := it.Sign(signer)
//	out, err := it.Append(nil)
//
// A bundle is a header of sizes and IDs, then the items ([Bundle]). The header
// exists in two forms: ANS-104 proper has little-endian numbers and signed IDs,
// AO-Core nodes write big-endian numbers and unsigned IDs. Reading tells
// them apart by the count. [Reader] takes items one by one from a stream.
//
// On bundles AO-Core builds nested messages: an item whose data is a bundle and
// whose tag bundle-map names a manifest, itself an item of the bundle, which
// gives each other item a name ([Item.WithMembers], [Item.Members]).
//
// Everything that is parsed re-encodes to the same bytes. Nothing here follows
// nesting by itself: the data of an item is bytes until the caller asks for its
// members, so depth is the caller's to limit.
package arweave
