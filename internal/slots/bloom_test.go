package slots_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

// TestBloom: what was added to either of two is known once they are merged, and few
// others are.
func TestBloom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mix := func(i uint64) uint64 { i = (i + 1) * 0x9e3779b97f4a7c15; i ^= i >> 29; return i * 0xbf58476d1ce4e5b9 }
		n := rapid.Uint64Range(0, 3000).Draw(t, "n")
		a, b := slots.NewBloom(), slots.NewBloom()
		for i := range n {
			if i%2 == 0 {
				a.Add(mix(i))
			} else {
				b.Add(mix(i))
			}
		}
		a.Merge(&b)
		wrong := 0
		for i := range 2 * n {
			if known := a.Has(mix(i)); i < n && !known {
				t.Fatalf("%d was added and is not known", i)
			} else if i >= n && known {
				wrong++
			}
		}
		if wrong > int(n)/100+2 {
			t.Fatalf("%d of %d others are known", wrong, n)
		}
	})
}
