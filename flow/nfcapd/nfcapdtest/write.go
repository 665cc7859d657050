package nfcapdtest

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/noroshi-acd/noroshi/flow"
)

// Method is how blocks are compressed, by its number in files of layout 2.
type Method uint8

// The methods that can be written.
const (
	Plain Method = 0
	LZO   Method = 1 // literals only: valid, and no smaller
	LZ4   Method = 3
	Zstd  Method = 4 // layout 2 only
)

// Options say what is written; the zero value is a plain file of layout 2.
type Options struct {
	Old      bool // layout 1, of nfdump 1.6
	Method   Method
	Block    int  // bytes of a block before compression; 1 MiB by default
	Counters bool // with the counters of the other side
	Rate     uint32
	Scaled   bool // the collector multiplied the counters by Rate
	Exporter [4]byte
}

// Writer writes one file.
type Writer struct {
	o      Options
	out    io.WriterAt
	at     int64
	block  []byte
	n      uint32 // records of block
	blocks uint32
	zstd   *zstd.Encoder
	err    error
}

const (
	head2, head1 = 40, 276
	sysid        = 7
)

// NewWriter begins a file at the start of out.
func NewWriter(out io.WriterAt, o Options) *Writer {
	if o.Block <= 0 {
		o.Block = 1 << 20
	}
	w := &Writer{o: o, out: out, at: head2}
	if o.Old {
		w.at = head1
	}
	if o.Method == Zstd {
		w.zstd, w.err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	}
	w.begin()
	return w
}

// begin writes what the file says before its flows.
func (w *Writer) begin() {
	le := binary.LittleEndian
	if w.o.Exporter != [4]byte{} {
		e := make([]byte, 32)
		le.PutUint16(e, 7)
		le.PutUint16(e[2:], 32)
		le.PutUint32(e[4:], 5)
		le.PutUint32(e[16:], binary.BigEndian.Uint32(w.o.Exporter[:]))
		le.PutUint16(e[24:], 2)
		le.PutUint16(e[26:], sysid)
		w.put(e)
	}
	if w.o.Rate > 1 && w.o.Old {
		s := make([]byte, 16)
		le.PutUint16(s, 9)
		le.PutUint16(s[2:], 16)
		le.PutUint32(s[8:], w.o.Rate)
		le.PutUint16(s[14:], sysid)
		w.put(s)
	}
	if w.o.Rate > 1 && !w.o.Old {
		s := make([]byte, 24)
		le.PutUint16(s, 15)
		le.PutUint16(s[2:], 24)
		le.PutUint16(s[4:], sysid)
		le.PutUint32(s[16:], 1)
		le.PutUint32(s[20:], w.o.Rate-1)
		w.put(s)
	}
	if w.o.Old {
		m := []byte{2, 0, 16, 0, 1, 0, 16, 0, 15, 0, 17, 0, 0, 0, 0, 0} // out packets, out bytes
		if !w.o.Counters {
			m = []byte{2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0, 0}
		}
		w.put(m)
	}
}

func (w *Writer) put(rec []byte) {
	if len(w.block)+len(rec) > w.o.Block {
		w.flush()
	}
	w.block = append(w.block, rec...)
	w.n++
}

// Raw writes a record as it is.
func (w *Writer) Raw(rec []byte) { w.put(rec) }

// Record writes r; its times are cut to ms.
func (w *Writer) Record(r *flow.Record) {
	var buf [160]byte
	if w.o.Old {
		w.put(w.old(buf[:0], r))
		return
	}
	le := binary.LittleEndian
	b := le.AppendUint16(buf[:0], 11)
	b = append(b, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9)
	if w.o.Exporter != [4]byte{} || w.o.Rate > 1 {
		b[8] = sysid
	}
	if w.o.Scaled {
		b[10] |= 2
	}
	b = append(b, 1, 0, 52, 0)
	b = le.AppendUint64(b, uint64(r.First/int64(time.Millisecond)))
	b = le.AppendUint64(b, uint64(r.Last/int64(time.Millisecond)))
	b = le.AppendUint64(b, uint64(r.Last/int64(time.Millisecond))+5)
	b = le.AppendUint64(b, w.scale(r.SrcPackets))
	b = le.AppendUint64(b, w.scale(r.SrcBytes))
	src, dst := ports(r)
	b = le.AppendUint16(b, src)
	b = le.AppendUint16(b, dst)
	b = append(b, r.Proto, r.SrcFlags, 0, 0)
	if r.Src.Is4() {
		b = addrs(append(b, 2, 0, 12, 0), r)
	} else {
		b = addrs(append(b, 3, 0, 36, 0), r)
	}
	if w.o.Counters {
		b = append(b, 5, 0, 28, 0)
		b = le.AppendUint64(b, 1)
		b = le.AppendUint64(b, w.scale(r.DstPackets))
		b = le.AppendUint64(b, w.scale(r.DstBytes))
		b[4]++
	}
	le.PutUint16(b[2:], uint16(len(b)))
	w.put(b)
}

