package series

import "math"

// LongLen is how many contacts a Ring remembers.
const LongLen = 128

// Ring is the long memory of one pair: its latest contacts, and how many there were
// over its whole life.
type Ring struct {
	next     uint8 // where the next contact goes
	full     bool
	slot     int32             // ticks per slot
	zero     int64             // tick at which the slots begin
	owner    uint64            // whose memory it is
	slots    [slotCount]uint16 // contacts over the pair's whole life, for the strip
	contacts [LongLen]Contact
}

// slotCount is how many equal slices the life of a pair is counted in.
const slotCount = 48

// Begin makes r the memory of owner, which had these contacts, fewer than LongLen.
func (r *Ring) Begin(owner uint64, contacts []Contact) {
	*r = Ring{slot: 100, owner: owner}
	for _, c := range contacts {
		r.Add(c)
	}
}

// Add notes the next contact.
func (r *Ring) Add(c Contact) {
	r.mark(c.At)
	r.contacts[r.next] = c
	r.next++
	if r.next == LongLen {
		r.next, r.full = 0, true
	}
}

// Owner is whose memory r is.
func (r *Ring) Owner() uint64 { return r.owner }

// Contacts appends what r remembers to into, in no order.
func (r *Ring) Contacts(into []Contact) []Contact {
	if r.full {
		return append(into, r.contacts[:]...)
	}
	return append(into, r.contacts[:r.next]...)
}

// Last fills into with the latest contacts; r MUST hold as many.
func (r *Ring) Last(into []Contact) {
	for i := range into {
		into[i] = r.contacts[(int(r.next)+LongLen-len(into)+i)%LongLen]
	}
}

// Shift makes all that r holds later by ticks, because the beginning moved back.
func (r *Ring) Shift(ticks int64) {
	r.zero += ticks
	for i := range r.contacts {
		r.contacts[i].At = InTicks(int64(r.contacts[i].At) + ticks)
	}
}

// Glance reads what the next contact will change; the result means nothing.
func (r *Ring) Glance() uint64 { return uint64(r.contacts[r.next].At) + uint64(r.slots[slotCount-1]) }

// mark counts a contact at tick at in its slot, doubling the slots' width towards
// where it lies as often as it takes.
func (r *Ring) mark(at int32) {
	for int64(at) < r.zero {
		for i := slotCount - 1; i >= slotCount/2; i-- {
			k := 2*i - slotCount
			r.slots[i] = Sum(r.slots[k], r.slots[k+1])
		}
		clear(r.slots[:slotCount/2])
		r.zero -= slotCount * int64(r.slot)
		r.slot *= 2
	}
	for (int64(at)-r.zero)/int64(r.slot) >= slotCount {
		for i := range slotCount / 2 {
			r.slots[i] = Sum(r.slots[2*i], r.slots[2*i+1])
		}
		clear(r.slots[slotCount/2:])
		r.slot *= 2
	}
	if i := (int64(at) - r.zero) / int64(r.slot); r.slots[i] < 1<<16-1 {
		r.slots[i]++
	}
}

// Sum adds two counts, and stays at the most that can be counted.
func Sum(a, b uint16) uint16 { return uint16(min(uint32(a)+uint32(b), 1<<16-1)) }

// Slices counts what the slots hold in n equal slices of ticks 0 to span. A slot
// is spread evenly over what it covers: were it counted whole where its middle
// falls, slots and slices of different widths would draw a rhythm that is not there.
func (r *Ring) Slices(span int64, n int) []uint16 {
	before := func(tick float64) float64 { // contacts before tick
		sum := 0.0
		for i, count := range r.slots {
			from := max(float64(r.zero)+float64(i)*float64(r.slot), 0)
			to := min(float64(r.zero)+float64(i+1)*float64(r.slot), float64(span)+1)
			switch {
			case count == 0:
			case to <= tick || from >= to && from < tick:
				sum += float64(count)
			case from < tick:
				sum += float64(count) * (tick - from) / (to - from)
			}
		}
		return sum
	}
	out := make([]uint16, n)
	last := 0.0
	for i := range out {
		up := math.Round(before(float64(span+1) * float64(i+1) / float64(n)))
		if i == n-1 {
			up = math.Round(before(math.Inf(1)))
		}
		out[i] = Sum(out[i], uint16(min(max(up-last, 0), 1<<16-1)))
		last = up
	}
	return out
}
