package cosign

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/ledger/cosign/disk"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// Answer is what a witness says to a checkpoint that it cosigned.
type Answer struct {
	Lines  []byte // signature lines
	Origin string
	Grown  bool // the checkpoint is larger than the one before
}

// Add answers a request of tlog-witness (add-checkpoint). The error is a *Refusal.
func (w *Witness) Add(body []byte) (*Answer, error) {
	if len(body) > proof.MaxRequest {
		return nil, refuse(TooLarge, nil)
	}
	r, err := proof.ParseRequest(body)
	if err != nil {
		return nil, refuse(Malformed, err)
	}
	origin, _, _ := strings.Cut(string(r.Note), "\n")
	l := w.logs[origin]
	if l == nil {
		return nil, refuse(UnknownLog, nil)
	}
	signed, refusal := l.open(r.Note)
	if refusal != nil {
		return nil, refusal
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.add(r, signed)
}

// open checks the signatures of the log and of others under a checkpoint, of which the
// log's must be there, and cuts away the rest.
func (l *log) open(text []byte, others ...*proof.Cosigner) (*proof.Signed, *Refusal) {
	known := []note.Verifier{l.verifier}
	for _, c := range others {
		known = append(known, c)
	}
	n, err := note.Open(text, note.VerifierList(known...))
	var unsigned *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case errors.As(err, &unsigned) || errors.As(err, &wrong):
		return nil, refuse(BadKey, err)
	case err != nil:
		return nil, refuse(Malformed, err)
	}
	bare := n.Text + "\n"
	for _, sig := range n.Sigs {
		bare += "— " + sig.Name + " " + sig.Base64 + "\n"
	}
	s, err := proof.OpenLog([]byte(bare), l.verifier, proof.Quorum{})
	if err == nil {
		return s, nil
	}
	if lines := strings.SplitN(n.Text, "\n", 3); len(lines) == 3 && lines[1] == "0" {
		return nil, refuse(Unproven, err) // an empty tree with a root that no empty tree has
	}
	return nil, refuse(Malformed, err)
}

// add decides about a checkpoint that the log has signed. l is locked.
//
// Invariant 3: nothing is cosigned but what continues the checkpoint that is held, and
// what contradicts any checkpoint that was cosigned is proof against the log.
func (l *log) add(r *proof.Request, s *proof.Signed) (*Answer, error) {
	if refusal := l.against(s); refusal != nil {
		return nil, refusal
	}
	if l.stop != nil {
		return nil, refuse(Stopped, nil)
	}
	held := l.checkpoint()
	switch {
	case r.Old > s.Size:
		return nil, refuse(Backwards, fmt.Errorf("%d is above %d", r.Old, s.Size))
	case r.Old != held.Size:
		return nil, &Refusal{Code: Stale, Size: held.Size, Err: fmt.Errorf("size %d here, %d there", held.Size, r.Old)}
	}
	if err := proof.CheckConsistency(held, s.Checkpoint, r.Proof); err != nil {
		l.doubt(s)
		return nil, refuse(Unproven, err)
	}
	now, err := l.witness.config.Clock()
	if err == nil && now.Unix() < l.stamp {
		err = fmt.Errorf("the clock says %s, and the last cosignature is of %s", now.UTC().Format(time.RFC3339), time.Unix(l.stamp, 0).UTC().Format(time.RFC3339))
	}
	if err != nil || now.Unix() <= 0 {
		return nil, refuse(NoTime, err)
	}
	grown := l.held == nil || s.Size > held.Size
	if !grown && now.Unix() == l.stamp {
		return &Answer{Lines: l.line, Origin: held.Origin}, nil // a repeated request costs no write
	}
	if grown && l.anchorNow(now).Late {
		return nil, refuse(Unanchored, nil)
	}
	return l.commit(s, now.Unix(), grown)
}

// against looks whether a checkpoint that the log has signed contradicts one that was
// cosigned; then the proof is kept and the log is stopped.
func (l *log) against(s *proof.Signed) *Refusal {
	e, ok := l.past.known[s.Size]
	if !ok || e.root == s.Root {
		return nil
	}
	if err := l.split(e.note, s.Note, nil, ""); err != nil {
		return refuse(Broken, err)
	}
	return refuse(Forked, fmt.Errorf("size %d has two roots", s.Size))
}

// checkpoint is what is held, at first the empty tree.
func (l *log) checkpoint() proof.Checkpoint {
	if l.held == nil {
		return proof.Checkpoint{Origin: l.verifier.Name(), Root: proof.EmptyRoot()}
	}
	return l.held.Checkpoint
}

// commit cosigns, writes, and only then answers.
func (l *log) commit(s *proof.Signed, stamp int64, grown bool) (*Answer, error) {
	text := []byte(s.Text())
	line := proof.SignatureLine(l.witness.self, proof.Cosign(l.witness.config.Key, text, stamp))
	joined, err := proof.Join(s.Note, line)
	if err != nil {
		return nil, refuse(Malformed, err)
	}
	own, err := l.own(joined) // what could not be read again must not be written
	if err != nil {
		return nil, refuse(Broken, err)
	}
	if err := l.startAnchor(s.Size, stamp, grown); err != nil {
		return nil, refuse(Broken, err)
	}
	if err := disk.Write(filepath.Join(l.dir, checkpointFile), joined); err != nil {
		return nil, refuse(Broken, err)
	}
	if l.held == nil {
		if err := disk.Write(filepath.Join(l.dir, begunFile), []byte(l.key+"\n")); err != nil {
			return nil, refuse(Broken, err)
		}
	}
	l.hold(own)
	return &Answer{Lines: []byte(line), Origin: s.Origin, Grown: grown}, nil
}
