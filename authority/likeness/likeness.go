package likeness

import (
	"cmp"
	"slices"
	"sync"
)

// Limits say from when on a repetition is worth a warning.
type Limits struct {
	Share   float64 // of the reason that stands in the other, 0 to 1
	Passage int     // weight of the longest passage: a Chinese or Japanese character 2, another letter 1
}

// DefaultLimits warn when two fifths of a reason stand elsewhere and one passage of it is
// a sentence long, or when one passage is a paragraph long. They were chosen on what
// package likenesstest writes, and are to be looked at again with real applications.
func DefaultLimits() Limits { return Limits{Share: 0.4, Passage: 48} }

// paragraph is how many times the limit a passage must be long to be worth a warning by
// itself, however small a part of the reason it is.
const paragraph = 4

// Reason is what an application says to one condition.
type Reason struct {
	Condition string
	Text      string
}

// Document is an application's reasons.
type Document struct {
	ID      string // of the application: what a warning names
	Reasons []Reason
}

// Place is a passage in a reason.
type Place struct {
	ID        string // of the application
	Condition string
}

// Warning is one reason that repeats another.
type Warning struct {
	Condition string  // whose reason repeats
	Other     Place   // what it repeats: the same application (ID as its own) or an earlier one
	Share     float64 // how much of the reason stands there, 0 to 1
	Passage   string  // the longest passage, as this reason writes it
	From      int     // where it stands in the reason, in bytes
	Times     int     // how many earlier reasons hold a part of it, as far as was looked
}

// text is one reason that is remembered.
type text struct {
	place   Place
	letters []letter
}

// posting is one text that a piece leads to, and the one before it.
type posting struct {
	text, before int32
}

// How far is looked.
const (
	mostPostings   = 64 // texts that one piece leads to, the latest first
	mostCandidates = 6  // texts that are compared whole, of each reason
)

// Index remembers the reasons of earlier applications. It may be used by many goroutines;
// its memory grows with what is added: some 6 kB for a reason of six sentences.
type Index struct {
	limits Limits
	known  map[uint64]bool // pieces that do not count; never changed

	mu    sync.RWMutex
	texts []text
	heads map[uint64]int32 // piece → the latest posting; guarded by mu
	posts []posting
}

// New makes an empty index. known are texts that recur rightly: articles, questions of a
// form, standard terms.
func New(l Limits, known ...string) *Index {
	x := &Index{limits: l, known: map[uint64]bool{}, heads: map[uint64]int32{}}
	for _, k := range known {
		all, _ := letters(k)
		for _, p := range pieces(all) {
			x.known[p.hash] = true
		}
	}
	return x
}

// Add remembers an application's reasons. Those of one that was added before are
// remembered twice: add each once, after it was compared.
func (x *Index) Add(d Document) {
	for _, r := range d.Reasons {
		all, _ := letters(r.Text)
		t := text{place: Place{d.ID, r.Condition}, letters: all}
		marks := chosen(pieces(t.letters))
		x.mu.Lock()
		x.texts = append(x.texts, t)
		for _, h := range marks {
			if x.known[h] {
				continue
			}
			before, ok := x.heads[h]
			if !ok {
				before = -1
			}
			x.posts = append(x.posts, posting{int32(len(x.texts) - 1), before})
			x.heads[h] = int32(len(x.posts) - 1)
		}
		x.mu.Unlock()
	}
}

// Len is how many reasons are remembered.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.texts)
}

// Compare gives the repetitions in an application's reasons, the largest share first: of
// each reason the one before it in the same application that it repeats most, and the
// earlier applications' that it repeats most. Earlier versions of the same application,
// by its ID, do not count.
//
// Invariant 16: repetition is shown, with its source; it blocks nothing.
func (x *Index) Compare(d Document) []Warning {
	var out []Warning
	mine := make([][]letter, len(d.Reasons))
	for i, r := range d.Reasons {
		var spans []span
		mine[i], spans = letters(r.Text)
		own := pieces(mine[i])
		places := map[uint64][]int32{}
		for at, p := range own {
			if list := places[p.hash]; !x.known[p.hash] && len(list) < mostPlaces {
				places[p.hash] = append(list, int32(at))
			}
		}
		warn := func(other Place, theirs []letter, times int) bool {
			l := match(mine[i], own, places, theirs)
			if !x.worth(l) {
				return false
			}
			from, upto := int(spans[l.from].from), int(spans[l.upto-1].upto)
			out = append(out, Warning{Condition: r.Condition, Other: other, Share: l.share, Passage: r.Text[from:upto], From: from, Times: times})
			return true
		}
		for j := range i {
			warn(Place{d.ID, d.Reasons[j].Condition}, mine[j], 0)
		}
		near, times := x.near(d.ID, own)
		for _, n := range near {
			warn(n.place, n.letters, times)
		}
	}
	slices.SortStableFunc(out, func(a, b Warning) int { return -cmp.Compare(a.Share, b.Share) })
	return out
}

// worth says whether a likeness is worth a warning.
func (x *Index) worth(l like) bool {
	return l.passage > 0 && (l.passage >= x.limits.Passage && l.share >= x.limits.Share || l.passage >= paragraph*x.limits.Passage)
}

// near gives the earlier texts that share most of the pieces, and how many share any.
func (x *Index) near(id string, own []piece) ([]text, int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	shared := map[int32]int{}
	for _, h := range chosen(own) {
		at, ok := x.heads[h]
		if x.known[h] || !ok {
			continue
		}
		for n := 0; at >= 0 && n < mostPostings; n++ {
			if p := x.posts[at]; x.texts[p.text].place.ID != id {
				shared[p.text]++
			}
			at = x.posts[at].before
		}
	}
	type candidate struct {
		text int32
		n    int
	}
	list := make([]candidate, 0, len(shared))
	for t, n := range shared {
		list = append(list, candidate{t, n})
	}
	slices.SortFunc(list, func(a, b candidate) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(b.text, a.text)) })
	var out []text
	for _, c := range list[:min(len(list), mostCandidates)] {
		out = append(out, x.texts[c.text])
	}
	return out, len(list)
}

// like is how much of a text stands in another.
type like struct {
	share      float64
	passage    int // weight of the longest passage
	from, upto int // letters of it
}

// match compares two texts piece by piece: which letters of mine are covered by pieces
// that theirs has as well, and the longest run of them that stands in theirs in one.
func match(mine []letter, own []piece, places map[uint64][]int32, theirs []letter) like {
	edges := make([]int, len(mine)+1) // +1 where a covered stretch begins, −1 where it ends
	sums := make([]int, len(mine)+1)  // weight of the letters before each
	for k, l := range mine {
		sums[k+1] = sums[k] + l.weight()
	}
	type run struct{ from, last int32 }
	runs := map[int32]run{} // by how far the places are apart
	var best like
	for at, p := range pieces(theirs) {
		for _, i := range places[p.hash] {
			upto := own[i].upto
			edges[i]++
			edges[upto]--
			apart := i - int32(at)
			r, ok := runs[apart]
			if !ok || r.last != int32(at)-1 {
				r.from = i
			}
			r.last = int32(at)
			runs[apart] = r
			if w := sums[upto] - sums[r.from]; w > best.passage {
				best.passage, best.from, best.upto = w, int(r.from), int(upto)
			}
		}
	}
	both, open := 0, 0
	for k, l := range mine {
		if open += edges[k]; open > 0 {
			both += l.weight()
		}
	}
	if len(mine) > 0 {
		best.share = float64(both) / float64(sums[len(mine)])
	}
	return best
}
