package nfcapd

import (
	"encoding/binary"
	"io"

	"github.com/noroshi-acd/noroshi/flow/nfcapd/unpack"
)

// flagPlain marks a block that is not compressed in a file whose blocks are.
const flagPlain = 1

// block is one block of a file on its way.
type block struct {
	at     int64 // of its head in the file
	count  int   // records announced
	kind   uint16
	method unpack.Method
	raw    []byte // as it stands in the file, without its head
	data   []byte // decompressed; raw itself where nothing was compressed
	out    []byte // memory for data
	done   chan error
}

// blocks reads the blocks of a file ahead; another goroutine decompresses them.
type blocks struct {
	in    io.Reader
	head  header
	at    int64
	seen  uint32
	queue []*block
	free  []*block
	work  chan *block
	end   *broken // why there are no more, once there are none
}

// broken is where and why blocks end.
type broken struct {
	at   int64
	why  wrong // "" at a good end
	args []any
	err  error
}

// ahead is how many blocks are taken up at once.
const ahead = 3

// next gives the next block, and what was wrong when it was decompressed; nil at the
// end. done gives it back.
func (s *blocks) next() (*block, error) {
	want := 1
	if s.head.method != unpack.Plain {
		want = ahead
	}
	for len(s.queue) < want && s.end == nil {
		s.read()
	}
	if len(s.queue) == 0 {
		s.close()
		return nil, nil
	}
	b := s.queue[0]
	s.queue = append(s.queue[:0], s.queue[1:]...)
	if b.method == unpack.Plain {
		b.data = b.raw
		return b, nil
	}
	return b, <-b.done
}

func (s *blocks) done(b *block) { s.free = append(s.free, b) }

// close ends the other goroutine.
func (s *blocks) close() {
	if s.work != nil {
		close(s.work)
		s.work = nil
	}
}

// read takes up one block, or sets end.
func (s *blocks) read() {
	if s.head.appendix > 0 && s.at >= s.head.appendix && s.seen >= s.head.blocks {
		s.end = &broken{at: s.at}
		return
	}
	var head [blockHead]byte
	n, err := io.ReadFull(s.in, head[:])
	switch {
	case n == 0 && err == io.EOF:
		s.end = &broken{at: s.at}
		if s.seen < s.head.blocks {
			s.end.why, s.end.args = "nfcapd.file.blocks", []any{"want", int(s.head.blocks), "have", int(s.seen)}
		}
		return
	case err == io.ErrUnexpectedEOF:
		s.end = &broken{at: s.at, why: "nfcapd.block.cut", args: []any{"want", blockHead, "have", n}}
		return
	case err != nil:
		s.end = &broken{at: s.at + int64(n), why: "nfcapd.file.read", err: err}
		return
	}
	size := binary.LittleEndian.Uint32(head[4:])
	if size == 0 || size > unpack.Max {
		s.end = &broken{at: s.at, why: "nfcapd.block.length", args: []any{"size", int64(size), "max", unpack.Max}}
		return
	}
	b := s.spare()
	b.at, b.count, b.kind, b.method = s.at, int(binary.LittleEndian.Uint32(head[:])), binary.LittleEndian.Uint16(head[8:]), s.head.method
	if binary.LittleEndian.Uint16(head[10:])&flagPlain != 0 {
		b.method = unpack.Plain
	}
	s.body(b, int(size))
}

// body reads what stands behind a block's head. It takes memory as it comes in: who
// announces much must send much.
func (s *blocks) body(b *block, size int) {
	const step = 1 << 20
	b.raw = b.raw[:0]
	for len(b.raw) < size {
		have := len(b.raw)
		more := min(size-have, max(step, have))
		if cap(b.raw) < have+more {
			grown := make([]byte, have, have+more)
			copy(grown, b.raw)
			b.raw = grown
		}
		b.raw = b.raw[:have+more]
		n, err := io.ReadFull(s.in, b.raw[have:])
		if err == nil {
			continue
		}
		b.raw = b.raw[:have+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			s.end = &broken{at: s.at, why: "nfcapd.block.cut", args: []any{"want", blockHead + size, "have", blockHead + len(b.raw)}}
		} else {
			s.end = &broken{at: s.at + int64(blockHead+len(b.raw)), why: "nfcapd.file.read", err: err}
		}
		if b.method != unpack.Plain { // half of it says nothing
			return
		}
		b.count = -1
		break
	}
	s.at += int64(blockHead + size)
	s.seen++
	s.queue = append(s.queue, b)
	if b.method != unpack.Plain {
		s.start()
		s.work <- b
	}
}

func (s *blocks) spare() *block {
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	return &block{done: make(chan error, 1)}
}

// start starts the other goroutine once. It touches nothing but blocks.
func (s *blocks) start() {
	if s.work != nil {
		return
	}
	work := make(chan *block, ahead)
	s.work = work
	go func() {
		var u unpack.Unpacker
		defer u.Close()
		for b := range work {
			var err error
			b.data, b.out, err = u.Block(b.method, b.raw, b.out)
			b.done <- err
		}
	}()
}
