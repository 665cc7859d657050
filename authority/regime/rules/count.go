package rules

import "unicode"

// CountWords counts the words of a text as the rules do. A run of letters and numbers is
// a word; of Han, Hiragana and Katakana, which are written without blanks, each two
// characters of a run are one, and one left over is one too.
func CountWords(text string) int64 {
	var words, east int64
	inside := false
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r == 'ー':
			east, inside = east+1, false
			if east%2 == 1 {
				words++
			}
		case unicode.In(r, unicode.L, unicode.N):
			if !inside {
				words++
			}
			inside, east = true, 0
		case unicode.In(r, unicode.M): // belongs to the letter before it
		default:
			inside, east = false, 0
		}
	}
	return words
}
