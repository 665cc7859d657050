package beacon

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
)

// enter gives p, which begin has filled from e, what its seat knew. Names of earlier
// contacts are taken to have been that of this one.
func (t *table) enter(p *pair, s *series.Seat, e *detect.Event) {
	first := t.room.Moment(s.Contacts[0])
	for _, c := range s.Contacts[:s.N] {
		first = min(first, t.room.Moment(c))
	}
	if first < p.first {
		p.first = first
	}
	for _, c := range s.Contacts[:s.N] {
		at := t.room.Moment(c)
		p.bytesOut += uint64(series.SizeOf(c.Out))
		p.bytesIn += uint64(series.SizeOf(c.In))
		p.last = max(p.last, at)
		t.add(p, series.Contact{At: series.InTicks((at - p.first) / series.Tick), Out: c.Out, In: c.In})
	}
	p.srcPort, p.attempts = s.SrcPort, uint32(s.Attempts)
	if p.byAddress && e.Name != 0 {
		p.named, p.name, p.votes = uint32(s.N), e.Name, uint16(s.N)
	}
}

// leave gives p, which loses its place in the table, a seat if it would fit.
func (t *table) leave(p *pair) {
	if p.count == 0 || p.count > series.SeatLen || !t.room.Open() {
		return
	}
	s := t.room.Take(p.hash())
	s.SrcPort, s.N, s.Attempts = p.srcPort, uint8(p.count), uint8(min(p.attempts, series.SeatLen))
	for i, c := range p.short[:p.count] {
		c.At = t.room.Ticks(p.first + int64(c.At)*series.Tick)
		s.Contacts[i] = c
	}
}
