package dga

import (
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
)

const (
	oddsOffset  = 0.5 // log-odds from which a name speaks for a program
	mostFor     = 3.5 // and the most that one name says for,
	mostAgainst = -1  // or against it
	silentShare = 0.4 // a lookup that nobody answered, against one of a dead name
	privateHalf = 0.5 // a dead name under a dynamic-DNS provider
	sharers     = 4   // so many names with one answer: a sinkhole, or parked
	mostShare   = 0.8 // of the domains asked for, that such names must be for full weight,
	deadShare   = 0.3 // or they and as many dead ones

	leastLikeness = 2.5 // of a live name to the dead ones around it

	evidenceHalf = 8     // evidence at which the chances are even
	surest       = 0.99  // nothing is certain
	evidenceUnit = 0.275 // nats per unit of evidence

	fewShare = 0.05 // of all domains asked for, that must be suspicious for full weight

	burst      = int64(10 * time.Minute) // a run of dead names is judged within
	burstHalf  = 14                      // dead names at which the chances are even
	burstUnit  = 0.2                     // nats per name
	burstMost  = 0.8                     // dead names alone are never sure
	burstShare = 0.6                     // of the domains asked for, that must be dead
)

// peak is the strongest state a host was in.
type peak struct {
	score                            float64
	words                            bool // the run of dead names said it, not their letters
	names, dead, silent, live, share int  // share: live names with one answer
	mean                             float64
	part                             float64 // of all domains asked for
	suffixes                         int
	shortest, longest                uint8
	first, last                      int64
	sample                           [samples]sample
	answer                           answer
}

const samples = 5

type sample struct {
	z   float32
	len uint8
	of  [textLen]byte
}

// answer is the live name that a run of dead ones led to, if any.
type answer struct {
	sample
	addr     flow.Addr
	hash     uint64 // of addr
	site     uint64
	likeness float64 // to the dead names around it; 0 for none
}

// sums is what one look over the ring adds up.
type sums struct {
	peak
	evidence, z   float64
	liveEvidence  float64
	run           float64 // dead names of the last minutes that tell
	runFrom       uint32  // host.asked when that run began
	firstAsked    uint32
	inRun, inRing int
	liveRun       int       // live names of the last minutes
	liveFrom      uint32    // host.asked when they began
	seen          [4]uint64 // suffixes
}

// crowds says, for each place of the ring, how many names have the answer of the
// one there: 0 for a name that does not count.
type crowds [ringLen]uint8

// judge weighs h's ring and keeps the result when it is the strongest yet. l is the
// lookup just noted, and addr the address of a live one.
func (d *Detector) judge(h *host, l *lookup, addr flow.Addr) {
	now := l.first
	if h.peak.answer.likeness > 0 && h.crowd(h.peak.answer.hash, now, &d.cfg) >= sharers { // it turned out to be one of many
		h.peak.answer = answer{}
	}
	s := h.sum(now, &d.cfg, nil)
	if s.score > h.peak.score || s.score > 0.9*h.peak.score && s.names >= h.peak.names {
		best, kept := max(h.peak.score, s.score), h.peak.answer
		h.peak = s.peak
		h.peak.score, h.peak.answer = best, kept
		h.pickSamples(&h.peak, now, &d.cfg, nil)
	}
	if l.fate == fateLive && s.score >= 0.5 {
		d.markAnswer(h, &s, l, addr)
	}
	of, any := d.crowds(h, now, d.hosts.Len())
	if !any {
		return
	}
	if with := h.sum(now, &d.cfg, &of); with.score >= least && with.score > s.score {
		h.keep(with.score, with.share, now)
	}
}

// best gives the strongest state of h in the light of what all hosts do.
func (d *Detector) best(h *host, all int) peak {
	p := h.peak
	if a := h.alike; a != nil && a.score > p.score {
		then := host{ring: a.ring, asked: a.asked}
		if of, any := d.crowds(&then, a.now, all); any {
			if s := then.sum(a.now, &d.cfg, &of); s.score > p.score {
				s.answer = p.answer
				p = s.peak
				then.pickSamples(&p, a.now, &d.cfg, &of)
			}
		}
	}
	if p.answer.likeness > 0 && d.honest(p.answer.site, p.answer.hash, all) {
		p.answer = answer{}
	}
	return p
}

