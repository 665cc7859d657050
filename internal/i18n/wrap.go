package i18n

import (
	"regexp"
	"strings"
	"unicode"
)

// Wrap breaks text into lines of at most width columns: at spaces, and in Japanese
// between characters, but never before a closing mark or a small letter, after an
// opening mark, inside a katakana word, or between a number and what it counts. What
// is wider than a line by itself is cut hard, but for a digest: it is copied and compared,
// and stays whole even where the line is too short for it.
func Wrap(text string, width int) []string {
	var lines []string
	line, used := "", 0
	flush := func() {
		if used > 0 {
			lines = append(lines, strings.TrimRight(line, " "))
		}
		line, used = "", 0
	}
	for _, w := range pieces(text) {
		if used+Width(strings.TrimRight(w, " ")) > width {
			flush()
		}
		for width > 0 && Width(strings.TrimRight(w, " ")) > width && !digest.MatchString(w) {
			head := headOf(w, width)
			lines = append(lines, head)
			w = w[len(head):]
		}
		line += w
		used += Width(w)
	}
	flush()
	return lines
}

// digest is a text that holds a whole digest.
var digest = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// headOf is the longest beginning of s that fits in width columns, at least one
// character.
func headOf(s string, width int) string {
	used := 0
	for i, r := range s {
		if used += runeWidth(r); used > width && i > 0 {
			return s[:i]
		}
	}
	return s
}

// pieces splits text where a line may break.
func pieces(text string) []string {
	var out []string
	runes := []rune(text)
	start := 0
	for i := 1; i < len(runes); i++ {
		if breaks(runes[i-1], runes[i]) {
			out = append(out, string(runes[start:i]))
			start = i
		}
	}
	if start < len(runes) {
		out = append(out, string(runes[start:]))
	}
	return out
}

// Marks and letters that begin no line, and marks that end none (kinsoku).
const (
	noBegin = "、。，．・：；！？）」』】〕〉》％%々ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
	noEnd   = "（「『【〔〈《±約"
)

// breaks says whether a line may break between two neighbours.
func breaks(a, b rune) bool {
	if b == ' ' || strings.ContainsRune(noBegin, b) || strings.ContainsRune(noEnd, a) {
		return false
	}
	if a == ' ' {
		return true
	}
	wideA, wideB := runeWidth(a) == 2, runeWidth(b) == 2
	switch {
	case !wideA && !wideB:
		return false
	case '0' <= a && a <= '9' && wideB:
		return false
	}
	return !unicode.Is(unicode.Katakana, a) && a != 'ー' || !unicode.Is(unicode.Katakana, b)
}
