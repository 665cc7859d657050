package argus

import (
	"bytes"
	"strings"
	"sync"
)

// column is a column that this package reads.
type column uint8

// The columns.
const (
	none column = iota
	colStart
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
	numColumns
)

// columns lists the names of each column in lower case: of ra's header, and of its
// option -s.
func columns() [numColumns][]string {
	return [numColumns][]string{
		colStart: {"starttime", "stime"}, colLast: {"lasttime", "ltime"}, colDur: {"dur", "duration"}, colProto: {"proto"},
		colSrc: {"srcaddr", "saddr"}, colSport: {"sport", "srcport"}, colDir: {"dir"}, colDst: {"dstaddr", "daddr"}, colDport: {"dport", "dstport"},
		colState: {"state"}, colPkts: {"totpkts", "pkts"}, colSrcPkts: {"srcpkts", "spkts"}, colDstPkts: {"dstpkts", "dpkts"},
		colBytes: {"totbytes", "bytes"}, colSrcBytes: {"srcbytes", "sbytes"}, colDstBytes: {"dstbytes", "dbytes"},
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

// String gives the column's name in ra's header.
func (c column) String() string {
	return [numColumns]string{"", "StartTime", "LastTime", "Dur", "Proto", "SrcAddr", "Sport", "Dir", "DstAddr", "Dport", "State",
		"TotPkts", "SrcPkts", "DstPkts", "TotBytes", "SrcBytes", "DstBytes"}[c]
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
	return l, l.has[colStart] && l.has[colProto] && l.has[colSrc] && l.has[colDst]
}

// trim gives v without white space and quotation marks around it.
func trim(v []byte) []byte {
	for len(v) > 0 && (v[0] == ' ' || v[0] == '\t') {
		v = v[1:]
	}
	for n := len(v); n > 0 && (v[n-1] == ' ' || v[n-1] == '\t'); n-- {
		v = v[:n-1]
	}
	if n := len(v); n >= 2 && v[0] == '"' && v[n-1] == '"' {
		return v[1 : n-1]
	}
	return v
}

// Recognise says whether head, the beginning of an input, is text of an Argus
// client with its header. begin is the earliest time among its rows, in ns, 0 for
// none.
func Recognise(head []byte) (begin int64, ok bool) {
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	l, ok := readHeader(bytes.TrimRight(first, "\r"))
	if !ok {
		return 0, false
	}
	var r row
	for line := range bytes.Lines(rest) {
		if line[len(line)-1] != '\n' || !r.cut(&l, bytes.TrimRight(line, "\r\n")) || !known(r.val[colProto]) {
			continue
		}
		if t, ok := instant(r.val[colStart]); ok && (begin == 0 || t < begin) {
			begin = t
		}
	}
	return begin, true
}