// crowds counts the live names that count, by answer, and says whether there are
// any that share theirs.
func (d *Detector) crowds(h *host, now int64, all int) (of crowds, any bool) {
	for i := range h.ring {
		l := &h.ring[i]
		if l.answer != 0 && !l.private && h.crowd(l.answer, now, &d.cfg) >= sharers && !d.honest(l.site, l.answer, all) {
			of[i] = 1
		}
	}
	kept := of
	for i := range h.ring {
		if kept[i] == 0 {
			continue
		}
		of[i] = 0
		for j := range h.ring {
			if kept[j] > 0 && h.ring[j].answer == h.ring[i].answer && now-h.ring[j].first <= int64(d.cfg.Window) {
				of[i]++
			}
		}
		any = any || of[i] >= sharers
	}
	return of, any
}

func (h *host) crowd(answer uint64, now int64, cfg *Config) (n uint8) {
	for i := range h.ring {
		if h.ring[i].answer == answer && now-h.ring[i].first <= int64(cfg.Window) {
			n++
		}
	}
	return n
}

// sum looks over the ring and weighs it: with the live names that of counts, or
// with none of them.
func (h *host) sum(now int64, cfg *Config, of *crowds) sums {
	var s sums
	for i := range h.ring {
		at := (h.at + i) % len(h.ring)
		if l := &h.ring[at]; now-l.first <= int64(cfg.Window) {
			s.take(l, now, of != nil && of[at] >= sharers)
		}
	}
	if s.inRing > 0 {
		h.weigh(&s, now, cfg)
	}
	return s
}

// take adds one lookup; alike says that it is a live one that counts.
func (s *sums) take(l *lookup, now int64, alike bool) {
	if s.inRing == 0 {
		s.firstAsked, s.first = l.asked, l.first
	}
	s.inRing++
	if l.fate == fateLive && !alike {
		return
	}
	v := clamp(float64(l.z)-oddsOffset, mostAgainst, mostFor)
	if l.known {
		v = min(v, 0)
	}
	if l.fate == fateLive {
		s.liveEvidence += v
		s.share++
		if now-l.first <= burst {
			if s.liveRun == 0 {
				s.liveFrom = l.asked
			}
			s.liveRun++
		}
	} else {
		s.evidence += l.voice() * v
	}
	if v > 0 {
		s.tally(l)
	}
	s.takeRun(l, now)
}

// voice is how much a name without an address counts.
func (l *lookup) voice() float64 {
	switch {
	case l.fate == fateSilent:
		return silentShare
	case l.private:
		return privateHalf
	}
	return 1
}

// takeRun adds a dead name of the last minutes to the run.
func (s *sums) takeRun(l *lookup, now int64) {
	if l.fate != fateDead || l.private || now-l.first > burst {
		return
	}
	if s.inRun == 0 {
		s.runFrom = l.asked
	}
	s.inRun++
	// A name that is asked for again and again is a machine's habit or a blocked
	// advertiser; one that used to exist is an outage.
	if !l.known && l.last-l.first < int64(2*time.Minute) {
		s.run++
	}
}

func (s *sums) tally(l *lookup) {
	s.names++
	s.z += float64(l.z)
	switch l.fate {
	case fateDead:
		s.dead++
	case fateSilent:
		s.silent++
	case fateLive:
		s.live++
	}
	if bit := uint64(1) << (l.suffix & 63); s.seen[l.suffix>>6]&bit == 0 {
		s.seen[l.suffix>>6] |= bit
		s.suffixes++
	}
	if s.shortest == 0 || l.length < s.shortest {
		s.shortest = l.length
	}
	s.longest = max(s.longest, l.length)
	s.last = max(s.last, l.last)
}

// liveVoice is how much the live names count, 0..1. A host whose names a program
// makes asks for dead ones too, or for hardly anything else, at least for some
// minutes; who reads pages asks for much in between. all is the number of domains
// asked for.
func (h *host) liveVoice(s *sums, all float64) float64 {
	square := func(share, full float64) float64 { return min(1, share*share/(full*full)) }
	if s.share == 0 {
		return 0
	}
	dead := min(1, float64(s.dead)/float64(s.share))
	voice := max(square(float64(s.share)/all, mostShare), dead*square(float64(s.share+s.dead)/all, deadShare))
	if s.liveRun >= 2*sharers {
		voice = max(voice, square(float64(s.liveRun)/max(float64(h.asked-s.liveFrom)+1, float64(s.liveRun)), mostShare))
	}
	return voice
}

