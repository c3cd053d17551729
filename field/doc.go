// Package field reads and writes HTTP structured fields.
//
// A structured field (RFC 9651, which extends RFC 8941) is one of three
// shapes: an item, a list, or a dictionary. A list holds members; a dictionary
// holds keyed members in order. A member is an item or an inner list of items,
// and both carry parameters. At the bottom lies a bare item: a number, text,
// bytes, a truth value or a moment.
//
//	Dictionary  sig=("a" "b");keyid="k", n=5     [Mode.ParseDictionary]
//	List        "a", (1 2);q=0.5, tok            [Mode.ParseList]
//	Item        "text";p=?0                      [Mode.ParseItem]
//
// Two grammars exist side by side, chosen by a [Mode]. [Strict] is the RFC.
// [Lenient] is the dialect AO-Core nodes speak to each other (spec 01, 3.7):
// dictionary keys may have capitals and percent escapes, strings print any
// byte, and there are neither dates nor display strings.
//
// The package also holds the percent and quote escaping that AO-Core applies
// to keys (spec 01, 3.4): [Escape], [Unescape], [EscapeQuotes],
// [UnescapeQuotes].
//
// Parsed text is a sub-string of the input wherever no escape had to be undone,
// so a parsed value keeps its input alive. Nesting is two levels deep by
// grammar; parsing is linear in the input, which may be up to [MaxSize] bytes.
package field

// MaxSize is the greatest input a parser accepts, in bytes.
const MaxSize = 64 << 20

// Mode selects a grammar.
type Mode uint8

const (
	// Strict is RFC 9651.
	Strict Mode = iota
	// Lenient is the AO-Core dialect of spec 01, 3.7. Against [Strict]:
	// dictionary keys consist of letters of both cases, digits and "_-.*%",
	// and only the first one may begin with "."; no white space may
	// surround the whole field; negative decimals above -1 lose their sign;
	// printing checks neither keys nor strings nor the range of integers;
	// a dictionary member that is true prints as key=?1.
	Lenient
)
