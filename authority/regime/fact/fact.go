package fact

import (
	"errors"
	"fmt"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// Mark says how surely a fact is known. Whoever shows the fact shows its mark.
type Mark string

// The marks.
const (
	Seen       Mark = "S" // seen in a public page or repository document
	Remembered Mark = "R" // from background knowledge: check the official text first
	Uncertain  Mark = "U" // uncertain or contested
	Quoted     Mark = "Q" // quoted in public material of an official body
)

// Marks lists all marks, the surest first.
func Marks() []Mark { return []Mark{Quoted, Seen, Remembered, Uncertain} }

// Check says whether m is a mark.
func (m Mark) Check() error {
	if !slices.Contains(Marks(), m) {
		return fmt.Errorf("%q is no mark: S seen, R remembered, U uncertain, Q quoted", string(m))
	}
	return nil
}

// Sure says whether one may rely on a fact with this mark without looking it up.
func (m Mark) Sure() bool { return m == Seen || m == Quoted }

// Weakest gives the least sure of marks, a quotation for less than what was seen itself: what
// rests on several facts is no surer than that. What has no mark is not known, and so
// uncertain; without marks nothing is known at all.
func Weakest(marks ...Mark) Mark {
	all := []Mark{Seen, Quoted, Remembered, Uncertain}
	worst := -1
	for _, m := range marks {
		at := slices.Index(all, m)
		if at < 0 {
			return Uncertain
		}
		worst = max(worst, at)
	}
	if worst < 0 {
		return Uncertain
	}
	return all[worst]
}

// MaxCites is how many citations a fact has at most.
const MaxCites = 32

// Cites are places of law in the order of relevance: "Act 42 art. 17(1)".
type Cites []string

// Check refuses citations that say nothing, twice the same, and too many.
func (c Cites) Check() error {
	if len(c) > MaxCites {
		return fmt.Errorf("a fact has at most %d citations", MaxCites)
	}
	for i, s := range c {
		if !paper.Says(s) || len(s) > 300 {
			return errors.New("a citation says where the rule stands, in at most 300 bytes")
		}
		if slices.Contains(c[:i], s) {
			return fmt.Errorf("%q is cited twice", s)
		}
	}
	return nil
}

// Of is one fact. The zero value is a fact of which nothing is known at all: as an
// optional member of a paper it is left out.
type Of[T any] struct {
	Cite  Cites       `json:"cite"`
	Mark  Mark        `json:"mark"`
	Note  paper.Words `json:"note,omitempty"`
	Value *T          `json:"value,omitempty"` // nil: not known
}

// Known gives the value; ok is false where it is not known.
func (f Of[T]) Known() (value T, ok bool) {
	if f.Value == nil {
		return value, false
	}
	return *f.Value, true
}

// Or gives the value, or other where it is not known.
func (f Of[T]) Or(other T) T {
	if f.Value == nil {
		return other
	}
	return *f.Value
}

// Check refuses a value that nothing is cited for.
func (f Of[T]) Check() error {
	if err := f.Mark.Check(); err != nil {
		return err
	}
	if f.Value != nil && len(f.Cite) == 0 {
		return errors.New("a value that is known has a citation")
	}
	return nil
}

// Is makes a fact.
func Is[T any](value T, mark Mark, cite ...string) Of[T] {
	return Of[T]{Value: &value, Mark: mark, Cite: cite}
}

// Unknown makes a fact of which the value is not known.
func Unknown[T any](mark Mark, cite ...string) Of[T] {
	return Of[T]{Mark: mark, Cite: append(Cites{}, cite...)}
}
