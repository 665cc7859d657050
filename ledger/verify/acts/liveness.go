package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
)

// statement is a word of the commission that stands in its log.
type statement struct {
	*liveness.Verified
	spot
}

type heard struct {
	verified *liveness.Verified
	unmet    []unmet.Unmet
}

// liveness judges a statement: its signature, and that numbers and times go on without
// a gap, a step back or two stories.
func (j *Judge) liveness(p *signed) {
	got := trusted.Remember(j.known, func() heard {
		v, list := liveness.Verify(p.envelope, p.view)
		return heard{v, list}
	}, "liveness", string(p.content), string(p.view.Digest()))
	if got.verified == nil {
		j.unmet(p.Entry, "liveness", got.unmet)
		return
	}
	s := &statement{got.verified, j.spot(p)}
	j.count.Statements++
	if before := j.log.stated; before != nil {
		switch liveness.Compare(before.Verified, s.Verified) {
		case liveness.Fork:
			j.bad(p.Entry, "liveness-fork", "n", s.Number(), "other", before.index)
			return
		case liveness.Stale:
			j.bad(p.Entry, "liveness-stale", "n", s.Number(), "other", before.Number())
			return
		case liveness.Same:
			return
		}
		if s.Number() != before.Number()+1 {
			j.bad(p.Entry, "liveness-gap", "n", s.Number(), "other", before.Number())
		}
	}
	if s.Time() > p.At+Skew {
		j.bad(p.Entry, "paper-differs")
	}
	j.log.stated = s
	j.statements = append(j.statements, s)
}

// said gives the commission's latest words that one who wrote something down could rely
// on, the latest first; none when there are none. There are two when it is open which was
// first, the latest word or what was written down: then either will do. A word that came
// into the log long after what rests on it is none.
//
// Invariant 2: a word that was signed afterwards and dated back permits nothing.
func (j *Judge) said(when spot) []*liveness.Verified {
	i, _ := slices.BinarySearchFunc(j.statements, when.at+1, func(s *statement, t paper.Time) int { return int(s.Time() - t) })
	for i > 0 && j.statements[i-1].at > when.at+wordLate { // it was made up afterwards, or kept back
		i--
	}
	if i == 0 {
		return nil
	}
	list := []*liveness.Verified{j.statements[i-1].Verified}
	if s := j.statements[i-1]; i > 1 && s.Time() == when.at && !s.spot.before(when) {
		list = append(list, j.statements[i-2].Verified)
	}
	return list
}
