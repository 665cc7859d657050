package lexical

import "math"

// The shape of the model. A change needs a newly trained model.bin.
const (
	rowBits = 17
	// Rows is the number of rows of the table of letter groups.
	Rows = 1 << rowBits
	// Dim is the number of columns of that table.
	Dim = 8
	// Groups is the number of bags: letter groups of 2 and 3, of 4 and 5, and the
	// suffix with the length.
	Groups = 3
	// Dense is the number of plain counts.
	Dense = 12
	// Inputs is what the hidden layer sees.
	Inputs = Groups*Dim + Dense
	// Hidden is the number of hidden units.
	Hidden = 24

	maxLabel = 63
	shortest = 2 // letter groups run from shortest to longest
	longest  = 5
	border   = 63 // code of the place before the first and after the last letter
	maxRows  = (maxLabel + 2) * (longest - shortest + 1)
)

// Features is what the model sees of a name. It may be used again and again.
type Features struct {
	Row   [maxRows + 2]uint32 // rows of the table, group after group
	End   [Groups]int         // Row[:End[0]] is the first bag, Row[End[0]:End[1]] the second
	Count [Dense]float32
}

// Extract fills f for a registrable label and its public suffix, both in lower
// case. A label of more than 63 bytes is cut there; an empty suffix is an unknown
// one. Any bytes are allowed.
func (f *Features) Extract(label, suffix []byte) {
	if len(label) > maxLabel {
		label = label[:maxLabel]
	}
	var code [maxLabel + 2]uint8
	code[0] = border
	for i, c := range label {
		code[i+1] = codeOf(c)
	}
	code[len(label)+1] = border
	padded := code[:len(label)+2]
	n := f.groups(padded, 0, shortest, shortest+1)
	f.End[0] = n
	n = f.groups(padded, n, shortest+2, longest)
	f.End[1] = n
	f.Row[n] = row(hash(suffix, 0x51ed270b))
	f.Row[n+1] = row(mix32(uint32(len(label)) + 0x2545f491))
	f.End[2] = n + 2
	f.counts(padded[1 : len(padded)-1])
}

// groups appends the rows of all letter groups of from to to letters.
func (f *Features) groups(code []uint8, n, from, to int) int {
	for i := range code {
		h := uint32(0x811c9dc5)
		for k := 0; k < to && i+k < len(code); k++ {
			h = (h ^ uint32(code[i+k])) * 0x01000193
			if k+1 >= from {
				f.Row[n] = row(mix32(h + uint32(k)))
				n++
			}
		}
	}
	return n
}

// counts fills the plain counts of a label, all of the order of one.
func (f *Features) counts(code []uint8) {
	var seen uint64
	var digits, vowels, hyphens, hex, changes, others int
	var run, longestRun, digitRun, longestDigits int
	for i, c := range code {
		seen |= 1 << (c & 63)
		digit := c >= 27 && c < 37
		switch {
		case digit:
			digits++
			digitRun++
			longestDigits = max(longestDigits, digitRun)
			run = 0
		case vowel(c):
			vowels++
			run, digitRun = 0, 0
		case c == 37:
			hyphens++
			run, digitRun = 0, 0
		case c > 37:
			others++
			run, digitRun = 0, 0
		default:
			run++
			longestRun = max(longestRun, run)
			digitRun = 0
		}
		if digit || c >= 1 && c <= 6 {
			hex++
		}
		if i > 0 && digit != (code[i-1] >= 27 && code[i-1] < 37) {
			changes++
		}
	}
	n := float32(max(len(code), 1))
	distinct := 0
	for ; seen != 0; seen &= seen - 1 {
		distinct++
	}
	f.Count = [Dense]float32{
		n / 16, float32(math.Sqrt(float64(n))) / 4,
		float32(digits) / n, float32(vowels) / n, float32(min(hyphens, 4)) / 2,
		float32(distinct) / n, float32(min(longestRun, 12)) / 6, float32(min(longestDigits, 12)) / 6,
		float32(changes) / n, float32(hex) / n, float32(min(others, 4)), isTrue(len(code) > 0 && code[0] >= 27),
	}
}

func isTrue(b bool) float32 {
	if b {
		return 1
	}
	return 0
}

// codeOf numbers the bytes: 1–26 letters, 27–36 digits, 37 hyphen, 38 underscore,
// 39 all else.
func codeOf(c byte) uint8 {
	switch {
	case c >= 'a' && c <= 'z':
		return c - 'a' + 1
	case c >= '0' && c <= '9':
		return c - '0' + 27
	case c == '-':
		return 37
	case c == '_':
		return 38
	}
	return 39
}

func vowel(c uint8) bool { return c == 1 || c == 5 || c == 9 || c == 15 || c == 21 || c == 25 }

func hash(s []byte, h uint32) uint32 {
	for _, c := range s {
		h = (h ^ uint32(c)) * 0x01000193
	}
	return mix32(h)
}

func mix32(h uint32) uint32 {
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	return h
}

func row(h uint32) uint32 { return h * 0x9e3779b1 >> (32 - rowBits) }
