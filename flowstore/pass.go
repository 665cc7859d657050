package flowstore

import (
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Pass is one permitted question. Only [Gate] makes one that permits anything, after the
// receipt; it is good for one reading and is never handed to whoever asked.
type Pass struct {
	query Query
	now   paper.Time
	left  atomic.Bool
}

// Take uses the pass up and gives the question and the instant, at the latest, that it
// is. A pass that no gate made, or that was used, is fault.Permission.
//
// Invariant 15: without the gate there is nothing to take.
func (p *Pass) Take() (Query, paper.Time, error) {
	if p == nil || !p.left.CompareAndSwap(true, false) {
		return Query{}, 0, Wrong(fault.Permission, "pass", fault.Place{}, nil)
	}
	return p.query, p.now, nil
}
