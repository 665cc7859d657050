package brand

import (
	"math/bits"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Way is how a name imitates.
type Way uint8

// The ways, the weakest first.
const (
	None   Way = iota
	Beside     // the brand's word beside others that ask for nothing
	Part       // the brand's word as a label in front of somebody's domain
	Suffix     // the brand's word under a suffix that is not the brand's
	Typo       // letters wrong, doubled, left out or swapped
	Bait       // the brand's word beside words that ask for trust
	Visual     // letters and digits that look like the right ones
	Front      // the brand's own domain put in front of another
	Script     // letters of another script that look like the right ones
)

// String gives the way's identifier.
func (w Way) String() string {
	return [...]string{"none", "beside", "part", "suffix", "typo", "bait", "visual", "front", "script"}[w]
}

// Match says whom a name imitates and how.
type Match struct {
	Brand  int // see [Book.Brand]
	Word   string
	Way    Way
	Cost   float64 // Typo: slips of the hand, see distance
	Baits  int     // words beside it that ask for trust
	Young  bool    // under a suffix of the new kind (.shop, .xyz)
	Hosted bool    // under a suffix where anybody gets a name at once
	Seen   string  // the name as people see it, where it is written in punycode
}

// better says whether m is a stronger match than o.
func (m Match) better(o Match) bool {
	switch {
	case m.Way != o.Way:
		return m.Way > o.Way
	case m.Baits != o.Baits:
		return m.Baits > o.Baits
	case m.Cost != o.Cost:
		return m.Cost < o.Cost
	}
	return len(m.Word) > len(o.Word)
}

// Judge says whom name (lower case, no final dot) imitates; ok is false for nobody.
func (b *Book) Judge(name string) (m Match, ok bool) {
	if len(name) > 253 || b.Own(name) {
		return m, false
	}
	site, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		return m, false
	}
	core, suffix, _ := strings.Cut(site, ".")
	_, icann := publicsuffix.PublicSuffix(name)
	young, hosted := newKind(suffix), !icann
	if _, brands := b.exact[suffix]; brands && icann {
		return m, false // the brand's own top level
	}
	if m = b.core(core); m.Way == Suffix && b.brands[m.Brand].Worldwide && !young && !hosted {
		m = Match{} // its own in that country, or its dealer's
	}
	if sub := strings.TrimSuffix(strings.TrimSuffix(name, site), "."); sub != "" {
		m = b.before(sub, core, hosted, m)
	}
	m.Young, m.Hosted = young, hosted
	if strings.Contains(name, "xn--") {
		if seen, err := idna.Punycode.ToUnicode(name); err == nil {
			m.Seen = seen
		}
	}
	return m, m.Way != None
}

// before judges the labels before the registered one; m is what that one says.
func (b *Book) before(sub, core string, hosted bool, m Match) Match {
	f := b.front(sub, core)
	if hosted && f.Way == Front && f.Baits == 0 {
		f.Way = Part // so a content network names its customers
	}
	if f.better(m) {
		m = f
	}
	if s := b.subs(sub, core); s.better(m) {
		m = s
	}
	return m
}

