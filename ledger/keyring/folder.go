package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// The files of a folder: keys.N under the root key root.N. The highest N whose two
// files fit together counts; the others are left from a stop in between and are wiped.
const (
	keysFile = "keys."
	rootFile = "root."
)

// ring is the content of the file of keys.
type ring struct {
	Next uint32  `json:"next"` // the slot of the next key; slots are never used again
	Keys []entry `json:"keys"`
	Dead []dead  `json:"dead"` // what was disposed of and is taken no more
	gen  int     // the N of the files
}

type entry struct {
	Group
	Slot uint32 `json:"slot"`
	Key  []byte `json:"key"`
}

type dead struct {
	Warrant string `json:"warrant"`
	Day     string `json:"day"`
}

func (r ring) clone() ring {
	r.Keys, r.Dead = slices.Clone(r.Keys), slices.Clone(r.Dead)
	return r
}

// Create makes a folder of keys for the ledger of an origin. It MUST NOT hold keys
// already. first is the slot of the first key: it must be above every slot that the
// ledger's payloads name.
func Create(dir, origin string, first uint32) error {
	if found, err := generations(dir, rootFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	} else if len(found) > 0 {
		return fmt.Errorf("%s holds keys already", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	r := &Ring{dir: dir, origin: origin, first: first}
	_, _ = rand.Read(r.root[:])
	return r.begin(ring{Next: first, gen: 1}, r.root)
}

// Open opens a folder of keys. first is the lowest slot of this kind of key. Only one
// process may write; who only reads changes nothing in the folder.
func Open(dir, origin string, first uint32, write bool) (*Ring, error) {
	r := &Ring{dir: dir, origin: origin, first: first}
	if !write {
		r.broken = errors.New("the keys are open for reading only")
	}
	found, err := generations(dir, rootFile, keysFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrNone)
	}
	for i, n := range slices.Backward(found) {
		held, root, err := r.read(n)
		if errors.Is(err, ErrWrong) && i > 0 {
			continue // a stop while it was being written; the one before it counts still
		}
		if err != nil {
			return nil, err
		}
		r.root = root
		if err := r.take(held); err != nil {
			return nil, err
		}
		for _, other := range found {
			if write && other != n {
				if err := r.wipe(other); err != nil {
					return nil, err
				}
			}
		}
		return r, nil
	}
	return nil, ErrWrong
}

// Dispose destroys the keys of a warrant and day: it writes the others under a new root
// key and wipes the old one. The group is refused from then on. It may be repeated.
//
// Invariant 7: after this no copy of the ledger or of the file of keys opens a payload
// of the group.
func (r *Ring) Dispose(warrant, day string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken != nil {
		return r.broken
	}
	next, was := r.held.clone(), r.held.gen
	next.gen++
	next.Keys = slices.DeleteFunc(next.Keys, func(e entry) bool { return e.Warrant == warrant && e.Day == day })
	if d := (dead{warrant, day}); !slices.Contains(next.Dead, d) {
		next.Dead = append(next.Dead, d)
	}
	var root [KeySize]byte
	_, _ = rand.Read(root[:])
	if err := r.begin(next, root); err != nil {
		return err
	}
	// From here on the new files count, whatever happens: what comes now must succeed or
	// nothing may be sealed any more.
	r.root = root
	if err := r.take(next); err != nil {
		r.broken = err
		return err
	}
	if err := r.wipe(was); err != nil {
		r.broken = fmt.Errorf("the old root key could not be wiped: %w", err)
		return r.broken
	}
	return nil
}

// begin writes a new generation: first the keys, then their root key, so that the root
// key is never there without what it opens.
func (r *Ring) begin(next ring, root [KeySize]byte) error {
	if err := r.write(next, root); err != nil {
		return err
	}
	if err := replace(r.path(rootFile, next.gen), root[:]); err != nil {
		_ = os.Remove(r.path(keysFile, next.gen))
		return err
	}
	return nil
}

// write writes the file of keys of a generation under a root key, whole or not at all.
func (r *Ring) write(next ring, root [KeySize]byte) error {
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	aead, err := newAEAD(root[:])
	if err != nil {
		return err
	}
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce)
	return replace(r.path(keysFile, next.gen), aead.Seal(nonce, nonce, text, r.label()))
}

func (r *Ring) read(n int) (held ring, root [KeySize]byte, err error) {
	key, err := os.ReadFile(r.path(rootFile, n))
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(key) != KeySize {
		return held, root, fmt.Errorf("%s: %w", r.path(rootFile, n), ErrWrong)
	} else if err != nil {
		return held, root, err
	}
	copy(root[:], key)
	data, err := os.ReadFile(r.path(keysFile, n))
	if errors.Is(err, fs.ErrNotExist) {
		return held, root, fmt.Errorf("%s: %w", r.path(keysFile, n), ErrWrong)
	} else if err != nil {
		return held, root, err
	}
	aead, err := newAEAD(root[:])
	if err != nil {
		return held, root, err
	}
	if len(data) < 12 {
		return held, root, fmt.Errorf("%s: %w", r.path(keysFile, n), ErrWrong)
	}
	text, err := aead.Open(nil, data[:12], data[12:], r.label())
	if err == nil {
		err = json.NewDecoder(bytes.NewReader(text)).Decode(&held)
	}
	if err != nil {
		return held, root, fmt.Errorf("%s: %w", r.path(keysFile, n), ErrWrong)
	}
	held.gen = n
	return held, root, nil
}

// take makes held what is in use. It must be called with the lock, or before the ring
// is shared.
func (r *Ring) take(held ring) error {
	slots, named := map[uint32]*live{}, map[Group]*live{}
	for _, e := range held.Keys {
		k := r.slots[e.Slot]
		if k == nil {
			aead, err := newAEAD(e.Key)
			if err != nil {
				return err
			}
			k = &live{Key: Key{Group: e.Group, Slot: e.Slot, Name: paper.DigestOf(e.Key)}, aead: aead}
		}
		slots[e.Slot], named[e.Group] = k, k
	}
	r.held, r.slots, r.named = held, slots, named
	return nil
}

// wipe overwrites and removes the root key of a generation and then the keys that it
// opened.
func (r *Ring) wipe(n int) error {
	path := r.path(rootFile, n)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		noise := make([]byte, KeySize)
		_, _ = rand.Read(noise)
		_, err = f.WriteAt(noise, 0)
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, p := range []string{path, r.path(keysFile, n)} {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncDir(r.dir)
}

func (r *Ring) label() []byte { return []byte("noroshi keys/1\n" + r.origin) }

func (r *Ring) path(kind string, n int) string { return filepath.Join(r.dir, kind+strconv.Itoa(n)) }

// generations lists the numbers of the files in a folder, rising.
func generations(dir string, kinds ...string) ([]int, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []int
	for _, f := range files {
		for _, kind := range kinds {
			text, ok := strings.CutPrefix(f.Name(), kind)
			n, err := strconv.Atoi(text)
			if ok && err == nil && n > 0 && !slices.Contains(found, n) {
				found = append(found, n)
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// replace writes a file so that after a stop it is there whole, or not, or as before.
func replace(path string, data []byte) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
