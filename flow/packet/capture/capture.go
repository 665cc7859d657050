package capture

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Link is a link-layer type, as in the LINKTYPE_ registry of tcpdump.org.
type Link uint32

// Frame is one packet as it stands in the file.
type Frame struct {
	Time   int64  // ns since 1970-01-01 UTC; [NoTime] when the file gives none that fits
	Data   []byte // what was captured of it, valid until the next call
	Wire   uint32 // its length on the link, octets, at least len(Data)
	Link   Link
	Offset int64 // where its record begins, bytes from the start of the file
}

// NoTime is the stamp of a frame whose time does not fit into [Frame.Time].
const NoTime = int64(-1) << 63

// Limits of what is believed.
const (
	maxFrame   = 1 << 20   // octets captured of one packet
	firstBlock = 256 << 10 // the buffer at the start
	maxBlock   = maxFrame + 64<<10
	believable = 256 << 10 // a pcap length above this and the snap length is damage
)

// The magic numbers, as read in the file's own byte order.
const (
	magicMicro    = 0xa1b2c3d4
	magicNano     = 0xa1b23c4d
	magicModified = 0xa1b2cd34 // with 8 octets more in each packet header
	magicSection  = 0x0a0d0d0a
	magicOrder    = 0x1a2b3c4d
)

// HeadLen is how many bytes [Recognise] needs to see.
const HeadLen = 12

// Recognise says whether head is the beginning of a capture file.
func Recognise(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	switch m := binary.LittleEndian.Uint32(head); {
	case m == magicSection:
		return len(head) >= HeadLen && (binary.LittleEndian.Uint32(head[8:]) == magicOrder ||
			binary.BigEndian.Uint32(head[8:]) == magicOrder)
	case classic(m), classic(bits.ReverseBytes32(m)):
		return true
	}
	return false
}

func classic(m uint32) bool { return m == magicMicro || m == magicNano || m == magicModified }

// Reader reads one capture. It has one owner.
type Reader struct {
	in    io.Reader
	path  string
	skips *fault.Skips

	buf      []byte
	pos, end int
	base     int64 // offset in the file of buf[0]
	inErr    error // what the input ended with

	big  bool // numbers are big-endian
	next func(*Frame) error

	// pcap
	head int    // length of a packet header
	unit uint32 // fractions of a second: 10^6 or 10^9
	link Link
	snap uint32
	last uint32 // second of the last good packet

	// pcapng
	faces []face // of the current section
	lastT int64
}

// NewReader reads the file's own header from in. path is for messages. The error is
// of kind fault.Invalid when in is no capture.
func NewReader(in io.Reader, path string, skips *fault.Skips) (*Reader, error) {
	r := &Reader{in: in, path: path, skips: skips, buf: make([]byte, firstBlock)}
	if !r.need(4) {
		if err := r.broken(); err != nil {
			return nil, err
		}
		return nil, r.invalid("short", 0)
	}
	m := binary.LittleEndian.Uint32(r.buf)
	if m == magicSection {
		r.next = r.nextBlock
		if err := r.section(); err != nil {
			return nil, err
		}
		return r, nil
	}
	if !classic(m) {
		m, r.big = bits.ReverseBytes32(m), true
	}
	if !classic(m) {
		return nil, r.invalid("unknown", 0)
	}
	r.next = r.nextPacket
	return r, r.fileHeader(m)
}

// Link gives the link type of a pcap file; ok is false for pcapng, where each
// interface has its own.
func (r *Reader) Link() (l Link, ok bool) { return r.link, r.faces == nil && r.head > 0 }

// Next reads the next frame. At the end it gives io.EOF; an input that ends in the
// middle of a packet is a skipped record. Other errors end the input.
func (r *Reader) Next(f *Frame) error { return r.next(f) }

func (r *Reader) u32(b []byte) uint32 {
	if r.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (r *Reader) u16(b []byte) uint16 {
	if r.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// need says whether n unread bytes are in the buffer, after reading more.
func (r *Reader) need(n int) bool { return r.end-r.pos >= n || r.fill(n) }

func (r *Reader) fill(n int) bool {
	if n > maxBlock || r.inErr != nil {
		return false
	}
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.base += int64(r.pos)
		r.end -= r.pos
		r.pos = 0
	}
	if n > len(r.buf) {
		r.buf = append(make([]byte, 0, maxBlock), r.buf[:r.end]...)[:maxBlock]
	}
	for empty := 0; r.end < n && r.inErr == nil; {
		k, err := r.in.Read(r.buf[r.end:])
		r.end += k
		r.inErr = err
		if k == 0 && err == nil {
			if empty++; empty == 100 {
				r.inErr = io.ErrNoProgress
			}
		}
	}
	return r.end >= n
}

// broken gives what stopped the input, nil when it simply ended.
func (r *Reader) broken() error {
	if r.inErr == nil || errors.Is(r.inErr, io.EOF) || errors.Is(r.inErr, io.ErrUnexpectedEOF) {
		return nil
	}
	return fault.Said(fault.Error{Kind: fault.KindOf(r.inErr), Place: r.place(r.base + int64(r.end)), Err: r.inErr},
		i18n.Both("packet.open"), i18n.Text{}, i18n.Text{})
}

// ended is what Next gives when the buffer does not hold a whole record and no more
// comes: the input's own error, or io.EOF after noting the record cut short.
func (r *Reader) ended() error {
	if err := r.broken(); err != nil {
		return err
	}
	if r.end > r.pos || errors.Is(r.inErr, io.ErrUnexpectedEOF) {
		at := r.base + int64(r.pos)
		r.pos = r.end
		r.inErr = io.EOF
		if err := r.skip("cut", at); err != nil {
			return err
		}
	}
	return io.EOF
}

// pass leaves n bytes unread out, which may be more than the buffer holds.
func (r *Reader) pass(n int64) error {
	from := r.base + int64(r.pos)
	for n > int64(r.end-r.pos) {
		n -= int64(r.end - r.pos)
		r.pos = r.end
		if r.fill(1) {
			continue
		}
		if err := r.broken(); err != nil {
			return err
		}
		r.inErr = io.EOF
		return r.skip("cut", from)
	}
	r.pos += int(n)
	return nil
}

// toEnd gives the rest of the input up.
func (r *Reader) toEnd() {
	r.pos = r.end
	for r.fill(1) {
		r.pos = r.end
	}
}
