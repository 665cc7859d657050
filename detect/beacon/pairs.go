package beacon

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// pair is what is remembered of one host and one destination. It holds no
// pointer, so that hundreds of thousands cost the garbage collector nothing.
type pair struct {
	src, dst  flow.Addr // dst: the latest address when the pair is by name
	first     int64     // ns, start of the first contact
	last      int64     // ns, start of the latest contact
	bytesOut  uint64
	bytesIn   uint64
	count     uint32 // check-ins
	attempts  uint32 // check-ins that nobody answered
	same      uint32 // contacts not counted: the same connection seen again
	name      detect.NameID
	ring      int32  // index of the long memory, -1 for none
	sites     uint32 // by address: a bitmap of the sites seen, hashed
	named     uint32 // by address: contacts that had a name
	votes     uint16 // by address: how far name leads
	srcPort   uint16
	port      uint16
	proto     uint8
	service   flow.Service
	class     direction.Class
	flags     uint8
	byAddress bool // beside the flags, where it takes no room
	short     [shortLen]contact
}

// Flags of a pair.
const (
	flagPrivateDst  uint8 = 1 << iota // destination is a private address
	flagSrcDomestic                   // source is domestic
	flagTinyUDP                       // every contact so far was one small datagram each way
)

const (
	shortLen = 6   // contacts kept in the pair itself
	longLen  = 128 // latest contacts kept once there are more
	tick     = 10_000_000
)

// contact is one check-in: 10 ms ticks since the pair's first contact, and
// coded sizes.
type contact struct {
	at      int32
	out, in uint16
}

// sizeCode keeps octets in 16 bits: exact below 32,768, then in steps of 1/1024 of
// a doubling.
func sizeCode(n uint64) uint16 {
	if n < 1<<15 {
		return uint16(n)
	}
	shift := uint64(0)
	for n>>shift >= 1<<16 {
		shift++
	}
	return uint16(min(1<<15+shift<<10+(n>>shift-1<<15)>>5, 1<<16-1))
}

// sizeOf is the inverse of sizeCode, to its resolution.
func sizeOf(c uint16) float64 {
	if c < 1<<15 {
		return float64(c)
	}
	c -= 1 << 15
	return float64((uint64(c&1023)<<5 + 1<<15) << (c >> 10))
}

// table is a bounded set of pairs, found by hash.
type table struct {
	index slots.Index[uint32]
	pairs [][]pair // chunks of chunkLen, so that growing copies nothing
	free  []uint32
	rings [][]ring
	spare []int32 // free rings
	worth []int64 // by ring: what its pair is worth, so that choosing one reads little
	used  uint32
	limit uint32
	// mostRings bounds the long memories.
	mostRings int
	probe     uint64 // state of the eviction's random walk
	evicted   uint64 // pairs forgotten because the table was full
	room      room   // pairs that came when the table was full
}

const (
	chunkLen = 4096
	ringLen  = 512
)

func newTable(limit, waiting int) *table {
	return &table{limit: uint32(limit), mostRings: max(limit/10, 1000), probe: 0x9e3779b97f4a7c15, room: room{size: waiting}}
}

func (t *table) at(i uint32) *pair { return &t.pairs[i/chunkLen][i%chunkLen] }

func (t *table) ringAt(i int32) *ring { return &t.rings[i/ringLen][i%ringLen] }

// get gives the pair with hash h, making it when absent; fresh says that the
// caller must fill it.
func (t *table) get(h uint64) (p *pair, fresh bool) {
	if i, ok := t.index.Get(h); ok {
		return t.at(i), false
	}
	var i uint32
	switch {
	case len(t.free) > 0:
		i = t.free[len(t.free)-1]
		t.free = t.free[:len(t.free)-1]
	case t.used < t.limit:
		i = t.used
		t.used++
		if int(i/chunkLen) == len(t.pairs) {
			t.pairs = append(t.pairs, make([]pair, chunkLen))
		}
	default:
		i = t.evict()
	}
	place, _ := t.index.Put(h)
	*place = i
	p = t.at(i)
	*p = pair{ring: -1}
	return p, true
}

// full says whether a pair that is not known must wait for a place.
func (t *table) full() bool { return len(t.free) == 0 && t.used >= t.limit }

