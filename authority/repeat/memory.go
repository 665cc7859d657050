package repeat

import (
	"sync"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/likeness"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Memory remembers the reasons of all applications and warns of those that repeat. It may
// be used by many goroutines.
type Memory struct {
	index *likeness.Index

	mu     sync.Mutex
	first  map[paper.Digest]paper.Digest // of a correction: the application that it mends, at last
	latest []paper.Digest                // its keys, the earliest first
}

// MostCorrections is how many corrections are known by what they mend, the latest. Of an
// older one the next correction is shown as a repetition of it: a warning too many, which
// blocks nothing.
const MostCorrections = 1 << 16

// NewMemory makes an empty memory, with the limits of package likeness.
func NewMemory() *Memory {
	return &Memory{index: likeness.New(likeness.DefaultLimits()), first: map[paper.Digest]paper.Digest{}}
}

// Remember takes an application in. Each is to be brought once, after it was compared.
func (m *Memory) Remember(a *application.Application, digest paper.Digest) {
	d := m.document(a, digest)
	if a.Previous != nil && a.Previous.Reason == application.Correction {
		m.corrects(digest, paper.Digest(d.ID))
	}
	m.index.Add(d)
}

// corrects notes what a correction mends, and forgets the earliest when they are too many.
func (m *Memory) corrects(digest, first paper.Digest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.first[digest]; !ok {
		m.latest = append(m.latest, digest)
	}
	m.first[digest] = first
	for len(m.latest) > MostCorrections {
		delete(m.first, m.latest[0])
		m.latest = m.latest[1:]
	}
}

// document gives the reasons of an application under the name of the one that it mends: a
// correction does not repeat what it corrects.
func (m *Memory) document(a *application.Application, digest paper.Digest) likeness.Document {
	name := digest
	if p := a.Previous; p != nil && p.Reason == application.Correction {
		name = p.Digest
		m.mu.Lock()
		if first, ok := m.first[p.Digest]; ok {
			name = first
		}
		m.mu.Unlock()
	}
	d := likeness.Document{ID: string(name)}
	for _, f := range a.Findings {
		d.Reasons = append(d.Reasons, likeness.Reason{Condition: string(f.Condition), Text: f.Text})
	}
	return d
}

// Repetitions gives the warnings about an application.
func (m *Memory) Repetitions(a *application.Application, digest paper.Digest) []Repetition {
	d := m.document(a, digest)
	var list []Repetition
	for _, w := range m.index.Compare(d) {
		r := Repetition{Condition: paper.ID(w.Condition), Other: paper.ID(w.Other.Condition), Passage: passage(w.Passage), Permille: int64(1000 * w.Share)}
		if w.Other.ID != d.ID {
			r.Application = paper.Digest(w.Other.ID)
		}
		list = append(list, r)
	}
	return list
}
