package dga

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// fate is what became of a lookup.
type fate uint8

const (
	fateNone   fate = iota // nothing that tells: no address of this type
	fateSilent             // nobody answered, or the resolver failed
	fateDead               // the name does not exist
	fateLive               // it has an address
)

const (
	ringLen   = 48
	textLen   = 47
	liveScore = 1 // least log-odds at which a name with an address is remembered
)

// lookup is one registrable domain that a host asked for.
type lookup struct {
	first, last int64 // ns, stream time
	site        uint64
	answer      uint64 // hash of the address, 0 for none
	asked       uint32 // host.asked when it was noted
	z           float32
	length      uint8
	suffix      uint8
	fate        fate
	private     bool
	known       bool // some host got an address for it before
	textLen     uint8
	text        [textLen]byte
}

func (l *lookup) setText(site []byte) { l.textLen = uint8(copy(l.text[:], site)) }

// host is what is remembered of one source host.
type host struct {
	addr        flow.Addr
	class       direction.Class
	first, last int64
	asked       uint32        // distinct registrable domains asked for, roughly
	recent      detect.Sketch // of those, the latest
	ring        []lookup      // suspicious ones, oldest first from at
	at          int
	firstBad    int64 // when the first one was noted
	strip       strip
	peak        peak      // by names without an address
	alike       *snapshot // when live names that share an address said more
}

// snapshot is the ring as it was when live names that share an address spoke
// loudest: what all hosts do may take their voice away later.
type snapshot struct {
	score float64 // as it seemed then
	share int
	ring  []lookup // oldest first
	now   int64
	asked uint32
}

func (s *snapshot) clone() *snapshot {
	if s == nil {
		return nil
	}
	c := *s
	c.ring = slices.Clone(s.ring)
	return &c
}

// keep makes the snapshot of h at now, if it says more than the one before.
func (h *host) keep(score float64, share int, now int64) {
	s := h.alike
	switch {
	case s == nil:
		s = &snapshot{ring: make([]lookup, 0, ringLen)}
		h.alike = s
	case score <= s.score && (score <= 0.9*s.score || share < s.share):
		return
	}
	s.ring = s.ring[:0]
	for l := range h.each {
		s.ring = append(s.ring, *l)
	}
	s.score, s.share, s.now, s.asked = score, share, now, h.asked
}

// ask counts a registrable domain that was not asked for lately.
func (h *host) ask(site uint64) {
	before := h.recent
	h.recent.Add(site)
	if h.recent != before {
		h.asked++
		if h.asked%128 == 0 {
			h.recent = detect.Sketch{}
			h.recent.Add(site)
		}
	}
}

// find gives the index in the ring of the latest lookup of site, -1 for none. The
// latest, because one that is older than the window may stand there still.
func (h *host) find(site uint64) int {
	for k := range h.ring {
		if i := (h.at + len(h.ring) - 1 - k) % len(h.ring); h.ring[i].site == site {
			return i
		}
	}
	return -1
}

// fits says whether a name that got an address looks like the next of the dead
// names that the host asked for just before: so that the one which answered is found
// even if its own letters say nothing.
func (h *host) fits(v *verdict, now int64) bool {
	p := &h.peak
	if p.score < 0.5 || v.private || v.length < p.shortest || v.length > p.longest {
		return false
	}
	alike := 0
	for i := range h.ring {
		l := &h.ring[i]
		if l.fate != fateLive && l.suffix == v.suffix && now-l.last <= 2*60*1e9 {
			alike++
		}
	}
	return alike >= 3
}

// note adds l or brings the lookup of the same site up to date. It says whether
// the evidence may have grown.
func (h *host) note(l *lookup, window int64) bool {
	if i := h.find(l.site); i >= 0 && l.last-h.ring[i].last <= window {
		old := &h.ring[i]
		old.last = max(old.last, l.last)
		if l.fate <= old.fate {
			return false
		}
		old.fate, old.answer = l.fate, l.answer
		return true
	}
	h.push(l)
	return true
}

