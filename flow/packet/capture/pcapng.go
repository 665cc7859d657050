package capture

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Block types of pcapng that are read; all others are passed over.
const (
	blockInterface = 1
	blockPacket    = 2 // obsolete, still written by old tools
	blockSimple    = 3
	blockEnhanced  = 6
)

// maxFaces is how many interfaces of one section are known; packets of later ones
// are skipped.
const maxFaces = 4096

// face is one interface of a section.
type face struct {
	link   Link
	snap   uint32
	base2  bool  // the unit of its stamps is 2^-exp s, else 10^-exp s
	exp    uint8 // 0 to 127
	offset int64 // seconds to add
}

func (r *Reader) nextBlock(f *Frame) error {
	for {
		if found, err := r.block(f); found || err != nil {
			return err
		}
	}
}

// block reads one block; found says that it was a packet, now in f.
func (r *Reader) block(f *Frame) (found bool, err error) {
	if !r.need(HeadLen) {
		return false, r.ended()
	}
	b, at := r.buf[r.pos:], r.base+int64(r.pos)
	if binary.LittleEndian.Uint32(b) == magicSection {
		return false, r.section()
	}
	kind, size := r.u32(b), (int64(r.u32(b[4:]))+3)&^3
	if size < 12 {
		// The next block cannot be found without the length of this one.
		r.toEnd()
		return false, r.skip("block", at)
	}
	if !used(kind) {
		return false, r.pass(size)
	}
	if size > maxBlock {
		if err := r.pass(size); err != nil {
			return false, err
		}
		return false, r.skip("large", at)
	}
	if !r.need(int(size)) {
		return false, r.ended()
	}
	body := r.buf[r.pos+8 : r.pos+int(size)-4]
	r.pos += int(size)
	if kind == blockInterface {
		if r.face(body) {
			return false, nil
		}
	} else if r.packet(kind, body, f) {
		f.Offset = at
		return true, nil
	}
	return false, r.skip("block", at)
}

func used(kind uint32) bool {
	return kind == blockInterface || kind == blockPacket || kind == blockSimple || kind == blockEnhanced
}

// section reads a section header at pos; byte order and interfaces begin anew.
func (r *Reader) section() error {
	at := r.base + int64(r.pos)
	if !r.need(HeadLen) {
		if err := r.broken(); err != nil {
			return err
		}
		return r.invalid("short", at)
	}
	switch b := r.buf[r.pos+8:]; uint32(magicOrder) {
	case binary.LittleEndian.Uint32(b):
		r.big = false
	case binary.BigEndian.Uint32(b):
		r.big = true
	default:
		r.toEnd()
		return r.skip("block", at)
	}
	size := int64(r.u32(r.buf[r.pos+4:]))
	if size < 28 {
		r.toEnd()
		return r.skip("block", at)
	}
	r.faces = r.faces[:0]
	return r.pass((size + 3) &^ 3)
}

// face reads an interface description.
func (r *Reader) face(b []byte) bool {
	if len(b) < 8 || len(r.faces) >= maxFaces {
		return false
	}
	n := face{link: Link(r.u16(b)), snap: r.u32(b[4:]), exp: 6}
	for o := b[8:]; len(o) >= 4; {
		code, size := r.u16(o), int(r.u16(o[2:]))
		o = o[4:]
		if code == 0 || size > len(o) {
			break
		}
		switch {
		case code == 9 && size >= 1: // if_tsresol
			n.base2, n.exp = o[0]&0x80 != 0, o[0]&0x7f
		case code == 14 && size >= 8: // if_tsoffset
			lo, hi := uint64(r.u32(o)), uint64(r.u32(o[4:]))
			if r.big {
				lo, hi = hi, lo
			}
			n.offset = int64(hi<<32 | lo)
		}
		o = o[min((size+3)&^3, len(o)):]
	}
	r.faces = append(r.faces, n)
	return true
}

// packet reads a packet block of one of the three kinds into f.
func (r *Reader) packet(kind uint32, b []byte, f *Frame) bool {
	var id, size, wire uint32
	switch {
	case kind == blockSimple && len(b) >= 4:
		wire = r.u32(b)
		b = b[4:]
		size = min(wire, uint32(len(b)))
		f.Time = r.lastT // the block has no stamp of its own
		if len(r.faces) > 0 && r.faces[0].snap > 0 {
			size = min(size, r.faces[0].snap)
		}
	case kind != blockSimple && len(b) >= 20:
		if id = r.u32(b); kind == blockPacket {
			id = uint32(r.u16(b))
		}
		if int(id) >= len(r.faces) {
			return false
		}
		f.Time = r.faces[id].time(uint64(r.u32(b[4:]))<<32 | uint64(r.u32(b[8:])))
		size, wire = r.u32(b[12:]), r.u32(b[16:])
		b = b[20:]
	default:
		return false
	}
	if int(id) >= len(r.faces) || uint64(size) > uint64(len(b)) {
		return false
	}
	if f.Time != NoTime {
		r.lastT = f.Time
	}
	f.Data, f.Wire, f.Link = b[:size:size], max(wire, size), r.faces[id].link
	return true
}

// time converts a stamp in the interface's unit to ns since 1970, NoTime when it
// does not fit.
func (n *face) time(t uint64) int64 {
	var sec, ns uint64
	switch {
	case n.base2 && n.exp < 64:
		sec = t >> n.exp
		hi, lo := bits.Mul64(t&(1<<n.exp-1), 1e9)
		ns = lo>>n.exp | hi<<(64-n.exp)
	case n.base2:
		hi, _ := bits.Mul64(t, 1e9)
		ns = hi >> (n.exp - 64)
	case n.exp <= 9:
		unit := power10(n.exp)
		sec, ns = t/unit, t%unit*power10(9-n.exp)
	case n.exp <= 19:
		unit := power10(n.exp)
		sec, ns = t/unit, t%unit/power10(n.exp-9)
	case n.exp <= 28: // less than a second in all
		ns = t / power10(n.exp-9)
	}
	const most = math.MaxInt64/1_000_000_000 - 1
	if sec > most || n.offset > most || n.offset < -most {
		return NoTime
	}
	s := int64(sec) + n.offset
	if s > most || s < -most {
		return NoTime
	}
	return s*1e9 + int64(ns)
}

func power10(n uint8) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}
