package liveness

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
)

// Type is the payload type of a statement.
const Type = "application/vnd.noroshi.liveness+json"

// The two clocks.
const (
	StartAge     = 60 * time.Second // how old liveness may be to start something
	HoldAge      = 60 * time.Second // the lease of a running collection, where nothing else is said
	MostWideness = 60 * time.Second // how far apart Earliest and Latest may be: 30 s either way
)

// Clock is what a party knows of the time: it is not before Earliest and not after
// Latest.
type Clock struct{ Earliest, Latest paper.Time }

// Sure says whether the clock knows the time to within 30 seconds.
func (c Clock) Sure() bool {
	return c.Earliest > 0 && c.Earliest <= c.Latest && c.Latest-c.Earliest <= paper.Time(MostWideness/time.Second)
}

// Statement is one word of the commission.
type Statement struct {
	Number      int64        `json:"number"` // rises with every statement; at most Time in seconds
	Root        paper.ID     `json:"root"`
	RootHash    paper.Digest `json:"root_hash"` // digest of the view, lists and all
	RootVersion int64        `json:"root_version"`
	Time        paper.Time   `json:"time"`
	Warrants    []Standing   `json:"warrants"` // in the order of their blinded names
}

// Standing is one warrant that stands.
type Standing struct {
	Blind          string       `json:"blind"` // see Blind
	DirectionTable paper.Digest `json:"direction_table,omitempty"`
	LeastSet       int64        `json:"least_set"` // the least selector set that may still be used
	Links          []paper.ID   `json:"links"`     // in good standing, in order
}

// Blind is the name of a warrant on one UTC day: only who holds the warrant can tell
// which it is, and two days' names cannot be joined.
func Blind(warrant paper.Digest, day string) string {
	key := warrant.Bytes()
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte("noroshi liveness\n" + day))
	return hex.EncodeToString(h.Sum(nil))
}

// Check says whether s can be followed.
func (s Statement) Check() error {
	if s.Number < 1 || s.Number > int64(s.Time) {
		// One statement a second can be counted for ever. Without this bound whoever holds a
		// key for a moment could use up all numbers, and nothing said later would be newer.
		return errors.New("statements are numbered from 1, and no number is above its statement's time in seconds since 1970")
	}
	for i, w := range s.Warrants {
		if i > 0 && s.Warrants[i-1].Blind >= w.Blind {
			return errors.New("warrants stand in the order of their blinded names, none twice")
		}
		if err := paper.KeyID(w.Blind).Check(); err != nil {
			return fmt.Errorf("%q is no blinded name", w.Blind)
		}
		if !slices.IsSorted(w.Links) || w.LeastSet < 0 {
			return errors.New("links stand in order, and sets are numbered from 0")
		}
	}
	return nil
}

// Verified is a statement whose signature and root were found right. Only [Verify]
// makes one; it does not change.
type Verified struct {
	statement Statement
	digest    paper.Digest
	view      paper.Digest
}

// Verify checks the signature (one key with [trust.RoleLiveness] at the statement's
// time, of a body that keeps the log of decisions) and the state of trust that the
// statement names. Its clock is not looked at here: see [Verified.Fresh].
func Verify(e *paper.Envelope, view *trust.View) (*Verified, []unmet.Unmet) {
	var l unmet.List
	v := &Verified{view: view.Digest()}
	if err := e.Open(Type, &v.statement); err != nil {
		l.Add("liveness", "paper", "why", err.Error())
		return nil, l
	}
	s := &v.statement
	signers := slices.DeleteFunc(view.Signed(e, trust.RoleLiveness, s.Time), func(h trust.Holder) bool {
		return !slices.ContainsFunc(view.Logs(), func(g trust.Log) bool { return g.Duty == trust.Decisions && g.Body == h.Body })
	})
	l.Want(len(signers) > 0, "liveness.signatures", "liveness-signature")
	l.Want(s.Root == view.Name(), "liveness.root", "root-other")
	l.Want(s.RootVersion == view.Version() && s.RootHash == view.Digest(), "liveness.root_hash", "liveness-root")
	if len(l) > 0 {
		return nil, l
	}
	v.digest = e.Digest()
	return v, nil
}

// Number is the statement's number.
func (v *Verified) Number() int64 { return v.statement.Number }

// Time is when the commission said it.
func (v *Verified) Time() paper.Time { return v.statement.Time }

// Digest is the statement's digest.
func (v *Verified) Digest() paper.Digest { return v.digest }

// View is the digest of the view that the statement was checked against.
func (v *Verified) View() paper.Digest { return v.view }

// Standing gives what the statement says of a warrant; false when it does not stand.
func (v *Verified) Standing(warrant paper.Digest) (Standing, bool) {
	i, ok := slices.BinarySearchFunc(v.statement.Warrants, Blind(warrant, v.statement.Time.Day()), func(s Standing, blind string) int {
		return compare(s.Blind, blind)
	})
	if !ok {
		return Standing{}, false
	}
	return v.statement.Warrants[i], true
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Fresh notes what keeps the statement from being relied on at the time of the clock:
// it is older than limit by the latest that the time can be, or of the future.
func (v *Verified) Fresh(c Clock, limit time.Duration) []unmet.Unmet {
	var l unmet.List
	l.Want(c.Sure(), "clock", "clock-unsure")
	l.Want(v.statement.Time <= c.Latest, "liveness.time", "liveness-future")
	l.Want(c.Latest-v.statement.Time <= paper.Time(limit/time.Second), "liveness.time", "liveness-old", "seconds", int64(c.Latest-v.statement.Time), "limit", int64(limit/time.Second))
	return l
}

// Order is how one statement stands to the one held.
type Order int

// The orders.
const (
	Newer Order = iota // take it
	Same               // the same statement again
	Stale              // a lower number: keep the one held
	Fork               // the same number with other words: evidence against the signer
)

// Compare says how next stands to held; nil is older than all. A higher number with an
// earlier time is a fork too: numbers and times rise together.
func Compare(held, next *Verified) Order {
	switch {
	case held == nil:
		return Newer
	case next.digest == held.digest:
		return Same
	case next.Number() == held.Number(), next.Number() > held.Number() && next.Time() < held.Time():
		return Fork
	case next.Number() < held.Number():
		return Stale
	}
	return Newer
}
