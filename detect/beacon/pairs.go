package beacon

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/beacon/series"
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
	short     [shortLen]series.Contact
}

// Flags of a pair.
const (
	flagPrivateDst  uint8 = 1 << iota // destination is a private address
	flagSrcDomestic                   // source is domestic
	flagTinyUDP                       // every contact so far was one small datagram each way
)

const (
	shortLen = 6 // contacts kept in the pair itself
)

// table is a bounded set of pairs, found by hash.
type table struct {
	index   slots.Index[uint32]
	pairs   [][]pair // chunks of chunkLen, so that growing copies nothing
	free    []uint32
	rings   series.Rings // the long memories
	used    uint32
	limit   uint32
	probe   uint64      // state of the eviction's random walk
	evicted uint64      // pairs forgotten because the table was full
	room    series.Room // pairs that came when the table was full
}

const (
	chunkLen = 4096
)

func newTable(limit, waiting int) *table {
	return &table{limit: uint32(limit), rings: series.NewRings(max(limit/10, 1000)), probe: 0x9e3779b97f4a7c15, room: series.NewRoom(waiting)}
}

func (t *table) at(i uint32) *pair { return &t.pairs[i/chunkLen][i%chunkLen] }

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
		t.rings.Free(p.ring)
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
		t.rings.Weigh(p.ring, p.worth())
	}
}

// add appends a contact to p's memory; whoever calls it weighs p when it is done.
func (t *table) add(p *pair, c series.Contact) {
	if p.count < shortLen {
		p.short[p.count] = c
		p.count++
		return
	}
	if p.ring < 0 {
		p.ring = t.newRing()
		t.rings.At(p.ring).Begin(p.hash(), p.short[:])
	}
	t.rings.At(p.ring).Add(c)
	p.count++
}

// rebase moves the beginning of p back to first, ns, or up to a tick before: logs
// need not be in the order of time.
func (t *table) rebase(p *pair, first int64) {
	back := (p.first - first + series.Tick - 1) / series.Tick
	p.first -= back * series.Tick
	if p.ring >= 0 {
		t.rings.At(p.ring).Shift(back)
		return
	}
	contacts := p.short[:min(p.count, shortLen)]
	for i := range contacts {
		contacts[i].At = series.InTicks(int64(contacts[i].At) + back)
	}
}

// contacts appends p's remembered contacts to into, in no order.
func (t *table) contacts(p *pair, into []series.Contact) []series.Contact {
	if p.ring < 0 {
		return append(into, p.short[:min(p.count, shortLen)]...)
	}
	return t.rings.At(p.ring).Contacts(into)
}

// newRing gives a long memory; the pair that it is taken from keeps its latest contacts.
func (t *table) newRing() int32 {
	i, taken := t.rings.Take(&t.probe)
	if taken {
		r := t.rings.At(i)
		p := t.find(r.Owner())
		p.ring = -1
		r.Last(p.short[:])
	}
	return i
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
