package packet

// streamSize is how much of one side of a connection is put together at most.
const streamSize = 16 << 10

// stream puts the beginning of what one side sent in order. It holds one gap's
// worth of early segments; what does not fit is left out.
type stream struct {
	buf    []byte // in order from base; nil until needed
	base   uint32 // sequence number of buf[0], or of the next byte when buf is nil
	lo, hi int    // an island beyond len(buf), empty when equal
	want   int    // length of buf at which to look again
	looks  uint8
	begun  bool
}

// add takes a segment. The buffer MUST be there.
func (s *stream) add(seq uint32, p []byte) {
	off := int(int32(seq - s.base))
	if off < 0 {
		if -off >= len(p) {
			return
		}
		p, off = p[-off:], 0
	}
	if off >= streamSize {
		return
	}
	p = p[:min(len(p), streamSize-off)]
	end, n, all := off+len(p), len(s.buf), s.buf[:streamSize]
	switch {
	case off <= n:
		copy(all[off:], p)
		n = max(n, end)
		if s.lo < s.hi && s.lo <= n {
			n = max(n, s.hi)
			s.lo, s.hi = 0, 0
		}
		s.buf = all[:n]
	case s.lo == s.hi:
		copy(all[off:], p)
		s.lo, s.hi = off, end
	case off <= s.hi && end >= s.lo:
		copy(all[off:], p)
		s.lo, s.hi = min(s.lo, off), max(s.hi, end)
	}
}

// consume leaves out the first n bytes, which were read.
func (s *stream) consume(n int) {
	all := s.buf[:streamSize]
	copy(all, all[n:max(len(s.buf), s.hi)])
	s.buf = all[:len(s.buf)-n]
	s.base += uint32(n)
	if s.lo < s.hi {
		s.lo, s.hi = s.lo-n, s.hi-n
	}
}

// buffers lends the memory of streams, a bounded number at a time.
type buffers struct {
	free    [][]byte
	lent    int
	Refused uint64 // streams given up because all were lent
}

// maxBuffers times streamSize is 32 MiB.
const maxBuffers = 2048

// lend gives s a buffer; false when there is none left.
func (b *buffers) lend(s *stream) bool {
	if s.buf != nil {
		return true
	}
	if b.lent >= maxBuffers {
		b.Refused++
		return false
	}
	b.lent++
	if n := len(b.free); n > 0 {
		s.buf, b.free = b.free[n-1][:0], b.free[:n-1]
	} else {
		s.buf = make([]byte, 0, streamSize)
	}
	return true
}

// back takes the buffer of s again and wipes what it held.
func (b *buffers) back(s *stream) {
	if s.buf == nil {
		return
	}
	clear(s.buf[:max(len(s.buf), s.hi)])
	b.free = append(b.free, s.buf[:0])
	b.lent--
	s.buf, s.lo, s.hi = nil, 0, 0
}
