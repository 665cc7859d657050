package act

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
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
)

// MaxText is how many bytes a text has at most; MaxList how many entries a list.
const (
	MaxText = 64 << 10
	MaxList = 1000
)

// SecretSize is the length of the secret of a commitment, in bytes.
const SecretSize = 32

// Commitment is the commission's word, given before it can know which entries it will
// draw, that it will draw N of a log's entries from First to before Last. It stands in
// the commission's own log; the secret behind it comes with the inspection.
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

// Reveal is what turns a commitment into a sample: the secret, and a checkpoint that the
// inspected log published after the commitment was in the commission's log. Neither side
// chooses: the commission was bound before the checkpoint was, and the log could not
// know the secret.
type Reveal struct {
	Commitment paper.Digest `json:"commitment"` // the paper's
	Root       paper.Digest `json:"root"`       // of the later checkpoint: its tree's hash
	Secret     []byte       `json:"secret"`
	Size       int64        `json:"size"` // of the later checkpoint, at least the commitment's Last
}

// Check says whether r can reveal something.
func (r Reveal) Check() error {
	if len(r.Secret) != SecretSize || r.Size < 1 {
		return fmt.Errorf("a reveal has a secret of %d bytes and the size of a checkpoint", SecretSize)
	}
	return nil
}

// Draw gives the indices of the sample in rising order. The seed is the SHA-256 of the
// secret, the checkpoint's root and size; entry after entry is drawn by SHA-256 of the
// seed and a counter, without remainder, none twice.
func Draw(c Commitment, r Reveal) ([]int64, error) {
	if err := errors.Join(c.Check(), r.Check()); err != nil {
		return nil, err
	}
	if paper.DigestOf(r.Secret) != c.Secret {
		return nil, errors.New("the secret is not the one that was committed to")
	}
	if r.Size < c.Last {
		return nil, errors.New("the checkpoint does not reach the entries that are sampled")
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
	list := make([]int64, 0, c.N)
	for index := range drawn {
		list = append(list, index)
	}
	slices.Sort(list)
	return list, nil
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