// Own says whether name is, or lies under, a brand's own domain.
func (b *Book) Own(name string) bool {
	for name != "" {
		if _, mine := b.domains[name]; mine {
			return true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return false
}

// newKind says whether a suffix belongs to the generic top levels of 2013 and later.
func newKind(suffix string) bool {
	last := suffix[strings.LastIndexByte(suffix, '.')+1:]
	switch last {
	case "com", "net", "org", "edu", "gov", "mil", "int", "info", "biz", "jobs", "aero", "coop", "museum", "name", "pro", "tel", "travel", "mobi", "asia", "cat":
		return false
	}
	return len(last) != 2
}

// core judges the label that was registered.
func (b *Book) core(label string) Match {
	text, ascii := label, true
	if strings.HasPrefix(label, "xn--") {
		if u, err := idna.Punycode.ToUnicode(label); err == nil {
			text = u
		}
	}
	for i := range len(text) {
		ascii = ascii && text[i] < 0x80
	}
	if ascii {
		return b.plain(text)
	}
	if latin, all := skeleton(text); all {
		if m := b.plain(latin); m.Way >= Suffix && m.Cost <= slipNeighbour {
			m.Way, m.Cost = Script, 0
			return m
		}
	}
	return b.written(text)
}

// written judges a label with the brands' words as they are written in Japanese.
func (b *Book) written(text string) (best Match) {
	for i := range b.words {
		w := &b.words[i]
		if w.mask != 0 && w.text[0] < 0x80 {
			continue
		}
		left, right, found := strings.Cut(text, w.text)
		if !found {
			continue
		}
		m := Match{Brand: w.brand, Word: w.text, Way: Suffix}
		if left != "" || right != "" {
			m.Way = Beside
			if m.Baits = b.baits(left) + b.baits(right); m.Baits > 0 {
				m.Way = Bait
			}
		}
		if m.better(best) {
			best = m
		}
	}
	return best
}

// plain judges an ASCII label.
func (b *Book) plain(label string) Match {
	if at, known := b.exact[label]; known {
		return Match{Brand: b.words[at].brand, Word: label, Way: Suffix}
	}
	if b.near[label] {
		return Match{}
	}
	if at, known := b.visual[canon(label)]; known {
		return Match{Brand: b.words[at].brand, Word: b.words[at].text, Way: Visual}
	}
	best := b.parts(label)
	if m := b.inside(label); m.better(best) {
		best = m
	}
	if m := b.typo(label); m.better(best) {
		best = m
	}
	return best
}

// parts judges a label by the words between its hyphens.
func (b *Book) parts(label string) (best Match) {
	parts := strings.Split(label, "-")
	if len(parts) < 2 || len(parts) > 8 {
		return best
	}
	baits := 0
	for _, p := range parts {
		baits += b.baits(p)
	}
	for i := range parts {
		for j := i + 2; j <= min(i+4, len(parts)); j++ {
			joined := strings.Join(parts[i:j], "-")
			if at, own := b.hyphens[joined]; own && len(joined) >= 7 {
				best = stronger(best, Match{Brand: at, Word: joined, Way: Front, Baits: baits})
			}
		}
		best = stronger(best, b.part(parts[i], baits))
	}
	return best
}

func stronger(a, b Match) Match {
	if b.better(a) {
		return b
	}
	return a
}

// part judges one word of a label whose words hold so many baits together.
func (b *Book) part(p string, baits int) Match {
	if at, known := b.exact[p]; known {
		m := Match{Brand: b.words[at].brand, Word: p, Way: Beside, Baits: baits - b.baits(p)}
		if m.Baits > 0 {
			m.Way = Bait
		}
		return m
	}
	if at, known := b.visual[canon(p)]; known && len(p) >= 5 && !b.near[p] {
		return Match{Brand: b.words[at].brand, Word: b.words[at].text, Way: Visual, Baits: baits}
	}
	if m := b.typo(p); m.Way == Typo && baits > 0 {
		m.Baits = baits
		return m
	}
	return Match{}
}

// leastInside is the shortest word that is looked for inside a label without hyphens.
const leastInside = 5

// inside judges a label in which a brand's word stands between words that ask for
// trust, without hyphens.
func (b *Book) inside(label string) (best Match) {
	mask := letters(label)
	for i := range b.words {
		w := &b.words[i]
		if len(w.text) < leastInside || len(w.text) >= len(label) || w.mask == 0 || w.mask&^mask != 0 {
			continue
		}
		left, right, found := strings.Cut(label, w.text)
		if !found {
			continue
		}
		l, okLeft := b.framed(left)
		r, okRight := b.framed(right)
		if m := (Match{Brand: w.brand, Word: w.text, Way: Bait, Baits: l + r}); okLeft && okRight && l+r > 0 && m.better(best) {
			best = m
		}
	}
	return best
}

// framed says whether text is nothing but bait, digits, hyphens and words of place,
// and how many baits it holds.
func (b *Book) framed(text string) (baits int, ok bool) {
	for text != "" {
		text = strings.TrimLeft(text, "-0123456789")
		n := 0
		for k := min(len(text), 16); k >= 2; k-- {
			if b.bait[text[:k]] && k > 2 {
				n, baits = k, baits+1
				break
			}
			if place(text[:k]) {
				n = k
				break
			}
		}
		if n == 0 {
			return baits, text == ""
		}
		text = text[n:]
	}
	return baits, true
}

// place says whether p frames a name without asking for anything.
func place(p string) bool {
	switch p {
	case "jp", "japan", "co", "com", "net", "org", "www", "the", "my":
		return true
	}
	return false
}

// baits counts the words that ask for trust in a part of a label.
func (b *Book) baits(part string) int {
	part = strings.Trim(part, "-0123456789")
	if b.bait[part] {
		return 1
	}
	if n, ok := b.framed(part); ok && len(part) > 3 && part[0] < 0x80 {
		return n
	}
	return 0
}

// typo finds the word that label is the fewest slips away from.
func (b *Book) typo(label string) (best Match) {
	most := limit(len(label) + 1) // a letter may have been left out
	if most < 0 || len(label) > maxWord || b.near[label] || b.bait[label] {
		return best
	}
	mask := letters(label)
	for i := range b.words {
		w := &b.words[i]
		if len(w.text) < 5 || b.brands[w.brand].Everyday || w.mask == 0 || w.text[0] >= 0x80 || bits.OnesCount32(mask^w.mask) > 4 {
			continue
		}
		if d := distance(w.text, label, min(most, limit(len(w.text)))); d < noDistance {
			if m := (Match{Brand: w.brand, Word: w.text, Way: Typo, Cost: d}); m.better(best) {
				best = m
			}
		}
	}
	return best
}

// front finds a brand's own domain among the labels before the suffix.
func (b *Book) front(sub, core string) (best Match) {
	labels := strings.Split(sub+"."+core, ".")
	for i := range labels {
		for j := i + 2; j <= min(i+4, len(labels)); j++ {
			d := strings.Join(labels[i:j], ".")
			at, own := b.domains[d]
			if m := (Match{Brand: at, Word: d, Way: Front, Baits: b.baits(core)}); own && len(d) >= 7 && m.better(best) {
				best = m
			}
		}
	}
	return best
}

// subs judges the labels before the registered one.
func (b *Book) subs(sub, core string) (best Match) {
	labels := strings.Split(sub, ".")
	if len(labels) > 8 {
		labels = labels[len(labels)-8:]
	}
	around := b.baits(core)
	for _, p := range strings.Split(core, "-") {
		around = max(around, b.baits(p))
	}
	for _, l := range labels {
		m := Match{Way: Part}
		if at, known := b.exact[l]; known && len(l) >= 4 {
			m.Brand, m.Word = b.words[at].brand, l
		} else if x := b.parts(l); x.Way >= Bait {
			m = x
			m.Way = Part
		} else {
			continue
		}
		m.Baits += around
		if m.Baits > 0 {
			m.Way = Bait
		}
		if m.better(best) {
			best = m
		}
	}
	return best
}
