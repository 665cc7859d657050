package block

import (
	"encoding/binary"
	"io"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

// FlagPlain marks a block that is not compressed in a file whose blocks are.
const FlagPlain = 1

// Block is one block as it stands in a file.
type Block struct {
	At     int64 // of its head in the file
	Count  int   // records announced; negative where the file ends in it
	Kind   uint16
	Method unpack.Method
	Raw    []byte // without its head
}

// End is where and why blocks end.
type End struct {
	At   int64
	Why  string // the key of the sentence; "" at a good end
	Args []any
	Err  error
}

// Reader gives the blocks of a file. It has one owner.
type Reader struct {
	In   io.Reader
	Head Head
	At   int64 // of the next block
	End  *End  // why there are no more, once there are none
	seen uint32
}

// Next reads the next block into b, whose memory it uses again; false says that there is
// none, and End why.
func (s *Reader) Next(b *Block) bool {
	if s.End != nil {
		return false
	}
	if s.Head.Appendix > 0 && s.At >= s.Head.Appendix && s.seen >= s.Head.Blocks {
		s.End = &End{At: s.At}
		return false
	}
	var head [Overhead]byte
	n, err := io.ReadFull(s.In, head[:])
	switch {
	case n == 0 && err == io.EOF:
		s.End = &End{At: s.At}
		if s.seen < s.Head.Blocks {
			s.End.Why, s.End.Args = "nfcapd.file.blocks", []any{"want", int(s.Head.Blocks), "have", int(s.seen)}
		}
		return false
	case err == io.ErrUnexpectedEOF:
		s.End = &End{At: s.At, Why: "nfcapd.block.cut", Args: []any{"want", Overhead, "have", n}}
		return false
	case err != nil:
		s.End = &End{At: s.At + int64(n), Why: "nfcapd.file.read", Err: err}
		return false
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if size == 0 || size > unpack.Max {
		s.End = &End{At: s.At, Why: "nfcapd.block.length", Args: []any{"size", int64(size), "max", unpack.Max}}
		return false
	}
	b.At, b.Count, b.Kind, b.Method = s.At, int(binary.LittleEndian.Uint32(head[:])), binary.LittleEndian.Uint16(head[8:]), s.Head.Method
	if binary.LittleEndian.Uint16(head[10:])&FlagPlain != 0 {
		b.Method = unpack.Plain
	}
	return s.body(b, int(size))
}

// body reads what stands behind a block's head. It takes memory as it comes in: who
// announces much must send much.
func (s *Reader) body(b *Block, size int) bool {
	const step = 1 << 20
	b.Raw = b.Raw[:0]
	for len(b.Raw) < size {
		have := len(b.Raw)
		more := min(size-have, max(step, have))
		if cap(b.Raw) < have+more {
			grown := make([]byte, have, have+more)
			copy(grown, b.Raw)
			b.Raw = grown
		}
		b.Raw = b.Raw[:have+more]
		n, err := io.ReadFull(s.In, b.Raw[have:])
		if err == nil {
			continue
		}
		b.Raw = b.Raw[:have+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			s.End = &End{At: s.At, Why: "nfcapd.block.cut", Args: []any{"want", Overhead + size, "have", Overhead + len(b.Raw)}}
		} else {
			s.End = &End{At: s.At + int64(Overhead+len(b.Raw)), Why: "nfcapd.file.read", Err: err}
		}
		if b.Method != unpack.Plain { // half of it says nothing
			return false
		}
		b.Count = -1
		break
	}
	s.At += int64(Overhead + size)
	s.seen++
	return true
}
