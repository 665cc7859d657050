package inflate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// xzMagic begins each xz stream.
const xzMagic = "\xfd7zXZ\x00"

var errXZ = errors.New("xz: not as the format has it")

// xzReader reads the xz container (format 1.2.0): streams, blocks, checks and
// index. Only what is inside a block, LZMA2, is the library's work: its own
// container reader makes whatever dictionary a header asks for, up to 4 GiB, and
// keeps a list of all blocks. Filters other than LZMA2 are refused.
type xzReader struct {
	in    *bufio.Reader
	spend func(dictionary int64) error

	body     *lzma.Reader2 // of the open block
	src      *counted      // what body has read
	check    hash.Hash     // of the open block, nil where its kind is unknown
	checkLen int64
	kind     byte  // of check
	header   int64 // length of the open block's header
	out      int64 // bytes that the open block gave
	declared int64 // what its header says that it gives, -1 for nothing

	inStream        bool
	blocks          uint64 // of the stream
	unpadded, plain uint64 // sums over its blocks, for the index
	streams         int
}

func (z *xzReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		var err error
		switch {
		case !z.inStream:
			err = z.begin()
		case z.body == nil:
			err = z.next()
		default:
			n, rerr := z.body.Read(p)
			z.out += int64(n)
			if z.check != nil {
				z.check.Write(p[:n])
			}
			if rerr == io.EOF {
				rerr = z.endBlock()
			}
			if n > 0 || rerr != nil {
				return n, rerr
			}
		}
		if err != nil {
			return 0, err
		}
	}
}

