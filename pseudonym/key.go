package pseudonym

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// KeySize is the length of a key, bytes (AES-128).
const KeySize = 16

// Key turns addresses into pseudonyms and back. Any number of goroutines may use it at
// the same time; [Key.Wipe] MUST come after the last of them. It never prints itself.
type Key struct {
	block cipher.Block // nil once wiped
}

// NewKey makes a key of KeySize random bytes, takes them over and wipes them: the caller
// has none left, also where there is an error. It is a *fault.Error: another length, or
// a secret of equal bytes, which nobody has drawn.
func NewKey(secret []byte) (*Key, error) {
	defer clear(secret)
	if len(secret) != KeySize {
		return nil, wrong(fault.Invalid, "length", nil, "n", len(secret), "want", KeySize)
	}
	if plain(secret) {
		return nil, wrong(fault.Invalid, "plain", nil)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, wrong(fault.Internal, "cipher", err)
	}
	return &Key{block}, nil
}

func plain(secret []byte) bool {
	for _, b := range secret {
		if b != secret[0] {
			return false
		}
	}
	return true
}

// Draw makes a key that nobody else has.
func Draw() *Key {
	for {
		secret := make([]byte, KeySize)
		rand.Read(secret) // never fails (crypto/rand)
		if k, err := NewKey(secret); err == nil {
			return k
		}
	}
}

// Seal puts the pseudonym of a in its place. Under a key that was wiped nothing is left
// of a, and ok is false: what cannot be hidden is not shown either.
func (k *Key) Seal(a *flow.Addr) (ok bool) {
	if k.block == nil {
		*a = flow.Addr{}
		return false
	}
	k.block.Encrypt(a[:], a[:])
	return true
}

// Open puts the address of which a is the pseudonym in its place; the inverse of Seal.
// Every 16 bytes are somebody's pseudonym: what Open gives for bytes that Seal did not
// make, or under another key, is a made-up address and no error.
func (k *Key) Open(a *flow.Addr) (ok bool) {
	if k.block == nil {
		*a = flow.Addr{}
		return false
	}
	k.block.Decrypt(a[:], a[:])
	return true
}

// Wipe overwrites the key with zeros. Nobody may use it at that moment.
//
// The standard library keeps the expanded key behind an interface and offers no way to
// erase it; that object is overwritten as a whole. Copies that the runtime or the kernel
// made of it (registers, a core dump, swap) are beyond reach here: the process must lock
// its memory and dump no core.
func (k *Key) Wipe() {
	if k.block == nil {
		return
	}
	if v := reflect.ValueOf(k.block); v.Kind() == reflect.Pointer {
		v.Elem().SetZero()
	}
	k.block = nil
}

// Wiped says whether the key is gone.
func (k *Key) Wiped() bool { return k.block == nil }

// shown is all that a key ever says of itself.
const shown = "pseudonym key, not shown"

// Format writes that there is a key, whatever the verb.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, shown) }

// String says that there is a key.
func (k *Key) String() string { return shown }

// LogValue is what a log line has of a key.
func (k *Key) LogValue() slog.Value { return slog.StringValue(shown) }

// errSecret is what every encoder gets of a key.
var errSecret = errors.New("a pseudonym key is never written out")

// MarshalText refuses: encoders of JSON, TOML and the like get no key.
func (k *Key) MarshalText() ([]byte, error) { return nil, errSecret }

// MarshalBinary refuses, as MarshalText does.
func (k *Key) MarshalBinary() ([]byte, error) { return nil, errSecret }

// wrong makes the house's error of what area pseudonym says under a key.
func wrong(kind fault.Kind, key string, cause error, args ...any) *fault.Error {
	return fault.Said(fault.Error{Kind: kind, Place: fault.Place{Offset: -1}, Err: cause},
		i18n.Both("pseudonym.op"), i18n.Both("pseudonym."+key, args...), i18n.Both("pseudonym.hint."+key, args...))
}
