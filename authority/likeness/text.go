package likeness

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	// pieceWeight is how much a piece holds: a character of Chinese or Japanese weighs 2,
	// any other 1.
	pieceWeight = 16
	// window is of how many pieces in a row at least one leads to the text.
	window = 6
	// mostRunes bounds the part of a text that is compared.
	mostRunes = 20_000
	// mostPlaces bounds at how many places of a text one piece is looked for.
	mostPlaces = 8
)

// letter is one character of a text as it is compared: the character, and above it what
// it weighs.
type letter uint32

const weightShift = 24

func letterOf(r rune) letter { return letter(r) | letter(weight(r))<<weightShift }

func (l letter) weight() int { return int(l >> weightShift) }

// span is where a letter stood: bytes of the original.
type span struct{ from, upto int32 }

// letters reads a text as it is compared.
func letters(text string) ([]letter, []span) {
	out := make([]letter, 0, min(len(text), mostRunes))
	spans := make([]span, 0, min(len(text), mostRunes))
	var it norm.Iter
	it.InitString(norm.NFKC, text)
	for !it.Done() && len(out) < mostRunes {
		from := it.Pos()
		part := it.Next()
		at := span{int32(from), int32(it.Pos())}
		for _, r := range string(part) {
			switch {
			case unicode.IsNumber(r):
				if n := len(out); n > 0 && out[n-1] == letterOf('0') { // one number, however long
					spans[n-1].upto = at.upto
					continue
				}
				r = '0'
			case !unicode.IsLetter(r) && !unicode.IsMark(r):
				continue
			}
			out, spans = append(out, letterOf(unicode.ToLower(r))), append(spans, at)
		}
	}
	return slices.Clip(out), spans
}

// weight is how much a character says.
func weight(r rune) int {
	if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == 'ー' {
		return 2
	}
	return 1
}

// piece is a stretch of a text of at least pieceWeight, from one letter up to another.
type piece struct {
	hash uint64
	upto int32 // the first letter behind it
}

// pieces gives the piece that begins at each letter; near the end there are none. A text
// that is shorter than a piece is one.
func pieces(text []letter) []piece {
	out := make([]piece, 0, len(text))
	upto, total := 0, 0
	for from := range text {
		for upto < len(text) && total < pieceWeight {
			total += text[upto].weight()
			upto++
		}
		if total < pieceWeight && from > 0 {
			break
		}
		out = append(out, piece{hash: hashOf(text[from:upto]), upto: int32(upto)})
		total -= text[from].weight()
	}
	return out
}

// hashOf is FNV-1a over the letters, mixed so that the least hash of several is any of
// them.
func hashOf(part []letter) uint64 {
	h := uint64(14695981039346656037)
	for _, l := range part {
		h = (h ^ uint64(l)) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	return h
}

// chosen gives the pieces that lead to a text: of each window of pieces the one with the
// least hash. Two texts that share a window share one of them, wherever it stands.
func chosen(list []piece) []uint64 {
	var out []uint64
	last := -1
	for from := 0; from < len(list); from++ {
		upto := min(from+window, len(list))
		least := from
		for i := from + 1; i < upto; i++ {
			if list[i].hash <= list[least].hash {
				least = i
			}
		}
		if least != last {
			out, last = append(out, list[least].hash), least
		}
		if upto == len(list) {
			break
		}
	}
	return out
}
