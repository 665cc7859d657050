package i18n

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// EscapeJSON gives a JSON document in which every character that does not show as
// itself (direction marks, joiners, controls) is written as \uXXXX: it means the
// same to a program and plays no trick on a person. Line breaks between values
// stay.
func EscapeJSON(doc []byte) []byte {
	out := make([]byte, 0, len(doc))
	for len(doc) > 0 {
		r, size := utf8.DecodeRune(doc)
		switch {
		case r == '\n' || visible(r) && (r != utf8.RuneError || size > 1):
			out = append(out, doc[:size]...)
		case r > 0xffff:
			a, b := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, a, b)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		doc = doc[size:]
	}
	return out
}
