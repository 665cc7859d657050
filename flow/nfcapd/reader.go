package nfcapd

import (
	"cmp"
	"encoding/binary"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/block"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Options are how a file is read; the zero value is for use.
type Options struct {
	// Link numbers an observation point, from 1: the address of an exporter, zero when
	// the file does not say it, and its domain or engine. By default all are 1.
	Link func(exporter flow.Addr, domain uint32) uint32
	// Wanted, if it is set, is asked of each record; those that it does not want are left
	// out. It may be asked twice, and by several goroutines at once.
	Wanted func(b *flow.Batch, r *flow.Record) bool
	// Unwanted, if it is set, hears from the goroutine that calls Next how many records
	// were left out since it heard last.
	Unwanted func(n int)
}

// Reader reads one file. It has one owner.
type Reader struct {
	path     string
	skips    *fault.Skips
	unwanted func(n int)
	in       ahead
	d        decoder
	b        *task
	part     int    // of b's pieces
	rest     []byte // of b
	read     int    // records of b
	out      int64  // bytes decompressed
	begun    bool
	end      error // once over
}

// NewReader makes a reader of in, of which path is the name for people. skips takes what
// cannot be read. It reads nothing before the first Next.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) *Reader {
	if o.Link == nil {
		o.Link = func(flow.Addr, uint32) uint32 { return 1 }
	}
	if o.Unwanted == nil {
		o.Unwanted = func(int) {}
	}
	r := &Reader{path: path, skips: skips, unwanted: o.Unwanted}
	r.d.link, r.d.wanted = o.Link, o.Wanted
	r.in.in.In, r.in.d = in, &r.d
	return r
}

// Next appends about [flow.BatchSize] records to b, which the caller has reset. It
// gives io.EOF when there are no more; another error only where skips is strict, once
// the records before it are delivered.
func (r *Reader) Next(b *flow.Batch) error {
	if !r.begun {
		r.begun = true
		r.start()
	}
	for len(b.Records) < flow.BatchSize {
		switch {
		case r.b == nil && r.end != nil:
			return r.over(b)
		case r.b == nil:
			r.block()
		case r.part < r.b.parts:
			if !r.piece(b) {
				return nil
			}
		default:
			r.records(b)
		}
	}
	return nil
}

// piece gives records that were decoded ahead; false says that b has no room for them.
func (r *Reader) piece(b *flow.Batch) bool {
	p := &r.b.pieces[r.part]
	switch {
	case len(p.Records) < flow.BatchSize/2:
		b.Records = append(b.Records, p.Records...)
	case len(b.Records) == 0:
		b.Records, p.Records = p.Records, b.Records
	default:
		return false
	}
	r.part++
	return true
}

// over gives what Next does once there are no more blocks.
func (r *Reader) over(b *flow.Batch) error {
	if len(b.Records) > 0 {
		return nil
	}
	return r.end
}

// Close ends the reading. The input is the caller's to close.
func (r *Reader) Close() error {
	r.begun, r.b = true, nil
	r.ends(io.EOF)
	r.in.close()
	r.in.queue, r.in.free = nil, nil
	return nil
}

// ends ends the reading once the records at hand are delivered.
func (r *Reader) ends(err error) { r.end = cmp.Or(r.end, err) }

// start reads the head.
func (r *Reader) start() {
	var head [block.HeadSize16]byte
	n, err := io.ReadFull(r.in.in.In, head[:4])
	if err == nil {
		more := block.HeadSize17 - 4
		if layout, _, _ := block.Layout(head[:4]); layout == 1 {
			more = block.HeadSize16 - 4
		}
		var m int
		m, err = io.ReadFull(r.in.in.In, head[4:4+more])
		n += m
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		r.stop(&block.End{At: int64(n), Why: "nfcapd.file.read", Err: err})
		return
	}
	if n < 4 {
		r.stop(&block.End{Why: "nfcapd.file.short"})
		return
	}
	h, why, args := block.ReadHead(head[:n])
	if why != "" {
		r.stop(&block.End{Why: why, Args: args})
		return
	}
	r.in.in.Head, r.in.in.At, r.d.old = h, int64(h.Size), h.Old
}

