package keyfile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"filippo.io/age"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

const (
	// PublicEnding is what the name of the public file ends with, in place of KeyEnding.
	PublicEnding = ".pub"
	// KeyEnding is what the name of the private file ends with.
	KeyEnding = ".key"

	maxFile = 64 << 10 // bytes
	// The work that opening costs, as a power of two: a second or so; and the most that a
	// file of unknown origin may ask for.
	workFactor = 18
	mostWork   = 20
)

// Passphrase gives the passphrase of the key in the file at path.
type Passphrase func(path string) ([]byte, error)

// Save writes PATH.key, which only its owner may read, and PATH.pub. With a passphrase
// the key is locked by it (age, scrypt); with nil it lies there plain. A file that is
// there already is never replaced.
func (p *Private) Save(path string, passphrase []byte) error {
	return p.save(path, passphrase, workFactor)
}

func (p *Private) save(path string, passphrase []byte, work int) error {
	body := slices.Concat(p.seed, p.text())
	headers := p.headers()
	headers["Locked"] = "no"
	if passphrase != nil {
		if len(passphrase) < 8 {
			return wrong(fault.Invalid, "short", fault.Place{Offset: -1}, nil)
		}
		headers["Locked"] = "age-scrypt"
		var err error
		if body, err = lock(body, passphrase, work); err != nil {
			return err
		}
	}
	if err := create(path+PublicEnding, p.text(), 0o644); err != nil {
		return err
	}
	if err := create(path+KeyEnding, pem.EncodeToMemory(&pem.Block{Type: privateBlock, Headers: headers, Bytes: body}), 0o600); err != nil {
		os.Remove(path + PublicEnding) // it was ours: nobody has seen it
		return err
	}
	return nil
}

func lock(body, passphrase []byte, work int) ([]byte, error) {
	r, err := age.NewScryptRecipient(string(passphrase))
	if err != nil {
		return nil, err
	}
	r.SetWorkFactor(work)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func unlock(path string, body, passphrase []byte) ([]byte, error) {
	at := fault.Place{Path: path, Offset: -1}
	id, err := age.NewScryptIdentity(string(passphrase))
	if err != nil {
		return nil, wrong(fault.Permission, "passphrase", at, fault.Quiet(err))
	}
	id.SetMaxWorkFactor(mostWork)
	r, err := age.Decrypt(bytes.NewReader(body), id)
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(r, maxFile))
	}
	if err != nil {
		return nil, wrong(fault.Permission, "passphrase", at, fault.Quiet(err))
	}
	return body, nil
}

// create writes a new file, whole and on the disk.
func create(path string, text []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	at := fault.Place{Path: path, Offset: -1}
	switch {
	case errors.Is(err, fs.ErrExist):
		return wrong(fault.Permission, "exists", at, fault.Quiet(err))
	case err != nil:
		return wrong(fault.Invalid, "unwritten", at, errors.Unwrap(err))
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = keep(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(path)
		return wrong(fault.Invalid, "unwritten", at, err)
	}
	return nil
}

// keep brings the names of a folder to the disk: a key that was used and then is not
// there when the power comes back is a lost key.
func keep(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func read(path string, private bool) ([]byte, error) {
	at := fault.Place{Path: path, Offset: -1}
	f, err := os.Open(path)
	if err != nil {
		return nil, wrong(fault.NotFound, "unread", at, errors.Unwrap(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, wrong(fault.NotFound, "unread", at, errors.Unwrap(err))
	}
	if private && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, wrong(fault.Permission, "open", at, nil, "mode", info.Mode().Perm().String())
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, wrong(fault.NotFound, "unread", at, errors.Unwrap(err))
	case len(text) > maxFile:
		return nil, wrong(fault.Limit, "form", at, nil)
	}
	return text, nil
}

// Load reads and unlocks a private key; ask is called when it is locked.
func Load(path string, ask Passphrase) (*Private, error) {
	text, err := read(path, true)
	if err != nil {
		return nil, err
	}
	b, err := block(path, text, privateBlock)
	if err != nil {
		return nil, err
	}
	body := b.Bytes
	if b.Headers["Locked"] != "no" {
		passphrase, err := ask(path)
		if err != nil {
			return nil, err
		}
		if body, err = unlock(path, body, passphrase); err != nil {
			return nil, err
		}
	}
	at := fault.Place{Path: path, Offset: -1}
	if len(body) < ed25519.SeedSize {
		return nil, wrong(fault.Invalid, "form", at, nil)
	}
	seed := body[:ed25519.SeedSize]
	public, err := parsePublic(path, body[ed25519.SeedSize:])
	if err != nil {
		return nil, err
	}
	if !public.Key.Equal(ed25519.NewKeyFromSeed(seed).Public()) {
		return nil, wrong(fault.Invalid, "labels", at, nil)
	}
	return &Private{public, seed}, nil
}

// LoadPublic reads a public file. Given the private one it reads the public file
// beside it.
func LoadPublic(path string) (Public, error) {
	if base, ok := strings.CutSuffix(path, KeyEnding); ok {
		path = base + PublicEnding
	}
	text, err := read(path, false)
	if err != nil {
		return Public{}, err
	}
	return parsePublic(path, text)
}

// Locked says whether the private key in a file asks for a passphrase.
func Locked(path string) (bool, error) {
	text, err := read(path, true)
	if err != nil {
		return false, err
	}
	b, err := block(path, text, privateBlock)
	if err != nil {
		return false, err
	}
	return b.Headers["Locked"] != "no", nil
}

// List gives the public files in a folder, in order of their names.
func List(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, wrong(fault.NotFound, "unread", fault.Place{Path: dir, Offset: -1}, errors.Unwrap(err))
	}
	var found []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), PublicEnding) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found, nil
}
