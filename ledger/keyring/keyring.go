package keyring

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// KeySize is the length of every key, in bytes.
const KeySize = 32

// wrapped is the length of a payload's key under its group's key: nonce, key, tag.
const wrapped = 12 + KeySize + 16

// Overhead is how many bytes a sealed payload is longer than the payload.
const Overhead = wrapped + 16

// Errors that a caller decides by.
var (
	// ErrDisposed is the error of a payload whose key was destroyed.
	ErrDisposed = errors.New("the key was destroyed")
	// ErrWrong is the error of a key folder that is damaged or of another ledger.
	ErrWrong = errors.New("the keys are damaged or of another ledger")
	// ErrNone is the error of a folder without keys.
	ErrNone = errors.New("there are no keys")
)

// Group is what has one key and dies together.
type Group struct {
	Class   string `json:"class"`
	Day     string `json:"day"`
	Warrant string `json:"warrant,omitempty"`
}

// Key is a group with its slot, the number that stands beside each payload. The name
// is the digest of the key: it tells which key it was without telling the key.
type Key struct {
	Group
	Slot uint32
	Name paper.Digest
}

// Ring is an open key folder. Its methods may be called by several goroutines.
type Ring struct {
	dir, origin string
	first       uint32

	mu    sync.RWMutex // guards what follows
	held  ring
	slots map[uint32]*live
	named map[Group]*live
	root  [KeySize]byte
	// broken is why the folder cannot be trusted to be as held says; nothing is sealed then.
	broken error
}

// live is a key that can be used.
type live struct {
	Key
	aead cipher.AEAD
}

// Seal enciphers a payload under a new key, wrapped by the key of its group, which is
// made when there is none. bound is what the payload is bound to, its leaf.
func (r *Ring) Seal(g Group, bound, payload []byte) (slot uint32, sealed []byte, err error) {
	k, err := r.key(g)
	if err != nil {
		return 0, nil, err
	}
	var own [KeySize]byte
	_, _ = rand.Read(own[:]) // never fails (crypto/rand)
	aead, err := newAEAD(own[:])
	if err != nil {
		return 0, nil, err
	}
	extra := r.bind(k.Slot, bound)
	sealed = make([]byte, 12, len(payload)+Overhead)
	_, _ = rand.Read(sealed)
	sealed = k.aead.Seal(sealed, sealed[:12], own[:], extra)
	// The payload's key is used this once, so its nonce may be zero.
	return k.Slot, aead.Seal(sealed, make([]byte, 12), payload, extra), nil
}

// Open deciphers a payload.
//
// Invariant 7: when the group's key is gone there is no way to the payload.
func (r *Ring) Open(slot uint32, bound, sealed []byte) ([]byte, error) {
	r.mu.RLock()
	k, next := r.slots[slot], r.held.Next
	r.mu.RUnlock()
	switch {
	case k == nil && slot >= r.first && slot < next:
		return nil, ErrDisposed
	case k == nil:
		return nil, fmt.Errorf("%w: no key has the number %d", ErrWrong, slot)
	case len(sealed) < Overhead:
		return nil, errors.New("the sealed payload is cut off")
	}
	extra := r.bind(slot, bound)
	own, err := k.aead.Open(nil, sealed[:12], sealed[12:wrapped], extra)
	if err != nil {
		return nil, fmt.Errorf("the payload's key does not open: %w", ErrWrong)
	}
	aead, err := newAEAD(own)
	if err != nil {
		return nil, err
	}
	payload, err := aead.Open(nil, make([]byte, 12), sealed[wrapped:], extra)
	if err != nil {
		return nil, errors.New("the payload was changed")
	}
	return payload, nil
}

// Keys lists the keys of a warrant and day that live, in the order of their slots.
func (r *Ring) Keys(warrant, day string) []Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []Key
	for _, k := range r.slots {
		if k.Warrant == warrant && k.Day == day {
			list = append(list, k.Key)
		}
	}
	slices.SortFunc(list, func(a, b Key) int { return int(int64(a.Slot) - int64(b.Slot)) })
	return list
}

// key gives the key of a group and makes it when there is none.
func (r *Ring) key(g Group) (*live, error) {
	r.mu.RLock()
	k, broken := r.named[g], r.broken
	r.mu.RUnlock()
	if broken != nil {
		return nil, broken
	}
	if k != nil {
		return k, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.broken != nil:
		return nil, r.broken
	case r.named[g] != nil:
		return r.named[g], nil
	case g.Warrant != "" && slices.Contains(r.held.Dead, dead{g.Warrant, g.Day}):
		return nil, fmt.Errorf("warrant %s, day %s: %w", g.Warrant, g.Day, ErrDisposed)
	}
	next := r.held.clone()
	made := entry{Group: g, Slot: next.Next, Key: make([]byte, KeySize)}
	_, _ = rand.Read(made.Key)
	next.Next++
	next.Keys = append(next.Keys, made)
	if err := r.write(next, r.root); err != nil {
		return nil, err
	}
	if err := r.take(next); err != nil {
		return nil, err
	}
	return r.named[g], nil
}

func (r *Ring) bind(slot uint32, bound []byte) []byte {
	out := append([]byte("noroshi payload/1\n"), r.origin...)
	return append(binary.BigEndian.AppendUint32(append(out, '\n'), slot), bound...)
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
