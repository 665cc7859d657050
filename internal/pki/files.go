package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Names of the files in an authority's or identity's folder.
const (
	authorityFile = "authority.pem" // the certificate, to hand out
	keyFile       = "key.pem"       // of the authority
	identityFile  = "identity.pem"  // key, certificate and authority in one, so that a renewal replaces them at once
)

// Save writes the authority into a new folder that only its owner may read. A folder
// that holds one already is refused: an authority is never replaced in silence.
func (a *Authority) Save(dir string) error {
	_, err := os.Stat(filepath.Join(dir, keyFile))
	if !errors.Is(err, fs.ErrNotExist) {
		return wrong(fault.Permission, "exists", fault.Place{Path: dir}, err)
	}
	key, err := keyText(a.key)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, keyFile), key); err != nil {
		return err
	}
	return replace(filepath.Join(dir, authorityFile), Text(a.Certificate))
}

// Save writes the identity into a folder that only its owner may read; the one before
// it is replaced at once or not at all.
func (i *Identity) Save(dir string) error {
	key, err := keyText(i.key)
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, identityFile), slices.Concat(key, Text(i.Certificate), Text(i.Authority)))
}

// LoadAuthority reads what [Authority.Save] wrote.
func LoadAuthority(dir string) (*Authority, error) {
	path := filepath.Join(dir, authorityFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, wrong(fault.NotFound, "unread", fault.Place{Path: path}, err)
	}
	list, err := ReadCertificates(path, text)
	if err != nil {
		return nil, err
	}
	if len(list) != 1 || len(list[0].URIs) != 1 || !list[0].IsCA {
		return nil, wrong(fault.Invalid, "noAuthority", fault.Place{Path: path}, nil)
	}
	key, _, err := readKey(filepath.Join(dir, keyFile), list[0])
	return &Authority{Body: list[0].URIs[0].Host, Certificate: list[0], key: key}, err
}

// LoadIdentity reads what [Identity.Save] wrote.
func LoadIdentity(dir string) (*Identity, error) {
	path := filepath.Join(dir, identityFile)
	key, rest, err := readKey(path, nil)
	if err != nil {
		return nil, err
	}
	list, err := ReadCertificates(path, rest)
	if err != nil {
		return nil, err
	}
	if len(list) != 2 {
		return nil, wrong(fault.Invalid, "several", fault.Place{Path: path}, nil, "count", len(list))
	}
	if !key.PublicKey.Equal(list[0].PublicKey) {
		return nil, wrong(fault.Invalid, "otherKey", fault.Place{Path: path}, nil)
	}
	n, err := NameOf(list[0])
	return &Identity{Name: n, Certificate: list[0], Authority: list[1], key: key}, err
}

// ReadCertificates reads all certificates of a PEM text, such as a trust root holds;
// path is only for errors.
func ReadCertificates(path string, text []byte) ([]*x509.Certificate, error) {
	var list []*x509.Certificate
	for rest := text; ; {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			break
		}
		if b.Type != "CERTIFICATE" {
			return nil, wrong(fault.Invalid, "block", fault.Place{Path: path}, nil, "type", b.Type)
		}
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, wrong(fault.Invalid, "certificate", fault.Place{Path: path}, err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, wrong(fault.Invalid, "noCertificate", fault.Place{Path: path}, nil)
	}
	return list, nil
}

// Text is c in PEM.
func Text(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

func keyText(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}

// replace writes a file whole or not at all, readable by its owner alone.
func replace(path string, text []byte) error { return replaceBy(path, text, keep) }

// replaceBy replaces a file; keep brings the names of its folder to the disk. Without
// that the power may go and bring the old key back, or none: a renewed identity whose
// request was answered would be lost.
func replaceBy(path string, text []byte, keep func(dir string) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return wrong(fault.Permission, "unwritten", fault.Place{Path: path}, err)
	}
	f, err := os.CreateTemp(dir, ".new-*") // made with mode 0600
	if err != nil {
		return wrong(fault.Permission, "unwritten", fault.Place{Path: path}, err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what failed is told below
	} else {
		err = keep(dir)
	}
	if err != nil {
		return wrong(fault.Permission, "unwritten", fault.Place{Path: path}, err)
	}
	return nil
}

func keep(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readKey reads the key that path begins with, and gives what follows. A key that
// others may read is refused, as is one that does not belong to c.
func readKey(path string, c *x509.Certificate) (*ecdsa.PrivateKey, []byte, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, nil, wrong(fault.NotFound, "unread", fault.Place{Path: path}, err)
	}
	if about.Mode().Perm()&0o077 != 0 {
		return nil, nil, wrong(fault.Permission, "open", fault.Place{Path: path}, nil, "mode", about.Mode().Perm().String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, wrong(fault.NotFound, "unread", fault.Place{Path: path}, err)
	}
	b, rest := pem.Decode(text)
	if b == nil || b.Type != "PRIVATE KEY" {
		return nil, nil, wrong(fault.Invalid, "noKey", fault.Place{Path: path}, nil)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(b.Bytes)
	if err != nil {
		return nil, nil, wrong(fault.Invalid, "noKey", fault.Place{Path: path}, err)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || c != nil && !key.PublicKey.Equal(c.PublicKey) {
		return nil, nil, wrong(fault.Invalid, "otherKey", fault.Place{Path: path}, nil)
	}
	return key, rest, nil
}
