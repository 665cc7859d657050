package block

import (
	"encoding/binary"
	"math"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

const (
	magic   = 0xa50c
	swapped = 0x0ca5

	layout16 = 1
	layout17 = 2
)

// Lengths, bytes.
const (
	HeadSize17 = 40             // of a file's head in layout 2
	HeadSize16 = 12 + 128 + 136 // in layout 1, with the name of the source and the sums
	Overhead   = 12             // of a block's head
)

// Head is what a file's head says.
type Head struct {
	Old      bool // layout 1
	Method   unpack.Method
	Blocks   uint32 // of data; 0 in a file that is still written
	Appendix int64  // where the blocks behind those of data begin, 0 for none
	Size     int    // of the head, bytes
}

// ReadHead reads the head of a file; b holds at least its first four bytes. Where it
// cannot be gone by, why is the key of the sentence that says so, and args are its
// figures.
func ReadHead(b []byte) (h Head, why string, args []any) {
	switch binary.LittleEndian.Uint16(b) {
	case magic:
	case swapped:
		return h, "nfcapd.file.order", nil
	default:
		return h, "nfcapd.file.magic", nil
	}
	switch layout := binary.LittleEndian.Uint16(b[2:]); layout {
	case layout16:
		return layout16of(h, b)
	case layout17:
		return layout17of(h, b)
	default:
		return h, "nfcapd.file.layout", []any{"layout", int(layout)}
	}
}

func layout17of(h Head, b []byte) (Head, string, []any) {
	h.Size = HeadSize17
	if len(b) < h.Size {
		return h, "nfcapd.file.short", nil
	}
	if b[16] > uint8(unpack.Zstd) {
		return h, "nfcapd.file.method", []any{"method", int(b[16])}
	}
	if b[17] != 0 {
		return h, "nfcapd.file.encrypted", nil
	}
	h.Method = unpack.Method(b[16])
	h.Blocks = binary.LittleEndian.Uint32(b[36:])
	if at := binary.LittleEndian.Uint64(b[24:]); binary.LittleEndian.Uint16(b[18:]) > 0 && at <= math.MaxInt64 {
		h.Appendix = int64(at)
	}
	return h, "", nil
}

func layout16of(h Head, b []byte) (Head, string, []any) {
	h.Old, h.Size = true, HeadSize16
	if len(b) < h.Size {
		return h, "nfcapd.file.short", nil
	}
	const lzo, bz2, lz = 0x1, 0x8, 0x10
	switch flags := binary.LittleEndian.Uint32(b[4:]) & (lzo | bz2 | lz); flags {
	case 0:
	case lzo:
		h.Method = unpack.LZO
	case bz2:
		h.Method = unpack.Bzip2
	case lz:
		h.Method = unpack.LZ4
	default:
		return h, "nfcapd.file.method", []any{"method", int(flags)}
	}
	h.Blocks = binary.LittleEndian.Uint32(b[8:])
	return h, "", nil
}

// Layout gives the number of the layout that head, the beginning of a file, says, and
// whether the file is of a machine of the other byte order; ok is false for what does
// not begin as a file of nfcapd.
func Layout(head []byte) (layout uint16, other, ok bool) {
	if len(head) < 4 {
		return 0, false, false
	}
	switch binary.LittleEndian.Uint16(head) {
	case magic:
		return binary.LittleEndian.Uint16(head[2:]), false, true
	case swapped:
		return binary.BigEndian.Uint16(head[2:]), true, true
	}
	return 0, false, false
}