// weigh turns the sums into a score.
func (h *host) weigh(s *sums, now int64, cfg *Config) {
	all := max(float64(h.asked-s.firstAsked)+1, float64(s.inRing))
	s.part = float64(s.names) / all
	if s.names > 0 {
		s.mean = s.z / float64(s.names)
	}
	evidence := s.evidence + s.liveEvidence*h.liveVoice(s, all)
	x := evidenceUnit * (evidence - evidenceHalf)
	if s.part < fewShare {
		x += 2 * math.Log(max(s.part, 1e-6)/fewShare)
	}
	if s.names >= cfg.MinNames {
		s.score = min(surest, sigmoid(x))
	}
	runAll := max(float64(h.asked-s.runFrom)+1, float64(s.inRun))
	tells := s.run * min(1, float64(s.inRun)/runAll/burstShare)
	if words := min(burstMost, sigmoid(burstUnit*(tells-burstHalf))); words > s.score && tells >= float64(2*cfg.MinNames) {
		h.words(s, words, runAll, now)
	}
}

// words makes the run of dead names the reason.
func (h *host) words(s *sums, score, all float64, now int64) {
	fresh := sums{}
	for l := range h.each {
		if l.fate == fateDead && !l.private && now-l.first <= burst {
			if fresh.names == 0 {
				fresh.first = l.first
			}
			fresh.tally(l)
		}
	}
	if fresh.names == 0 {
		return
	}
	s.peak = fresh.peak
	s.score, s.words = score, true
	s.mean, s.part = fresh.z/float64(fresh.names), float64(fresh.names)/max(all, float64(fresh.names))
}

// markAnswer notes the live name l, at addr, when it looks like the dead names that
// the host asked for around it, unless it is one that many use or one of a crowd.
func (d *Detector) markAnswer(h *host, s *sums, l *lookup, addr flow.Addr) {
	if ip := addr.Netip(); l.private || addr.IsZero() || ip.IsLoopback() || ip.IsUnspecified() || ip.IsPrivate() {
		return
	}
	like := h.likeness(s, l)
	if like < leastLikeness || like <= h.peak.answer.likeness || h.crowd(l.answer, l.first, &d.cfg) >= sharers || d.honest(l.site, l.answer, d.hosts.Len()) {
		return
	}
	h.peak.answer = answer{sample: sampleOf(l), addr: addr, hash: l.answer, site: l.site, likeness: like}
}

// likeness says how much the live name l looks like the dead ones: asked for among
// many of the same public suffix, of a length that they have, with letters as they
// have them.
func (h *host) likeness(s *sums, l *lookup) float64 {
	alike := 0
	for i := range h.ring {
		o := &h.ring[i]
		if o.fate != fateLive && o.suffix == l.suffix && l.first-o.last <= int64(2*time.Minute) {
			alike++
		}
	}
	off := max(int(s.shortest)-int(l.length), int(l.length)-int(s.longest), 0)
	return float64(min(alike, 6))/2 + 2 - float64(min(off, 4)) - min(math.Abs(float64(l.z)-s.mean), 4)/2
}

func sampleOf(l *lookup) sample { return sample{z: l.z, len: l.textLen, of: l.text} }

// pickSamples puts the distinct names that look most made up, or dead ones, into p,
// of the live ones those that of counts.
func (h *host) pickSamples(p *peak, now int64, cfg *Config, of *crowds) {
	p.sample = [samples]sample{}
	for i := range h.ring {
		at := (h.at + i) % len(h.ring)
		l := &h.ring[at]
		switch {
		case now-l.first > int64(cfg.Window),
			l.fate == fateLive && (p.words || of == nil || of[at] < sharers),
			p.words && l.fate != fateDead,
			!p.words && l.z <= oddsOffset:
		default:
			p.offer(sampleOf(l))
		}
	}
}

// offer puts x among the samples if it is new and better than the weakest.
func (p *peak) offer(x sample) {
	weakest := &p.sample[0]
	for i := range p.sample {
		switch w := &p.sample[i]; {
		case w.len == x.len && w.of == x.of:
			return
		case weakest.len > 0 && (w.len == 0 || w.z < weakest.z):
			weakest = w
		}
	}
	if weakest.len == 0 || weakest.z < x.z {
		*weakest = x
	}
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
