package nfcapd

import (
	"cmp"
	"encoding/binary"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Options are how a file is read; the zero value is for use.
type Options struct {
	// Link numbers an observation point, from 1: the address of an exporter, zero when
	// the file does not say it, and its domain or engine. By default all are 1.
	Link func(exporter flow.Addr, domain uint32) uint32
	// Wanted, if it is set, is asked of each record; those that it does not want are left
	// out.
	Wanted func(b *flow.Batch, r *flow.Record) bool
}

// Reader reads one file. It has one owner.
type Reader struct {
	path  string
	skips *fault.Skips
	in    blocks
	d     decoder
	b     *block
	rest  []byte // of b
	read  int    // records of b
	out   int64  // bytes decompressed
	begun bool
	end   error // once over
}

// NewReader makes a reader of in, of which path is the name for people. skips takes what
// cannot be read. It reads nothing before the first Next.
func NewReader(in io.Reader, path string, skips *fault.Skips, o Options) *Reader {
	if o.Link == nil {
		o.Link = func(flow.Addr, uint32) uint32 { return 1 }
	}
	r := &Reader{path: path, skips: skips, in: blocks{in: in}}
	r.d.link, r.d.wanted = o.Link, o.Wanted
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
		if r.b == nil {
			if r.end != nil {
				break
			}
			r.block()
			continue
		}
		r.records(b)
	}
	if len(b.Records) > 0 {
		return nil
	}
	return r.end
}

// Close ends the reading. The input is the caller's to close.
func (r *Reader) Close() error {
	r.begun, r.b = true, nil
	r.over(io.EOF)
	r.in.queue = nil
	r.in.close()
	return nil
}

// over ends the reading once the records at hand are delivered.
func (r *Reader) over(err error) { r.end = cmp.Or(r.end, err) }

// start reads the head.
func (r *Reader) start() {
	var head [headSize16]byte
	n, err := io.ReadFull(r.in.in, head[:4])
	if err == nil {
		more := headSize17 - 4
		if binary.LittleEndian.Uint16(head[2:]) == layout16 {
			more = headSize16 - 4
		}
		var m int
		m, err = io.ReadFull(r.in.in, head[4:4+more])
		n += m
	}
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		r.stop(&broken{at: int64(n), why: "nfcapd.file.read", err: err})
		return
	}
	if n < 4 {
		r.stop(&broken{why: "nfcapd.file.short"})
		return
	}
	h, why, args := readHeader(head[:n])
	if why != "" {
		r.stop(&broken{why: why, args: args})
		return
	}
	r.in.head, r.in.at, r.d.old = h, int64(h.size), h.layout == layout16
}

// stop ends the reading where no next block can be found.
func (r *Reader) stop(w *broken) {
	if w.why != "" {
		r.skip(w.at, w.why, w.err, w.args...)
	}
	r.over(io.EOF)
}

// skip notes what is wrong at a place; in strict mode it ends the reading.
func (r *Reader) skip(at int64, why wrong, cause error, args ...any) {
	kind := fault.Invalid
	if why == "nfcapd.block.bomb" {
		kind = fault.Limit
	}
	err := fault.Said(fault.Error{Kind: kind, Place: fault.Place{Path: r.path, Offset: at}, Err: cause},
		i18n.Both("nfcapd.read"), i18n.Both(string(why), args...), i18n.Both(string(why)+"-hint", args...))
	if err := r.skips.Skip(err); err != nil {
		r.b = nil
		r.over(err)
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
	b, err := r.in.next()
	if b == nil {
		r.stop(r.in.end)
		return
	}
	r.out += int64(len(b.data))
	switch {
	case err != nil:
		r.skip(b.at, "nfcapd.block.damaged", fault.Quiet(err), "method", b.method)
	case r.out > free && r.out/ratio > b.at:
		r.skip(b.at, "nfcapd.block.bomb", nil, "out", r.out, "in", b.at)
		r.over(io.EOF)
	case !r.holds(b):
	default:
		r.b, r.rest, r.read = b, b.data, 0
		return
	}
	r.in.done(b)
}

// The kinds of blocks.
const (
	blockOldest = 1 // of nfdump 1.5
	block16     = 2
	block17     = 3
	blockArray  = 4 // tables for looking up, no flows
)

// holds says whether there are records in b.
func (r *Reader) holds(b *block) bool {
	switch b.kind {
	case block16, block17:
		return true
	case blockArray:
		return false
	case blockOldest:
		r.skip(b.at, "nfcapd.block.oldest", nil)
		return false
	}
	r.skip(b.at, "nfcapd.block.kind", nil, "kind", int(b.kind))
	return false
}

// records decodes the records of the block until it or b is full.
func (r *Reader) records(b *flow.Batch) {
	rest := r.rest
	for len(b.Records) < flow.BatchSize && len(rest) >= 4 {
		n := int(binary.LittleEndian.Uint16(rest[2:]))
		if n < 4 || n > len(rest) {
			break
		}
		rec := rest[:n]
		rest = rest[n:]
		r.read++
		if binary.LittleEndian.Uint16(rec) == recordElements {
			if r.d.elements(rec, b) {
				continue
			}
		} else if r.d.other(rec, b) {
			continue
		}
		r.skip(r.b.at, r.d.why, nil, "record", r.read, "kind", int(binary.LittleEndian.Uint16(rec)))
		if r.b == nil {
			return
		}
	}
	if r.rest = rest; len(b.Records) < flow.BatchSize || len(rest) == 0 {
		r.finish()
	}
}

// finish says what was wrong with the block as a whole and gives it back.
func (r *Reader) finish() {
	b := r.b
	switch {
	case b.count < 0: // the file ends in it, which is said then
	case len(r.rest) > 0:
		r.skip(b.at, "nfcapd.block.rest", nil, "record", r.read+1, "rest", len(r.rest))
	case r.read != b.count:
		r.skip(b.at, "nfcapd.block.count", nil, "want", b.count, "have", r.read)
	}
	r.b, r.rest = nil, nil
	r.in.done(b)
}
