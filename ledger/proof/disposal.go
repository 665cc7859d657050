package proof

import (
	"cmp"
	"fmt"
	"slices"
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

// ClassCount is how many payloads of a class a proof says are gone.
type ClassCount struct {
	Class Class
	N     int64
}

// Classes counts the payloads under all keys by class, in the order of the classes.
func (d KeyDeath) Classes() []ClassCount {
	var list []ClassCount
	for _, k := range d.Keys {
		i, ok := slices.BinarySearchFunc(list, k.Class, func(l ClassCount, c Class) int { return cmp.Compare(l.Class, c) })
		if !ok {
			list = slices.Insert(list, i, ClassCount{Class: k.Class})
		}
		list[i].N += k.N
	}
	return list
}
