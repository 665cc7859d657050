package beacon

import (
	"math"

	"github.com/noroshi-acd/noroshi/detect"
)

// ring is the long memory of a pair.
type ring struct {
	next     uint8 // where the next contact goes
	full     bool
	slot     int32             // ticks per slot
	zero     int64             // tick at which the slots begin
	owner    uint64            // hash of the pair whose memory it is
	slots    [slotCount]uint16 // contacts over the pair's whole life, for the strip
	contacts [longLen]contact
}

// glance reads what the next contact will change.
func (r *ring) glance() uint64 { return uint64(r.contacts[r.next].at) + uint64(r.slots[slotCount-1]) }

// slotCount is how many equal slices the life of a pair is counted in.
const slotCount = 48

// mark counts a contact at tick at in its slot, doubling the slots' width towards
// where it lies as often as it takes.
func (r *ring) mark(at int32) {
	for int64(at) < r.zero {
		for i := slotCount - 1; i >= slotCount/2; i-- {
			k := 2*i - slotCount
			r.slots[i] = sat(r.slots[k], r.slots[k+1])
		}
		clear(r.slots[:slotCount/2])
		r.zero -= slotCount * int64(r.slot)
		r.slot *= 2
	}
	for (int64(at)-r.zero)/int64(r.slot) >= slotCount {
		for i := range slotCount / 2 {
			r.slots[i] = sat(r.slots[2*i], r.slots[2*i+1])
		}
		clear(r.slots[slotCount/2:])
		r.slot *= 2
	}
	if i := (int64(at) - r.zero) / int64(r.slot); r.slots[i] < 1<<16-1 {
		r.slots[i]++
	}
}

func sat(a, b uint16) uint16 { return uint16(min(uint32(a)+uint32(b), 1<<16-1)) }

// reclaim takes the long memory of the pair that is worth least of a random few,
// which keeps its latest contacts.
func (t *table) reclaim() int32 {
	victim, worst := int32(0), int64(math.MaxInt64)
	for range 16 {
		t.probe = detect.Mix(t.probe + 1)
		i := int32(t.probe % uint64(t.mostRings))
		if w := t.worth[i]; w < worst {
			victim, worst = i, w
		}
	}
	r := t.ringAt(victim)
	p := t.owner(r)
	p.ring = -1
	for i := range p.short {
		p.short[i] = r.contacts[(int(r.next)+longLen-shortLen+i)%longLen]
	}
	return victim
}

// owner gives the pair whose memory r is.
func (t *table) owner(r *ring) *pair {
	i, _ := t.index.Get(r.owner)
	return t.at(i)
}

func (t *table) newRing() int32 {
	if n := len(t.spare); n > 0 {
		i := t.spare[n-1]
		t.spare = t.spare[:n-1]
		return i
	}
	n := 0
	if len(t.rings) > 0 {
		n = (len(t.rings)-1)*ringLen + len(t.rings[len(t.rings)-1])
	}
	if n >= t.mostRings {
		return t.reclaim()
	}
	if n%ringLen == 0 {
		t.rings = append(t.rings, make([]ring, 0, ringLen))
	}
	last := &t.rings[len(t.rings)-1]
	*last = append(*last, ring{})
	t.worth = append(t.worth, 0)
	return int32(n)
}
