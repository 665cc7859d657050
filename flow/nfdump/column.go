package nfdump

import (
	"sync"

	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// The columns that this package reads.
const (
	colFirst columns.Column = 1 + iota
	colLast
	colDur
	colSrc
	colDst
	colSport
	colDport
	colProto
	colFlags
	colInPkts
	colInBytes
	colOutPkts
	colOutBytes
	colRouter
	colEngine
)

// headers lists the names of each column: of -o csv in 1.6 and 1.7, of later versions, and
// of their format elements.
var headers = sync.OnceValue(func() *columns.Format {
	return columns.NewFormat([columns.Max][]string{
		colFirst: {"ts", "firstseen", "tfs", "tsr", "tsg", "first", "date first seen"}, colLast: {"te", "lastseen", "ter", "teg", "last", "date last seen"},
		colDur: {"td", "duration", "tds"}, colSrc: {"sa", "srcaddr", "src ip addr"}, colDst: {"da", "dstaddr", "dst ip addr"},
		colSport: {"sp", "srcport", "src pt"}, colDport: {"dp", "dstport", "dst pt"}, colProto: {"pr", "proto"}, colFlags: {"flg", "flags"},
		colInPkts: {"ipkt", "pkt", "packets", "inpackets"}, colInBytes: {"ibyt", "byt", "bytes", "inbytes"},
		colOutPkts: {"opkt", "outpackets"}, colOutBytes: {"obyt", "outbytes"}, colRouter: {"ra", "router", "routerip"}, colEngine: {"eng", "engine"},
	}, colFirst, colProto, colSrc, colDst)
})

// Recognise says whether head, the beginning of an input, is CSV of nfdump with its
// header. begin is the earliest time among its rows, in ns, 0 for none.
func Recognise(head []byte) (begin int64, ok bool) {
	return headers().Recognise(head, func(w *columns.Row) (int64, bool) { return scalar.Instant(w.Val[colFirst]) })
}
