package cosign

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/testimony"
)

// Verdict is how a checkpoint of another stands to the one held.
type Verdict uint8

// The verdicts.
const (
	Unknown     Verdict = iota // only tiles can tell
	Agrees                     // both are of one tree
	Contradicts                // they cannot both be true: the proof is kept, the log is stopped
)

// Look compares a checkpoint that another party showed with those that were cosigned
// here lately. Only the log's signature is relied on. from says for people who showed it.
// A checkpoint with the own cosignature that the state does not reach is a *Rollback, and
// stops the log.
func (w *Witness) Look(origin string, text []byte, from string, by ...*proof.Cosigner) (Verdict, *proof.Signed, error) {
	l := w.logs[origin]
	if l == nil {
		return Unknown, nil, refuse(UnknownLog, nil)
	}
	s, refusal := l.open(text, by...)
	if refusal != nil {
		return Unknown, nil, refusal
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.recall(text, from); err != nil {
		return Contradicts, s, err
	}
	e, ok := l.past.known[s.Size]
	switch {
	case s.Size == 0 || ok && e.root == s.Root:
		l.settle(viewOf(s.Checkpoint))
		return Agrees, s, nil
	case ok:
		return Contradicts, s, l.split(e.note, s.Note, nil, "")
	case l.held == nil:
		return Agrees, s, nil // nothing was cosigned that it could contradict
	}
	return Unknown, s, nil
}

// recall refuses to be younger than one's own word.
//
// Invariant 3: a witness whose state went back finds out before it signs again.
func (l *log) recall(text []byte, from string) error {
	s, err := l.own(text)
	if err != nil {
		return nil // without the own cosignature it says nothing about the state
	}
	held := l.checkpoint()
	if s.Size < held.Size || s.Size == held.Size && s.Root == held.Root {
		return nil
	}
	r := &Rollback{Origin: held.Origin, Have: held.Size, Found: s.Size, Place: from, Note: s.Note}
	if err := l.halt(Halt{At: l.now(), Cause: ByRollback, Found: s.Size, Place: from}); err != nil {
		return fmt.Errorf("%w; %w", r, err)
	}
	return r
}

// Reconcile compares a checkpoint of another with the one held, by the tiles of either
// tree. read may be of anybody: what it gives is believed only as far as it fits a root
// that the log has signed. An error says that the tiles did not tell.
func (w *Witness) Reconcile(origin string, text []byte, read proof.Read, by ...*proof.Cosigner) (Verdict, error) {
	l := w.logs[origin]
	if l == nil {
		return Unknown, refuse(UnknownLog, nil)
	}
	s, refusal := l.open(text, by...)
	if refusal != nil {
		return Unknown, refusal
	}
	l.mu.Lock()
	held := l.held
	l.mu.Unlock()
	if held == nil || s.Size == 0 {
		return Agrees, nil
	}
	older, newer := held, s
	if s.Size < held.Size {
		older, newer = s, held
	}
	if older.Size == newer.Size {
		return l.conclude(s, older, newer, newer.Root, nil)
	}
	tree := proof.NewTree(newer.Checkpoint, read)
	root, err := tree.RootAt(older.Size)
	if err != nil {
		return Unknown, err
	}
	path, err := tree.Consistency(older.Size)
	if err != nil {
		return Unknown, err
	}
	return l.conclude(s, older, newer, root, path)
}

// conclude compares the root that the newer tree had with the one that the older
// checkpoint says. other is the one of the two that is not held.
func (l *log) conclude(other, older, newer *proof.Signed, root tlog.Hash, path []tlog.Hash) (Verdict, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if root == older.Root {
		l.settle(viewOf(other.Checkpoint))
		return Agrees, nil
	}
	if older.Size == newer.Size {
		return Contradicts, l.split(older.Note, newer.Note, nil, "")
	}
	return Contradicts, l.split(older.Note, newer.Note, path, proof.RootDigest(root))
}

// settle takes back a doubt about a checkpoint that was found to fit.
func (l *log) settle(v view) {
	if !l.doubted[v] {
		return
	}
	names, _ := filesWith(l.dir, doubtPrefix)
	for _, name := range names {
		f, err := l.finding(name)
		if err == nil && !f.Proven && viewOf(f.Newer) == v && os.Remove(name) == nil {
			l.doubts--
			delete(l.doubted, v)
		}
	}
}

// Doubts gives the signed checkpoints that came without proof and are not settled.
func (w *Witness) Doubts(origin string) [][]byte {
	l := w.logs[origin]
	if l == nil {
		return nil
	}
	names, _ := filesWith(l.dir, doubtPrefix)
	var list [][]byte
	for _, name := range names {
		if s, err := readSplit(name); err == nil {
			list = append(list, s.Newer)
		}
	}
	return list
}

// Contradiction keeps the proof that two checkpoints which others showed contradict one
// another: one size, two roots.
func (w *Witness) Contradiction(origin string, a, b []byte) error {
	l := w.logs[origin]
	if l == nil {
		return refuse(UnknownLog, nil)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.split(a, b, nil, "")
}

// Keep notes the latest checkpoint of another witness on the disk, so that it can be
// shown what it has cosigned when it forgot.
func (w *Witness) Keep(origin, name string, text []byte) error {
	l := w.logs[origin]
	if l == nil {
		return refuse(UnknownLog, nil)
	}
	dir := filepath.Join(l.dir, seenFolder)
	if err := disk.Make(dir); err != nil {
		return err
	}
	return disk.Write(filepath.Join(dir, OriginHash(name)), text)
}

var hexName = regexp.MustCompile("^[0-9a-f]{64}$")

// Kept gives the latest checkpoint that was noted of another witness, by the hash of its
// name; nil when there is none.
func (w *Witness) Kept(origin, nameHash string) []byte {
	l := w.logs[origin]
	if l == nil || !hexName.MatchString(nameHash) {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(l.dir, seenFolder, nameHash))
	if err != nil {
		return nil
	}
	return text
}

func readSplit(path string) (*testimony.Split, error) {
	e, err := readEnvelope(path)
	if err != nil {
		return nil, err
	}
	s := new(testimony.Split)
	return s, e.Open(testimony.SplitType, s)
}
