package proof

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

// maxNote is the size, in bytes, from which on a signed checkpoint is refused.
const maxNote = 64 << 10

// MaxLeaves is the largest size of a log, 2^53−1: what a whole number on paper holds. A
// larger one is refused, whoever signed it.
const MaxLeaves = paper.MaxInt

// Checkpoint is what a log says of itself at one size (tlog-checkpoint).
type Checkpoint struct {
	Origin    string
	Size      int64 // leaves
	Root      tlog.Hash
	Extension []string // lines that nobody but the log vouches for
}

// ParseCheckpoint reads the text of a checkpoint, which ends with a line feed.
func ParseCheckpoint(text string) (Checkpoint, error) {
	var c Checkpoint
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[len(lines)-1] != "" || slices.Contains(lines[:len(lines)-1], "") {
		return c, errors.New("a checkpoint is at least three lines, none empty, each ended by a line feed")
	}
	size, err := number(lines[1])
	if err != nil {
		return c, fmt.Errorf("line 2 of the checkpoint, its size: %w", err)
	}
	if size > MaxLeaves {
		return c, fmt.Errorf("line 2 of the checkpoint: a log has at most %d entries, not %d", int64(MaxLeaves), size)
	}
	root, err := hash(lines[2])
	if err != nil {
		return c, fmt.Errorf("line 3 of the checkpoint, its root: %w", err)
	}
	c = Checkpoint{Origin: lines[0], Size: size, Root: root, Extension: slices.Clone(lines[3 : len(lines)-1])}
	if size == 0 && root != EmptyRoot() {
		return c, errors.New("line 3 of the checkpoint: the root of an empty tree must be the hash of nothing")
	}
	return c, nil
}

// EmptyRoot is the root of a tree without leaves.
func EmptyRoot() tlog.Hash {
	h, _ := tlog.TreeHash(0, nil) // cannot fail: it reads nothing
	return h
}

// Text is the text of the checkpoint as it is signed.
func (c Checkpoint) Text() string {
	var b strings.Builder
	b.WriteString(c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" + encode(c.Root[:]) + "\n")
	for _, line := range c.Extension {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Same says whether two checkpoints say the same of the same log.
func (c Checkpoint) Same(other Checkpoint) bool {
	return c.Origin == other.Origin && c.Size == other.Size && c.Root == other.Root
}

// Cosignature is a witness's word for a checkpoint, found right.
type Cosignature struct {
	Witness string
	Time    int64 // seconds since 1970, by the witness's clock
}

// Quorum is the witnesses that count and how many of them must have signed.
type Quorum struct {
	k         int
	witnesses []*Cosigner
}

// NewQuorum takes the verifier keys of the witnesses and how many of them must sign.
// One key under two names is refused. Whether k is enough for so many is the trust
// root's rule.
func NewQuorum(vkeys []string, k int) (Quorum, error) {
	q := Quorum{k: k}
	if k < 1 || k > len(vkeys) {
		return Quorum{}, fmt.Errorf("%d of %d witnesses can be no quorum", k, len(vkeys))
	}
	for _, vkey := range vkeys {
		c, err := ParseCosigner(vkey)
		if err != nil {
			return Quorum{}, err
		}
		for _, other := range q.witnesses {
			if c.Same(other) || c.name == other.name {
				return Quorum{}, fmt.Errorf("the witnesses %s and %s have one key or one name", other.name, c.name)
			}
		}
		q.witnesses = append(q.witnesses, c)
	}
	return q, nil
}

// K is how many witnesses must have signed.
func (q Quorum) K() int { return q.k }

// Witnesses gives the witnesses that count.
func (q Quorum) Witnesses() []*Cosigner { return slices.Clone(q.witnesses) }

// Signed is a checkpoint whose signatures were checked.
type Signed struct {
	Checkpoint
	Note         []byte        // as it was read
	Cosignatures []Cosignature // by witnesses of the quorum, in order of their names
}

// OpenLog reads a signed checkpoint and demands the log's signature and origin. The
// cosignatures of the quorum's witnesses are checked and listed, and may be too few.
func OpenLog(text []byte, log note.Verifier, q Quorum) (*Signed, error) {
	if len(text) > maxNote {
		return nil, fmt.Errorf("a checkpoint of %d bytes; the most is %d", len(text), maxNote)
	}
	known := []note.Verifier{log}
	for _, w := range q.witnesses {
		known = append(known, w)
	}
	n, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return nil, fmt.Errorf("the checkpoint's signatures: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return nil, err
	}
	s := &Signed{Checkpoint: c, Note: slices.Clone(text)}
	byLog := false
	for _, sig := range n.Sigs {
		data, err := decode(sig.Base64) // stricter than package note: a signature has one spelling
		if err != nil || len(data) < 4 {
			return nil, fmt.Errorf("the signature of %s cannot be read", sig.Name)
		}
		if sig.Name == log.Name() && sig.Hash == log.KeyHash() {
			byLog = true
			continue
		}
		stamp, _ := stampOf(data[4:]) // note.Open has verified it
		s.Cosignatures = append(s.Cosignatures, Cosignature{Witness: sig.Name, Time: stamp})
	}
	switch {
	case !byLog:
		return nil, fmt.Errorf("the checkpoint does not bear the signature of the log %s", log.Name())
	case c.Origin != log.Name():
		return nil, fmt.Errorf("the checkpoint is of %q, not of the log %s", c.Origin, log.Name())
	}
	slices.SortFunc(s.Cosignatures, func(a, b Cosignature) int { return cmp.Compare(a.Witness, b.Witness) })
	return s, nil
}

// Open reads a signed checkpoint and demands the log's signature and the quorum.
//
// Invariant 3: a checkpoint without its quorum of witnesses proves nothing.
func Open(text []byte, log note.Verifier, q Quorum) (*Signed, error) {
	s, err := OpenLog(text, log, q)
	if err == nil && (q.k < 1 || len(s.Cosignatures) < q.k) {
		return nil, &FewWitnesses{Origin: s.Origin, Size: s.Size, Got: len(s.Cosignatures), Want: q.k}
	}
	return s, err
}

// FewWitnesses is the error of a checkpoint that too few witnesses have cosigned.
type FewWitnesses struct {
	Origin    string
	Size      int64
	Got, Want int
}

func (e *FewWitnesses) Error() string {
	return fmt.Sprintf("the checkpoint of %s at size %d has %d cosignatures, must have %d", e.Origin, e.Size, e.Got, e.Want)
}

// Median is the median of the cosignatures' times, in seconds since 1970: with a
// minority of wrong clocks it lies among the right ones. 0 without cosignatures.
func (s *Signed) Median() int64 {
	var times []int64
	for _, c := range s.Cosignatures {
		times = append(times, c.Time)
	}
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)-1)/2]
}
