package quic

import "slices"

// Frames that may stand in an Initial packet (RFC 9000, section 12.4).
const (
	framePadding = 0x00
	framePing    = 0x01
	frameACK     = 0x02
	frameACKECN  = 0x03
	frameCrypto  = 0x06
)

const clientHello = 1 // type of a handshake message, RFC 8446

// hello puts a ClientHello together.
type hello struct {
	data  [maxHello]byte
	spans []span // what of data is there, in order, never touching
}

type span struct{ from, to int }

// wipe forgets everything.
func (h *hello) wipe() {
	for _, s := range h.spans {
		clear(h.data[s.from:s.to])
	}
	h.spans = h.spans[:0]
}

// frames takes in the frames of an Initial packet.
func (h *hello) frames(b []byte) error {
	for len(b) > 0 {
		kind := b[0]
		b = b[1:]
		switch kind {
		case framePadding, framePing:
		case frameACK, frameACKECN:
			var ok bool
			if b, ok = afterACK(b, kind == frameACKECN); !ok {
				return ErrNot
			}
		case frameCrypto:
			at, n := number(b)
			size, m := number(b[n:])
			if n == 0 || m == 0 || size > uint64(len(b)-n-m) {
				return ErrNot
			}
			b = b[n+m:]
			if at > maxHello || at+size > maxHello || !h.add(int(at), b[:size]) {
				return ErrNot
			}
			b = b[size:]
		default: // the connection is closed
			return nil
		}
	}
	return nil
}

// afterACK leaves out the rest of an ACK frame.
func afterACK(b []byte, ecn bool) ([]byte, bool) {
	fields := 4 // largest, delay, ranges, first range
	for i := 0; i < fields; i++ {
		v, n := number(b)
		if n == 0 || v > 1<<32 {
			return nil, false
		}
		b = b[n:]
		if i == 2 {
			if v > uint64(len(b)) {
				return nil, false
			}
			fields += 2 * int(v)
			if ecn {
				fields += 3
			}
		}
	}
	return b, true
}

// add takes a piece; false when there are too many of them apart.
func (h *hello) add(at int, p []byte) bool {
	if len(p) == 0 {
		return true
	}
	end := at + len(p)
	copy(h.data[at:end], p)
	// The spans that touch the new one become one with it.
	i := 0
	for i < len(h.spans) && h.spans[i].to < at {
		i++
	}
	j := i
	for j < len(h.spans) && h.spans[j].from <= end {
		at, end = min(at, h.spans[j].from), max(end, h.spans[j].to)
		j++
	}
	if i == j && len(h.spans) >= maxSpans {
		clear(h.data[at:end])
		return false
	}
	h.spans = slices.Replace(h.spans, i, j, span{at, end})
	return true
}

// whole says whether the ClientHello is there.
func (h *hello) whole() error {
	if len(h.spans) == 0 || h.spans[0].from > 0 || h.spans[0].to < 4 {
		return ErrMore
	}
	switch size := h.size(); {
	case h.data[0] != clientHello || size > maxHello:
		return ErrNot
	case h.spans[0].to < size:
		return ErrMore
	}
	return nil
}

// size is the length of the message with its head.
func (h *hello) size() int { return 4 + int(h.data[1])<<16 + int(h.data[2])<<8 + int(h.data[3]) }

// body is what the message says, when it is whole.
func (h *hello) body() []byte { return h.data[4:h.size()] }
