package columns

import (
	"bytes"
	"strings"
)

// Column is a column that a format names; 0 is [None].
type Column uint8

// None is a column that is stepped over.
const None Column = 0

// Max is one more than the highest column of a format.
const Max = 24

// maxHeader is the most columns that are looked at.
const maxHeader = 512

// Format is how a kind of text calls its columns. It does not change.
type Format struct {
	names  [Max][]string
	byName map[string]Column // in lower case
	needed []Column
}

// NewFormat makes a format. names lists the names of each column in either case, first
// the one that errors say; without the needed columns a header is none.
func NewFormat(names [Max][]string, needed ...Column) *Format {
	f := &Format{names: names, byName: map[string]Column{}, needed: needed}
	for c, all := range names {
		for _, n := range all {
			f.byName[strings.ToLower(n)] = Column(c)
		}
	}
	return f
}

// Named gives the column that has a name, in either case; None for an unknown one.
func (f *Format) Named(name []byte) Column { return f.byName[strings.ToLower(string(name))] }

// Name gives the name of c that people are told, "" for None.
func (f *Format) Name(c Column) string {
	if int(c) >= len(f.names) || len(f.names[c]) == 0 {
		return ""
	}
	return f.names[c][0]
}

// Layout is what a header says.
type Layout struct {
	Has  [Max]bool // which columns are there
	sep  byte
	cols []Column // by position
	last int      // the last position that is read
}

// Header reads a header line; ok says whether it names what is needed.
func (f *Format) Header(line []byte) (l Layout, ok bool) {
	line = bytes.TrimPrefix(bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), []byte("#"))
	most := 0
	for _, sep := range []byte(",\t;|") {
		if n := bytes.Count(line, []byte{sep}); n > most {
			l.sep, most = sep, n
		}
	}
	if most == 0 || most >= maxHeader {
		return Layout{}, false
	}
	for i, name := range bytes.Split(line, []byte{l.sep}) {
		c := f.Named(trim(name))
		if l.Has[c] {
			c = None // stands twice
		}
		if l.cols = append(l.cols, c); c != None {
			l.Has[c], l.last = true, i
		}
	}
	for _, c := range f.needed {
		if !l.Has[c] {
			return l, false
		}
	}
	return l, true
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

// Recognise says whether head, the beginning of an input, has a header of the format.
// begin is the earliest time among its rows as start tells it, in ns, 0 for none; start
// gives false for a row without one.
func (f *Format) Recognise(head []byte, start func(w *Row) (int64, bool)) (begin int64, ok bool) {
	first, rest, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	l, ok := f.Header(bytes.TrimRight(first, "\r"))
	if !ok {
		return 0, false
	}
	w := Row{Layout: l, format: f}
	for line := range bytes.Lines(rest) {
		if line[len(line)-1] != '\n' || !w.Cut(bytes.TrimRight(line, "\r\n")) {
			continue
		}
		if t, ok := start(&w); ok && (begin == 0 || t < begin) {
			begin = t
		}
	}
	return begin, true
}
