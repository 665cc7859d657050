package verify

import (
	"slices"

	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// ranges judges from where samples are drawn, once all logs were read: from entries that
// were there when the commitment came in. Of a log that the export does not hold it says
// nothing, unless the trust root does not know it either.
//
// Invariant 28: nobody inspects entries that do not exist.
func (r *run) ranges(logs []*acts.Log) {
	all := known(r.views.All())
	for _, l := range logs {
		for _, s := range l.Oversight.Ranges() {
			size := reach(l, s.Index, s.Origin, logs)
			if size < 0 && !slices.ContainsFunc(all, func(g trust.Log) bool { return g.Origin == s.Origin }) {
				size = 0
			}
			if size >= 0 && s.Last > size {
				r.flaws.Add(flaw.Flaw{
					Code: "sample-range", Log: l.Origin, Rank: l.Rank, Index: s.Index, Class: proof.Sample,
					Args: []any{"last", s.Last, "size", size, "origin", s.Origin},
				})
			}
		}
	}
}

// reach is how many entries a log had at most when an entry of l was made; below 0 when
// it is not there to tell.
func reach(l *acts.Log, index int64, origin string, logs []*acts.Log) int64 {
	if origin == l.Origin {
		return index
	}
	i := slices.IndexFunc(logs, func(o *acts.Log) bool { return o.Origin == origin })
	if i < 0 {
		return -1
	}
	seen, ok := l.Stamps.First(index)
	for _, s := range logs[i].Stamps {
		if ok && s.Time >= seen+acts.Skew {
			return s.Size
		}
	}
	return logs[i].Size
}
