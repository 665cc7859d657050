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
	for _, r := range s {
		if refused(r) {
			return "text holds a control, bidirectional, invisible or unassigned character"
		}
	}
	if !norm.NFC.IsNormalString(s) {
		return "text is not in Unicode normalisation form C"
	}
	return ""
}

// unseen are ranges of characters that make text look other than it is, or that people
// cannot see, beside those that are no letter, mark, number, punctuation, symbol or
// space. Variation selectors stay: Japanese names need them.
var unseen = [][2]rune{
	{0x34f, 0x34f}, {0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x2028, 0x2029},
	{0x3164, 0x3164}, {0xffa0, 0xffa0}, {0xfff9, 0xffff},
}

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
