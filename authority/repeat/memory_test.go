package repeat

import (
	"fmt"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/paper"
)

// TestTheMemoryOfCorrectionsIsBounded: what is looked at and not taken in leaves nothing
// behind, and of corrections the latest are known.
func TestTheMemoryOfCorrectionsIsBounded(t *testing.T) {
	m := NewMemory()
	digest := func(n int) paper.Digest { return paper.DigestOf(fmt.Append(nil, n)) }
	mends := func(n int) *application.Application {
		return &application.Application{Previous: &application.Previous{Digest: digest(n), Reason: application.Correction}}
	}
	for n := range 1000 { // applications that are refused afterwards
		m.Repetitions(mends(n), digest(n+1))
	}
	if len(m.first) != 0 || len(m.latest) != 0 {
		t.Errorf("%d are remembered that were never taken in", len(m.first))
	}
	const more = MostCorrections + 500
	for n := range more {
		m.Remember(mends(n), digest(n+1))
		m.Remember(mends(n), digest(n+1)) // again changes nothing
	}
	if len(m.first) != MostCorrections || len(m.latest) != MostCorrections {
		t.Errorf("%d and %d are remembered, at most %d", len(m.first), len(m.latest), MostCorrections)
	}
	if got := m.first[digest(more)]; got != digest(0) {
		t.Error("the last of a row of corrections is not known by the first")
	}
}
