package capture

import "math"

const (
	fileHeaderLen   = 24
	packetHeaderLen = 16
	modifiedLen     = 24
)

func (r *Reader) fileHeader(magic uint32) error {
	if !r.need(fileHeaderLen) {
		if err := r.broken(); err != nil {
			return err
		}
		return r.invalid("short", 0)
	}
	h := r.buf[r.pos:]
	r.head, r.unit = packetHeaderLen, 1e6
	switch magic {
	case magicNano:
		r.unit = 1e9
	case magicModified:
		r.head = modifiedLen
	}
	r.snap = r.u32(h[16:])
	// The upper bits say how long a frame check sequence is, not what the link is.
	r.link = Link(r.u32(h[20:]) & 0x03ffffff)
	r.pos += fileHeaderLen
	return nil
}

func (r *Reader) nextPacket(f *Frame) error {
	for {
		if !r.need(r.head) {
			return r.ended()
		}
		h := r.buf[r.pos : r.pos+r.head]
		size := r.u32(h[8:])
		if size > believable && (size > r.snap || size > maxFrame) {
			if err := r.resync(); err != nil {
				return err
			}
			continue
		}
		if !r.need(r.head + int(size)) {
			return r.ended()
		}
		h = r.buf[r.pos : r.pos+r.head]
		sec := r.u32(h)
		f.Time = int64(sec)*1e9 + int64(min(r.u32(h[4:]), r.unit-1))*int64(1e9/r.unit)
		f.Wire, f.Link = max(r.u32(h[12:]), size), r.link
		f.Offset = r.base + int64(r.pos)
		start := r.pos + r.head
		f.Data = r.buf[start : start+int(size) : start+int(size)]
		r.pos, r.last = start+int(size), sec
		return nil
	}
}

// resync passes over damage: it looks for the next place where two packet headers
// in a row make sense, at most searchLimit bytes on.
func (r *Reader) resync() error {
	const searchLimit = 4 << 20
	from := r.base + int64(r.pos)
	if err := r.skip("header", from); err != nil {
		return err
	}
	for r.base+int64(r.pos)-from < searchLimit {
		r.pos++
		if !r.need(r.head) {
			if err := r.broken(); err != nil {
				return err
			}
			break
		}
		if r.plausible(r.buf[r.pos:]) && r.followed() {
			return nil
		}
	}
	// Nothing more can be told apart in this file.
	r.toEnd()
	return nil
}

// followed says whether the plausible packet at pos is followed by another or by
// the end of the file.
func (r *Reader) followed() bool {
	size := r.head + int(r.u32(r.buf[r.pos+8:]))
	if r.need(size + r.head) {
		return r.plausible(r.buf[r.pos+size:])
	}
	return r.end-r.pos == size
}

// plausible says whether h may be a packet header near in time to the last one.
func (r *Reader) plausible(h []byte) bool {
	sec, size, wire := r.u32(h), r.u32(h[8:]), r.u32(h[12:])
	apart := math.Abs(float64(sec) - float64(r.last))
	return size > 0 && size <= wire && wire <= believable && (r.snap == 0 || size <= max(r.snap, 64)) &&
		r.u32(h[4:]) < r.unit && (apart <= 86400 || r.last == 0)
}
