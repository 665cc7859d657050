package review

import (
	"time"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Deciding is the matter as it is put to those who vote, at the instant of a count.
func (m *Matter) Deciding(at paper.Time) decision.Matter {
	return decision.Matter{
		Application: m.Application, Digest: m.Digest, Lock: m.Lock, OnCallEnds: decision.OnCallEnds(m.Lock, m.Application, m.Rules.After), View: m.View, At: at,
	}
}

// Owed is by when the commission decides what was asked for at an instant: as the law says
// where it gives a time, and its calendar reaches; else within what the commission means to
// decide. 0: neither is there.
func (m *Matter) Owed(asked paper.Time, promise time.Duration) paper.Time {
	if s, ok := m.Lock.Within.Known(); ok {
		if due, err := m.Rules.After(asked, s); err == nil {
			return due
		}
	}
	if promise <= 0 {
		return 0
	}
	return asked.Add(promise)
}
