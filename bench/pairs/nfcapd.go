package pairs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/noroshi-acd/noroshi/flow"
)

// Layout of an nfcapd file of nfdump 1.7 (docs/spec/nfcapd.md), as far as a plain flow
// needs it.
const (
	fileMagic, fileVersion        = 0xa50c, 2
	blockType, recordType         = 3, 11
	extFlow, ext4, ext6, extCount = 1, 2, 3, 5
	blockSize                     = 1 << 20
	headerLen                     = 40
)

// nfcapd writes records without compression.
type nfcapd struct {
	file   *os.File
	out    *bufio.Writer
	block  []byte
	n      uint32 // records of block
	blocks uint32
}

func createNfcapd(path string) (*nfcapd, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	w := &nfcapd{file: f, out: bufio.NewWriterSize(f, 1<<20)}
	_, err = w.out.Write(make([]byte, headerLen))
	return w, err
}

// add appends what a flow exporter would have said of r.
func (w *nfcapd) add(r *flow.Record) error {
	le := binary.LittleEndian
	b := w.block
	start := len(b)
	b = le.AppendUint16(b, recordType)
	b = le.AppendUint16(b, 0) // its size, below
	b = le.AppendUint16(b, 3)
	b = append(b, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint16(b, extFlow)
	b = le.AppendUint16(b, 52)
	for _, v := range [...]uint64{uint64(r.First / 1e6), uint64(r.Last / 1e6), uint64(r.Last / 1e6), r.SrcPackets, r.SrcBytes} {
		b = le.AppendUint64(b, v)
	}
	b = le.AppendUint16(b, r.SrcPort)
	b = le.AppendUint16(b, r.DstPort)
	b = append(b, r.Proto, r.SrcFlags, 0, 0)
	if r.Src.Is4() && r.Dst.Is4() {
		b = le.AppendUint16(b, ext4)
		b = le.AppendUint16(b, 12)
		for _, a := range [...]flow.Addr{r.Src, r.Dst} {
			b = le.AppendUint32(b, binary.BigEndian.Uint32(a[12:]))
		}
	} else {
		b = le.AppendUint16(b, ext6)
		b = le.AppendUint16(b, 36)
		for _, a := range [...]flow.Addr{r.Src, r.Dst} {
			b = le.AppendUint64(b, binary.BigEndian.Uint64(a[:8]))
			b = le.AppendUint64(b, binary.BigEndian.Uint64(a[8:]))
		}
	}
	b = le.AppendUint16(b, extCount)
	b = le.AppendUint16(b, 28)
	for _, v := range [...]uint64{1, r.DstPackets, r.DstBytes} {
		b = le.AppendUint64(b, v)
	}
	le.PutUint16(b[start+2:], uint16(len(b)-start))
	w.block = b
	if w.n++; len(b) > blockSize-256 {
		return w.flush()
	}
	return nil
}

func (w *nfcapd) flush() error {
	if w.n == 0 {
		return nil
	}
	le := binary.LittleEndian
	h := le.AppendUint32(nil, w.n)
	h = le.AppendUint32(h, uint32(len(w.block)))
	h = le.AppendUint16(h, blockType)
	h = le.AppendUint16(h, 0)
	_, err := w.out.Write(h)
	if _, e := w.out.Write(w.block); err == nil {
		err = e
	}
	w.blocks++
	w.block, w.n = w.block[:0], 0
	return err
}

// close writes what is left, and the header.
func (w *nfcapd) close() error {
	err := errors.Join(w.flush(), w.out.Flush())
	le := binary.LittleEndian
	h := le.AppendUint16(nil, fileMagic)
	h = le.AppendUint16(h, fileVersion)
	h = le.AppendUint32(h, 0x01070100) // as if nfdump 1.7.1 had written it
	h = le.AppendUint64(h, uint64(begin/1e9))
	h = append(h, 0, 0, 0, 0) // no compression, no encryption, no appendix
	h = le.AppendUint32(h, 1) // by nfcapd
	h = le.AppendUint64(h, 0)
	h = le.AppendUint32(h, blockSize)
	h = le.AppendUint32(h, w.blocks)
	if err == nil {
		_, err = w.file.WriteAt(h, 0)
	}
	return errors.Join(err, w.file.Close())
}

// Write makes the same stream as [Measure] and writes its flows as an nfcapd file; it
// is run as a child. args are those of Measure, and -to.
func Write(args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	p, err := prepare(o)
	if err != nil {
		return err
	}
	w, err := createNfcapd(o.to)
	if err != nil {
		return err
	}
	var b flow.Batch
	n := 0
	for s := p.stream(); s.fill(&b); {
		for i := range b.Records {
			if err := w.add(&b.Records[i]); err != nil {
				return errors.Join(err, w.close())
			}
		}
		n += len(b.Records)
	}
	if err := w.close(); err != nil {
		return err
	}
	return tell(out, n)
}
