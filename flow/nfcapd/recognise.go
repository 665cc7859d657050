package nfcapd

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/block"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

// Recognise says whether head begins a file of nfcapd, readable or not, and when its
// first flow ended, in ns since 1970, [math.MinInt64] where that cannot be seen so early.
func Recognise(head []byte) (first int64, ok bool) {
	const newest = 16 // layouts that can be told from chance
	layout, other, ok := block.Layout(head)
	if !ok || layout == 0 || layout > newest {
		return math.MinInt64, false
	}
	if other {
		return math.MinInt64, true
	}
	h, why, _ := block.ReadHead(head)
	if why != "" || len(head) < h.Size+block.Overhead {
		return math.MinInt64, true
	}
	return firstEnd(h, head[h.Size:]), true
}

// firstEnd looks for the first flow in the beginning of the first block.
func firstEnd(h block.Head, b []byte) int64 {
	size := int(binary.LittleEndian.Uint32(b[4:]))
	flags := binary.LittleEndian.Uint16(b[10:])
	b = b[block.Overhead:]
	b = b[:min(len(b), max(0, size))]
	if flags&block.FlagPlain == 0 {
		b = unpack.Beginning(h.Method, b)
	}
	d := decoder{old: h.Old}
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
