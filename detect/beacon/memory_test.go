package beacon

import (
	"testing"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestLongMemoriesAreBounded plays more clocks than there are long memories: the
// memory stays within its bound, each ring belongs to the pair that thinks so, and
// who lost its own still has its latest contacts.
func TestLongMemoriesAreBounded(t *testing.T) {
	d := New(Config{Pairs: 10_000, MinCheckIns: 6})
	e := detect.NewEngine(detect.DefaultConfig(), detecttest.Border{}, d)
	const hosts, calls = 3000, 12
	for k := range calls {
		for h := range hosts {
			at := detecttest.Start + int64(k)*600e9 + int64(h)*1e6
			e.Observe(&flow.Batch{Records: []flow.Record{{First: at, Last: at, Src: detecttest.Home(h), Dst: detecttest.Abroad(h), SrcPort: uint16(20000 + k), DstPort: 443, Proto: 6, SrcBytes: 500, DstPackets: 1}}})
		}
	}
	table := d.byAddress
	rings := table.rings.Len()
	if most := 1000; rings != most || rings >= hosts {
		t.Errorf("%d long memories, the bound is %d", rings, most)
	}
	for i := range int32(rings) {
		if p := table.find(table.rings.At(i).Owner()); table.rings.Worth(p.ring) != p.worth() {
			t.Fatalf("a pair is worth %d, and %d beside its long memory", p.worth(), table.rings.Worth(p.ring))
		}
	}
	own := 0
	for i := range table.used {
		p := table.at(i)
		if p.count != calls {
			t.Fatalf("pair %d counts %d", i, p.count)
		}
		latest := int32(0)
		for _, c := range table.contacts(p, nil) {
			latest = max(latest, c.At)
		}
		if latest != (calls-1)*60_000 {
			t.Fatalf("pair %d knows nothing later than tick %d", i, latest)
		}
		if p.ring >= 0 {
			own++
			if table.rings.At(p.ring).Owner() != p.hash() {
				t.Fatalf("the ring of pair %d belongs to another", i)
			}
		}
	}
	if own != rings {
		t.Errorf("%d pairs share %d rings", own, rings)
	}
	if found := e.Findings(); len(found) < hosts/2 {
		t.Errorf("%d of %d clocks found", len(found), hosts)
	}
}

func TestClearestIsKept(t *testing.T) {
	all := make([]candidate, 2*mostCandidates)
	for i := range all {
		all[i].rhythm.Evidence = float64(i % 1000)
	}
	kept := clearest(all)
	if len(kept) != mostCandidates || kept[0].rhythm.Evidence != 999 || kept[len(kept)-1].rhythm.Evidence < 500 {
		t.Errorf("%d kept, from %v to %v", len(kept), kept[0].rhythm.Evidence, kept[len(kept)-1].rhythm.Evidence)
	}
}
