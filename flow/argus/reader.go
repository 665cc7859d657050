package argus

import (
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/flow/scalar"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options are the bounds of a reader; the zero value is for use.
type Options = columns.Options

// Reader reads one input. It has one owner.
type Reader struct {
	*columns.Reader
	rows *rows
}

// NewReader makes a reader of in, of which path is the name for people. skips takes
// the bad lines. It reads nothing before the first Next; an input without a header
// is one bad line.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) *Reader {
	d := &rows{}
	return &Reader{columns.NewReader(in, path, skips, o, headers(), d, columns.Said{Read: "argus.read", Header: "argus.line.header"}), d}
}

// Passed is how many rows were not about IP.
func (r *Reader) Passed() uint64 { return r.rows.passed }

// rows decodes rows.
type rows struct{ passed uint64 }

// Line cuts a line.
func (d *rows) Line(w *columns.Row, line []byte) columns.Kind {
	whole := w.Cut(line)
	switch {
	case again(w.Val[colStart]):
		return columns.Header
	case !whole:
		return columns.Short
	case !isIP(w):
		d.passed++
		return columns.Other
	}
	return columns.Record
}

// Record decodes the row.
func (d *rows) Record(w *columns.Row) flow.Record {
	r := row{w}
	return r.record()
}

// again says whether a header stands where a time should: files were put one behind
// another.
func again(start []byte) bool {
	return len(start) > 0 && start[0]|0x20 == 's' && headers().Named(start) == colStart
}

// isIP says whether a row is of an IP flow: its protocol is known to be on IP, or
// both its ends are addresses.
func isIP(w *columns.Row) bool {
	if known(w.Val[colProto]) {
		return true
	}
	switch string(w.Val[colProto]) {
	case "man", "arp", "rarp", "llc", "":
		return false
	}
	_, src := scalar.IP(w.Val[colSrc])
	_, dst := scalar.IP(w.Val[colDst])
	return src && dst
}
