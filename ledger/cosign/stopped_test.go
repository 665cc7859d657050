package cosign

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// TestInvariant03_AStopDoesNotHideAStateThatWentBack: a witness that a person has stopped
// and whose backup was restored cannot be resumed on the old state; and of two later
// checkpoints that it finds, it goes on from none but the latest.
func TestInvariant03_AStopDoesNotHideAStateThatWentBack(t *testing.T) {
	l := grown(t, 40)
	d := newDesk(t, "w.example/1", l)
	d.cosign(l, 0, 10)
	d.Close()
	backup := filepath.Join(t.TempDir(), "state")
	if err := os.CopyFS(backup, os.DirFS(d.config.Dir)); err != nil {
		t.Fatal(err)
	}
	d.reopen()
	d.now = d.now.Add(time.Second)
	later := d.cosign(l, 10, 20)
	d.now = d.now.Add(time.Second)
	latest := d.cosign(l, 20, 30)
	d.Close()
	d.config.Dir = backup
	d.reopen()
	if err := d.Decide(origin, testimony.Stop, "A. Person", "to look", nil); err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{later, latest, later} {
		var back *Rollback
		if _, _, err := d.Look(origin, text, "witness 2"); !errors.As(err, &back) {
			t.Fatal(err)
		}
	}
	d.reopen()
	if err := d.Decide(origin, testimony.Resume, "A. Person", "all is well", nil); !errors.Is(err, errAdopt) {
		t.Errorf("resumed a state that went back: %v", err)
	}
	if err := d.Decide(origin, testimony.Adopt, "A. Person", "restored", later); err == nil {
		t.Error("adopted a checkpoint that is not the latest found")
	}
	if err := d.Decide(origin, testimony.Adopt, "A. Person", "restored", latest); err != nil {
		t.Fatal(err)
	}
	d.cosign(l, 30, 40)
}
