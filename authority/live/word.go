package live

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

// word is everything that has been said about which warrants stand, at one moment. It
// does not change: who finds another word in its place judges anew.
type word struct {
	view      *trust.View
	live      *liveness.Verified // nil: none, or of another state of trust
	doubted   *liveness.Verified // a later one that cannot be placed in time: it can only take away
	contested bool               // two statements with one number, or numbers and times that cross
	stops     []*warrant.Stop
	bars      []bar // of all stops, also of signers who are no longer listed
}

// relied is the statement by which something may start; nil when there is none.
func (w *word) relied() *liveness.Verified {
	if w.contested || w.doubted != nil {
		return nil
	}
	return w.live
}

// bar is what a stop does.
type bar struct {
	warrant paper.Digest
	until   paper.Time // 0: for good
}

// Claim is what somebody wants to be borne out, again and again while it goes on.
type Claim struct {
	Chain          []paper.Digest // the first warrant first
	Link           paper.ID       // "" where no link is concerned
	SelectorSet    int64          // with a link
	DirectionTable paper.Digest   // with a link
	NotAfter       paper.Time     // the first instant at which the warrant is over
	Hold           time.Duration  // the lease: how old liveness may be
}

// Judgement is what has been said of a claim: it stands from one instant until another.
// It does not change; [Watch.Judge] gives another one when something else is said.
type Judgement struct {
	word  *word
	said  int64 // ns since 1970, as the next two; when the commission said it
	from  int64 // when the last suspension is over
	until int64 // 0: not at all
	why   Verdict
}

// judge holds a claim against a word.
//
// Invariant 1: what was permitted is judged anew by every word that comes, and ends by
// itself when none comes.
func (w *word) judge(c *Claim) *Judgement {
	j := &Judgement{word: w}
	for _, b := range w.bars {
		if !slices.Contains(c.Chain, b.warrant) {
			continue
		}
		if b.until == 0 {
			j.why = Revoked
			return j
		}
		j.from = max(j.from, int64(b.until)*second)
	}
	if w.live == nil || w.contested {
		j.why = Silent
		return j
	}
	if !c.stands(w.live) || w.doubted != nil && !c.stands(w.doubted) {
		j.why = Revoked
		return j
	}
	j.said = int64(w.live.Time()) * second
	j.until = min(j.said+int64(c.Hold), int64(c.NotAfter)*second, int64(w.view.Expires())*second)
	return j
}

// stands says whether a statement names the claim's warrant, with its link and what is
// used there.
func (c *Claim) stands(v *liveness.Verified) bool {
	s, ok := v.Standing(c.Chain[0])
	return ok && (c.Link == "" || slices.Contains(s.Links, c.Link) && c.SelectorSet >= s.LeastSet && s.DirectionTable == c.DirectionTable)
}

// Judge holds a claim against what has been said up to now. before is what it gave last
// for the same claim, nil at first: it is given again as long as nothing else has been
// said, so asking costs next to nothing.
func (w *Watch) Judge(c *Claim, before *Judgement) *Judgement {
	if said := w.word.Load(); before == nil || before.word != said {
		return said.judge(c)
	}
	return before
}

// Until is when the judgement ends unless something else is said, in ns since 1970; 0
// when the claim does not stand at all.
func (j *Judgement) Until() int64 { return j.until }

// At says what the judgement comes to at an instant.
func (j *Judgement) At(i Instant) Verdict {
	switch {
	case j.until == 0:
		return j.why
	case !i.Sure:
		return Unsure
	case i.Latest >= j.until:
		return Stale
	case i.Earliest < j.from:
		return Suspended
	case i.Latest < j.said:
		return Silent
	}
	return Through
}
