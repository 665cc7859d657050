package slots_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

// TestIndexOracle compares an index with a map, with keys that crowd into few
// homes so that they run into each other and over the end.
func TestIndexOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x slots.Index[int]
		oracle := map[uint64]int{}
		key := rapid.Custom(func(t *rapid.T) uint64 {
			return rapid.SampledFrom([]uint64{1, 2, 1 << 63, ^uint64(0) - 300, 7 << 60}).Draw(t, "base") + rapid.Uint64Range(0, 200).Draw(t, "more")
		})
		for i := range rapid.IntRange(0, 400).Draw(t, "steps") {
			k := key.Draw(t, "key")
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0:
				x.Delete(k)
				delete(oracle, k)
			default:
				v, fresh := x.Put(k)
				if _, known := oracle[k]; known == fresh {
					t.Fatalf("Put(%d) fresh %v, the map knows it: %v", k, fresh, known)
				}
				*v = i
				oracle[k] = i
			}
		}
		got := map[uint64]int{}
		for k, v := range x.All() {
			got[k] = *v
			if w, ok := x.Get(k); !ok || w != *v {
				t.Fatalf("Get(%d) is not what All gives", k)
			}
			x.Touch(k)
		}
		if d := cmp.Diff(oracle, got); d != "" || x.Len() != len(oracle) {
			t.Fatalf("-want +got:\n%s Len %d", d, x.Len())
		}
	})
}

// TestIndexZeroAndRoom: key 0 is a key, an empty index answers, room is kept.
func TestIndexZeroAndRoom(t *testing.T) {
	var x slots.Index[uint32]
	if _, ok := x.Get(5); ok || x.Ref(0) != nil || x.Touch(3) != 0 {
		t.Error("an empty index holds something")
	}
	x.Delete(5)
	v, fresh := x.Put(0)
	if *v = 9; !fresh {
		t.Error("0 was known")
	}
	if got, ok := x.Get(0); !ok || got != 9 {
		t.Errorf("%d %v", got, ok)
	}
	x.Reserve(10_000)
	if got, _ := x.Get(0); got != 9 || x.Len() != 1 {
		t.Errorf("after growing: %d, %d", got, x.Len())
	}
	k := uint64(0)
	if n := testing.AllocsPerRun(5000, func() { k += 0x9e3779b97f4a7c15; x.Put(k) }); n != 0 {
		t.Errorf("%v allocations with room reserved", n)
	}
	x.Clear()
	if _, ok := x.Get(0); ok || x.Len() != 0 {
		t.Error("something stayed")
	}
}
