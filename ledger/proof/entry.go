package proof

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// The payload types of entries.
const (
	EntryType  = paper.TypePrefix + "entry" + paper.TypeSuffix
	OpenedType = paper.TypePrefix + "opened" + paper.TypeSuffix
	PeriodType = paper.TypePrefix + "period" + paper.TypeSuffix
)

// KeySize is the length of the random key of a commitment.
const KeySize = 32

// Class is what kind of act an entry records.
type Class string

// The classes. Decisions are the commission's, acts the hub's, both may record the rest.
const (
	Application Class = "application"
	Decision    Class = "decision"
	Warrant     Class = "warrant"
	Refusal     Class = "refusal"
	Suspension  Class = "suspension"
	Revocation  Class = "revocation"
	Liveness    Class = "liveness"
	Inspection  Class = "inspection"

	CorrectionRequest Class = "correction-request" // the commission asks for one (補正の求め)
	Correction        Class = "correction"         // an application in the place of an earlier one
	Withdrawal        Class = "withdrawal"
	Dismissal         Class = "dismissal" // closed by machine, without a judgement (却下)
	Vote              Class = "vote"
	Approval          Class = "approval"          // of an application, whole
	PartialApproval   Class = "partial-approval"  // of an application, in part or under conditions
	ExtensionRequest  Class = "extension-request" // an application that a warrant may go on
	Extension         Class = "extension"         // its approval, whole or in part
	UrgentNotice      Class = "urgent-notice"     // an urgent warrant is told to the commission
	Sample            Class = "sample"            // the commitment to a random sample
	BreachNotice      Class = "breach-notice"
	Demand            Class = "demand"
	Recommendation    Class = "recommendation"
	FollowUp          Class = "follow-up"
	Complaint         Class = "complaint"
	Answer            Class = "answer"
	Redress           Class = "redress"
	Opinion           Class = "opinion"         // of a monitor or an adviser, about an application
	Figures           Class = "figures"         // of the transparency report
	OpeningRequest    Class = "opening-request" // a member opens entries of the log to everybody

	GrantOpen  Class = "grant-open"
	GrantClose Class = "grant-close"
	Selectors  Class = "selectors"
	Query      Class = "query"
	Opening    Class = "opening" // of a pseudonym
	Disclosure Class = "disclosure"
	Order      Class = "order"
	Result     Class = "result"
	Disposal   Class = "disposal"

	Books   Class = "books"
	Trust   Class = "trust" // a root or a body's list
	Build   Class = "build" // the hash of the program that runs
	Mistake Class = "error"
	Period  Class = "period"
)

// Acting says whether an entry of the class is an act that only a warrant permits.
func (c Class) Acting() bool {
	return c == GrantOpen || c == Query || c == Opening || c == Disclosure || c == Order
}

// Classes lists all classes.
func Classes() []Class {
	return []Class{
		Application, Decision, Warrant, Refusal, Suspension, Revocation, Liveness, Inspection,
		CorrectionRequest, Correction, Withdrawal, Dismissal, Vote, Approval, PartialApproval, ExtensionRequest, Extension, UrgentNotice,
		Sample, BreachNotice, Demand, Recommendation, FollowUp, Complaint, Answer, Redress, Opinion, Figures, OpeningRequest,
		GrantOpen, GrantClose, Selectors, Query, Opening, Disclosure, Order, Result, Disposal,
		Books, Trust, Build, Mistake, Period,
	}
}

// Check says whether c is a class.
func (c Class) Check() error {
	if !slices.Contains(Classes(), c) {
		return fmt.Errorf("%q is no class of entries", string(c))
	}
	return nil
}

// Entry is what a leaf commits to. It names the paper by digests and does not hold it.
type Entry struct {
	At         paper.Time   `json:"at"` // by the log's clock
	Class      Class        `json:"class"`
	Content    paper.Digest `json:"content"` // SHA-256 of the payload's bytes as they are kept
	Instrument paper.ID     `json:"instrument,omitempty"`
	Paper      paper.Digest `json:"paper,omitempty"` // when the payload is a signed paper: its digest
	Role       paper.ID     `json:"role"`            // of who acted
	Warrant    paper.Digest `json:"warrant,omitempty"`
}

