package papers

import (
	"errors"
	"testing"

	"github.com/noroshi-acd/noroshi/bench/bed"
)

// TestTurns: what takes longer costs more, and a failure ends the measurement.
func TestTurns(t *testing.T) {
	b := &bed.Bed{Quick: true}
	spin := func(n int) func() error {
		x := uint64(1)
		return func() error {
			for range n {
				x = x*6364136223846793005 + 1
			}
			if x == 0 {
				return errors.New("cannot be")
			}
			return nil
		}
	}
	long, short, err := turns(b, spin(200_000), spin(2_000))
	if err != nil || long < 10*short {
		t.Errorf("a hundred times the work costs %v against %v (%v)", long, short, err)
	}
	broken := errors.New("broken")
	if _, _, err := turns(b, func() error { return broken }, func() error { return nil }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestMeasures(t *testing.T) {
	b := &bed.Bed{Quick: true}
	check, bare, err := warrants(b)
	if err != nil || check <= 0 || bare <= 0 {
		t.Errorf("a check costs %v, its signatures %v (%v)", check, bare, err)
	}
	if page, err := pages(b); err != nil || page <= 0 {
		t.Errorf("a page costs %v (%v)", page, err)
	}
}
