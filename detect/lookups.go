package detect

import (
	"math/bits"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// lookups remembers which name each source host was told for which address, the
// latest answers.
type lookups struct{ told *slots.Lately[NameID] }

const lookupGeneration = 300_000 // of slots.Lately

func told(host, addr uint64) uint64 { return Mix(host ^ addr*7) }

// add notes that host was told addr for name (both as hashes), and with others that
// anybody was.
func (l *lookups) add(host, addr uint64, name NameID, others bool) {
	l.told.Put(told(host, addr), name)
	if others {
		l.told.Put(addr, name)
	}
}

// find gives the name that host was last told addr for. With others, what anybody
// was told serves too: in a small network a host may ask over another address
// family, or through its neighbour. In a large one that would guess.
func (l *lookups) find(host, addr uint64, others bool) NameID {
	n, ok := l.told.Get(told(host, addr))
	if !ok && others {
		n, _ = l.told.Get(addr)
	}
	return n
}

// clients counts the machines that behave as clients: sources that turned to at
// least three destinations. An outsider who only knocks at one server's door is
// none, so that the noise of the Internet does not pass for a population.
type clients struct {
	turned slots.Index[uint64] // host → bitmap of destinations, hashed
	number int
	limit  int
	glance uint64 // what touching saw; it means nothing
}

func newClients(limit int) *clients { return &clients{limit: limit} }

func (c *clients) seen(host uint64, e *Event) {
	if e.Rec.Kind == flow.KindFacts && e.Name == 0 {
		return
	}
	m := c.turned.Ref(host)
	if m == nil {
		if c.turned.Len() >= c.limit {
			return
		}
		m, _ = c.turned.Put(host)
	}
	bit := uint64(1) << (e.DstHash() & 63)
	if *m&bit != 0 {
		return
	}
	*m |= bit
	if bits.OnesCount64(*m) == 3 {
		c.number++
	}
}

func (c *clients) count() int { return c.number }

func (c *clients) merge(o *clients) {
	for h, m := range o.turned.All() {
		mine, _ := c.turned.Put(h)
		old := *mine
		*mine |= *m
		if bits.OnesCount64(old) < 3 && bits.OnesCount64(*mine) >= 3 {
			c.number++
		}
	}
}
