package trusted

import (
	"crypto/sha256"
	"slices"
	"strings"
	"sync"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Known remembers, within one process, what came out of work whose outcome depends on
// nothing but its inputs: signatures, mostly. Who verifies many exports of the same logs
// shares one. The lock guards the map; what is in it does not change.
type Known struct {
	mu   sync.Mutex
	what map[[sha256.Size]byte]any
}

// mostKnown bounds the memory of Known; beyond it everything is forgotten at once.
const mostKnown = 1 << 20

// NewKnown makes an empty one.
func NewKnown() *Known { return &Known{what: map[[sha256.Size]byte]any{}} }

// Remember gives what f gives, called once for each list of inputs. The inputs MUST be
// all that f depends on.
func Remember[T any](k *Known, f func() T, inputs ...string) T {
	h := sha256.Sum256([]byte(strings.Join(inputs, "\x00")))
	k.mu.Lock()
	v, ok := k.what[h]
	k.mu.Unlock()
	if ok {
		if t, ok := v.(T); ok {
			return t
		}
	}
	t := f()
	k.mu.Lock()
	if len(k.what) >= mostKnown {
		clear(k.what)
	}
	k.what[h] = t
	k.mu.Unlock()
	return t
}

// Paper is an envelope that was read, or why it cannot be.
type Paper struct {
	Envelope *paper.Envelope
	Digest   paper.Digest
	Err      error
}

// Envelope reads an envelope whose bytes have the digest d.
func (k *Known) Envelope(d paper.Digest, data []byte) Paper {
	return Remember(k, func() Paper {
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			return Paper{Err: err}
		}
		return Paper{Envelope: e, Digest: e.Digest()}
	}, "envelope", string(d))
}

// Signed says how many of keys have signed the envelope, whose bytes have the digest d.
func (k *Known) Signed(d paper.Digest, e *paper.Envelope, keys []paper.PublicKey) int {
	inputs := []string{"signed", string(d)}
	for _, key := range keys {
		inputs = append(inputs, string(key.ID()))
	}
	slices.Sort(inputs[2:])
	return Remember(k, func() int { return len(paper.Signers(e, keys)) }, inputs...)
}
