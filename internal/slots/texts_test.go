package slots_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

// TestTexts: what is kept stays what it was, whatever comes after and whatever becomes
// of what it was copied from.
func TestTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var keep slots.Texts
		var kept []string
		var want [][]byte
		for i, n := range rapid.SliceOfN(rapid.IntRange(0, 70_000), 0, 12).Draw(t, "lengths") {
			b := bytes.Repeat([]byte{byte('a' + i)}, n)
			kept, want = append(kept, keep.Keep(b)), append(want, bytes.Clone(b))
			clear(b)
		}
		for i := range kept {
			if kept[i] != string(want[i]) {
				t.Fatalf("text %d of %d octets changed", i, len(want[i]))
			}
		}
	})
}
