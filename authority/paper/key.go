package paper

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// The kinds of key. Ed25519 alone can be used now; the other names are reserved, so
// that a paper with them is refused with a sentence and not misread.
const (
	KindEd25519  = "ed25519"
	KindWebAuthn = "webauthn-es256"
	KindMLDSA44  = "ml-dsa-44"
)

// PublicKey is a key that checks signatures.
type PublicKey struct {
	Key  []byte `json:"key"` // for ed25519 the 32 bytes of RFC 8032
	Kind string `json:"kind"`
}

// Check says whether k can be used: a known kind, the right length, and no point
// under which anybody can sign.
func (k PublicKey) Check() error {
	switch k.Kind {
	case KindEd25519:
	case KindWebAuthn, KindMLDSA44:
		return fmt.Errorf("keys of kind %s have a name and cannot be used yet", k.Kind)
	default:
		return fmt.Errorf("%q is no kind of key", clip(k.Kind))
	}
	if len(k.Key) != ed25519.PublicKeySize {
		return fmt.Errorf("an ed25519 key has %d bytes, not %d", ed25519.PublicKeySize, len(k.Key))
	}
	if weak(k.Key) {
		return errors.New("this ed25519 key is a point of small order or has another spelling: anybody could sign for it")
	}
	return nil
}

// ID is the key's name: SHA-256 of its kind, a line feed and its bytes, in hexadecimal.
func (k PublicKey) ID() KeyID {
	h := sha256.New()
	h.Write([]byte(k.Kind))
	h.Write([]byte{'\n'})
	h.Write(k.Key)
	return KeyID(hex.EncodeToString(h.Sum(nil)))
}

// Same says whether k and other are one key, by kind and bytes.
func (k PublicKey) Same(other PublicKey) bool {
	return k.Kind == other.Kind && bytes.Equal(k.Key, other.Key)
}

// Verify says whether sig is k's signature of message; nil when it is.
func (k PublicKey) Verify(message, sig []byte) error {
	if err := k.Check(); err != nil {
		return err
	}
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(k.Key, message, sig) {
		return errors.New("the signature is not this key's")
	}
	return nil
}

// weakPoints are the y coordinates, without the sign bit, of the points of small
// order, in the little-endian spelling of RFC 8032.
var weakPoints = [][]byte{
	{0: 0, 31: 0}, // y = 0, order 4
	{0: 1, 31: 0}, // y = 1, the neutral point
	{0: 0xec, 1: 0xff, 2: 0xff, 3: 0xff, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff, 8: 0xff, 9: 0xff, 10: 0xff, 11: 0xff, 12: 0xff, 13: 0xff, 14: 0xff, 15: 0xff, 16: 0xff, 17: 0xff, 18: 0xff, 19: 0xff, 20: 0xff, 21: 0xff, 22: 0xff, 23: 0xff, 24: 0xff, 25: 0xff, 26: 0xff, 27: 0xff, 28: 0xff, 29: 0xff, 30: 0xff, 31: 0x7f}, // y = −1, order 2
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},                                                                                                                       // order 8
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},                                                                                                                       // order 8
}

// weak says whether key is a point of small order, or spelt with a y of 2^255−19 or
// more, which is another spelling of a smaller one.
func weak(key []byte) bool {
	y := slices.Clone(key)
	y[31] &= 0x7f
	if y[0] >= 0xed && y[31] == 0x7f && !slices.ContainsFunc(y[1:31], func(b byte) bool { return b != 0xff }) {
		return true
	}
	return slices.ContainsFunc(weakPoints, func(p []byte) bool { return bytes.Equal(p, y) })
}

// Signer signs messages with a key that it keeps to itself. The caller MUST have shown
// a person what is signed.
type Signer interface {
	Public() PublicKey
	Sign(message []byte) ([]byte, error)
}

type ed25519Signer ed25519.PrivateKey

// Ed25519 makes a signer of a private key.
func Ed25519(private ed25519.PrivateKey) Signer { return ed25519Signer(private) }

// Public gives the key that checks.
func (s ed25519Signer) Public() PublicKey {
	return PublicKey{Kind: KindEd25519, Key: slices.Clone(s[ed25519.PrivateKeySize-ed25519.PublicKeySize:])}
}

// Sign signs message as RFC 8032 says, without randomness.
func (s ed25519Signer) Sign(message []byte) ([]byte, error) {
	if len(s) != ed25519.PrivateKeySize {
		return nil, errors.New("this is no ed25519 private key")
	}
	return ed25519.Sign(ed25519.PrivateKey(s), message), nil
}
