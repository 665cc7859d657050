package testimony

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// The payload types of testimonies.
const (
	SplitType    = paper.TypePrefix + "split" + paper.TypeSuffix
	DecisionType = paper.TypePrefix + "witness-decision" + paper.TypeSuffix
	AnchorType   = paper.TypePrefix + "anchor" + paper.TypeSuffix
)

// Split holds two signed checkpoints of one log that do not fit together, and what shows
// it when their sizes differ. Older is never larger than Newer.
type Split struct {
	Found   paper.Time     `json:"found"`
	Log     string         `json:"log"`   // verifier key; a reader MUST compare it with the trust root's
	Newer   []byte         `json:"newer"` // signed checkpoint
	Older   []byte         `json:"older"` // signed checkpoint
	Proof   []paper.Digest `json:"proof,omitempty"`
	Root    paper.Digest   `json:"root,omitempty"` // of the newer tree when it had Older's size
	Witness string         `json:"witness"`        // who found it
}

// Finding is what a split comes to.
type Finding struct {
	Older, Newer proof.Checkpoint
	// Proven says that the log signed both and that they contradict one another. Otherwise
	// the paper is a doubt: the witness was brought both, and nobody showed it that they
	// fit; the log may be innocent.
	Proven bool
	// Both lists those of the given witnesses that cosigned both sides of a proven split.
	Both []string
}

// Judge checks s against the log's key, which the caller takes from the trust root and
// not from s. An error means that the paper shows nothing.
//
// Invariant 3: a fork is proven by the log's own two signatures, to anyone.
func (s *Split) Judge(log note.Verifier, witnesses proof.Quorum) (*Finding, error) {
	older, err := proof.OpenLog(s.Older, log, witnesses)
	if err != nil {
		return nil, fmt.Errorf("the older checkpoint: %w", err)
	}
	newer, err := proof.OpenLog(s.Newer, log, witnesses)
	if err != nil {
		return nil, fmt.Errorf("the newer checkpoint: %w", err)
	}
	f := &Finding{Older: older.Checkpoint, Newer: newer.Checkpoint}
	switch {
	case older.Size > newer.Size:
		return nil, errors.New("the older checkpoint is larger than the newer one")
	case older.Size == newer.Size:
		if older.Root == newer.Root || s.Root != "" || len(s.Proof) > 0 {
			return nil, errors.New("two checkpoints of one size are a split when their roots differ, without more")
		}
		f.Proven = true
	case s.Root == "":
		if len(s.Proof) > 0 {
			return nil, errors.New("a proof without the root that it is for")
		}
	default:
		if err := s.another(f); err != nil {
			return nil, err
		}
		f.Proven = true
	}
	if f.Proven {
		for _, a := range older.Cosignatures {
			if slices.ContainsFunc(newer.Cosignatures, func(b proof.Cosignature) bool { return a.Witness == b.Witness }) {
				f.Both = append(f.Both, a.Witness)
			}
		}
	}
	return f, nil
}

// another says whether the newer tree had another root than the older checkpoint says.
func (s *Split) another(f *Finding) error {
	if f.Older.Size == 0 {
		return errors.New("the empty tree is the beginning of every tree")
	}
	path := make(tlog.TreeProof, len(s.Proof))
	for i, d := range s.Proof {
		path[i] = d.Bytes()
	}
	if err := tlog.CheckTree(path, f.Newer.Size, f.Newer.Root, f.Older.Size, s.Root.Bytes()); err != nil {
		return fmt.Errorf("the proof does not show what root the newer tree had at size %d: %w", f.Older.Size, err)
	}
	if proof.RootDigest(f.Older.Root) == s.Root {
		return errors.New("the newer tree had the older one's root: there is no split")
	}
	return nil
}

// Check says whether s can be what it says; only Judge finds out whether it is.
func (s Split) Check() error {
	if len(s.Older) == 0 || len(s.Newer) == 0 || s.Witness == "" {
		return errors.New("a split names two checkpoints and who found it")
	}
	if len(s.Proof) > maxProof {
		return fmt.Errorf("a proof of %d hashes; there are never more than %d", len(s.Proof), maxProof)
	}
	_, err := proof.ParseLogKey(s.Log)
	return err
}

// maxProof is the most hashes of a proof in a tree of less than 2^63 leaves.
const maxProof = 63

// Deed is what a person decided about a log.
type Deed string

// The deeds.
const (
	Stop   Deed = "stop"   // cosign nothing more of this log
	Resume Deed = "resume" // go on, on the branch that the witness holds, and on no other
	Adopt  Deed = "adopt"  // go on from a later checkpoint that the witness itself had cosigned
)

// Decision is what a person decided about a log at a witness, and why.
type Decision struct {
	At     paper.Time `json:"at"`
	Deed   Deed       `json:"deed"`
	Origin string     `json:"origin"`
	Person string     `json:"person"`
	Reason string     `json:"reason"`
	// Root and Size are of the checkpoint that the witness held; no root when it held none.
	Root paper.Digest `json:"root,omitempty"`
	Size int64        `json:"size"`
}

// Check refuses a decision without a person or a reason.
func (d Decision) Check() error {
	switch {
	case d.Deed != Stop && d.Deed != Resume && d.Deed != Adopt:
		return fmt.Errorf("%q is no decision", string(d.Deed))
	case d.Origin == "" || d.Person == "" || d.Reason == "":
		return errors.New("a decision names the log, the person and the reason")
	case d.Size < 0:
		return errors.New("the size is below zero")
	}
	return nil
}

// Anchor says how much of what a sealed witness cosigned alone the outer witnesses have
// not yet cosigned.
type Anchor struct {
	At       paper.Time `json:"at"`
	Anchored int64      `json:"anchored"` // the largest size known to bear the outer quorum
	Late     bool       `json:"late"`     // longer than the rule allows
	Origin   string     `json:"origin"`
	Since    paper.Time `json:"since,omitempty"` // when the oldest unanchored checkpoint was cosigned
	Size     int64      `json:"size"`            // cosigned here
}

// Check says whether a can be what it says.
func (a Anchor) Check() error {
	if a.Anchored < 0 || a.Size < 0 || a.Origin == "" || a.Late && a.Since == 0 {
		return errors.New("an anchor names the log, two sizes, and since when when it is late")
	}
	return nil
}
