package i18n

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width is the number of terminal columns that s takes: two for East Asian wide
// and fullwidth characters (Unicode UAX #11), none for combining and invisible
// ones, one for the rest. Ambiguous characters count as one, as in terminals
// that are not set up for legacy East Asian fonts.
func Width(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		if r < ' ' || 0x7f <= r && r < 0xa0 {
			return 0
		}
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens s to at most columns, ending it with an ellipsis when something
// was left out.
func Cut(s string, columns int) string {
	if Width(s) <= columns {
		return s
	}
	if columns <= 0 {
		return ""
	}
	n := 0
	for i, r := range s {
		w := runeWidth(r)
		if n+w > columns-1 {
			return s[:i] + "…"
		}
		n += w
	}
	return s
}

// Pad cuts s to columns and fills it with blanks on the right.
func Pad(s string, columns int) string {
	s = Cut(s, columns)
	return s + strings.Repeat(" ", max(0, columns-Width(s)))
}

// PadLeft cuts s to columns and fills it with blanks on the left, for numbers.
func PadLeft(s string, columns int) string {
	s = Cut(s, columns)
	return strings.Repeat(" ", max(0, columns-Width(s))) + s
}

// Escape writes text from outside so that it cannot steer a terminal or read as
// something else: control and format characters (escape, line ends, joiners,
// changes of direction) and bytes that are not UTF-8 become \x1b, \u202e and the
// like. Escaping twice is escaping once; the price is that a name which spells out
// "\x1b" cannot be told from one that held the character.
func Escape(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1, r < ' ', r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r > 0xffff && !visible(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case !visible(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f {
			return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !visible(r) })
		}
	}
	return true
}

// visible says whether r shows as itself and as itself only.
func visible(r rune) bool {
	return r == ' ' || r == '\u3000' || unicode.IsGraphic(r) && !unicode.In(r, unicode.Zs)
}