// take reads n bytes; the input must not end there.
func (z *xzReader) take(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(z.in, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return b, err
}

// begin reads the header of a stream, or ends with io.EOF after the last.
func (z *xzReader) begin() error {
	for z.streams > 0 {
		pad, err := z.in.Peek(4)
		if len(pad) == 0 && err == io.EOF {
			return io.EOF
		}
		if !bytes.Equal(pad, []byte{0, 0, 0, 0}) {
			break
		}
		z.in.Discard(4)
	}
	h, err := z.take(12)
	if err != nil {
		return err
	}
	if string(h[:6]) != xzMagic || h[6] != 0 || h[7] > 15 || crc32.ChecksumIEEE(h[6:8]) != binary.LittleEndian.Uint32(h[8:]) {
		return errXZ
	}
	z.kind = h[7]
	z.checkLen = []int64{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[z.kind]
	z.inStream, z.blocks, z.unpadded, z.plain = true, 0, 0, 0
	z.streams++
	return nil
}

// next opens the next block, or reads the index that ends the stream.
func (z *xzReader) next() error {
	first, err := z.in.Peek(1)
	if err != nil {
		return noEOF(err)
	}
	if first[0] == 0 {
		return z.endStream()
	}
	h, err := z.take((int(first[0]) + 1) * 4)
	if err != nil {
		return err
	}
	dict, declared, err := blockHeader(h)
	if err != nil {
		return err
	}
	if declared >= 0 && declared < dict {
		dict = max(declared, lzma.MinDictCap)
	}
	if err := z.spend(dict); err != nil {
		return err
	}
	z.header, z.declared, z.out = int64(len(h)), declared, 0
	z.src = &counted{in: z.in}
	switch z.kind {
	case 1:
		z.check = crc32.NewIEEE()
	case 4:
		z.check = crc64.New(crc64.MakeTable(crc64.ECMA))
	case 10:
		z.check = sha256.New()
	default:
		z.check = nil
	}
	z.body, err = lzma.Reader2Config{DictCap: int(dict)}.NewReader2(z.src)
	return err
}

// blockHeader gives the capacity of the dictionary and the declared size of what
// is inside, -1 when it is not.
func blockHeader(h []byte) (dict, declared int64, err error) {
	end := len(h) - 4
	if crc32.ChecksumIEEE(h[:end]) != binary.LittleEndian.Uint32(h[end:]) {
		return 0, 0, errXZ
	}
	flags, rest := h[1], h[2:end]
	if flags&0x3f != 0 { // one filter, nothing reserved
		return 0, 0, errors.New("xz: filters other than LZMA2")
	}
	number := func() uint64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 || v > 1<<63-1 {
			err, n = errXZ, len(rest)
		}
		rest = rest[n:]
		return v
	}
	if flags&0x40 != 0 {
		number()
	}
	declared = -1
	if flags&0x80 != 0 {
		declared = int64(number())
	}
	id, size := number(), number()
	if err != nil {
		return 0, 0, err
	}
	if id != 0x21 {
		return 0, 0, errors.New("xz: filters other than LZMA2")
	}
	if size != 1 || len(rest) < 1 || rest[0] > 40 || len(bytes.Trim(rest[1:], "\x00")) > 0 {
		return 0, 0, errXZ
	}
	dict = 1<<32 - 1
	if rest[0] < 40 {
		dict = int64(2|rest[0]&1) << (rest[0]/2 + 11)
	}
	return dict, declared, nil
}

// endBlock reads what follows a block's data: padding and check.
func (z *xzReader) endBlock() error {
	z.body = nil
	size := z.header + z.src.n + z.checkLen
	tail, err := z.take(int(-z.src.n&3 + z.checkLen))
	if err != nil {
		return err
	}
	pad, sum := tail[:int64(len(tail))-z.checkLen], tail[int64(len(tail))-z.checkLen:]
	if len(bytes.Trim(pad, "\x00")) > 0 || z.declared >= 0 && z.declared != z.out {
		return errXZ
	}
	if z.check != nil {
		got := z.check.Sum(nil)
		if z.kind != 10 { // the CRCs are written with the lowest byte first
			for i, j := 0, len(got)-1; i < j; i, j = i+1, j-1 {
				got[i], got[j] = got[j], got[i]
			}
		}
		if !bytes.Equal(got, sum) {
			return errors.New("xz: the check of a block does not agree")
		}
	}
	z.blocks++
	z.unpadded += uint64(size)
	z.plain += uint64(z.out)
	return nil
}

// endStream reads index and footer. The index is compared by its sums: a list
// of all blocks would grow with the input.
func (z *xzReader) endStream() error {
	sum := crc32.NewIEEE()
	ix := &counted{in: io.TeeReader(z.in, sum)}
	ix.ReadByte() // the zero that was peeked
	count, err := binary.ReadUvarint(ix)
	if err == nil && count != z.blocks {
		err = errXZ
	}
	var unpadded, plain uint64
	for i := uint64(0); i < count && err == nil; i++ {
		var u, p uint64
		if u, err = binary.ReadUvarint(ix); err == nil {
			p, err = binary.ReadUvarint(ix)
		}
		unpadded, plain = unpadded+u, plain+p
	}
	for err == nil && ix.n%4 != 0 {
		_, err = ix.ReadByte()
	}
	if err != nil {
		return noEOF(err)
	}
	tail, err := z.take(4 + 12)
	if err != nil {
		return err
	}
	foot := tail[4:]
	switch {
	case unpadded != z.unpadded || plain != z.plain,
		binary.LittleEndian.Uint32(tail) != sum.Sum32(),
		binary.LittleEndian.Uint32(foot) != crc32.ChecksumIEEE(foot[4:10]),
		foot[8] != 0 || foot[9] != z.kind || string(foot[10:]) != "YZ",
		(int64(binary.LittleEndian.Uint32(foot[4:]))+1)*4 != ix.n+4:
		return errXZ
	}
	z.inStream = false
	return nil
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// counted counts what is read.
type counted struct {
	in io.Reader
	n  int64
	b  [1]byte
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counted) ReadByte() (byte, error) {
	_, err := io.ReadFull(c, c.b[:])
	return c.b[0], err
}
