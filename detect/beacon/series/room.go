package series

import (
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/flow"
)

// Room is where pairs wait that come when the table is full: some 32 octets each,
// until they show themselves often enough to take another's place in the table. So
// millions of pairs can be alive at once, and a flood of new ones pushes out the
// cold, not the known. Its memory is taken when the first pair comes.
type Room struct {
	tags  []uint32 // in buckets of roomWays; 0 is a free seat
	seats []Seat
	epoch int64  // ns: the seats' tick 0
	mask  uint64 // of a key, the number of buckets less 1
	size  int
	lost  uint64 // pairs that had to go before they showed themselves
}

const (
	roomWays = 8 // seats that compete for a pair
	SeatLen  = 3 // contacts that a seat keeps; with one more the pair goes to the table
)

// Seat is a pair that waits.
type Seat struct {
	Contacts [SeatLen]Contact // at: ticks since the room's epoch
	SrcPort  uint16
	N        uint8
	Attempts uint8
}

func (o *Room) open(now int64) {
	n := max(roomWays, 1<<bits.Len(uint(max(o.size, 1)-1)))
	o.tags, o.seats, o.mask, o.epoch = make([]uint32, n), make([]Seat, n), uint64(n/roomWays-1), now
}

// place gives the first seat of key's bucket, and its tag there.
func (o *Room) place(key uint64) (at int, tag uint32) {
	return int(key>>32&o.mask) * roomWays, uint32(key) | 1
}

// find gives the seat of key, nil for none.
func (o *Room) find(key uint64) (s *Seat, at int) {
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

// Touch reads where key's bucket begins.
func (o *Room) Touch(key uint64) uint32 {
	if o.seats == nil {
		return 0
	}
	at, _ := o.place(key)
	return o.tags[at]
}

// Look reads the seats of key's bucket, both ends of each two.
func (o *Room) Look(key uint64) (seen uint64) {
	if o.seats == nil {
		return 0
	}
	at, _ := o.place(key)
	for i := at; i < at+roomWays; i += 2 {
		seen += uint64(o.seats[i].N)
	}
	return seen + uint64(o.seats[at+roomWays-1].N)
}

// Take gives a seat to key, a free one, or that of the pair which was seen longest
// ago, each of its contacts counting for an hour.
func (o *Room) Take(key uint64) *Seat {
	first, tag := o.place(key)
	least, worst := first, int64(math.MaxInt64)
	for i := first; i < first+roomWays; i++ {
		if o.tags[i] == 0 {
			least, worst = i, math.MinInt64
			break
		}
		const hour = 3600e9 / Tick
		s := &o.seats[i]
		if w := int64(s.latest()) + int64(s.N)*hour; w < worst {
			least, worst = i, w
		}
	}
	if o.tags[least] != 0 {
		o.lost++
	}
	o.tags[least], o.seats[least] = tag, Seat{}
	return &o.seats[least]
}

// NewRoom makes one of size seats, a power of two at least.
func NewRoom(size int) Room { return Room{size: size} }

// Open says whether somebody has come.
func (o *Room) Open() bool { return o.seats != nil }

// Moment gives when a seat's contact was, ns.
func (o *Room) Moment(c Contact) int64 { return o.epoch + int64(c.At)*Tick }

// Ticks gives a moment as a seat keeps it.
func (o *Room) Ticks(at int64) int32 { return InTicks((at - o.epoch) / Tick) }

func (s *Seat) latest() int32 {
	if s.N == 0 {
		return math.MinInt32
	}
	return s.Contacts[s.N-1].At
}

// Wait notes the contact of r, of the pair with key, which the table does not hold.
// It says whether the pair has shown itself: the caller MUST then take it to the
// table.
func (o *Room) Wait(key uint64, r *flow.Record) (ready *Seat) {
	if o.seats == nil {
		o.open(r.First)
	}
	at := o.Ticks(r.First)
	s, i := o.find(key)
	if s == nil {
		s = o.Take(key)
	} else if r.SrcPort == s.SrcPort && (r.Kind == flow.KindPart || r.Proto == 6 && r.SrcPort != 0 && !s.anew(r, at)) {
		return nil // the same exchange, as for a pair of the table
	}
	if int(s.N) == SeatLen {
		o.tags[i] = 0
		return s
	}
	s.Contacts[s.N] = ContactOf(r, at)
	s.SrcPort = r.SrcPort
	s.N++
	if Failed(r) {
		s.Attempts++
	}
	return nil
}

// anew says whether r, from the source port that s saw last, is another connection.
func (s *Seat) anew(r *flow.Record, at int32) bool {
	const apart = 1e9 / Tick
	if r.Kind != flow.KindFlow || r.SrcFlags&flow.SYN == 0 || s.N == 0 {
		return false
	}
	return int64(at) > int64(s.latest())+apart || int64(at) < int64(s.Contacts[0].At)-apart
}
