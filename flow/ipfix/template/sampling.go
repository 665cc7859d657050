package template

import (
	"math"
)

// Sampling is what an exporter said about how it samples: one rate for all, and
// rates of its samplers by number. It has one owner.
type Sampling struct {
	Default  uint32 // one of this many packets; 0 when unknown
	samplers []samplerRate
}

type samplerRate struct{ id, rate uint32 }

// maxSamplers is how many samplers of one exporter are remembered.
const maxSamplers = 256

// note sets the rate of a sampler.
func (s *Sampling) note(id, rate uint32) {
	for i := range s.samplers {
		if s.samplers[i].id == id {
			s.samplers[i].rate = rate
			return
		}
	}
	if len(s.samplers) < maxSamplers {
		s.samplers = append(s.samplers, samplerRate{id, rate})
	}
}

// of gives the rate of a sampler; where it was not announced, that for all.
func (s *Sampling) of(id uint32) uint32 {
	for i := range s.samplers {
		if s.samplers[i].id == id {
			return s.samplers[i].rate
		}
	}
	return s.Default
}

// rated are the slots that give a rate.
const rated = 1<<rate | 1<<interval | 1<<size | 1<<population | 1<<probability

// sampling gives the rate at which a record was sampled.
func (p *Plan) sampling(v *Values, s *Sampling) uint32 {
	if p.has&(rated|1<<sampler) == 0 {
		return s.Default
	}
	if r := p.rate(v); r > 0 {
		return r
	}
	if p.is(sampler) {
		return s.of(uint32(v.n[sampler]))
	}
	return s.Default
}

// rate gives the rate that a record states, 0 for none.
func (p *Plan) rate(v *Values) uint32 {
	if p.has&rated == 0 {
		return 0
	}
	n := &v.n
	var r uint64
	switch {
	case p.is(rate) && n[rate] > 0:
		r = n[rate]
	case p.is(interval) && n[interval] > 0 && p.is(space): // so many in a row, then a gap
		r = (n[interval] + n[space]) / n[interval]
	case p.is(interval) && n[interval] > 0:
		r = n[interval]
	case p.is(size) && p.is(population) && n[size] > 0:
		r = n[population] / n[size]
	case p.is(probability):
		r = p.inverse(n[probability])
	}
	if r > math.MaxUint32 {
		return 0
	}
	return uint32(r)
}

// inverse turns a probability, a float of 8 or 4 octets, into a rate.
func (p *Plan) inverse(bits uint64) uint64 {
	x := math.Float64frombits(bits)
	if bits <= math.MaxUint32 {
		x = float64(math.Float32frombits(uint32(bits)))
	}
	if x > 0 && x <= 1 && x > 1.0/math.MaxUint32 {
		return uint64(math.Round(1 / x))
	}
	return 0
}
