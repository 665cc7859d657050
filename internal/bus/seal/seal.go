package seal

import (
	"bytes"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// A sealed batch: version, id of the key, encapsulated key, ciphertext with its tag.
const (
	version   = 1
	idSize    = 16
	capSize   = 1120 // ML-KEM-768 1,088 and X25519 32
	tagSize   = 16
	publicLen = 1216 // ML-KEM-768 1,184 and X25519 32

	// Overhead is by how many bytes a sealed batch is longer than the batch.
	Overhead = 1 + idSize + capSize + tagSize
)

// info sets these keys apart from every other use of the same algorithms.
const info = "noroshi.bus.batch.1"

// ErrNoKey is the error of a batch whose key is not in the key store: it was destroyed, or
// never was there.
var ErrNoKey = errors.New("there is no such key")

// ID names a key: the first 16 bytes of the SHA-256 of its public half.
type ID [idSize]byte

// String writes the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Public is the half of a key to which batches are sealed. It MUST reach the sender
// signed by its keeper: who can put another one in its place reads everything.
type Public struct {
	ID  ID
	key hpke.PublicKey
}

// Key is a keeper's key. It MUST be in no backup.
type Key struct {
	Public Public
	key    hpke.PrivateKey
}

// NewKey makes a key from the system's random source.
func NewKey() (*Key, error) {
	k, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, err
	}
	return keyOf(k), nil
}

func keyOf(k hpke.PrivateKey) *Key { return &Key{publicOf(k.PublicKey()), k} }

func publicOf(k hpke.PublicKey) Public {
	sum := sha256.Sum256(k.Bytes())
	return Public{ID(sum[:idSize]), k}
}

// Bytes gives the private key, for the key store. ParseKey reads it.
func (k *Key) Bytes() ([]byte, error) { return k.key.Bytes() }

// ParseKey reads what [Key.Bytes] wrote.
func ParseKey(b []byte) (*Key, error) {
	k, err := hpke.MLKEM768X25519().NewPrivateKey(b)
	if err != nil {
		return nil, wrong(fault.Invalid, "key", fault.Place{Field: "key"}, err)
	}
	return keyOf(k), nil
}

// Bytes gives the public key, to hand out. ParsePublic reads it.
func (p Public) Bytes() []byte { return p.key.Bytes() }

// ParsePublic reads what [Public.Bytes] wrote.
func ParsePublic(b []byte) (Public, error) {
	if len(b) != publicLen {
		return Public{}, wrong(fault.Invalid, "public", fault.Place{Field: "key"}, fmt.Errorf("%d bytes", len(b)))
	}
	k, err := hpke.MLKEM768X25519().NewPublicKey(b)
	if err != nil {
		return Public{}, wrong(fault.Invalid, "public", fault.Place{Field: "key"}, err)
	}
	return publicOf(k), nil
}

// Seal closes a batch of that sender and id. It MUST be opened with the same two.
func (p Public) Seal(sender, id string, batch []byte) ([]byte, error) {
	capsule, s, err := hpke.NewSender(p.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	if err != nil {
		return nil, err
	}
	text, err := s.Seal(about(sender, id), batch)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{{version}, p.ID[:], capsule, text}, nil), nil
}

// about binds a batch to its sender and id. A name holds no line feed (it is a URI), so
// the two cannot be shifted into one another.
func about(sender, id string) []byte { return []byte(sender + "\n" + id) }

// Keys finds a keeper's keys. It gives [ErrNoKey] for one that is gone.
type Keys func(ID) (*Key, error)

// Open opens a sealed batch. One whose key is gone is ErrNoKey; one that was changed,
// or sealed under another sender or id, is refused as a fault of kind Invalid.
func Open(keys Keys, sender, id string, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, wrong(fault.Invalid, "form", fault.Place{}, nil, "sender", sender, "id", id)
	}
	// Invariant 7: with its key a batch is dead, wherever copies of it lie.
	name, rest := ID(sealed[1:1+idSize]), sealed[1+idSize:]
	k, err := keys(name)
	if err != nil {
		return nil, wrong(fault.NotFound, "gone", fault.Place{Field: "key"}, err, "key", name.String(), "sender", sender, "id", id)
	}
	r, err := hpke.NewRecipient(rest[:capSize], k.key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(info))
	var batch []byte
	if err == nil {
		batch, err = r.Open(about(sender, id), rest[capSize:])
	}
	if err != nil {
		return nil, wrong(fault.Invalid, "changed", fault.Place{}, err, "sender", sender, "id", id)
	}
	return batch, nil
}

// wrong is the package's one form of error.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	at.Offset = -1
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("seal.op"), i18n.Both("seal.wrong."+key, args...), i18n.Both("seal.hint."+key))
}
