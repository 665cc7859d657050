package likenesstest

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Writer writes reasons by chance. It has one owner.
type Writer struct {
	g *rand.Rand
}

// New makes a writer that writes the same for the same seed.
func New(seed uint64) *Writer { return &Writer{rand.New(rand.NewPCG(seed, 77))} }

// Reason writes a fresh reason of n sentences in a language, ja or en. As in what people
// write, one sentence is one that everybody writes, one follows a pattern that others
// follow too, and the rest are its own.
func (w *Writer) Reason(lang string, n int) []string {
	patterns, fixed := sentences(lang), stock(lang)
	out := make([]string, 0, n)
	for i := range n {
		switch i {
		case 0:
			out = append(out, w.fill(patterns[w.g.IntN(len(patterns))], fillers(lang)))
		case 1:
			out = append(out, fixed[w.g.IntN(len(fixed))])
		default:
			out = append(out, w.own(lang))
		}
	}
	w.g.Shuffle(n, func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// fill puts fillers into the places of a pattern.
func (w *Writer) fill(pattern string, words map[string][]string) string {
	opening, closing := "«", "»"
	var out strings.Builder
	for rest := pattern; ; {
		before, after, ok := strings.Cut(rest, opening)
		if !ok { // in Japanese the places stand in 「」
			if opening == "«" {
				opening, closing = "「", "」"
				if strings.Contains(rest, opening) {
					continue
				}
			}
			out.WriteString(rest)
			return out.String()
		}
		name, behind, _ := strings.Cut(after, closing)
		out.WriteString(before)
		list := words[name]
		out.WriteString(list[w.g.IntN(len(list))])
		rest = behind
	}
}

// Text joins sentences as the language does.
func Text(lang string, sentences []string) string {
	if lang == "ja" {
		return strings.Join(sentences, "")
	}
	return strings.Join(sentences, " ")
}

// The ways to repeat a reason.
const (
	Copied     = "copied"     // word by word
	Renumbered = "renumbered" // other numbers and addresses
	Shuffled   = "shuffled"   // its sentences in another order
	Half       = "half"       // every second sentence kept, the others fresh
	Inserted   = "inserted"   // three of its sentences among six fresh ones
	Edited     = "edited"     // a filler or two of each sentence exchanged, by another hand
	Rewritten  = "rewritten"  // every word exchanged that can be; counts as no repetition
	Fresh      = "fresh"      // not a repetition
)

// Repetitions lists the ways that are repetitions.
func Repetitions() []string { return []string{Copied, Renumbered, Shuffled, Half, Inserted, Edited} }

// Repeat writes a reason that repeats another in a way.
func (w *Writer) Repeat(way, lang string, of []string) []string {
	out := append([]string(nil), of...)
	switch way {
	case Renumbered:
		for i := range out {
			out[i] = w.renumber(out[i])
		}
	case Shuffled:
		w.g.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	case Half:
		fresh := w.Reason(lang, len(out))
		for i := range out {
			if i%2 == 1 {
				out[i] = fresh[i]
			}
		}
	case Inserted:
		fresh := w.Reason(lang, 6)
		at := w.g.IntN(max(len(out)-2, 1))
		out = append(append(append([]string(nil), fresh[:3]...), out[at:min(at+3, len(out))]...), fresh[3:]...)
	case Edited:
		for i := range out {
			out[i] = w.edit(lang, out[i], 2)
		}
	case Rewritten:
		for i := range out {
			out[i] = w.edit(lang, out[i], len(out[i]))
		}
	case Fresh:
		return w.Reason(lang, len(of))
	}
	return out
}

// renumber puts other digits in the place of digits.
func (w *Writer) renumber(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0' + rune(w.g.IntN(10))
		}
		return r
	}, s)
}

// edit exchanges up to so many words of a sentence for others of their kind.
func (w *Writer) edit(lang, s string, left int) string {
	kinds := fillers(lang)
	for kind, list := range lexicon(lang) {
		kinds[kind] = list
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, is := range kinds[kind] {
			if left > 0 && len(is) > 3 && strings.Contains(s, is) {
				s = strings.Replace(s, is, kinds[kind][w.g.IntN(len(kinds[kind]))], 1)
				left--
			}
		}
	}
	return s
}
