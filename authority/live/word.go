package live

import (
	"slices"

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
	contested bool               // two statements with one number, or numbers and times that cross
	stops     []*warrant.Stop
	bars      []bar // of all stops, also of signers who are no longer listed
}

// bar is what a stop does.
type bar struct {
	warrant paper.Digest
	until   paper.Time // 0: for good
}

// claim is what somebody wants to be borne out, again and again while it goes on.
type claim struct {
	chain    []paper.Digest // the first warrant first
	link     paper.ID       // "" where no link is concerned
	set      int64
	table    paper.Digest
	notAfter paper.Time
	hold     int64 // how old liveness may be, ns
}

// judgement is what a word says of a claim: it stands from one instant until another.
// Times are ns since 1970.
type judgement struct {
	word  *word
	said  int64 // when the commission said it: not of the future
	from  int64 // when the last suspension is over
	until int64 // 0: not at all
	why   Verdict
}

// judge holds a claim against a word.
//
// Invariant 1: what was permitted is judged anew by every word that comes, and ends by
// itself when none comes.
func (w *word) judge(c *claim) *judgement {
	j := &judgement{word: w}
	for _, b := range w.bars {
		if !slices.Contains(c.chain, b.warrant) {
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
	s, ok := w.live.Standing(c.chain[0])
	if !ok || c.link != "" && (!slices.Contains(s.Links, c.link) || c.set < s.LeastSet || s.DirectionTable != c.table) {
		j.why = Revoked
		return j
	}
	j.said = int64(w.live.Time()) * second
	j.until = min(j.said+c.hold, int64(c.notAfter)*second, int64(w.view.Expires())*second)
	return j
}

// at says what the judgement comes to at an instant.
func (j *judgement) at(i Instant) Verdict {
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
