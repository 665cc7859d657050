package export

import (
	"encoding/binary"
	"math"
)

// Protocol is a protocol of exports.
type Protocol uint8

// The protocols.
const (
	None Protocol = iota
	NetFlow5
	NetFlow9
	IPFIX
	SFlow
)

// usual says whether exports are usually sent to a port: it is registered, or the
// default of common collectors. What is cut short, or broken, is then reported.
func usual(port uint16) bool {
	switch port {
	case 2055, 2056, 4432, 4739, 6343, 9555, 9995, 9996:
		return true
	}
	return false
}

// Recognise tells by its content which export a datagram holds. It must fit as a
// whole: versions, lengths and numbers of sets or samples.
func Recognise(p []byte) Protocol {
	if len(p) < 20 {
		return None
	}
	fits := false
	protocol := byPort(p)
	switch protocol {
	case NetFlow5:
		n := int(binary.BigEndian.Uint16(p[2:]))
		fits = n > 0 && n <= 34 && len(p) == 24+48*n
	case NetFlow9:
		fits = dated(p[8:]) && chained(p[20:], 0)
	case IPFIX:
		fits = int(binary.BigEndian.Uint16(p[2:])) == len(p) && dated(p[4:]) && chained(p[16:], 2)
	case SFlow:
		fits = sampled(p)
	}
	if !fits {
		return None
	}
	return protocol
}

// byPort tells by its first octets alone which export a datagram to a usual port holds.
func byPort(p []byte) Protocol {
	if len(p) < 4 {
		return None
	}
	switch binary.BigEndian.Uint16(p) {
	case 5:
		return NetFlow5
	case 9:
		return NetFlow9
	case 10:
		return IPFIX
	case 0:
		if binary.BigEndian.Uint32(p) == 5 {
			return SFlow
		}
	}
	return None
}

// dated says whether a time, s since 1970, can be one of an export: not before the
// first routers exported flows, unless their clock was never set.
func dated(p []byte) bool {
	const never, first = 366 * 86400, 820_454_400
	t := binary.BigEndian.Uint32(p)
	return t < never || t >= first
}

// chained says whether sets, the first templates of which have the number templates,
// fill p, but for zeros at the end.
func chained(p []byte, templates uint16) bool {
	any := false
	for len(p) >= 4 {
		id, n := binary.BigEndian.Uint16(p), int(binary.BigEndian.Uint16(p[2:]))
		if id == 0 && n == 0 && any {
			break
		}
		if id != templates && id != templates+1 && id < 256 || n < 4 || n > len(p) {
			return false
		}
		any, p = true, p[n:]
	}
	return any && zero(p)
}

func zero(p []byte) bool {
	for _, x := range p {
		if x != 0 {
			return false
		}
	}
	return true
}

// sampled says whether p is a datagram of sFlow v5 whose samples fit.
func sampled(p []byte) bool {
	at := map[uint32]int{1: 12, 2: 24}[binary.BigEndian.Uint32(p[4:])]
	if at == 0 || len(p) < at+16 {
		return false
	}
	count := binary.BigEndian.Uint32(p[at+12:])
	p = p[at+16:]
	for range min(count, math.MaxUint16) {
		if len(p) < 8 {
			return false
		}
		n := int(binary.BigEndian.Uint32(p[4:]))
		if n < 4 || n > len(p)-8 {
			return false
		}
		p = p[8+n:]
	}
	return len(p) == 0
}

// RecogniseFile says whether head begins a file of IPFIX messages (RFC 5655), and when
// its first message was sent, ns since 1970-01-01 UTC.
func RecogniseFile(head []byte) (sent int64, ok bool) {
	if len(head) < 20 || binary.BigEndian.Uint16(head) != 10 || !dated(head[4:]) {
		return 0, false
	}
	sent = int64(binary.BigEndian.Uint32(head[4:])) * 1e9
	n := int(binary.BigEndian.Uint16(head[2:]))
	if n >= len(head) {
		return sent, n > 16 && begins(head[16:], n-16)
	}
	if n < 16 || !chained(head[16:n], 2) && n > 16 {
		return 0, false
	}
	next := head[n:]
	return sent, len(next) < 2 || binary.BigEndian.Uint16(next) == 10
}

// begins says whether sets of n octets begin with p.
func begins(p []byte, n int) bool {
	id, size := binary.BigEndian.Uint16(p), int(binary.BigEndian.Uint16(p[2:]))
	return (id == 2 || id == 3 || id >= 256) && size >= 4 && size <= n
}