// find gives the pair with hash h, nil for none.
func (t *table) find(h uint64) *pair {
	if i, ok := t.index.Get(h); ok {
		return t.at(i)
	}
	return nil
}

// evict frees the pair that is worth least of a random few: one contact only
// and longest ago first. Random choice keeps a flood from choosing what is lost.
func (t *table) evict() uint32 {
	// First all are read, then compared: so they wait for memory side by side.
	var which [8]uint32
	var worths [8]int64
	for k := range which {
		t.probe = detect.Mix(t.probe + 1)
		which[k] = uint32(t.probe % uint64(t.used))
		worths[k] = t.at(which[k]).worth()
	}
	victim, worst := uint32(0), int64(1<<62)
	for k, w := range worths {
		if w < worst {
			victim, worst = which[k], w
		}
	}
	p := t.at(victim)
	t.leave(p)
	t.index.Delete(p.hash())
	if p.ring >= 0 {
		t.spare = append(t.spare, p.ring)
	}
	t.evicted++
	return victim
}

// worth says how much p would be missed: as its latest contact, and an hour more for
// each of up to 64.
func (p *pair) worth() int64 { return p.last + int64(min(p.count, 64))*int64(3600e9) }

// weigh notes what p is worth beside its long memory, if it has one.
func (t *table) weigh(p *pair) {
	if p.ring >= 0 {
		t.worth[p.ring] = p.worth()
	}
}

// add appends a contact to p's memory; whoever calls it weighs p when it is done.
func (t *table) add(p *pair, c contact) {
	if p.count < shortLen {
		p.short[p.count] = c
		p.count++
		return
	}
	if p.ring < 0 {
		p.ring = t.newRing()
		r := t.ringAt(p.ring)
		*r = ring{slot: 100, owner: p.hash()}
		r.next = uint8(copy(r.contacts[:], p.short[:]))
		for _, old := range p.short {
			r.mark(old.at)
		}
	}
	r := t.ringAt(p.ring)
	r.mark(c.at)
	r.contacts[r.next] = c
	r.next++
	if r.next == longLen {
		r.next, r.full = 0, true
	}
	p.count++
}

// rebase moves the beginning of p back to first, ns, or up to a tick before: logs
// need not be in the order of time.
func (t *table) rebase(p *pair, first int64) {
	back := (p.first - first + tick - 1) / tick
	p.first -= back * tick
	contacts := p.short[:min(p.count, shortLen)]
	if p.ring >= 0 {
		r := t.ringAt(p.ring)
		r.zero += back
		contacts = r.contacts[:]
	}
	for i := range contacts {
		contacts[i].at = inTicks(int64(contacts[i].at) + back)
	}
}

// inTicks keeps a tick within what a contact can hold, eight months either way.
func inTicks(at int64) int32 { return int32(max(min(at, 1<<31-1), -1<<31)) }

// contacts appends p's remembered contacts to into, in no order.
func (t *table) contacts(p *pair, into []contact) []contact {
	if p.ring < 0 {
		return append(into, p.short[:min(p.count, shortLen)]...)
	}
	r := t.ringAt(p.ring)
	if r.full {
		return append(into, r.contacts[:]...)
	}
	return append(into, r.contacts[:r.next]...)
}

// hash is the key of p in the table's index.
func (p *pair) hash() uint64 {
	if p.byAddress {
		return hashAddress(p.src, p.dst, p.port, p.proto)
	}
	return hashName(p.src, p.name, p.port)
}

func hashAddress(src, dst flow.Addr, port uint16, proto uint8) uint64 {
	return addressKey(detect.HashAddr(src), detect.HashAddr(dst), port, proto)
}

func hashName(src flow.Addr, name detect.NameID, port uint16) uint64 {
	return nameKey(detect.HashAddr(src), name, port)
}

func addressKey(src, dst uint64, port uint16, proto uint8) uint64 {
	return detect.Mix(src*3 ^ dst ^ uint64(port)<<8 ^ uint64(proto))
}

func nameKey(src uint64, name detect.NameID, port uint16) uint64 {
	return detect.Mix(src*5 ^ uint64(name)<<16 ^ uint64(port) ^ 1<<63)
}
