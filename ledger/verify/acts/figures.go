package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// year judges what the figures of a year rest on, and figures that one who speaks for the
// log's body has signed: the log comes to the same, bit for bit.
//
// Invariant 27: every figure of the report is one that anyone works out again.
func (j *Judge) year(p *signed) {
	if p.Class == proof.Figures && !j.bySpeaker(p, j.log.Body) {
		j.bad(p.Entry, "speaker", "body", string(j.log.Body))
	}
	for _, f := range j.log.counter.Judge(p.Index, &p.Entry.Entry, p.envelope, j.log.Origin) {
		j.bad(p.Entry, f.Code, f.Args...)
	}
}

// redress notes what a body says that it has erased.
func (j *Judge) redress(p *signed) {
	if err := j.erased.Take(j.log.Origin, j.log.Rank, p.Index, p.envelope); err != nil {
		j.bad(p.Entry, "paper", "why", err)
	}
}

// bySpeaker says whether a key has signed p that speaks for the body, as the trust root of
// the time has it. A service's own key does not, nor that of a member who was not given it.
func (j *Judge) bySpeaker(p *signed, body paper.ID) bool {
	b, _ := p.view.Body(body)
	var keys []paper.PublicKey
	for _, k := range b.Keys {
		if slices.Contains(k.Roles, trust.RoleTop) && k.From <= p.At && p.At < k.Until {
			keys = append(keys, k.Key)
		}
	}
	return j.known.Signed(p.content, p.envelope, keys) > 0
}