func (h *host) push(l *lookup) {
	if h.strip.total == 0 {
		h.firstBad = l.first
	}
	if l.z > 0 || l.fate == fateDead {
		h.strip.add(l.first - h.firstBad)
	}
	if len(h.ring) < ringLen {
		h.ring = append(h.ring, *l)
		return
	}
	h.ring[h.at] = *l
	h.at = (h.at + 1) % ringLen
}

// each gives the lookups, oldest first.
func (h *host) each(yield func(*lookup) bool) {
	for i := range h.ring {
		if !yield(&h.ring[(h.at+i)%len(h.ring)]) {
			return
		}
	}
}

// mergeHost adds what another detector saw of the same host, by noting the lookups
// of both again in the order of time.
func (d *Detector) mergeHost(h, o *host) {
	var all []lookup
	for l := range h.each {
		l.asked += o.askedAt(l.first)
		all = append(all, *l)
	}
	for l := range o.each {
		c := *l
		c.asked += h.askedAt(c.first)
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b lookup) int { return cmp.Compare(a.first, b.first) })
	h.strip, h.firstBad = joined(h, o)
	h.first, h.last = min(h.first, o.first), max(h.last, o.last)
	h.recent.Union(&o.recent)
	answer := h.peak.answer
	if o.peak.answer.likeness > answer.likeness {
		answer = o.peak.answer
	}
	if o.peak.score > h.peak.score {
		h.peak = o.peak
	}
	h.peak.answer = answer
	if o.alike != nil && (h.alike == nil || o.alike.score > h.alike.score) {
		h.alike = o.alike.clone()
	}
	asked, bad, strips := h.asked+o.asked, h.firstBad, h.strip
	h.ring, h.at = nil, 0
	for i := range all {
		h.asked = all[i].asked // as it was at that moment
		if h.note(&all[i], int64(d.cfg.Window)) {
			d.judge(h, &all[i], flow.Addr{})
		}
	}
	h.asked, h.firstBad, h.strip = asked, bad, strips
}

// joined gives the strips of a and b as one, and its beginning.
func joined(a, b *host) (strip, int64) {
	if a.strip.total == 0 || b.strip.total > 0 && b.firstBad < a.firstBad {
		a, b = b, a
	}
	return a.strip.with(&b.strip, b.firstBad-a.firstBad), a.firstBad
}

// askedAt guesses how many domains h had asked for at t, as if it asked evenly.
func (h *host) askedAt(t int64) uint32 {
	if t <= h.first {
		return 0
	}
	if t >= h.last {
		return h.asked
	}
	return uint32(float64(h.asked) * float64(t-h.first) / float64(h.last-h.first))
}

// strip counts suspicious lookups over time in slices that double when needed.
type strip struct {
	of    [detect.StripLen]uint16
	width int64 // ns per slice
	total int64
}

// add counts one at t ns after the first.
func (s *strip) add(t int64) { s.addN(t, 1) }

func (s *strip) addN(t int64, n uint16) {
	if s.width == 0 {
		s.width = 1e9
	}
	t = max(t, 0)
	for t/s.width >= detect.StripLen {
		for i := range s.of {
			var pair uint32
			if 2*i+1 < len(s.of) {
				pair = uint32(s.of[2*i]) + uint32(s.of[2*i+1])
			}
			s.of[i] = uint16(min(pair, 1<<16-1))
		}
		s.width *= 2
	}
	i := t / s.width
	s.of[i] = uint16(min(uint32(s.of[i])+uint32(n), 1<<16-1))
	s.total += int64(n)
}

// with gives s and o together, o beginning shift ns after s.
func (s *strip) with(o *strip, shift int64) strip {
	sum := *s
	for i, n := range o.of {
		if n > 0 {
			sum.addN(shift+int64(i)*o.width, n)
		}
	}
	return sum
}
