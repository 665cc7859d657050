package unpack

import (
	"bytes"
	"compress/bzip2"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Max is the most that a block may take, compressed or not. nfdump writes 1 MiB and
// reads 5 MiB.
const Max = 10 << 20

// Method is how a block is compressed, by its number in files of layout 2.
type Method uint8

// The methods.
const (
	Plain Method = iota
	LZO
	Bzip2
	LZ4
	Zstd
)

// String names m as it is named to people.
func (m Method) String() string {
	return [...]string{"none", "LZO", "bzip2", "LZ4", "zstd"}[m]
}

var (
	errLong    = errors.New("more than a block may hold")
	errDamaged = errors.New("no whole block of LZO1X")
)

// Unpacker decompresses blocks. It has one owner.
type Unpacker struct{ z *zstd.Decoder }

// Close releases what it holds.
func (u *Unpacker) Close() {
	if u.z != nil {
		u.z.Close()
	}
}

// Block decompresses raw. It may use out, and gives memory to use again in its place;
// data lies in it, or is raw itself.
func (u *Unpacker) Block(m Method, raw, out []byte) (data, again []byte, err error) {
	switch m {
	case Plain:
		return raw, out, nil
	case Zstd:
		if u.z == nil {
			if u.z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(Max), zstd.WithDecoderMaxWindow(Max)); err != nil {
				return nil, out, err
			}
		}
		data, err = u.z.DecodeAll(raw, out[:0])
		if err != nil {
			return nil, out, err
		}
		return data, data, nil
	case Bzip2:
		return grow(raw, out, Max, func(out []byte) (int, error) { return filled(bzip2.NewReader(bytes.NewReader(raw)), out) })
	case LZ4:
		return grow(raw, out, densest*len(raw), func(out []byte) (int, error) { return lz4.UncompressBlock(raw, out) })
	}
	return grow(raw, out, densest*len(raw), func(out []byte) (int, error) {
		n, whole := unlzo(out, raw)
		if !whole {
			return n, errDamaged
		}
		return n, nil
	})
}

// densest is how many bytes LZ4 and LZO1X can give out for each byte at most.
const densest = 256

// grow decompresses with ever more memory, at most most bytes.
func grow(raw, out []byte, most int, unpack func(out []byte) (int, error)) (data, again []byte, err error) {
	const usual = 1<<20 + 1<<16 // what nfdump fills a block with, and some
	most = min(most, Max)
	for size := min(max(usual, cap(out)), most); ; size = min(4*size, most) {
		if cap(out) < size {
			out = make([]byte, size)
		}
		n, err := unpack(out[:size])
		if err == nil {
			return out[:n], out, nil
		}
		if size >= most {
			return nil, out, err
		}
	}
}

// filled reads all of in to out.
func filled(in io.Reader, out []byte) (n int, err error) {
	for n < len(out) && err == nil {
		var m int
		m, err = in.Read(out[n:])
		n += m
	}
	if err == nil {
		if m, _ := in.Read(make([]byte, 1)); m > 0 {
			return n, errLong
		}
	}
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// Beginning decompresses what can be of the beginning of a block that was cut, at most
// 64 KiB; nothing where the method does not let it.
func Beginning(m Method, raw []byte) []byte {
	const enough = 64 << 10
	switch m {
	case Plain:
		return raw
	case LZO:
		out := make([]byte, enough)
		n, _ := unlzo(out, raw)
		return out[:n]
	case Zstd:
		z, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(Max))
		if err != nil {
			return nil
		}
		defer z.Close()
		out := make([]byte, enough)
		n, _ := filled(z, out) // a part is enough
		return out[:n]
	}
	return nil
}
