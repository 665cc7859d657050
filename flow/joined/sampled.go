package joined

import "github.com/noroshi-acd/noroshi/flow"

// maxWays is how many ways of packets are remembered at once, a power of two.
const maxWays = 1 << 16

// way is one direction of an exchange whose single packets are sampled, and the
// observation point that is believed about it.
type way struct {
	key   key
	lower bool
	link  uint32 // 0: nobody
	last  int64  // when it was last heard, ns
}

// saidElsewhere says that packet r, sampled by itself, was drawn on a way about which
// another observation point is believed: each switch on the way draws packets of the
// same traffic, and to count them all is to count it several times. Whoever speaks
// first is believed until it is silent for as long as an exchange is remembered. Of
// two ways in one place of the table the later wins.
func (j *Joiner) saidElsewhere(r *flow.Record, k *key, lower bool, h uint32) bool {
	if j.ways == nil {
		j.ways = make([]way, maxWays)
	}
	at := h << 1
	if lower {
		at |= 1
	}
	w := &j.ways[at%maxWays]
	heard := w.link != 0 && w.key == *k && w.lower == lower && r.Last-w.last < int64(j.o.Keep)
	if heard && w.link != r.Link {
		return true
	}
	last := r.Last
	if heard {
		last = max(last, w.last)
	}
	*w = way{*k, lower, r.Link, last}
	return false
}
