package slots_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/slots"
)

type entry struct {
	key   uint64
	worth float64
}

func worth(e *entry) float64 { return e.worth }

// TestOracle compares a table that is never full with a map.
func TestOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, oracle := slots.New(64, worth), map[uint64]float64{}
		// At most 8 keys: no bucket can be full.
		keys := rapid.SliceOfNDistinct(rapid.Uint64Min(1), 1, slots.Ways, rapid.ID[uint64]).Draw(t, "keys")
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			k := rapid.SampledFrom(keys).Draw(t, "key")
			e, fresh := table.Put(k)
			if _, known := oracle[k]; known == fresh {
				t.Fatalf("Put(%d) fresh = %v, oracle knows it: %v", k, fresh, known)
			}
			e.key = k
			e.worth++
			oracle[k]++
		}
		got := map[uint64]float64{}
		for k, e := range table.All() {
			if table.Get(k) != e || e.key != k {
				t.Fatalf("Get(%d) is not what All gives", k)
			}
			got[k] = e.worth
		}
		if d := cmp.Diff(oracle, got); d != "" || table.Len() != len(oracle) {
			t.Fatalf("-want +got:\n%s Len %d", d, table.Len())
		}
	})
}

// TestFloodKeepsTheWorthy checks that new keys push out only what is worth least,
// and that the table never grows.
func TestFloodKeepsTheWorthy(t *testing.T) {
	table := slots.New(64, worth)
	for k := uint64(1); k <= 4; k++ {
		e, _ := table.Put(k << 32)
		e.key, e.worth = k<<32, 100
	}
	for i := uint64(0); i < 100_000; i++ {
		e, fresh := table.Put(i*0x9e3779b97f4a7c15 | 1)
		if fresh {
			e.worth = float64(i % 7)
		}
	}
	for k := uint64(1); k <= 4; k++ {
		if e := table.Get(k << 32); e == nil || e.worth != 100 {
			t.Errorf("the flood pushed out key %d: %v", k, e)
		}
	}
	if table.Len() > table.Cap() || table.Cap() != 64 || table.Evicted == 0 {
		t.Errorf("Len %d, Cap %d, Evicted %d", table.Len(), table.Cap(), table.Evicted)
	}
}

func TestInsertRefusesTheWorthless(t *testing.T) {
	table := slots.New(1, worth)
	for k := uint64(1); k <= slots.Ways; k++ {
		if table.Insert(k, &entry{key: k, worth: float64(k)}) == nil {
			t.Fatalf("Insert(%d) refused with room left", k)
		}
	}
	if table.Insert(99, &entry{worth: 0.5}) != nil || table.Refused != 1 {
		t.Error("an entry worth less than all others was taken")
	}
	if table.Insert(100, &entry{key: 100, worth: 50}) == nil || table.Get(1) != nil {
		t.Error("a worthy entry did not replace the least")
	}
}

func TestPutDoesNotAllocate(t *testing.T) {
	table := slots.New(1024, worth)
	k := uint64(0)
	if n := testing.AllocsPerRun(1000, func() { k += 0x9e3779b97f4a7c15; table.Put(k); table.Get(k) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
