package cosign

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// mostDoubts and mostSplits are how many papers about one log are kept at most: the
// first ones, which show how it began.
const (
	mostDoubts = 32
	mostSplits = 256
)

// Cause says why a log is stopped.
type Cause string

// The causes.
const (
	BySplit    Cause = "split"    // the log told two stories
	ByRollback Cause = "rollback" // the state is older than what this witness has cosigned
	ByPerson   Cause = "person"
)

// Halt says that a witness cosigns nothing more of a log, until a person decides.
type Halt struct {
	At    paper.Time `json:"at"`
	Cause Cause      `json:"cause"`
	File  string     `json:"file,omitempty"`  // of the paper that shows it, in the log's state folder
	Found int64      `json:"found,omitempty"` // for a rollback: the size that was found elsewhere
	Place string     `json:"place,omitempty"` // and where
}

// now is the clock's time for papers, also when it is unsure: a split must be kept.
func (l *log) now() paper.Time {
	t, err := l.witness.config.Clock()
	if err != nil || t.Unix() <= 0 {
		t = time.Now()
	}
	return paper.TimeOf(t)
}

// halt stops the log, first in memory so that a full disk does not undo it. A log that is
// stopped stays as it is, unless its state is found to have gone back, or further back:
// nobody may resume that.
func (l *log) halt(h Halt) error {
	if l.stop != nil {
		further := l.stop.Cause != ByRollback || h.Found > l.stop.Found
		if h.Cause != ByRollback || !further {
			return nil
		}
		h.File = l.stop.File
	}
	l.stop = &h
	text, err := paper.Marshal(h)
	if err != nil {
		return err
	}
	return disk.Write(filepath.Join(l.dir, stopFile), text)
}

// split keeps the proof that the log told two stories, and stops. b is the checkpoint
// of another, a one that this witness cosigned or was shown by the same party.
func (l *log) split(a, b []byte, path []tlog.Hash, root paper.Digest) error {
	s := testimony.Split{Found: l.now(), Log: l.key, Older: a, Newer: b, Root: root, Witness: l.witness.self.Name()}
	for _, h := range path {
		s.Proof = append(s.Proof, proof.RootDigest(h))
	}
	f, err := s.Judge(l.verifier, proof.Quorum{})
	if err != nil || !f.Proven {
		return fmt.Errorf("no split after all: %w", errors.Join(err, errUnproven))
	}
	fresh := false
	for _, v := range []view{viewOf(f.Older), viewOf(f.Newer)} {
		if e, ok := l.past.known[v.size]; (!ok || e.root != v.root) && !l.told[v] {
			l.told[v], fresh = true, true
		}
	}
	if !fresh {
		return nil
	}
	file := ""
	if l.splits < mostSplits {
		if file, err = l.keep(splitPrefix, testimony.SplitType, s); err == nil {
			l.splits++
		}
	}
	return errors.Join(err, l.halt(Halt{At: s.Found, Cause: BySplit, File: file}))
}

var errUnproven = errors.New("the two checkpoints do not contradict one another")

// doubt keeps a checkpoint that came without a proof that it continues the one held. The
// log may be innocent: anybody can put a wrong proof before its checkpoint.
func (l *log) doubt(s *proof.Signed) {
	v := viewOf(s.Checkpoint)
	if l.held == nil || l.doubts >= mostDoubts || l.doubted[v] || l.told[v] || s.Size <= l.held.Size {
		return
	}
	d := testimony.Split{Found: l.now(), Log: l.key, Older: l.held.Note, Newer: s.Note, Witness: l.witness.self.Name()}
	if _, err := l.keep(doubtPrefix, testimony.SplitType, d); err == nil {
		l.doubted[v] = true
		l.doubts++
	}
}

// keep writes a paper into the log's folder under its digest.
func (l *log) keep(prefix, payloadType string, v any) (string, error) {
	e, err := paper.Seal(payloadType, v, l.witness.signer())
	if err != nil {
		return "", err
	}
	text, err := e.Marshal()
	if err != nil {
		return "", err
	}
	name := prefix + strings.TrimPrefix(string(e.Digest()), "sha256:") + ".json"
	return name, disk.Write(filepath.Join(l.dir, name), text)
}

// readTestimony reads what stands against the log, and whether it is stopped.
func (l *log) readTestimony() error {
	for _, prefix := range []string{splitPrefix, doubtPrefix} {
		names, err := filesWith(l.dir, prefix)
		if err != nil {
			return err
		}
		for _, name := range names {
			f, err := l.finding(name)
			if err != nil {
				return err
			}
			if !f.Proven {
				l.doubted[viewOf(f.Newer)] = true
				continue
			}
			l.told[viewOf(f.Older)], l.told[viewOf(f.Newer)] = true, true
		}
		if prefix == splitPrefix {
			l.splits = len(names)
		} else {
			l.doubts = len(names)
		}
	}
	text, err := os.ReadFile(filepath.Join(l.dir, stopFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	l.stop = new(Halt)
	if err := paper.Unmarshal(text, l.stop); err != nil {
		return fmt.Errorf("%s: %w", stopFile, err)
	}
	return nil
}

// finding reads a paper that the witness itself wrote.
func (l *log) finding(path string) (*testimony.Finding, error) {
	s, err := readSplit(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	f, err := s.Judge(l.verifier, proof.Quorum{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Testimony lists the papers that are kept about a log: splits first, then decisions and
// doubts, each an envelope, at most most of them.
func (w *Witness) Testimony(origin string, most int) ([][]byte, error) {
	l := w.logs[origin]
	if l == nil {
		return nil, fs.ErrNotExist
	}
	var all [][]byte
	for _, prefix := range []string{splitPrefix, decisionPrefix, doubtPrefix} {
		names, err := filesWith(l.dir, prefix)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if len(all) == most {
				return all, nil
			}
			text, err := os.ReadFile(name)
			if errors.Is(err, fs.ErrNotExist) {
				continue // a doubt that was settled meanwhile
			}
			if err != nil {
				return nil, err
			}
			all = append(all, text)
		}
	}
	return all, nil
}