func (w *Writer) scale(n uint64) uint64 {
	if w.o.Scaled {
		return n * uint64(w.o.Rate)
	}
	return n
}

// old makes a record of layout 1.
func (w *Writer) old(b []byte, r *flow.Record) []byte {
	le := binary.LittleEndian
	b = append(b, 10, 0, 0, 0, 2|4, 9, 1, 0)
	if !r.Src.Is4() {
		b[4] |= 1
	}
	if w.o.Scaled {
		b[4] |= 128
	}
	first, last := r.First/int64(time.Millisecond), r.Last/int64(time.Millisecond)
	b = le.AppendUint16(b, uint16(first%1000))
	b = le.AppendUint16(b, uint16(last%1000))
	b = le.AppendUint32(b, uint32(first/1000))
	b = le.AppendUint32(b, uint32(last/1000))
	b = append(b, 0, r.SrcFlags, r.Proto, 0)
	src, dst := ports(r)
	b = le.AppendUint16(b, src)
	b = le.AppendUint16(b, dst)
	b = append(b, 0, 0, 0, 0)
	if w.o.Exporter != [4]byte{} || w.o.Rate > 1 {
		b[28] = sysid
	}
	b = addrs(b, r)
	b = le.AppendUint64(b, w.scale(r.SrcPackets))
	b = le.AppendUint64(b, w.scale(r.SrcBytes))
	if w.o.Counters {
		b = le.AppendUint64(b, w.scale(r.DstPackets))
		b = le.AppendUint64(b, w.scale(r.DstBytes))
	}
	le.PutUint16(b[2:], uint16(len(b)))
	return b
}

// ports gives the ports as files hold them: of ICMP, type and code in the second.
func ports(r *flow.Record) (src, dst uint16) {
	if r.Proto == 1 || r.Proto == 58 {
		return 0, r.SrcPort<<8 | r.DstPort
	}
	return r.SrcPort, r.DstPort
}

func addrs(b []byte, r *flow.Record) []byte {
	for _, a := range [...]flow.Addr{r.Src, r.Dst} {
		if r.Src.Is4() {
			b = binary.LittleEndian.AppendUint32(b, binary.BigEndian.Uint32(a[12:]))
			continue
		}
		b = binary.LittleEndian.AppendUint64(b, binary.BigEndian.Uint64(a[:8]))
		b = binary.LittleEndian.AppendUint64(b, binary.BigEndian.Uint64(a[8:]))
	}
	return b
}

// flush writes the block.
func (w *Writer) flush() {
	if w.n == 0 || w.err != nil {
		return
	}
	body := w.block
	switch w.o.Method {
	case LZ4:
		out := make([]byte, lz4.CompressBlockBound(len(body)))
		n, err := lz4.CompressBlock(body, out, nil)
		if w.err = err; n == 0 {
			return
		}
		body = out[:n]
	case Zstd:
		body = w.zstd.EncodeAll(body, nil)
	case LZO:
		body = lzo(body)
	}
	var head [12]byte
	binary.LittleEndian.PutUint32(head[:], w.n)
	binary.LittleEndian.PutUint32(head[4:], uint32(len(body)))
	head[8] = 3
	if w.o.Old {
		head[8] = 2
	}
	w.write(head[:])
	w.write(body)
	w.block, w.n = w.block[:0], 0
	w.blocks++
}

func (w *Writer) write(b []byte) {
	if w.err == nil {
		_, w.err = w.out.WriteAt(b, w.at)
		w.at += int64(len(b))
	}
}

// lzo writes b as one run of literals, and the end.
func lzo(b []byte) []byte {
	out := []byte{0}
	n := len(b) - 3 - 15
	for ; n > 255; n -= 255 {
		out = append(out, 0)
	}
	out = append(out, byte(n))
	return append(append(out, b...), 0x11, 0, 0)
}

// Close writes the last block and the head.
func (w *Writer) Close() error {
	w.flush()
	le := binary.LittleEndian
	h := make([]byte, head2)
	if w.o.Old {
		h = make([]byte, head1)
	}
	le.PutUint16(h, 0xa50c)
	if w.o.Old {
		h[2] = 1
		h[4] = map[Method]byte{LZO: 1, LZ4: 16}[w.o.Method]
		le.PutUint32(h[8:], w.blocks)
		copy(h[12:], "test")
	} else {
		h[2] = 2
		le.PutUint32(h[4:], 0x01070100)
		h[16] = byte(w.o.Method)
		le.PutUint32(h[36:], w.blocks)
	}
	w.at = 0
	w.write(h)
	return w.err
}

// Memory is a file in memory.
type Memory []byte

// WriteAt writes p at off.
func (m *Memory) WriteAt(p []byte, off int64) (int, error) {
	if more := int(off) + len(p) - len(*m); more > 0 {
		*m = append(*m, make([]byte, more)...)
	}
	return copy((*m)[off:], p), nil
}
