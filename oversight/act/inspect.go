package act

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The payload types.
const (
	InspectionType     = paper.TypePrefix + "inspection" + paper.TypeSuffix
	CommitmentType     = paper.TypePrefix + "sample-commitment" + paper.TypeSuffix
	NoticeType         = paper.TypePrefix + "breach-notice" + paper.TypeSuffix
	DemandType         = paper.TypePrefix + "demand" + paper.TypeSuffix
	RecommendationType = paper.TypePrefix + "recommendation" + paper.TypeSuffix
	FollowUpType       = paper.TypePrefix + "follow-up" + paper.TypeSuffix
	MistakeType        = paper.TypePrefix + "mistake" + paper.TypeSuffix
	ComplaintType      = paper.TypePrefix + "complaint" + paper.TypeSuffix
	AnswerType         = paper.TypePrefix + "answer" + paper.TypeSuffix
	RedressType        = paper.TypePrefix + "redress" + paper.TypeSuffix
	OpinionType        = paper.TypePrefix + "opinion" + paper.TypeSuffix
)

// MaxText is how many bytes a text has at most; MaxList how many entries a list.
const (
	MaxText = 64 << 10
	MaxList = 1000
)

// SecretSize is the length of the secret of a commitment, in bytes.
const SecretSize = 32

// DrawnWithin is by when what was drawn after a commitment is to be on record, AnswerWithin
// by when a complaint is to be answered, s.
const (
	DrawnWithin  = 90 * 86400
	AnswerWithin = 30 * 86400
)

// Commitment is the commission's word, given before it can know which entries it will
// draw, that it will draw N of a log's entries from First to before Last. It stands in
// the commission's own log, whose tree with it as the last entry gives the draw; the
// secret behind it comes with the inspection.
type Commitment struct {
	At     paper.Time   `json:"at"`
	First  int64        `json:"first"`
	Last   int64        `json:"last"`
	N      int64        `json:"n"`
	Origin string       `json:"origin"` // of the log that is inspected
	Secret paper.Digest `json:"secret"` // SHA-256 of the secret
}

// Check says whether c can be drawn.
func (c Commitment) Check() error {
	switch {
	case c.First < 0 || c.Last <= c.First || c.Origin == "":
		return errors.New("a sample is drawn from a log's entries, of which there is one at least")
	case c.N < 1 || c.N > MaxList || c.N > c.Last-c.First:
		return fmt.Errorf("a sample has 1 to %d entries, and not more than there are", MaxList)
	}
	return nil
}

// Reveal is what turns a commitment into a sample: the secret, and the tree of the
// commission's own log of which the commitment's entry is the last. There is one such
// tree, so nobody chooses among several; it holds the commitment, so it came after it;
// and the key of its last leaf is drawn by the log and not by who commits.
type Reveal struct {
	Commitment paper.Digest `json:"commitment"` // the paper's
	Root       paper.Digest `json:"root"`       // of the commission's log at Size
	Secret     []byte       `json:"secret"`
	Size       int64        `json:"size"` // the index of the commitment's entry, and one
}

// Check says whether r can reveal something.
func (r Reveal) Check() error {
	if len(r.Secret) != SecretSize || r.Size < 1 {
		return fmt.Errorf("a reveal has a secret of %d bytes and the size of a tree", SecretSize)
	}
	return nil
}

// Draw gives the indices of the sample in rising order. The seed is the SHA-256 of the
// secret, the tree's root and size; entry after entry is drawn by SHA-256 of the
// seed and a counter, without remainder, none twice. Whether root and size are those of
// the commitment's entry is for [Judge] to say, which has the log.
func Draw(c Commitment, r Reveal) ([]int64, error) {
	if err := errors.Join(c.Check(), r.Check()); err != nil {
		return nil, err
	}
	if paper.DigestOf(r.Secret) != c.Secret {
		return nil, errors.New("the secret is not the one that was committed to")
	}
	root := r.Root.Bytes()
	seed := sha256.Sum256(binary.BigEndian.AppendUint64(append(slices.Concat([]byte("noroshi sample\n"), r.Secret), root[:]...), uint64(r.Size)))
	span := uint64(c.Last - c.First)
	fair := (1<<64 - 1) / span * span // above it the draw is made again
	drawn := make(map[int64]bool, c.N)
	for counter := uint64(0); int64(len(drawn)) < c.N; counter++ {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64(seed[:], counter))
		if x := binary.BigEndian.Uint64(sum[:8]); x < fair {
			drawn[c.First+int64(x%span)] = true
		}
	}
	return slices.Sorted(maps.Keys(drawn)), nil
}