// Commitment is a leaf: what the log holds instead of an entry.
type Commitment [sha256.Size]byte

// Commit gives the leaf of an entry under a key: HMAC-SHA-256 over its canonical bytes.
// The key MUST be random and used once: who could guess it could try entries.
func (e Entry) Commit(key [KeySize]byte) (Commitment, error) {
	text, err := paper.Marshal(e)
	if err != nil {
		return Commitment{}, err
	}
	return CommitBytes(key, text), nil
}

// CommitBytes is Commit for an entry's canonical bytes.
func CommitBytes(key [KeySize]byte, entry []byte) (c Commitment) {
	m := hmac.New(sha256.New, key[:])
	m.Write(entry)
	m.Sum(c[:0])
	return c
}

// Hash is the leaf hash of RFC 6962 over the commitment.
func (c Commitment) Hash() tlog.Hash { return tlog.RecordHash(c[:]) }

// Opened is an entry that anyone may read: with the key it can be found right.
type Opened struct {
	Entry Entry  `json:"entry"`
	Index int64  `json:"index"`
	Key   []byte `json:"key"`
}

// Check says whether o can be what it says.
func (o Opened) Check() error {
	switch {
	case len(o.Key) != KeySize:
		return fmt.Errorf("a commitment's key has %d bytes, not %d", KeySize, len(o.Key))
	case o.Index < 0:
		return errors.New("the index is below zero")
	}
	return nil
}

// Leaf gives the leaf that o must have in the log.
func (o Opened) Leaf() (Commitment, error) {
	if len(o.Key) != KeySize {
		return Commitment{}, o.Check()
	}
	return o.Entry.Commit([KeySize]byte(o.Key))
}

// PeriodCount is how many entries of a class, role and instrument a log says it made.
type PeriodCount struct {
	Class      Class    `json:"class"`
	Instrument paper.ID `json:"instrument,omitempty"`
	N          int64    `json:"n"`
	Role       paper.ID `json:"role"`
}

// Sealed is how many entries stay sealed after the end of a period, and why.
type Sealed struct {
	N      int64    `json:"n"`
	Reason paper.ID `json:"reason"`
	Until  string   `json:"until"` // the day on which they are to be looked at again
}

// PeriodReport is what a log's keeper signs at the end of a period: all leaves of it by
// class. Those that were opened can be counted by anyone; the rest stands as sealed, or
// as disposed with proof.
type PeriodReport struct {
	Counts   []PeriodCount `json:"counts"` // in the order of class, role, instrument
	Disposed int64         `json:"disposed"`
	First    int64         `json:"first"` // index of the period's first entry
	Last     int64         `json:"last"`  // index after the period's last entry
	Origin   string        `json:"origin"`
	Sealed   []Sealed      `json:"sealed"`
}

// Check says whether the counts add up to the entries of the period, and what is not
// opened does not go beyond them.
func (r PeriodReport) Check() error {
	if r.First < 0 || r.Last < r.First {
		return fmt.Errorf("a period from %d to before %d", r.First, r.Last)
	}
	left := r.Last - r.First // taken down and not added up, so that nothing wraps
	for _, c := range r.Counts {
		if c.N < 0 || c.N > left {
			return fmt.Errorf("%d entries of class %s in the period from %d to before %d", c.N, c.Class, r.First, r.Last)
		}
		left -= c.N
	}
	if left != 0 {
		return fmt.Errorf("the counts leave out %d entries of the period from %d to before %d", left, r.First, r.Last)
	}
	left = r.Last - r.First - r.Disposed
	closed := r.Disposed >= 0
	for _, s := range r.Sealed {
		closed = closed && s.N >= 0 && s.N <= left
		left -= max(0, min(s.N, left))
	}
	if !closed || left < 0 {
		return errors.New("disposed and sealed entries are not below 0, and together not more than the period has")
	}
	return nil
}
