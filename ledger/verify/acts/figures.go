package acts

import "github.com/noroshi-acd/noroshi/ledger/proof"

// year judges what the figures of a year rest on, and figures that a key of the log's
// body has signed: the log comes to the same, bit for bit.
//
// Invariant 27: every figure of the report is one that anyone works out again.
func (j *Judge) year(p *signed) {
	if p.Class == proof.Figures && !j.byBody(p, j.log.Body) {
		j.bad(p.Entry, "keeper")
	}
	if code, args := j.log.counter.Judge(p.Index, p.Class, p.envelope, j.log.Origin); code != "" {
		j.bad(p.Entry, code, args...)
	}
}
