package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// intent is a disposal that was begun. It stands on the disk before the first key dies,
// so that a stop in between can neither lose the proof nor make two.
type intent struct {
	At       paper.Time      `json:"at"`
	Disposal *paper.Envelope `json:"disposal"` // a proof.KeyDeath, signed by the keeper
	Key      []byte          `json:"key"`      // of the commitment
}

// Dispose destroys the keys of a warrant's day of communications data, and records it.
// It gives the proof and its index once that is durable. The payloads' bytes stay, and
// nobody can read them. A day of which there is nothing, and one that was disposed of
// before, are fault.NotFound.
//
// Invariant 8: no key dies without an entry that says which, of what class, and how many
// payloads lay under it.
func (l *Log) Dispose(ctx context.Context, warrant paper.Digest, day string) (*proof.KeyDeath, int64, error) {
	l.disposing.Lock()
	defer l.disposing.Unlock()
	if err := l.refusal(); err != nil {
		return nil, 0, err
	}
	if l.config.Keeper == nil {
		return nil, 0, folder.Wrong(fault.Permission, "config.keeper", fault.Place{Field: "ledger.keeper"}, nil)
	}
	death, i, err := l.kill(warrant, day)
	if err != nil {
		return nil, 0, err
	}
	index, err := l.record(ctx, i)
	return death, index, err
}

// kill writes the intent and destroys the keys, while no entry is on its way.
func (l *Log) kill(warrant paper.Digest, day string) (*proof.KeyDeath, *intent, error) {
	l.entering.Lock()
	defer l.entering.Unlock()
	death, err := l.death(warrant, day)
	if err != nil {
		return nil, nil, err
	}
	i := &intent{At: death.At, Key: make([]byte, proof.KeySize)}
	_, _ = rand.Read(i.Key)
	if i.Disposal, err = paper.Seal(proof.DisposalType, death, l.config.Keeper); err != nil {
		return nil, nil, err
	}
	text, err := paper.Marshal(i)
	if err != nil {
		return nil, nil, err
	}
	if err := folder.Replace(filepath.Join(l.config.Dir, disposalFile), text); err != nil {
		return nil, nil, folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Dir}, err)
	}
	if err := l.data.Dispose(string(warrant), day); err != nil {
		return nil, nil, folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Keys}, err)
	}
	return death, i, nil
}

// death says which keys would die, and how many payloads lie under each.
func (l *Log) death(warrant paper.Digest, day string) (*proof.KeyDeath, error) {
	keys := l.data.Keys(string(warrant), day)
	if len(keys) == 0 {
		return nil, folder.Wrong(fault.NotFound, "nothing", fault.Place{}, nil, "warrant", string(warrant), "day", day)
	}
	counts, err := l.payloads.Slots()
	if err != nil {
		return nil, l.damaged(err)
	}
	d := &proof.KeyDeath{At: paper.TimeOf(l.config.Clock()), Day: day, Origin: l.config.Origin, Warrant: warrant}
	for _, k := range keys {
		d.Keys = append(d.Keys, proof.Disposed{Class: proof.Class(k.Class), Key: k.Name, N: counts[k.Slot]})
	}
	return d, nil
}

// record puts the proof of a disposal into the log, once, and forgets the intent.
func (l *Log) record(ctx context.Context, i *intent) (int64, error) {
	var death proof.KeyDeath
	if err := i.Disposal.Open(proof.DisposalType, &death); err != nil {
		return 0, err
	}
	text, err := i.Disposal.Marshal()
	if err != nil {
		return 0, err
	}
	index, err := l.Append(ctx, Act{
		Entry:   proof.Entry{At: i.At, Class: proof.Disposal, Role: l.config.Role, Warrant: death.Warrant, Paper: i.Disposal.Digest()},
		Payload: text,
		Key:     [proof.KeySize]byte(i.Key),
	})
	if err != nil {
		return 0, err
	}
	return index, os.Remove(filepath.Join(l.config.Dir, disposalFile))
}

// finishDisposal ends a disposal that a stop interrupted.
func (l *Log) finishDisposal(ctx context.Context) error {
	path := filepath.Join(l.config.Dir, disposalFile)
	text, err := folder.ReadLimited(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var i intent
	var death proof.KeyDeath
	if err == nil {
		err = paper.Unmarshal(text, &i)
	}
	if err == nil {
		err = i.Disposal.Open(proof.DisposalType, &death)
	}
	if err == nil && len(i.Key) != proof.KeySize {
		err = errors.New("the key has another length")
	}
	if err != nil {
		return folder.Wrong(fault.Invalid, "damaged", fault.Place{Path: path}, err)
	}
	if err := l.data.Dispose(string(death.Warrant), death.Day); err != nil && !errors.Is(err, keyring.ErrDisposed) {
		return folder.Wrong(fault.Internal, "write", fault.Place{Path: l.config.Keys}, err)
	}
	_, err = l.record(ctx, &i)
	return err
}
