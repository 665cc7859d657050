package scan

import (
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// The walk: an honest first contact succeeds with probability 0.8, a scanner's
// with 0.2; false alarm 10^-5, detection 0.99 (Jung et al.).
const (
	stepFailed   = 1.386  // ln(0.8/0.2)
	stepAnswered = -1.386 // ln(0.2/0.8)
	stepHollow   = 0.5    // a handshake and nothing more: probes do so more often than clients
	enough       = 11.5   // ln(0.99/10^-5)
)

const (
	pairWords    = 16 // 1,024 bits of (target, service) pairs: novelty of a contact
	fullPairs    = 768
	portSlots    = 6
	targetSlots  = 4
	stripes      = 24 // of the strip over the window
	targetWords  = 4
	serviceWords = 2
)

// byService follows one service over many targets.
type byService struct {
	service
	probes, answered uint16 // first contacts, saturating
	walk, top        float32
	targets          [serviceWords]uint64
}

// byTarget follows one target over many services.
type byTarget struct {
	addr             flow.Addr
	probes, answered uint16
	walk, top        float32
	services         [targetWords]uint64
}

// source is what is known about one source. It holds no pointer.
type source struct {
	addr             flow.Addr
	began, first     int64 // ns: of all, of this window
	last             int64
	tries            uint32 // failed and hollow contacts of all windows, repeated ones included
	probes, answered uint32 // first contacts of this window
	system           uint32 // of the probes, those of ports below 1024
	best             verdict
	class            direction.Class
	inside           bool
	pairs            [pairWords]uint64
	targets, ports   detect.Sketch // of probes
	okTargets        detect.Sketch
	services         [portSlots]byService
	hosts            [targetSlots]byTarget
	strip            [stripes]uint16
}

// pairHash is by HashAddr of the target.
func pairHash(dst uint64, s service) uint64 {
	return detect.Mix(dst ^ (uint64(s.proto)<<16|uint64(s.port))*0x9e3779b97f4a7c15)
}

// isNew says whether the pair with hash h is contacted for the first time in this
// window, as far as the bitmap tells, and notes it.
func (s *source) isNew(h uint64) bool {
	w, b := &s.pairs[h>>6&(pairWords-1)], uint64(1)<<(h&63)
	if *w&b != 0 {
		return false
	}
	*w |= b
	return true
}

// probe notes a first contact that failed or stayed hollow. named leaves it out
// of what is counted over targets.
func (s *source) probe(dst flow.Addr, v service, step float32, named bool) {
	s.probes++
	if v.port < 1024 {
		s.system++
	}
	target, port := detect.HashAddr(dst), detect.Mix(uint64(v.proto)<<16|uint64(v.port))
	if !named {
		s.targets.Add(target)
		s.ports.Add(port)
		b := s.service(v)
		b.probes = saturate(b.probes)
		b.targets[target>>6&(serviceWords-1)] |= 1 << (target & 63)
		b.walk = max(0, b.walk+step)
		b.top = max(b.top, b.walk)
	}
	b := s.target(dst)
	b.probes = saturate(b.probes)
	b.services[port>>6&(targetWords-1)] |= 1 << (port & 63)
	b.walk = max(0, b.walk+step)
	b.top = max(b.top, b.walk)
}

// answer notes a first contact that succeeded.
func (s *source) answer(dst flow.Addr, v service) {
	s.answered++
	s.okTargets.Add(detect.HashAddr(dst))
	for i := range s.services {
		if b := &s.services[i]; b.service == v && b.probes > 0 {
			b.answered = saturate(b.answered)
			b.walk = max(0, b.walk+stepAnswered)
		}
	}
	for i := range s.hosts {
		if b := &s.hosts[i]; b.addr == dst && b.probes > 0 {
			b.answered = saturate(b.answered)
			b.walk = max(0, b.walk+stepAnswered)
		}
	}
}

// service gives the slot of v, taking the least used for a new one.
func (s *source) service(v service) *byService {
	least := &s.services[0]
	for i := range s.services {
		b := &s.services[i]
		if b.service == v && b.probes > 0 {
			return b
		}
		if b.probes < least.probes {
			least = b
		}
	}
	*least = byService{service: v}
	return least
}

func (s *source) target(dst flow.Addr) *byTarget {
	least := &s.hosts[0]
	for i := range s.hosts {
		b := &s.hosts[i]
		if b.addr == dst && b.probes > 0 {
			return b
		}
		if b.probes < least.probes {
			least = b
		}
	}
	*least = byTarget{addr: dst}
	return least
}

// renew ends the window: its verdict is kept when it is the worst so far.
func (s *source) renew(now int64) {
	if v := s.judge(); v.score > s.best.score {
		s.best = v
	}
	*s = source{
		addr: s.addr, began: s.began, first: now, last: now, tries: s.tries,
		best: s.best, class: s.class, inside: s.inside,
	}
}

// full says whether the bitmap can tell no more.
func (s *source) full() bool {
	n := 0
	for _, w := range s.pairs {
		n += bits.OnesCount64(w)
	}
	return n >= fullPairs
}

// count estimates distinct things from a bitmap by linear counting.
func count(bitmap []uint64) float64 {
	ones, size := 0, 64*float64(len(bitmap))
	for _, w := range bitmap {
		ones += bits.OnesCount64(w)
	}
	if zero := size - float64(ones); zero >= 1 {
		return size * math.Log(size/zero)
	}
	return size * math.Log(2*size)
}

func saturate(c uint16) uint16 {
	if c == math.MaxUint16 {
		return c
	}
	return c + 1
}

// add merges what another detector saw of the same source.
func (s *source) add(o *source) {
	s.began, s.first, s.last = min(s.began, o.began), min(s.first, o.first), max(s.last, o.last)
	s.tries += o.tries
	s.probes += o.probes
	s.answered += o.answered
	s.system += o.system
	if o.best.score > s.best.score {
		s.best = o.best
	}
	for i, w := range o.pairs {
		s.pairs[i] |= w
	}
	s.targets.Union(&o.targets)
	s.ports.Union(&o.ports)
	s.okTargets.Union(&o.okTargets)
	for i := range o.services {
		if b := &o.services[i]; b.probes > 0 {
			mine := s.service(b.service)
			mine.probes, mine.answered = plus(mine.probes, b.probes), plus(mine.answered, b.answered)
			mine.walk += b.walk
			mine.top += b.top
			for j, w := range b.targets {
				mine.targets[j] |= w
			}
		}
	}
	for i := range o.hosts {
		if b := &o.hosts[i]; b.probes > 0 {
			mine := s.target(b.addr)
			mine.probes, mine.answered = plus(mine.probes, b.probes), plus(mine.answered, b.answered)
			mine.walk += b.walk
			mine.top += b.top
			for j, w := range b.services {
				mine.services[j] |= w
			}
		}
	}
	for i, c := range o.strip {
		s.strip[i] = plus(s.strip[i], c)
	}
}

func plus(a, b uint16) uint16 { return uint16(min(math.MaxUint16, int(a)+int(b))) }
