package nfdump

import (
	"bytes"
	"strings"
	"sync"

	"github.com/noroshi-acd/noroshi/flow/scalar"
)

// column is a column that this package reads.
type column uint8

// The columns.
const (
	none column = iota
	colFirst
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
	numColumns
)

// columns lists the names of each column in lower case: of -o csv in 1.6 and 1.7, of
// later versions, and of their format elements.
func columns() [numColumns][]string {
	return [numColumns][]string{
		colFirst: {"ts", "firstseen", "tfs", "tsr", "tsg", "first", "date first seen"}, colLast: {"te", "lastseen", "ter", "teg", "last", "date last seen"},
		colDur: {"td", "duration", "tds"}, colSrc: {"sa", "srcaddr", "src ip addr"}, colDst: {"da", "dstaddr", "dst ip addr"},
		colSport: {"sp", "srcport", "src pt"}, colDport: {"dp", "dstport", "dst pt"}, colProto: {"pr", "proto"}, colFlags: {"flg", "flags"},
		colInPkts: {"ipkt", "pkt", "packets", "inpackets"}, colInBytes: {"ibyt", "byt", "bytes", "inbytes"},
		colOutPkts: {"opkt", "outpackets"}, colOutBytes: {"obyt", "outbytes"}, colRouter: {"ra", "router", "routerip"}, colEngine: {"eng", "engine"},
	}
}

var byName = sync.OnceValue(func() map[string]column {
	m := map[string]column{}
	for c, names := range columns() {
		for _, n := range names {
			m[n] = column(c)
		}
	}
	return m
})

// String gives the column's short name.
func (c column) String() string {
	if c == none || c >= numColumns {
		return ""
	}
	return columns()[c][0]
}

// layout is what a header says.
type layout struct {
	sep  byte
	cols []column // by position
	last int      // the last position that is read
	has  [numColumns]bool
}

// maxHeader is the most columns that are looked at.
const maxHeader = 512

// readHeader reads a header line; ok says whether it names what a record needs.
func readHeader(line []byte) (l layout, ok bool) {
	line = bytes.TrimPrefix(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), []byte("#"))
	most := 0
	for _, sep := range []byte(",\t;|") {
		if n := bytes.Count(line, []byte{sep}); n > most {
			l.sep, most = sep, n
		}
	}
	if most == 0 || most >= maxHeader {
		return layout{}, false
	}
	for i, name := range bytes.Split(line, []byte{l.sep}) {
		c := byName()[strings.ToLower(string(trim(name)))]
		if l.has[c] {
			c = none // stands twice
		}
		if l.cols = append(l.cols, c); c != none {
			l.has[c], l.last = true, i
		}
	}
	return l, l.has[colFirst] && l.has[colProto] && l.has[colSrc] && l.has[colDst]
}

// trim gives v without white space and quotation marks around it.
func trim(v []byte) []byte {
	v = bytes.Trim(v, " \t")
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		return v[1 : n-1]
	}
	return v
}

// Recognise says whether head, the beginning of an input, is CSV of nfdump with its
// header. begin is the earliest time among its rows, in ns, 0 for none.
func Recognise(head []byte) (begin int64, ok bool) {
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	l, ok := readHeader(bytes.TrimRight(first, "\r"))
	if !ok {
		return 0, false
	}
	var r row
	for line := range bytes.Lines(rest) {
		if line[len(line)-1] != '\n' || !r.cut(&l, bytes.TrimRight(line, "\r\n")) {
			continue
		}
		if t, ok := scalar.Instant(r.val[colFirst]); ok && (begin == 0 || t < begin) {
			begin = t
		}
	}
	return begin, true
}
