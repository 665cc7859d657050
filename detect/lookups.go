package detect

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/flow"
)

// lookups remembers which name each source host was told for which address. It
// keeps two generations: when the young one is full the old one is forgotten,
// so that memory is bounded and the latest answers stay.
type lookups struct {
	young, old map[uint64]NameID
}

const lookupGeneration = 300_000

func newLookups() *lookups { return &lookups{young: map[uint64]NameID{}} }

// add notes that host was told addr for name (both as hashes).
func (l *lookups) add(host, addr uint64, name NameID) {
	if len(l.young) >= lookupGeneration {
		l.old, l.young = l.young, make(map[uint64]NameID, lookupGeneration/4)
	}
	l.young[Mix(host^addr*7)] = name
	l.young[addr] = name
}

// find gives the name that host was last told addr for. With others, what anybody
// was told serves too: in a small network a host may ask over another address
// family, or through its neighbour. In a large one that would guess.
func (l *lookups) find(host, addr uint64, others bool) NameID {
	keys := [2]uint64{Mix(host ^ addr*7), addr}
	tries := keys[:1]
	if others {
		tries = keys[:]
	}
	for _, key := range tries {
		if n, ok := l.young[key]; ok {
			return n
		}
		if n, ok := l.old[key]; ok {
			return n
		}
	}
	return 0
}

// clients counts the machines that behave as clients: sources that turned to at
// least three destinations. An outsider who only knocks at one server's door is
// none, so that the noise of the Internet does not pass for a population.
type clients struct {
	turned map[uint64]uint64 // host → bitmap of destinations, hashed
	number int
	limit  int
}

func newClients(limit int) *clients { return &clients{turned: map[uint64]uint64{}, limit: limit} }

func (c *clients) seen(host uint64, e *Event) {
	if e.Rec.Kind == flow.KindFacts && e.Name == 0 {
		return
	}
	m, ok := c.turned[host]
	if !ok && len(c.turned) >= c.limit {
		return
	}
	bit := uint64(1) << (HashAddr(e.Rec.Dst) & 63)
	if m&bit != 0 {
		return
	}
	m |= bit
	c.turned[host] = m
	if bits.OnesCount64(m) == 3 {
		c.number++
	}
}

func (c *clients) count() int { return c.number }

func (c *clients) merge(o *clients) {
	for h, m := range o.turned {
		old := c.turned[h]
		c.turned[h] = old | m
		if bits.OnesCount64(old) < 3 && bits.OnesCount64(old|m) >= 3 {
			c.number++
		}
	}
}
