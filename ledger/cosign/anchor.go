package cosign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// anchorState is, for a sealed witness, what is not yet anchored outside. On the disk it
// is never newer than the truth: Since may be too early and never too late.
type anchorState struct {
	Anchored int64      `json:"anchored"`
	Since    paper.Time `json:"since,omitempty"` // zero: all is anchored
}

// startAnchor starts the time of a checkpoint that is cosigned while all was anchored.
func (l *log) startAnchor(size, stamp int64, grown bool) error {
	if l.witness.config.AnchorWithin == 0 || !grown || l.anchor.Since != 0 || size == 0 {
		return nil
	}
	next := l.anchor
	next.Since = paper.Time(stamp)
	if err := l.writeAnchor(next); err != nil {
		return err
	}
	l.anchor = next
	return nil
}

func (l *log) writeAnchor(a anchorState) error {
	text, err := paper.Marshal(a)
	if err != nil {
		return err
	}
	return disk.Write(filepath.Join(l.dir, anchorFile), text)
}

func (l *log) readAnchor() error {
	if l.witness.config.AnchorWithin == 0 {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(l.dir, anchorFile))
	if errors.Is(err, fs.ErrNotExist) {
		if l.held != nil && l.held.Size > 0 { // it was no sealed witness before
			l.anchor.Since = paper.Time(l.stamp)
		}
		return nil
	}
	if err == nil {
		err = paper.Unmarshal(text, &l.anchor)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", anchorFile, err)
	}
	return nil
}

// anchorNow says how the log stands outside at an instant.
func (l *log) anchorNow(now time.Time) testimony.Anchor {
	a := testimony.Anchor{At: paper.TimeOf(now), Anchored: l.anchor.Anchored, Origin: l.verifier.Name(), Since: l.anchor.Since, Size: l.checkpoint().Size}
	within := l.witness.config.AnchorWithin
	a.Late = within > 0 && a.Since != 0 && now.Sub(a.Since.Time()) > within
	return a
}

// Anchor says, signed, how much of a sealed witness's word is not yet anchored outside.
func (w *Witness) Anchor(origin string) (*paper.Envelope, testimony.Anchor, error) {
	l := w.logs[origin]
	if l == nil || w.config.AnchorWithin == 0 {
		return nil, testimony.Anchor{}, fs.ErrNotExist
	}
	now, err := w.config.Clock()
	if err != nil {
		return nil, testimony.Anchor{}, refuse(NoTime, err)
	}
	l.mu.Lock()
	a := l.anchorNow(now)
	l.mu.Unlock()
	e, err := paper.Seal(testimony.AnchorType, a, w.signer())
	return e, a, err
}

// Anchored tells a sealed witness of a checkpoint that bears the outer quorum. It counts
// when it is of the tree that is held; read gives tiles, for the case that its size was
// not seen here.
//
// The time starts again with the first checkpoint above the anchored one. When it is no
// longer known when that was cosigned, the old time stays: too strict, never too lax.
func (w *Witness) Anchored(origin string, text []byte, outer proof.Quorum, read proof.Read) error {
	l := w.logs[origin]
	if l == nil || w.config.AnchorWithin == 0 {
		return fs.ErrNotExist
	}
	s, err := proof.Open(text, l.verifier, outer)
	if err != nil {
		return err
	}
	verdict, _, err := w.Look(origin, text, "the outer quorum")
	if err == nil && verdict == Unknown {
		verdict, err = w.Reconcile(origin, text, read)
	}
	if err != nil || verdict != Agrees {
		return errors.Join(err, fmt.Errorf("the checkpoint of size %d is not shown to be of the tree that is held", s.Size))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	next := anchorState{Anchored: max(l.anchor.Anchored, s.Size), Since: l.anchor.Since}
	if l.checkpoint().Size <= s.Size {
		next.Since = 0
	} else if stamp, ok := l.past.after(s.Size); ok && next.Since != 0 {
		next.Since = max(next.Since, paper.Time(stamp))
	}
	if next == l.anchor {
		return nil
	}
	if err := l.writeAnchor(next); err != nil {
		return err
	}
	l.anchor = next
	return nil
}
