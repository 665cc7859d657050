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
	answer                           sample    // the live name, if any
	answerAddr                       flow.Addr // and its address
	answerHash                       uint64
}

const samples = 5

type sample struct {
	z   float32
	len uint8
	of  [textLen]byte
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
	seen          [4]uint64 // suffixes
}

// judge weighs the ring and keeps the result when it is the strongest yet. answer
// is the address of the lookup just noted if that was a live one.
func (h *host) judge(now int64, cfg *Config, answer flow.Addr, live bool) {
	var s sums
	crowds := h.crowds(now, cfg)
	if h.peak.answerHash != 0 && h.crowd(h.peak.answerHash, now, cfg) >= sharers { // it turned out to be one of many
		h.peak.answer, h.peak.answerAddr, h.peak.answerHash = sample{}, flow.Addr{}, 0
	}
	for i := range h.ring {
		at := (h.at + i) % len(h.ring)
		if l := &h.ring[at]; now-l.first <= int64(cfg.Window) {
			s.take(l, now, crowds[at])
		}
	}
	if s.inRing == 0 {
		return
	}
	h.weigh(&s, cfg)
	if live && s.score >= 0.5 {
		h.markAnswer(&s, answer, now, cfg)
	}
	if s.score > h.peak.score || s.score > 0.9*h.peak.score && s.names >= h.peak.names {
		keep := h.peak
		h.peak = s.peak
		h.peak.score = max(h.peak.score, keep.score)
		h.pickSamples(now, cfg)
		if h.peak.answer.len == 0 {
			h.peak.answer, h.peak.answerAddr, h.peak.answerHash = keep.answer, keep.answerAddr, keep.answerHash
		}
	} else if s.answer.len > 0 {
		h.peak.answer, h.peak.answerAddr, h.peak.answerHash = s.answer, s.answerAddr, s.answerHash
	}
}

// crowds says, for each place of the ring, how many names of the window have the
// answer of the one there.
func (h *host) crowds(now int64, cfg *Config) (of [ringLen]uint8) {
	for i := range h.ring {
		if h.ring[i].answer != 0 {
			of[i] = h.crowd(h.ring[i].answer, now, cfg)
		}
	}
	return of
}

func (h *host) crowd(answer uint64, now int64, cfg *Config) (n uint8) {
	for i := range h.ring {
		if h.ring[i].answer == answer && now-h.ring[i].first <= int64(cfg.Window) {
			n++
		}
	}
	return n
}

// take adds one lookup.
func (s *sums) take(l *lookup, now int64, crowd uint8) {
	if s.inRing == 0 {
		s.firstAsked, s.first = l.asked, l.first
	}
	s.inRing++
	if l.fate == fateLive && (l.private || crowd < sharers) {
		return
	}
	v := clamp(float64(l.z)-oddsOffset, mostAgainst, mostFor)
	if l.known {
		v = min(v, 0)
	}
	if l.fate == fateLive {
		s.liveEvidence += v
		s.share++
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

// weigh turns the sums into a score.
func (h *host) weigh(s *sums, cfg *Config) {
	all := max(float64(h.asked-s.firstAsked)+1, float64(s.inRing))
	s.part = float64(s.names) / all
	if s.names > 0 {
		s.mean = s.z / float64(s.names)
	}
	livePart := min(1, float64(s.share)/all/0.3)
	evidence := s.evidence + s.liveEvidence*livePart*livePart
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
		h.words(s, words, runAll)
	}
}

// words makes the run of dead names the reason.
func (h *host) words(s *sums, score, all float64) {
	fresh := sums{}
	for l := range h.each {
		if l.fate == fateDead && !l.private && h.last-l.first <= burst {
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

// markAnswer notes the live name that the host just got an address for, unless it
// shares its answer with the crowd.
func (h *host) markAnswer(s *sums, addr flow.Addr, now int64, cfg *Config) {
	var last *lookup
	for l := range h.each {
		if l.fate == fateLive && (last == nil || l.last >= last.last) {
			last = l
		}
	}
	if ip := addr.Netip(); last == nil || last.private || h.crowd(last.answer, now, cfg) >= sharers || ip.IsLoopback() || ip.IsUnspecified() || ip.IsPrivate() {
		return
	}
	s.answer, s.answerAddr, s.answerHash = sampleOf(last), addr, last.answer
}

func sampleOf(l *lookup) sample { return sample{z: l.z, len: l.textLen, of: l.text} }

// pickSamples keeps the names that look most made up, or the latest dead ones.
func (h *host) pickSamples(now int64, cfg *Config) {
	h.peak.sample = [samples]sample{}
	for l := range h.each {
		if now-l.first > int64(cfg.Window) || h.peak.words && l.fate != fateDead {
			continue
		}
		if !h.peak.words && l.z <= oddsOffset {
			continue
		}
		weakest := 0
		for i := range h.peak.sample {
			if h.peak.sample[i].len == 0 {
				weakest = i
				break
			}
			if h.peak.sample[i].z < h.peak.sample[weakest].z {
				weakest = i
			}
		}
		if w := &h.peak.sample[weakest]; w.len == 0 || w.z < l.z {
			*w = sampleOf(l)
		}
	}
}

func clamp(x, lo, hi float64) float64 { return max(lo, min(hi, x)) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
