package proof

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Signature types of verifier keys (signed-note).
const (
	algorithmEd25519  = 0x01
	algorithmCosigner = 0x04
)

// stampSize is the length of a cosignature's time.
const stampSize = 8

// ParseLogKey reads a log's verifier key, "name+hash+base64", of type Ed25519.
func ParseLogKey(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("%q is no log key: %w", vkey, err)
	}
	return v, nil
}

// Cosigner checks the cosignatures (cosignature/v1) of one witness. It is a
// note.Verifier.
type Cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

// ParseCosigner reads a witness's verifier key.
func ParseCosigner(vkey string) (*Cosigner, error) {
	name, hash, alg, data, err := splitKey(vkey)
	switch {
	case err != nil:
		return nil, err
	case alg != algorithmCosigner || len(data) != ed25519.PublicKeySize:
		return nil, fmt.Errorf("%q is no key for cosignatures of version 1", vkey)
	}
	return &Cosigner{name: name, hash: hash, key: data}, nil
}

// NewCosigner makes the cosigner of a public key, and its verifier key.
func NewCosigner(name string, key ed25519.PublicKey) (*Cosigner, string, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, "", errors.New("an Ed25519 key has 32 bytes")
	}
	vkey, err := joinKey(name, algorithmCosigner, key)
	if err != nil {
		return nil, "", err
	}
	c, err := ParseCosigner(vkey)
	return c, vkey, err
}

// LogKey makes the verifier key of a log's public key.
func LogKey(name string, key ed25519.PublicKey) (string, error) {
	return joinKey(name, algorithmEd25519, key)
}

// Name is the witness's name.
func (c *Cosigner) Name() string { return c.name }

// Key is the witness's public key. The caller MUST NOT change it.
func (c *Cosigner) Key() ed25519.PublicKey { return c.key }

// KeyHash is the number by which notes call the key.
func (c *Cosigner) KeyHash() uint32 { return c.hash }

// Same says whether two cosigners are one key, whatever their names: the signed
// message does not bind the name, so one key must never count twice.
func (c *Cosigner) Same(other *Cosigner) bool { return c.key.Equal(other.key) }

// Verify says whether sig, with its time before it, is the witness's cosignature of a
// checkpoint's text.
func (c *Cosigner) Verify(text, sig []byte) bool {
	stamp, ok := stampOf(sig)
	return ok && ed25519.Verify(c.key, cosigned(text, stamp), sig[stampSize:])
}

// Cosign makes the signature bytes of a checkpoint's text: what a note's signature line
// holds after the key's hash. stamp is in seconds since 1970.
func Cosign(key ed25519.PrivateKey, text []byte, stamp int64) []byte {
	sig := binary.BigEndian.AppendUint64(nil, uint64(stamp))
	return append(sig, ed25519.Sign(key, cosigned(text, stamp))...)
}

func cosigned(text []byte, stamp int64) []byte {
	return append([]byte("cosignature/v1\ntime "+strconv.FormatInt(stamp, 10)+"\n"), text...)
}

func stampOf(sig []byte) (int64, bool) {
	if len(sig) != stampSize+ed25519.SignatureSize {
		return 0, false
	}
	stamp := int64(binary.BigEndian.Uint64(sig))
	return stamp, stamp > 0
}

// splitKey takes a verifier key apart; joinKey is its inverse.
func splitKey(vkey string) (name string, hash uint32, alg byte, key []byte, err error) {
	name, rest, _ := strings.Cut(vkey, "+")
	hex, encoded, _ := strings.Cut(rest, "+")
	data, bad := decode(encoded)
	if bad != nil || len(data) < 2 || !validName(name) || len(hex) != 8 {
		return "", 0, 0, nil, fmt.Errorf("%q is no verifier key", vkey)
	}
	hash = keyHash(name, data)
	if hex != fmt.Sprintf("%08x", hash) {
		return "", 0, 0, nil, fmt.Errorf("the hash in the verifier key %q is not that of its name and key", vkey)
	}
	return name, hash, data[0], data[1:], nil
}

func joinKey(name string, alg byte, key []byte) (string, error) {
	if !validName(name) {
		return "", fmt.Errorf("%q cannot be a key's name: it must have no space and no plus", name)
	}
	data := append([]byte{alg}, key...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, data), encode(data)), nil
}
