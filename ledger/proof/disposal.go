package proof

import (
	"fmt"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// DisposalType is the payload type of the proof of a disposal.
const DisposalType = paper.TypePrefix + "disposal" + paper.TypeSuffix

// Disposed is how many payloads of a class lay under one key that was destroyed.
type Disposed struct {
	Class Class        `json:"class"`
	Key   paper.Digest `json:"key"` // digest of the key
	N     int64        `json:"n"`
}

// KeyDeath is the payload of an entry of class disposal: the keys of a warrant's day
// were destroyed, and with them what lay under them. It is no proof that nobody copied
// a key before.
type KeyDeath struct {
	At      paper.Time   `json:"at"`
	Day     string       `json:"day"` // to which the data belong, 2006-01-02
	Keys    []Disposed   `json:"keys"`
	Origin  string       `json:"origin"`
	Warrant paper.Digest `json:"warrant"`
}

// Check says whether d can be what it says.
func (d KeyDeath) Check() error {
	if _, err := time.Parse(time.DateOnly, d.Day); err != nil {
		return fmt.Errorf("%q is no day", d.Day)
	}
	for _, k := range d.Keys {
		if k.N < 0 {
			return fmt.Errorf("%d payloads of class %s", k.N, k.Class)
		}
	}
	return nil
}
