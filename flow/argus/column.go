package argus

import (
	"sync"

	"github.com/noroshi-acd/noroshi/flow/columns"
)

// The columns that this package reads.
const (
	colStart columns.Column = 1 + iota
	colLast
	colDur
	colProto
	colSrc
	colSport
	colDir
	colDst
	colDport
	colState
	colPkts
	colSrcPkts
	colDstPkts
	colBytes
	colSrcBytes
	colDstBytes
)

// headers lists the names of each column: of ra's header, and of its option -s.
var headers = sync.OnceValue(func() *columns.Format {
	return columns.NewFormat([columns.Max][]string{
		colStart: {"StartTime", "stime"}, colLast: {"LastTime", "ltime"}, colDur: {"Dur", "duration"}, colProto: {"Proto"},
		colSrc: {"SrcAddr", "saddr"}, colSport: {"Sport", "srcport"}, colDir: {"Dir"}, colDst: {"DstAddr", "daddr"}, colDport: {"Dport", "dstport"},
		colState: {"State"}, colPkts: {"TotPkts", "pkts"}, colSrcPkts: {"SrcPkts", "spkts"}, colDstPkts: {"DstPkts", "dpkts"},
		colBytes: {"TotBytes", "bytes"}, colSrcBytes: {"SrcBytes", "sbytes"}, colDstBytes: {"DstBytes", "dbytes"},
	}, colStart, colProto, colSrc, colDst)
})

// Recognise says whether head, the beginning of an input, is text of an Argus
// client with its header. begin is the earliest time among its rows, in ns, 0 for
// none.
func Recognise(head []byte) (begin int64, ok bool) {
	return headers().Recognise(head, func(w *columns.Row) (int64, bool) {
		if !known(w.Val[colProto]) {
			return 0, false
		}
		return instant(w.Val[colStart])
	})
}
