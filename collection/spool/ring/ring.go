package ring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Name is the file of the keys in its folder.
const Name = "spool.keys"

const (
	magic = "noroshi spool keys/1\n"
	// maxKeys bounds the file of keys that is read, in bytes.
	saltSize = 32
	maxKeys  = 4 << 20
)

// Key is the key of one warrant.
type Key struct {
	ID      ID           `json:"id"`
	Secret  []byte       `json:"secret"`
	Warrant paper.Digest `json:"warrant"`
}

// Ring holds the keys of all warrants, in memory and (with a folder) beside it.
type Ring struct {
	Path   string // "" for memory alone
	parent []byte
	Keys   []Key
}

// ErrLasting is the error of bare keys on a lasting disk.
var ErrLasting = errors.New("the folder lies on a disk, and no parent key was given")

// ID names a key without telling it.
type ID [8]byte

// Size is the length of a key, in bytes.
const Size = 32

// Open reads the keys that an earlier process left in a folder. Without a folder, keys are
// in memory alone.
func Open(dir string, parent []byte) (*Ring, error) {
	r := &Ring{parent: bytes.Clone(parent)}
	if dir == "" {
		return r, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if parent == nil && !InMemory(dir) {
		return nil, ErrLasting
	}
	r.Path = filepath.Join(dir, Name)
	text, err := readAtMost(r.Path, maxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = r.unwrap(text)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > most {
		return nil, errors.New("the file is too long")
	}
	return os.ReadFile(path)
}

// wrapper is what seals the file of keys.
func wrapper(parent, salt []byte) (cipher.AEAD, error) {
	return Sealer(parent, salt, magic)
}

// Sealer gives AES-256-GCM under a key derived from another one.
func Sealer(secret, salt []byte, purpose string) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, secret, salt, purpose, Size)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// unwrap reads the file of keys. Without a parent its salt is all zero, and it lies open.
func (r *Ring) unwrap(text []byte) error {
	rest, ok := bytes.CutPrefix(text, []byte(magic))
	if !ok || len(rest) < saltSize {
		return errors.New("this is no file of a spool's keys")
	}
	salt, body := rest[:saltSize], rest[saltSize:]
	if open := bytes.Equal(salt, make([]byte, saltSize)); open != (r.parent == nil) {
		return errors.New("the keys are wrapped and no parent key was given, or the other way round")
	}
	if r.parent != nil {
		aead, err := wrapper(r.parent, salt)
		if err != nil {
			return err
		}
		if body, err = aead.Open(nil, make([]byte, aead.NonceSize()), body, nil); err != nil {
			return errors.New("the parent key is another one, or the file was changed")
		}
	}
	var keys []Key
	if err := json.Unmarshal(body, &keys); err != nil {
		return err
	}
	for _, k := range keys {
		if len(k.Secret) != Size || k.Warrant.Check() != nil {
			return errors.New("a key is not whole")
		}
	}
	r.Keys = keys
	return nil
}

// save writes the keys so that after a crash the file is the old one or the new one. Each
// writing has a salt of its own, so that the nonce can be zero.
func (r *Ring) save(keys []Key) error {
	if r.Path == "" {
		return nil
	}
	body, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	salt := make([]byte, saltSize)
	if r.parent != nil {
		_, _ = rand.Read(salt) // never fails (crypto/rand)
		aead, err := wrapper(r.parent, salt)
		if err != nil {
			return err
		}
		body = aead.Seal(nil, make([]byte, aead.NonceSize()), body, nil)
	}
	text := append(append([]byte(magic), salt...), body...)
	return replace(r.Path, text)
}

// replace puts data at path, durably.
func replace(path string, data []byte) error {
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(next))
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir makes the names in a folder durable.
func SyncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Of gives the key of a warrant, making it when there is none: durable before it is used.
func (r *Ring) Of(w paper.Digest) (*Key, error) {
	for i := range r.Keys {
		if r.Keys[i].Warrant == w {
			return &r.Keys[i], nil
		}
	}
	k := Key{Secret: make([]byte, Size), Warrant: w}
	_, _ = rand.Read(k.Secret) // never fails (crypto/rand)
	_, _ = rand.Read(k.ID[:])
	keys := append(r.Keys[:len(r.Keys):len(r.Keys)], k)
	if err := r.save(keys); err != nil {
		return nil, err
	}
	r.Keys = keys
	return &r.Keys[len(r.Keys)-1], nil
}

// ByID gives a key by its name, nil when it is dead.
func (r *Ring) ByID(id ID) *Key {
	for i := range r.Keys {
		if r.Keys[i].ID == id {
			return &r.Keys[i]
		}
	}
	return nil
}

// Kill destroys the key of a warrant.
func (r *Ring) Kill(w paper.Digest) error {
	var rest []Key
	var dead [][]byte
	for _, k := range r.Keys {
		if k.Warrant == w {
			dead = append(dead, k.Secret)
		} else {
			rest = append(rest, k)
		}
	}
	if dead == nil {
		return nil
	}
	if err := r.save(rest); err != nil {
		return err
	}
	r.Keys = rest
	for _, secret := range dead {
		clear(secret)
	}
	return nil
}

// Rewrap writes the keys under another parent; it is false where there is none to replace.
func (r *Ring) Rewrap(parent []byte) (bool, error) {
	if len(parent) != Size || r.parent == nil {
		return false, nil
	}
	old := r.parent
	r.parent = bytes.Clone(parent)
	if err := r.save(r.Keys); err != nil {
		r.parent = old
		return true, err
	}
	clear(old)
	return true, nil
}

// Clear wipes what is in memory.
func (r *Ring) Clear() {
	for _, k := range r.Keys {
		clear(k.Secret)
	}
	clear(r.parent)
}
