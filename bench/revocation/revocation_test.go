package revocation

import (
	"testing"
	"time"
)

func TestMeasure(t *testing.T) {
	took, lease, err := measure(t.Context(), t.TempDir(), 5)
	if err != nil || len(took) != 5 || took[0] <= 0 || lease < 55*time.Second || lease > time.Minute {
		t.Errorf("%v, lease %v, %v", took, lease, err)
	}
}
