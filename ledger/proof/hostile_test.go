package proof

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// TestNoSizeStopsAReader: a log that signs an absurd size gets an error, at once. Above
// 2^62 the walk from a leaf to such a root would have no end.
func TestNoSizeStopsAReader(t *testing.T) {
	w := newWorld(t)
	for size, good := range map[int64]bool{MaxLeaves: true, MaxLeaves + 1: false, 1<<62 + 1: false, 1<<63 - 1: false} {
		c := Checkpoint{Origin: origin, Size: size, Root: tlog.Hash{1}}
		if _, err := ParseCheckpoint(c.Text()); (err == nil) != good {
			t.Errorf("size %d: %v", size, err)
		}
		receipt := Receipt{Index: 3, Path: make([]tlog.Hash, 40), Note: w.cosign(w.sign(c), 1, 0, 1, 2)}
		over := make(chan error, 1)
		go func() {
			_, _, err := receipt.Verify(Commitment{}, w.verifier, w.quorum)
			if err == nil {
				err = CheckConsistency(Checkpoint{Origin: origin, Size: 2, Root: tlog.Hash{2}}, c, make([]tlog.Hash, 40))
			}
			over <- err
		}()
		select {
		case err := <-over:
			if err == nil {
				t.Errorf("size %d was believed", size)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("size %d stops the reader", size)
		}
	}
}

// TestPeriodDoesNotWrap: counts that add up only beyond what 64 bits hold do not add up.
func TestPeriodDoesNotWrap(t *testing.T) {
	wraps := PeriodReport{Origin: origin, Last: 5, Counts: []PeriodCount{{Class: Query, Role: "hub", N: 2053}}}
	for range 2048 {
		wraps.Counts = append(wraps.Counts, PeriodCount{Class: Order, Role: "hub", N: paper.MaxInt})
	}
	five := []PeriodCount{{Class: Query, Role: "hub", N: 5}}
	for name, bad := range map[string]PeriodReport{
		"wraps":             wraps,
		"disposed below 0":  {Last: 5, Counts: five, Disposed: -1},
		"more disposed":     {Last: 5, Counts: five, Disposed: 6},
		"sealed below 0":    {Last: 5, Counts: five, Disposed: 1, Sealed: []Sealed{{N: 1}, {N: -2}}},
		"more sealed":       {Last: 5, Counts: five, Disposed: 1, Sealed: []Sealed{{N: 5}}},
		"sealed that wraps": {Last: 5, Counts: five, Sealed: []Sealed{{N: 1<<63 - 1}, {N: 1<<63 - 1}, {N: 4}}},
	} {
		if err := bad.Check(); err == nil {
			t.Errorf("%s: passed", name)
		} else if strings.Contains(err.Error(), "leave out -") {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := PeriodReport{Last: 5, Counts: five, Disposed: 2, Sealed: []Sealed{{N: 3}}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}