// Steered is in which way an inspection does not follow the commitment that it names.
type Steered string

// The ways.
const (
	ByPlace  Steered = "sample-place"  // another tree than that which ends with the commitment
	ByRoot   Steered = "sample-root"   // that tree has another root
	BySecret Steered = "sample-secret" // the secret is not the one that was committed to
	LeftOut  Steered = "sample-short"  // an entry that was drawn has no finding
	Undrawn  Steered = "sample-other"  // an entry has a finding that was not drawn
)

// Bound holds a reveal against where the commitment's entry stands in the commission's
// log, and that log's root at this index and one: "" when it is that tree, and no other.
//
// Invariant 28: there is one draw for a commitment.
func (r Reveal) Bound(index int64, root paper.Digest) Steered {
	switch {
	case r.Size != index+1:
		return ByPlace
	case r.Root != root:
		return ByRoot
	}
	return ""
}

// Judge holds an inspection with a sample against its commitment, the index of the
// commitment's entry in the commission's log, and that log's root at index and one. It
// gives "" when the sample is the only one that could be drawn, and is what was looked
// at; else in which way it is not, and of the last two the entry.
//
// Invariant 28: all that was drawn was looked at, and nothing else.
func Judge(c Commitment, index int64, root paper.Digest, i *Inspection) (Steered, Place) {
	if bad := i.Sample.Bound(index, root); bad != "" {
		return bad, Place{}
	}
	drawn, err := Draw(c, *i.Sample)
	if err != nil {
		return BySecret, Place{}
	}
	looked := map[Place]bool{}
	for _, f := range i.Findings {
		looked[f.Place] = true
		if _, ok := slices.BinarySearch(drawn, f.Place.Index); !ok || f.Place.Origin != c.Origin {
			return Undrawn, f.Place
		}
	}
	for _, n := range drawn {
		if p := (Place{Index: n, Origin: c.Origin}); !looked[p] {
			return LeftOut, p
		}
	}
	return "", Place{}
}

// Place is an entry of a log.
type Place struct {
	Index  int64  `json:"index"`
	Origin string `json:"origin"`
}

// Check says whether p can be a place.
func (p Place) Check() error {
	if p.Index < 0 || p.Origin == "" {
		return errors.New("a place is an entry of a log")
	}
	return nil
}

// Verdict is what came of looking at one entry.
type Verdict string

// The verdicts.
const (
	Right   Verdict = "right"
	Wrong   Verdict = "wrong"
	Refused Verdict = "refused" // it was not opened to the inspector
	Gone    Verdict = "gone"    // it was disposed of
)

// Check says whether v is a verdict.
func (v Verdict) Check() error {
	switch v {
	case Right, Wrong, Refused, Gone:
		return nil
	}
	return fmt.Errorf("%q is no verdict", string(v))
}

// Finding is what was found about one entry.
type Finding struct {
	Class   proof.Class `json:"class,omitempty"` // where it was opened
	Place   Place       `json:"place"`
	Text    string      `json:"text,omitempty"` // a must unless it is right
	Verdict Verdict     `json:"verdict"`
}

// Check refuses a finding that something is not right without a word.
func (f Finding) Check() error {
	if f.Verdict != Right && !paper.Says(f.Text) || len(f.Text) > MaxText {
		return errors.New("what is not right is said in words")
	}
	return nil
}

// Inspection is what the commission looked at and what it found. One member signs it.
type Inspection struct {
	Articles []string   `json:"articles"`
	At       paper.Time `json:"at"`
	Body     paper.ID   `json:"body"` // that was inspected
	Findings []Finding  `json:"findings"`
	ID       paper.ID   `json:"id"`
	Member   paper.ID   `json:"member"`
	Outline  string     `json:"outline"` // for the report: no names, no targets
	Sample   *Reveal    `json:"sample,omitempty"`
}

// Check says whether i can stand.
func (i Inspection) Check() error {
	if !paper.Says(i.Outline) || len(i.Outline) > MaxText || len(i.Findings) > MaxList {
		return fmt.Errorf("an inspection has an outline, and at most %d findings", MaxList)
	}
	for n := 1; n < len(i.Findings); n++ {
		a, b := i.Findings[n-1].Place, i.Findings[n].Place
		if a.Origin > b.Origin || a.Origin == b.Origin && a.Index >= b.Index {
			return errors.New("findings stand in the order of their places, none twice")
		}
	}
	return nil
}
