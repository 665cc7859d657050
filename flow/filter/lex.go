package filter

import (
	"strings"
	"unicode/utf8"
)

// shape is what a token is.
type shape uint8

const (
	ended shape = iota
	plain       // a word or a value
	quote       // a value in quotation marks
	sign        // a bracket, comma or comparison
)

// token is a piece of the text.
type token struct {
	shape shape
	text  string // without quotation marks
	at, n int    // place in the filter, bytes
}

// is says whether t is a word or sign, whatever its case.
func (t token) is(words ...string) bool {
	if t.shape != plain && t.shape != sign {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.text, w) {
			return true
		}
	}
	return false
}

const (
	blanks = " \t\r\n\u3000"
	single = "()[],"
	double = "<>=!&|"
)

// lex cuts a filter into tokens, the last of which is the end.
func lex(text string) ([]token, error) {
	var all []token
	for at := 0; at < len(text); {
		rest := text[at:]
		_, size := utf8.DecodeRuneInString(rest)
		switch {
		case strings.ContainsAny(rest[:size], blanks):
			at += size
			continue
		case rest[0] == '"' || rest[0] == '\'':
			end := strings.IndexByte(rest[1:], rest[0])
			if end < 0 {
				return nil, wrong(text, at, len(rest), "filter.open_quote")
			}
			all = append(all, token{quote, rest[1 : 1+end], at, end + 2})
		case strings.IndexByte(single, rest[0]) >= 0:
			all = append(all, token{sign, rest[:1], at, 1})
		case strings.IndexByte(double, rest[0]) >= 0:
			all = append(all, token{sign, rest[:comparison(rest)], at, comparison(rest)})
		default:
			n := strings.IndexAny(rest, blanks+single+double+`"'`)
			if n < 0 {
				n = len(rest)
			}
			all = append(all, token{plain, rest[:n], at, n})
		}
		at += all[len(all)-1].n
	}
	return append(all, token{shape: ended, at: len(text)}), nil
}

// comparison gives the length of the sign that s begins with.
func comparison(s string) int {
	if len(s) > 1 && (s[1] == '=' && s[0] != '&' && s[0] != '|' || s[0] == s[1] && (s[0] == '&' || s[0] == '|')) {
		return 2
	}
	return 1
}
