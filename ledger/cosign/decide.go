package cosign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// Decide carries out what a person decided about a log, and keeps the decision, signed
// with the witness's key. note is only for Adopt: a signed checkpoint, larger than the one held,
// that bears the own cosignature.
//
// To resume is to go on from the checkpoint that is held. There is no way to move a
// witness to another branch: if the one that it holds is the wrong one, the log is over
// for it, and a new one begins under another origin.
func (w *Witness) Decide(origin string, deed testimony.Deed, person, reason string, note []byte) error {
	l := w.logs[origin]
	if l == nil {
		return refuse(UnknownLog, nil)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case deed == testimony.Stop && l.stop != nil, deed != testimony.Stop && l.stop == nil:
		return errNothing
	case deed == testimony.Resume && l.stop.Cause == ByRollback:
		return errAdopt
	}
	if deed == testimony.Adopt {
		if err := l.adopt(note); err != nil {
			return err
		}
	}
	held := l.checkpoint()
	at := l.now()
	d := testimony.Decision{At: at, Deed: deed, Origin: origin, Person: person, Reason: reason, Size: held.Size}
	if held.Size > 0 {
		d.Root = proof.RootDigest(held.Root)
	}
	file, err := l.keep(decisionPrefix, testimony.DecisionType, d)
	if err != nil {
		return err
	}
	if deed == testimony.Stop {
		return l.halt(Halt{At: at, Cause: ByPerson, File: file})
	}
	if err := os.Remove(filepath.Join(l.dir, stopFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l.stop = nil
	return disk.Sync(l.dir)
}

// adopt makes a later checkpoint with the own cosignature the one that is held.
func (l *log) adopt(note []byte) error {
	s, err := l.own(note)
	if err != nil {
		return fmt.Errorf("the checkpoint to adopt: %w", err)
	}
	held := l.checkpoint()
	if l.stop.Cause != ByRollback || s.Size < max(l.stop.Found, held.Size) || s.Size == held.Size && s.Root != held.Root {
		return errNotAdopted
	}
	if err := disk.Write(filepath.Join(l.dir, checkpointFile), s.Note); err != nil {
		return err
	}
	l.hold(s)
	return nil
}

// Errors of Decide.
var (
	errNothing    = errors.New("there is nothing to decide: the log is already so")
	errAdopt      = errors.New("the state is older than what this witness has cosigned: it can go on only from the later checkpoint")
	errNotAdopted = errors.New("this is not the later checkpoint that was found, or the log is stopped for another reason")
)

func readEnvelope(path string) (*paper.Envelope, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}
