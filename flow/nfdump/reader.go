package nfdump

import (
	"bytes"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/columns"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options are the bounds of a reader; the zero value is for use.
type Options = columns.Options

// Reader reads one input. It has one owner.
type Reader = columns.Reader

// NewReader makes a reader of in, of which path is the name for people. skips takes
// the bad lines. It reads nothing before the first Next; an input without a header
// is one bad line.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) *Reader {
	return columns.NewReader(in, path, skips, o, headers(), &rows{}, columns.Said{Read: "nfdump.read", Header: "nfdump.line.header"})
}

// rows decodes rows.
type rows struct {
	closed bool // behind a summary, until a header comes
}

// Line cuts a line.
func (d *rows) Line(w *columns.Row, line []byte) columns.Kind {
	bare := bytes.TrimSpace(line)
	switch {
	case again(line):
		d.closed = false
		return columns.Header
	case string(bare) == "Summary":
		d.closed = true
		return columns.Other
	case d.closed || bytes.HasPrefix(bare, []byte("No match")):
		return columns.Other
	case !w.Cut(line):
		return columns.Short
	}
	return columns.Record
}

// Record decodes the row.
func (d *rows) Record(w *columns.Row) flow.Record {
	r := row{w}
	return r.record()
}

// again says whether a header stands where a row should: files were put one behind
// another. A header of sums, as a summary has one, is none.
func again(line []byte) bool {
	if len(line) == 0 || line[0]|0x20 < 'a' || line[0]|0x20 > 'z' {
		return false
	}
	_, ok := headers().Header(line)
	return ok
}
