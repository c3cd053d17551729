// Package structured converts between rich values and TABMs: the codec
// structured@1.0 (spec 01, 4 and 5).
//
//	{a: 5, n: {b: true}}   rich
//	{a: "5", "n+link": ID, ao-types: a="integer"}                     linked TABM
//	{a: "5", n: {b: "true", ao-types: b="atom"}, ao-types: a="integer"}   bundled TABM
//
// [ToTABM] links nested messages, [Bundle] embeds them, [FromTABM] is the
// inverse of both. The linked TABM of a message is kept in its memo.
package structured
