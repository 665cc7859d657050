package columns

import (
	"bytes"
	"cmp"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/lines"
	"github.com/noroshi-acd/noroshi/flow/reorder"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Options are the bounds of a reader; the zero value is for use.
type Options struct {
	// Window is how many records are held to put them in order of time; 0 means
	// [reorder.DefaultWindow].
	Window int
}

// Kind is what a line is.
type Kind uint8

// The kinds of lines.
const (
	Record Kind = iota // a row, cut into its columns
	Short              // a row that lacks columns
	Header             // a header stands where a row should: files were put one behind another
	Other              // to be passed over
)

// Decoder knows one kind of text.
type Decoder interface {
	// Line says what a line is that is neither blank nor damaged; what is a record it
	// has cut.
	Line(w *Row, line []byte) Kind
	// Record decodes the row. What it cannot read it notes by [Row.Flaw].
	Record(w *Row) flow.Record
}

// Said are the keys of sentences that a kind of text has of its own; each but Read has
// a hint beside it.
type Said struct {
	Read   string // what is being done: "reading …"
	Header string // the first line is no header
}

const readSize = 256 << 10 // bytes read at a time

// Reader reads one input. It has one owner.
type Reader struct {
	lines   *lines.Reader
	skips   *fault.Skips
	decoder Decoder
	said    Said
	path    string
	row     Row
	window  *reorder.Window
	over    bool
	end     error // once over
}

// NewReader makes a reader of in, of which path is the name for people. skips takes the
// bad lines. It reads nothing before the first Next; an input without a header is one
// bad line.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options, f *Format, d Decoder, s Said) *Reader {
	return &Reader{
		lines: lines.New(in, readSize), skips: skips, decoder: d, said: s, path: path,
		row: Row{format: f, read: s.Read}, window: reorder.New(o.Window),
	}
}

// Next appends about [flow.BatchSize] records to b, which the caller has reset. It
// gives io.EOF when there are no more; another error only where skips is strict, once
// the records before it are delivered.
func (r *Reader) Next(b *flow.Batch) error {
	for !r.window.Out(b) {
		if r.over {
			return r.end
		}
		for !r.over && !r.window.Full() {
			r.step()
		}
		if r.over {
			r.window.End()
		}
	}
	return nil
}

// Close ends the reading. The input is the caller's to close.
func (r *Reader) Close() error {
	r.window, r.over, r.end = reorder.New(1), true, cmp.Or(r.end, io.EOF)
	return nil
}

// step reads one line.
func (r *Reader) step() {
	line, err := r.lines.Next()
	at := fault.Place{Path: r.path, Line: r.lines.Number(), Offset: r.lines.At()}
	switch {
	case err == lines.ErrLong:
		r.skip(r.row.said(fault.Limit, at, "columns.line.long", "max", int64(lines.MaxLine)))
	case err == io.EOF:
		r.over, r.end = true, err
	case err != nil:
		at.Line, at.Offset = at.Line+1, r.lines.Rest()
		bad := r.row.said(fault.Invalid, at, "columns.file.read")
		bad.Err = err
		r.over, r.end = true, io.EOF
		r.skip(bad)
	case len(bytes.TrimSpace(line)) == 0:
	case bytes.IndexByte(line, 0) >= 0:
		r.skip(r.row.said(fault.Invalid, at, "columns.line.nul"))
	default:
		r.line(line, at)
	}
}

// skip notes a bad line; in strict mode it ends the reading.
func (r *Reader) skip(err error) {
	if err := r.skips.Skip(err); err != nil {
		r.over, r.end = true, err
	}
}

func (r *Reader) line(line []byte, at fault.Place) {
	w := &r.row
	kind := Header
	if w.Layout.cols != nil {
		kind = r.decoder.Line(w, line)
	}
	switch kind {
	case Header:
		r.header(line, at)
	case Short:
		r.skip(w.said(fault.Invalid, at, "columns.line.short", "want", w.Layout.last+1))
	case Record:
		w.at, w.bad = at, nil
		rec := r.decoder.Record(w)
		if w.bad != nil {
			r.skip(w.bad)
			return
		}
		in := r.window.In()
		in.Records = append(in.Records, rec)
	}
}

// header reads a header; without one there is nothing to go by.
func (r *Reader) header(line []byte, at fault.Place) {
	w := &r.row
	if l, ok := w.format.Header(line); ok {
		w.Layout = l
		clear(w.Val[:])
		return
	}
	r.skip(w.said(fault.Invalid, at, r.said.Header))
	if !r.over && w.Layout.cols == nil {
		r.over, r.end = true, io.EOF
	}
}
