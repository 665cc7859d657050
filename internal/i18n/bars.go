package i18n

import "strings"

// Bars draws counts as a row of bars, empty ones as dots; nothing when all are
// empty. It reads the same in every language.
func Bars(counts []uint16) string {
	top := uint16(0)
	for _, n := range counts {
		top = max(top, n)
	}
	if top == 0 {
		return ""
	}
	var b strings.Builder
	bars := []rune("▁▂▃▄▅▆▇█")
	for _, n := range counts {
		if n == 0 {
			b.WriteRune('·')
			continue
		}
		b.WriteRune(bars[int(n)*(len(bars)-1)/int(top)])
	}
	return b.String()
}
