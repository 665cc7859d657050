package nfcapd

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

const (
	magic   = 0xa50c
	swapped = 0x0ca5

	layout16 = 1
	layout17 = 2

	headSize17 = 40
	headSize16 = 12 + 128 + 136 // with the name of the source and the sums of the file
	blockHead  = 12
)

// header is what a file's head says.
type header struct {
	layout   uint16
	method   unpack.Method
	blocks   uint32 // of data; 0 in a file that is still written
	appendix int64  // where the blocks behind those of data begin, 0 for none
	size     int    // of the head, bytes
}

// wrong is why a head cannot be gone by; the key of a sentence.
type wrong string

// readHeader reads the head of a file; b holds at least its first four bytes.
func readHeader(b []byte) (h header, why wrong, args []any) {
	switch binary.LittleEndian.Uint16(b) {
	case magic:
	case swapped:
		return h, "nfcapd.file.order", nil
	default:
		return h, "nfcapd.file.magic", nil
	}
	switch h.layout = binary.LittleEndian.Uint16(b[2:]); h.layout {
	case layout16:
		return header16(h, b)
	case layout17:
		return header17(h, b)
	}
	return h, "nfcapd.file.layout", []any{"layout", int(h.layout)}
}

func header17(h header, b []byte) (header, wrong, []any) {
	h.size = headSize17
	if len(b) < h.size {
		return h, "nfcapd.file.short", nil
	}
	if b[16] > uint8(unpack.Zstd) {
		return h, "nfcapd.file.method", []any{"method", int(b[16])}
	}
	if b[17] != 0 {
		return h, "nfcapd.file.encrypted", nil
	}
	h.method = unpack.Method(b[16])
	h.blocks = binary.LittleEndian.Uint32(b[36:])
	if at := binary.LittleEndian.Uint64(b[24:]); binary.LittleEndian.Uint16(b[18:]) > 0 && at <= math.MaxInt64 {
		h.appendix = int64(at)
	}
	return h, "", nil
}

func header16(h header, b []byte) (header, wrong, []any) {
	h.size = headSize16
	if len(b) < h.size {
		return h, "nfcapd.file.short", nil
	}
	const lzo, bz2, lz = 0x1, 0x8, 0x10
	switch flags := binary.LittleEndian.Uint32(b[4:]) & (lzo | bz2 | lz); flags {
	case 0:
	case lzo:
		h.method = unpack.LZO
	case bz2:
		h.method = unpack.Bzip2
	case lz:
		h.method = unpack.LZ4
	default:
		return h, "nfcapd.file.method", []any{"method", int(flags)}
	}
	h.blocks = binary.LittleEndian.Uint32(b[8:])
	return h, "", nil
}

// Recognise says whether head begins a file of nfcapd, readable or not, and when its
// first flow ended, in ns since 1970, [math.MinInt64] where that cannot be seen so early.
func Recognise(head []byte) (first int64, ok bool) {
	const newest = 16 // layouts that can be told from chance
	if len(head) < 4 {
		return math.MinInt64, false
	}
	switch binary.LittleEndian.Uint16(head) {
	case magic:
		if v := binary.LittleEndian.Uint16(head[2:]); v == 0 || v > newest {
			return math.MinInt64, false
		}
	case swapped:
		if v := binary.BigEndian.Uint16(head[2:]); v == 0 || v > newest {
			return math.MinInt64, false
		}
		return math.MinInt64, true
	default:
		return math.MinInt64, false
	}
	h, why, _ := readHeader(head)
	if why != "" || len(head) < h.size+blockHead {
		return math.MinInt64, true
	}
	return firstEnd(h, head[h.size:]), true
}

// firstEnd looks for the first flow in the beginning of the first block.
func firstEnd(h header, b []byte) int64 {
	size := int(binary.LittleEndian.Uint32(b[4:]))
	flags := binary.LittleEndian.Uint16(b[10:])
	b = b[blockHead:]
	b = b[:min(len(b), max(0, size))]
	if flags&flagPlain == 0 {
		b = unpack.Beginning(h.method, b)
	}
	d := decoder{old: h.layout == layout16}
	for len(b) >= 4 {
		n := int(binary.LittleEndian.Uint16(b[2:]))
		if n < 4 || n > len(b) {
			break
		}
		if last, ok := d.end(b[:n]); ok {
			return last
		}
		b = b[n:]
	}
	return math.MinInt64
}

// maxTime is the latest time that a record can hold, ms.
const maxTime = uint64(math.MaxInt64 / int64(time.Millisecond))
