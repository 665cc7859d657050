package nfdump

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

const readSize = 256 << 10 // bytes read at a time

// Reader reads one input. It has one owner.
type Reader struct {
	lines  *lines.Reader
	skips  *fault.Skips
	layout layout
	row    row
	window *reorder.Window
	closed bool // behind a summary, until a header comes
	over   bool
	end    error // once over
}

// NewReader makes a reader of in, of which path is the name for people. skips takes
// the bad lines. It reads nothing before the first Next; an input without a header
// is one bad line.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) *Reader {
	return &Reader{lines: lines.New(in, readSize), skips: skips, row: row{path: path}, window: reorder.New(o.Window)}
}

// Next appends about [flow.BatchSize] records to b, which the caller has reset. It
// gives io.EOF when there are no more; another error only where skips is strict,
// once the records before it are delivered.
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
	at := fault.Place{Path: r.row.path, Line: r.lines.Number(), Offset: r.lines.At()}
	switch {
	case err == lines.ErrLong:
		r.skip(said(fault.Limit, at, "nfdump.line.long", "max", int64(lines.MaxLine)))
	case err == io.EOF:
		r.over, r.end = true, err
	case err != nil:
		at.Line, at.Offset = at.Line+1, r.lines.Rest()
		bad := said(fault.Invalid, at, "nfdump.file.read")
		bad.Err = err
		r.over, r.end = true, io.EOF
		r.skip(bad)
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
	bare := bytes.TrimSpace(line)
	switch {
	case len(bare) == 0:
	case bytes.IndexByte(line, 0) >= 0:
		r.skip(said(fault.Invalid, at, "nfdump.line.nul"))
	case r.layout.cols == nil || w.again(line):
		r.header(line, at)
	case r.closed || bytes.HasPrefix(bare, []byte("No match")):
	case string(bare) == "Summary":
		r.closed = true
	case !w.cut(&r.layout, line):
		r.skip(said(fault.Invalid, at, "nfdump.line.columns", "want", r.layout.last+1))
	default:
		w.number, w.at, w.bad = at.Line, at.Offset, nil
		rec := w.record(&r.layout)
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
	if l, ok := readHeader(line); ok {
		r.layout, r.closed = l, false
		clear(r.row.val[:])
		return
	}
	r.skip(said(fault.Invalid, at, "nfdump.line.header"))
	if !r.over {
		r.over, r.end = true, io.EOF
	}
}