// stop ends the reading where no next block can be found.
func (r *Reader) stop(w *block.End) {
	if w.Why != "" {
		r.skip(w.At, w.Why, w.Err, w.Args...)
	}
	r.ends(io.EOF)
}

// skip notes what is wrong at a place; in strict mode it ends the reading.
func (r *Reader) skip(at int64, why string, cause error, args ...any) {
	kind := fault.Invalid
	if why == "nfcapd.block.bomb" {
		kind = fault.Limit
	}
	err := fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: r.path, Offset: at}, Err: cause},
		i18n.Both("nfcapd.read"), i18n.Both(why, args...), i18n.Both(why+"-hint", args...))
	if err := r.skips.Skip(err); err != nil {
		r.b = nil
		r.ends(err)
	}
}

// Blocks that give out more than free bytes, and ratio times what the file has, are made
// to wear a reader down.
const (
	free  = 1 << 30
	ratio = 1000
)

// block takes up the next block with records.
func (r *Reader) block() {
	b := r.in.next()
	if b == nil {
		r.stop(r.in.in.End)
		return
	}
	r.out += int64(len(b.data))
	switch {
	case b.err != nil:
		r.skip(b.At, "nfcapd.block.damaged", fault.Quiet(b.err), "method", b.Method)
	case r.out > free && r.out/ratio > b.At:
		r.skip(b.At, "nfcapd.block.bomb", nil, "out", r.out, "in", b.At)
		r.ends(io.EOF)
	case !r.holds(b):
	default:
		r.take(b)
		return
	}
	r.in.release(b)
}

// take begins with b, after what was decoded of it ahead if that holds.
func (r *Reader) take(b *task) {
	if !b.holds(&r.d) {
		b.parts, b.left, b.read, b.unkept = 0, b.data, 0, 0
	}
	r.b, r.part, r.rest, r.read = b, 0, b.left, b.read
	r.unwanted(b.unkept)
}

// The kinds of blocks.
const (
	blockOldest = 1 // of nfdump 1.5
	block16     = 2
	block17     = 3
	blockArray  = 4 // tables for looking up, no flows
)

// holds says whether there are records in b.
func (r *Reader) holds(b *task) bool {
	switch b.Kind {
	case block16, block17:
		return true
	case blockArray:
		return false
	case blockOldest:
		r.skip(b.At, "nfcapd.block.oldest", nil)
		return false
	}
	r.skip(b.At, "nfcapd.block.kind", nil, "kind", int(b.Kind))
	return false
}

// records decodes the records of the block until it or b is full.
func (r *Reader) records(b *flow.Batch) {
	r.d.unkept = 0
	left, n, bad := r.d.run(r.rest, b)
	r.rest, r.read = left, r.read+n
	r.unwanted(r.d.unkept)
	if bad {
		kind, size := binary.LittleEndian.Uint16(left), binary.LittleEndian.Uint16(left[2:])
		r.rest = left[size:]
		r.read++
		r.skip(r.b.At, r.d.why, nil, "record", r.read, "kind", int(kind))
		return
	}
	if len(b.Records) < flow.BatchSize || len(left) == 0 {
		r.finish()
	}
}

// finish says what was wrong with the block as a whole and gives it back.
func (r *Reader) finish() {
	b := r.b
	switch {
	case b.Count < 0: // the file ends in it, which is said then
	case len(r.rest) > 0:
		r.skip(b.At, "nfcapd.block.rest", nil, "record", r.read+1, "rest", len(r.rest))
	case r.read != b.Count:
		r.skip(b.At, "nfcapd.block.count", nil, "want", b.Count, "have", r.read)
	}
	r.b, r.rest = nil, nil
	r.in.release(b)
}
