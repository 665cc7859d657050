package columns

import (
	"bytes"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Row is one line under its header.
type Row struct {
	Val    [Max][]byte // valid until the next line, nil for what is empty
	Layout Layout
	format *Format
	read   string // key of what is being done
	at     fault.Place
	bad    *fault.Error
}

// Cut puts the values of a line in their columns; it says whether the line has all
// columns that are read. What stands behind them, labels with commas among it, does
// not matter.
func (w *Row) Cut(line []byte) bool {
	l := &w.Layout
	for i := 0; i <= l.last; i++ {
		end := bytes.IndexByte(line, l.sep)
		v := line
		if end >= 0 {
			v, line = line[:end], line[end+1:]
		} else if i < l.last {
			return false
		}
		if c := l.cols[i]; c != None {
			if v = trim(v); len(v) == 0 {
				v = nil
			}
			w.Val[c] = v
		}
	}
	return true
}

// Flaw notes that a column is bad, which makes the row bad; key is the sentence in the
// catalogue, key+"-hint" what to do. The first flaw of a row is told.
func (w *Row) Flaw(c Column, key string) {
	if w.bad == nil {
		at := w.at
		at.Field = w.format.Name(c)
		w.bad = w.said(fault.Invalid, at, key)
	}
}

func (w *Row) said(kind fault.Kind, at fault.Place, key string, args ...any) *fault.Error {
	return fault.Said(fault.Error{Kind: kind, Place: at}, i18n.Both(w.read), i18n.Both(key, args...), i18n.Both(key+"-hint"))
}

// Count reads a whole number, 0 for an empty value; key is the flaw of another.
func (w *Row) Count(c Column, key string) uint64 {
	if w.Val[c] == nil {
		return 0
	}
	n, ok := scalar.Count(w.Val[c])
	if !ok {
		w.Flaw(c, key)
	}
	return n
}

// Addr reads an address; key is the flaw of what is none.
func (w *Row) Addr(c Column, key string) flow.Addr {
	a, ok := scalar.IP(w.Val[c])
	if !ok {
		w.Flaw(c, key)
	}
	return a
}
