package slots_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

// TestGate: what comes again soon is let in, what comes first is not but for few,
// and what came long ago is forgotten.
func TestGate(t *testing.T) {
	const turn = 0x9e3779b97f4a7c15
	mix := func(i uint64) uint64 { i = (i + 1) * turn; i ^= i >> 29; return i * 0xbf58476d1ce4e5b9 }
	g := slots.NewGate(1 << 16)
	wrong := 0
	for i := range uint64(100_000) {
		if g.Again(mix(i)) {
			wrong++
		}
		if !g.Again(mix(i)) {
			t.Fatalf("%d came twice and was not known", i)
		}
		if i > 1000 && !g.Again(mix(i-1000)) {
			t.Fatalf("%d was forgotten after 1,000 others", i-1000)
		}
	}
	if wrong > 100_000/8 {
		t.Errorf("%d of 100,000 were taken for others", wrong)
	}
	forgotten := 0
	for i := range uint64(1000) {
		if !g.Again(mix(i)) {
			forgotten++
		}
	}
	if forgotten < 800 {
		t.Errorf("only %d of 1,000 were forgotten after 99,000 others", forgotten)
	}
}
