package spool

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
	"github.com/noroshi-acd/noroshi/internal/fault"
)

const (
	keysName  = "spool.keys"
	keysMagic = "noroshi spool keys/1\n"
	// maxKeys bounds the file of keys that is read, in bytes.
	maxKeys = 4 << 20
)

// key is the key of one warrant.
type key struct {
	ID      keyID        `json:"id"`
	Secret  []byte       `json:"secret"`
	Warrant paper.Digest `json:"warrant"`
}

// ring holds the keys of all warrants, in memory and (with a folder) beside it.
type ring struct {
	path   string // "" for memory alone
	parent []byte
	keys   []key
}

// openRing reads the keys that an earlier process left.
func openRing(c Config) (*ring, error) {
	r := &ring{parent: bytes.Clone(c.Parent)}
	if c.Keys == "" {
		return r, nil
	}
	if err := os.MkdirAll(c.Keys, 0o700); err != nil {
		return nil, wrong(fault.Internal, "keys", nowhere(c.Keys), err)
	}
	if c.Parent == nil && !inMemory(c.Keys) {
		return nil, wrong(fault.Permission, "lasting", nowhere(c.Keys), nil)
	}
	r.path = filepath.Join(c.Keys, keysName)
	text, err := readAtMost(r.path, maxKeys)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = r.unwrap(text)
	}
	if err != nil {
		return nil, wrong(fault.Internal, "keys", nowhere(r.path), err)
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
	return sealer(parent, salt, keysMagic)
}

// sealer gives AES-256-GCM under a key derived from another one.
func sealer(secret, salt []byte, purpose string) (cipher.AEAD, error) {
	own, err := hkdf.Key(sha256.New, secret, salt, purpose, KeySize)
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
func (r *ring) unwrap(text []byte) error {
	rest, ok := bytes.CutPrefix(text, []byte(keysMagic))
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
	var keys []key
	if err := json.Unmarshal(body, &keys); err != nil {
		return err
	}
	for _, k := range keys {
		if len(k.Secret) != KeySize || k.Warrant.Check() != nil {
			return errors.New("a key is not whole")
		}
	}
	r.keys = keys
	return nil
}

// save writes the keys so that after a crash the file is the old one or the new one. Each
// writing has a salt of its own, so that the nonce can be zero.
func (r *ring) save(keys []key) error {
	if r.path == "" {
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
	text := append(append([]byte(keysMagic), salt...), body...)
	return replace(r.path, text)
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
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// of gives the key of a warrant, making it when there is none: durable before it is used.
func (r *ring) of(w paper.Digest) (*key, error) {
	for i := range r.keys {
		if r.keys[i].Warrant == w {
			return &r.keys[i], nil
		}
	}
	k := key{Secret: make([]byte, KeySize), Warrant: w}
	_, _ = rand.Read(k.Secret) // never fails (crypto/rand)
	_, _ = rand.Read(k.ID[:])
	keys := append(r.keys[:len(r.keys):len(r.keys)], k)
	if err := r.save(keys); err != nil {
		return nil, err
	}
	r.keys = keys
	return &r.keys[len(r.keys)-1], nil
}

// byID gives a key by its name, nil when it is dead.
func (r *ring) byID(id keyID) *key {
	for i := range r.keys {
		if r.keys[i].ID == id {
			return &r.keys[i]
		}
	}
	return nil
}

// kill destroys the key of a warrant.
func (r *ring) kill(w paper.Digest) error {
	var rest []key
	var dead [][]byte
	for _, k := range r.keys {
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
	r.keys = rest
	for _, secret := range dead {
		clear(secret)
	}
	return nil
}
