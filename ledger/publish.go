package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/ask"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The waits between rounds in which too few witnesses answered.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// throwaway makes a signer whose key is kept nowhere.
func throwaway(origin string) (note.Signer, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	vkey, err := proof.LogKey(origin, public)
	if err != nil {
		return nil, err
	}
	v, err := proof.ParseLogKey(vkey)
	return signer{v, private}, err
}

// publish is the one goroutine that signs checkpoints, has them cosigned and publishes
// them. While too few witnesses answer it goes on trying, each time with all that is
// durable by then.
func (l *Log) publish(ctx context.Context) {
	pause := firstPause
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.grown:
		}
		begun := time.Now()
		err := l.round(ctx)
		wait := l.config.Interval - time.Since(begun)
		l.mu.Lock()
		l.last = err
		l.mu.Unlock()
		if err != nil && ctx.Err() == nil {
			l.config.Logger.Warn("the checkpoint is not cosigned", "ledger", l.config.Origin, "error", err)
			wait, pause = pause, min(2*pause, lastPause)
			select {
			case l.grown <- struct{}{}:
			default:
			}
		} else {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// round has one checkpoint cosigned and published.
//
// Invariant 3: nothing is published without its quorum.
func (l *Log) round(ctx context.Context) error {
	l.mu.Lock()
	c := proof.Checkpoint{Origin: l.config.Origin, Size: l.edge.Size(), Root: l.edge.Root()}
	l.mu.Unlock()
	if s := l.Signed(); s != nil && s.Size == c.Size {
		return nil
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, l.signer)
	if err != nil {
		return err
	}
	cosigned, err := l.asker.Cosign(ctx, signed, proof.NewTree(c, l.File))
	if err != nil {
		return err
	}
	s, err := proof.Open(cosigned, l.verifier, l.asker.Quorum())
	if err != nil {
		return err
	}
	return l.issue(s)
}

// issue publishes a cosigned checkpoint and wakes who waits for it. The checkpoint
// comes before the history: a stop in between loses a line of history and no proof.
func (l *Log) issue(s *proof.Signed) error {
	if err := folder.Replace(filepath.Join(l.config.Dir, folder.CheckpointName), s.Note); err != nil {
		return err
	}
	l.history.Lock()
	err := folder.AppendHistory(filepath.Join(l.config.Dir, folder.HistoryName), s.Note)
	l.history.Unlock()
	if err != nil {
		return err
	}
	l.Issued(s)
	l.mu.Lock()
	close(l.issued)
	l.issued = make(chan struct{})
	l.mu.Unlock()
	return nil
}

// Await waits for a published checkpoint that has the entry of an index. When ctx ends
// before, the error tells how the last round of witnesses went.
func (l *Log) Await(ctx context.Context, index int64) (*proof.Signed, error) {
	for {
		l.mu.Lock()
		issued, size, closed := l.issued, l.edge.Size(), l.closed
		l.mu.Unlock()
		if s := l.Signed(); s != nil && s.Size > index {
			return s, nil
		}
		switch {
		case index < 0 || index >= size:
			return nil, folder.Wrong(fault.NotFound, "index", fault.Place{}, nil, "index", index, "size", size)
		case closed:
			return nil, folder.Wrong(fault.Canceled, "closed", fault.Place{}, nil)
		}
		select {
		case <-issued:
		case <-ctx.Done():
			l.mu.Lock()
			last := l.last
			l.mu.Unlock()
			return nil, folder.Wrong(fault.Canceled, "unwitnessed", fault.Place{}, errors.Join(last, ctx.Err()), "index", index)
		}
	}
}

// Receipt waits for a cosigned checkpoint that has the entry of an index, and proves
// that it stands there.
//
// Invariant 2: who asks for an effect comes with this.
func (l *Log) Receipt(ctx context.Context, index int64) (*proof.Receipt, error) {
	if _, err := l.Await(ctx, index); err != nil {
		return nil, err
	}
	return l.Prove(index)
}

// Witnesses gives how each witness stands.
func (l *Log) Witnesses() []ask.Standing { return l.asker.Standing() }
