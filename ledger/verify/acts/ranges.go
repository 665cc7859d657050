package acts

import (
	"slices"

	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// Ranges judges from where samples are drawn, once all logs were read: from entries that
// were there when the commitment came in. Of a log that the export does not hold it says
// nothing, unless known does not know it either.
//
// Invariant 28: nobody inspects entries that do not exist.
func (j *Judge) Ranges(logs []*Log, known func(origin string) bool) {
	for _, l := range logs {
		for _, r := range l.Oversight.Ranges() {
			size := l.reach(r.Index, r.Origin, logs)
			if size < 0 && !known(r.Origin) {
				size = 0
			}
			if size >= 0 && r.Last > size {
				j.tell(flaw.Flaw{
					Code: "sample-range", Log: l.Origin, Rank: l.Rank, Index: r.Index, Class: proof.Sample,
					Args: []any{"last", r.Last, "size", size, "origin", r.Origin},
				})
			}
		}
	}
}

// reach is how many entries a log had at most when an entry of l was made; below 0 when
// it is not there to tell.
func (l *Log) reach(index int64, origin string, logs []*Log) int64 {
	if origin == l.Origin {
		return index
	}
	i := slices.IndexFunc(logs, func(o *Log) bool { return o.Origin == origin })
	if i < 0 {
		return -1
	}
	seen, ok := l.Stamps.First(index)
	for _, s := range logs[i].Stamps {
		if ok && s.Time >= seen+Skew {
			return s.Size
		}
	}
	return logs[i].Size
}
