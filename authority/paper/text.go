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

// refused says whether r is a character that makes text look other than it is, or
// that people cannot see. Variation selectors stay: Japanese names need them.
func refused(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0: // unseen
		return true
	case r >= 0x180b && r <= 0x180f, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f:
		return true
	case r == 0xfeff, r >= 0xfff0 && r <= 0xffff, r >= 0xe0000 && r <= 0xe0fff && !unicode.Is(unicode.Variation_Selector, r):
		return true
	case r >= 0xfdd0 && r <= 0xfdef, r&0xfffe == 0xfffe: // noncharacters
		return true
	}
	return r >= 0x80 && unicode.In(r, unicode.Cs, unicode.Co) || r >= 0x80 && !assigned(r)
}

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
