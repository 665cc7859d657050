package selection

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/selection/set"
)

// Holder is the selector set of one warrant while records flow: sets come and go, and
// whoever matches sees the old one or the new one, never a part of each. It takes no lock
// to match. A record is matched by a set only while the commission's word that bears it
// out is at most a minute old.
type Holder struct {
	first paper.Digest
	state atomic.Pointer[standing] // what matches now; nil is nothing

	mu      sync.Mutex // guards what follows
	matcher *Matcher   // the set that was taken last; nil when it was withdrawn
	highest int64      // number of the highest set that was ever taken
	least   int64      // the highest least number that the commission has said
	said    paper.Time // when it said last that the warrant stands; 0 for never, or not any more
	heard   int64      // the highest number of a statement
}

// standing is a matcher with the instant until which it counts. It does not change.
type standing struct {
	matcher *Matcher
	until   paper.Time
}

// NewHolder makes a holder for a warrant: the first of its chain. highest is the highest
// number of a set that was taken before a restart, 0 for none.
func NewHolder(first paper.Digest, highest int64) *Holder {
	return &Holder{first: first, highest: highest}
}

// Replace puts another set in the place of the one that is held, at once. It refuses one
// of another warrant, one whose number is not above all before, and one that is withdrawn
// already. Nothing is matched by it before [Holder.Heed] has heard that it stands.
func (h *Holder) Replace(m *Matcher) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case m.first != h.first:
		return wrong(fault.Permission, set.BadWarrant, "warrant")
	case m.number <= h.highest:
		return wrong(fault.Permission, set.NotNewer, "number")
	case m.number < h.least:
		return wrong(fault.Permission, set.Withdrawn, "number")
	}
	h.matcher, h.highest = m, m.number
	h.publish()
	return nil
}

// Heed hears a statement of liveness; nil means that there is none that can be relied on.
// A set below the statement's least number is let go for good. Where the warrant does not
// stand, nothing is matched until a later statement says that it does. A statement that
// is older than one that was heard changes nothing, but its least number counts.
//
// Invariant 18: what the commission has withdrawn selects nothing from this instant on.
func (h *Holder) Heed(v *liveness.Verified) {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer h.publish()
	if v == nil {
		h.said = 0
		return
	}
	stands, ok := v.Standing(h.first)
	if ok {
		h.least = max(h.least, stands.LeastSet)
	}
	if v.Number() >= h.heard {
		h.heard, h.said = v.Number(), 0
		if ok {
			h.said = v.Time()
		}
	}
	if h.matcher != nil && h.matcher.number < h.least {
		h.matcher = nil
	}
}

// publish tells who matches. The lock is held.
func (h *Holder) publish() {
	if h.matcher == nil || h.said == 0 {
		h.state.Store(nil)
		return
	}
	h.state.Store(&standing{h.matcher, h.said + paper.Time(liveness.HoldAge/time.Second)})
}

// Match is [Matcher.Match] with the set that counts now; number is that set's. Nothing is
// selected without a set, or when the last word on it is older than a minute.
//
// Invariant 18: cut off from the commission, a removed selector selects for 60 s at most.
func (h *Holder) Match(hand *Hand, b *flow.Batch, r *flow.Record, levels Levels, now paper.Time) (id set.ID, number int64, ok bool) {
	s := h.state.Load()
	if s == nil || now > s.until {
		return 0, 0, false
	}
	id, ok = s.matcher.Match(hand, b, r, levels, now)
	return id, s.matcher.number, ok
}

// Number is the number of the set that counts now; 0 when none does.
func (h *Holder) Number() int64 {
	if s := h.state.Load(); s != nil {
		return s.matcher.number
	}
	return 0
}
