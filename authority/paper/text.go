package paper

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// textFault says why s cannot stand on paper, "" when it can.
func textFault(s string) string {
	plain := true
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			plain = false
			break
		}
	}
	if plain {
		return ""
	}
	if !utf8.ValidString(s) {
		return "text is not UTF-8"
	}
	before := rune(0)
	for _, r := range s {
		if refused(r) || selector(r) && !selectable(before) {
			return "text holds a control, bidirectional, invisible or unassigned character, or a blank other than the two usual ones"
		}
		before = r
	}
	if !norm.NFC.IsNormalString(s) {
		return "text is not in Unicode normalisation form C"
	}
	return ""
}

// unseen are ranges of characters that make text look other than it is, or that people
// cannot see, beside those that are no letter, mark, number, punctuation, symbol or
// space: fillers, signs without ink, and every blank but U+0020 and U+3000.
var unseen = [][2]rune{
	{0xa0, 0xa0}, {0x34f, 0x34f}, {0x115f, 0x1160}, {0x1680, 0x1680}, {0x17b4, 0x17b5}, {0x180b, 0x180f},
	{0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x205f}, {0x2800, 0x2800}, {0x3164, 0x3164},
	{0xffa0, 0xffa0}, {0xfff9, 0xffff}, {0x16fe4, 0x16fe4}, {0x1d159, 0x1d159},
}

// selector says whether r is a variation selector. Japanese names need them, behind the
// character whose shape they choose; anywhere else nobody sees them.
func selector(r rune) bool {
	return r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0100 && r <= 0xe01ef
}

func selectable(before rune) bool { return unicode.In(before, unicode.Han, unicode.So) }

func refused(r rune) bool {
	if r >= 0x20 && r < 0x7f {
		return false
	}
	for _, u := range unseen {
		if u[0] <= r && r <= u[1] {
			return true
		}
	}
	return !assigned(r)
}

// assigned says whether r is a letter, mark, number, punctuation, symbol or space: not
// a control, format (bidirectional, joiner, tag), surrogate or private character, and
// none that Unicode has not assigned.
func assigned(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}

// Says tells whether a text says anything: it has a letter or a number. Blanks, marks
// and symbols alone are no reason and no name.
func Says(text string) bool {
	for _, r := range text {
		if unicode.In(r, unicode.L, unicode.N) {
			return true
		}
	}
	return false
}

// less orders member names by their UTF-16 code units, as RFC 8785 does. It differs
// from the order of bytes only where one name has a character beyond U+FFFF.
func less(a, b string) bool {
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			if wideA, wideB := ra > 0xffff, rb > 0xffff; wideA != wideB {
				return unit(ra) < unit(rb)
			}
			return ra < rb
		}
		a, b = a[na:], b[nb:]
	}
	return a == "" && b != ""
}

// unit is the first UTF-16 code unit of r.
func unit(r rune) rune {
	if r > 0xffff {
		return 0xd800 + (r-0x10000)>>10
	}
	return r
}
