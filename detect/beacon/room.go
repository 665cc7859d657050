package beacon

import (
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
)

// room is where pairs wait that come when the table is full: some 32 octets each,
// until they show themselves often enough to take another's place in the table. So
// millions of pairs can be alive at once, and a flood of new ones pushes out the
// cold, not the known. Its memory is taken when the first pair comes.
type room struct {
	tags  []uint32 // in buckets of roomWays; 0 is a free seat
	seats []seat
	epoch int64  // ns: the seats' tick 0
	mask  uint64 // of a key, the number of buckets less 1
	size  int
	lost  uint64 // pairs that had to go before they showed themselves
}

const (
	roomWays  = 8 // seats that compete for a pair
	seatShort = 3 // contacts that a seat keeps; with one more the pair goes to the table
)

// seat is a pair that waits.
type seat struct {
	contacts [seatShort]contact // at: ticks since the room's epoch
	srcPort  uint16
	n        uint8
	attempts uint8
}

func (o *room) open(now int64) {
	n := max(roomWays, 1<<bits.Len(uint(max(o.size, 1)-1)))
	o.tags, o.seats, o.mask, o.epoch = make([]uint32, n), make([]seat, n), uint64(n/roomWays-1), now
}

// place gives the first seat of key's bucket, and its tag there.
func (o *room) place(key uint64) (at int, tag uint32) {
	return int(key>>32&o.mask) * roomWays, uint32(key) | 1
}

// find gives the seat of key, nil for none.
func (o *room) find(key uint64) (s *seat, at int) {
	if o.seats == nil {
		return nil, 0
	}
	first, tag := o.place(key)
	for i := first; i < first+roomWays; i++ {
		if o.tags[i] == tag {
			return &o.seats[i], i
		}
	}
	return nil, 0
}

// touch reads where key's bucket begins.
func (o *room) touch(key uint64) uint32 {
	if o.seats == nil {
		return 0
	}
	at, _ := o.place(key)
	return o.tags[at]
}

// look reads the seats of key's bucket, both ends of each two.
func (o *room) look(key uint64) (seen uint64) {
	if o.seats == nil {
		return 0
	}
	at, _ := o.place(key)
	for i := at; i < at+roomWays; i += 2 {
		seen += uint64(o.seats[i].n)
	}
	return seen + uint64(o.seats[at+roomWays-1].n)
}

// take gives a seat to key, a free one, or that of the pair which was seen longest
// ago, each of its contacts counting for an hour.
func (o *room) take(key uint64) *seat {
	first, tag := o.place(key)
	least, worst := first, int64(math.MaxInt64)
	for i := first; i < first+roomWays; i++ {
		if o.tags[i] == 0 {
			least, worst = i, math.MinInt64
			break
		}
		const hour = 3600e9 / tick
		s := &o.seats[i]
		if w := int64(s.latest()) + int64(s.n)*hour; w < worst {
			least, worst = i, w
		}
	}
	if o.tags[least] != 0 {
		o.lost++
	}
	o.tags[least], o.seats[least] = tag, seat{}
	return &o.seats[least]
}

// ticks gives a moment as a seat keeps it.
func (o *room) ticks(at int64) int32 { return inTicks((at - o.epoch) / tick) }

func (s *seat) latest() int32 {
	if s.n == 0 {
		return math.MinInt32
	}
	return s.contacts[s.n-1].at
}

// wait notes the contact of r, of the pair with key, which the table does not hold.
// It says whether the pair has shown itself: the caller MUST then take it to the
// table.
func (o *room) wait(key uint64, r *flow.Record) (ready *seat) {
	if o.seats == nil {
		o.open(r.First)
	}
	at := o.ticks(r.First)
	s, i := o.find(key)
	if s == nil {
		s = o.take(key)
	} else if r.SrcPort == s.srcPort && (r.Kind == flow.KindPart || r.Proto == 6 && r.SrcPort != 0 && !s.anew(r, at)) {
		return nil // the same exchange, as for a pair of the table
	}
	if int(s.n) == seatShort {
		o.tags[i] = 0
		return s
	}
	s.contacts[s.n] = contact{at: at, out: sizeCode(r.SrcBytes), in: sizeCode(r.DstBytes)}
	s.srcPort = r.SrcPort
	s.n++
	if failed(r) {
		s.attempts++
	}
	return nil
}

// anew is what [pair.anew] is.
func (s *seat) anew(r *flow.Record, at int32) bool {
	const apart = 1e9 / tick
	if r.Kind != flow.KindFlow || r.SrcFlags&flow.SYN == 0 || s.n == 0 {
		return false
	}
	return int64(at) > int64(s.latest())+apart || int64(at) < int64(s.contacts[0].at)-apart
}

func failed(r *flow.Record) bool { return r.State == flow.StateAttempt || r.State == flow.StateRefused }

// enter gives p, which begin has filled from e, what its seat knew. Names of earlier
// contacts are taken to have been that of this one.
func (t *table) enter(p *pair, s *seat, e *detect.Event) {
	first := t.room.epoch + int64(s.contacts[0].at)*tick
	for _, c := range s.contacts[:s.n] {
		first = min(first, t.room.epoch+int64(c.at)*tick)
	}
	if first < p.first {
		p.first = first
	}
	for _, c := range s.contacts[:s.n] {
		at := t.room.epoch + int64(c.at)*tick
		p.bytesOut += uint64(sizeOf(c.out))
		p.bytesIn += uint64(sizeOf(c.in))
		p.last = max(p.last, at)
		t.add(p, contact{at: inTicks((at - p.first) / tick), out: c.out, in: c.in})
	}
	p.srcPort, p.attempts = s.srcPort, uint32(s.attempts)
	if p.byAddress && e.Name != 0 {
		p.named, p.name, p.votes = uint32(s.n), e.Name, uint16(s.n)
	}
}

// leave gives p, which loses its place in the table, a seat if it would fit.
func (t *table) leave(p *pair) {
	if p.count == 0 || p.count > seatShort || t.room.seats == nil {
		return
	}
	s := t.room.take(p.hash())
	s.srcPort, s.n, s.attempts = p.srcPort, uint8(p.count), uint8(min(p.attempts, seatShort))
	for i, c := range p.short[:p.count] {
		c.at = t.room.ticks(p.first + int64(c.at)*tick)
		s.contacts[i] = c
	}
}
