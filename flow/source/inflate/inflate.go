package inflate

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits bound what one input may cost.
type Limits struct {
	Depth  int   // compressions one in another
	Window int64 // bytes of a layer's window or dictionary
	Free   int64 // bytes that a layer may give out whatever was put in
	Ratio  int64 // beyond Free: bytes out for each byte of the input
}

// DefaultLimits suits logs and captures: real ones shrink to a tenth, the
// densest possible gzip to about a thousandth.
func DefaultLimits() Limits {
	return Limits{Depth: 2, Window: 64 << 20, Free: 1 << 30, Ratio: 1000}
}

// bufferSize is what is read at once from each layer.
const bufferSize = 64 << 10

// Reader gives the decompressed bytes of an input. It has one owner.
type Reader struct {
	path   string
	lang   i18n.Lang
	limits Limits
	layers []*layer // layers[0] is the input as it is
	out    *bufio.Reader
	last   error // what every further Read gives
}

// layer counts and judges what comes out of one decompression.
type layer struct {
	name  string
	in    io.Reader
	close func()
	n     int64 // bytes given out
	spent int64 // bytes of dictionaries made ready
	err   error // first failure
	input *layer
	*Limits
}

var (
	errRatio  = errors.New("output beyond the limit")
	errWindow = errors.New("window beyond the limit")
)

func (l *layer) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	n, err := l.in.Read(p)
	l.n += int64(n)
	if err == nil && l.input != l && l.tooMuch(l.n) {
		err = errRatio
	}
	if err == zstd.ErrWindowSizeExceeded || err == zstd.ErrDecoderSizeExceeded {
		err = errWindow
	}
	l.err = err
	return n, err
}

func (l *layer) tooMuch(n int64) bool {
	return n > l.Free && n/l.Ratio > l.input.n
}

// spend notes that n bytes of dictionary are to be made ready. A stream of tiny
// blocks with large dictionaries costs as much as one with a large output.
func (l *layer) spend(n int64) error {
	if n > l.Window {
		return errWindow
	}
	if l.spent += n; l.tooMuch(l.spent) {
		return errRatio
	}
	return nil
}

// New finds out how in is compressed and returns a reader of what is inside; an
// input that is not compressed is read as it is. path names the input in errors,
// which are in language lang. It reads a little of in, and does not close it.
//
// Errors of New and Read are *[fault.Error] with the path and the decompressed
// bytes given out before; what could be decoded before an error is given first.
// New fails only where not even a first header can be read.
func New(in io.Reader, path string, lang i18n.Lang, limits Limits) (*Reader, error) {
	r := &Reader{path: path, lang: lang, limits: limits}
	raw := &layer{in: in, Limits: &r.limits}
	raw.input = raw
	r.layers = []*layer{raw}
	r.out = bufio.NewReaderSize(raw, bufferSize)
	for {
		head, err := r.out.Peek(headSize)
		if len(head) == 0 && err != nil && err != io.EOF {
			return nil, r.give(r.fail(err))
		}
		name := Recognise(head)
		if name == "" {
			return r, nil
		}
		if len(r.layers) > limits.Depth {
			return nil, r.give(r.fault(fault.Limit, "deep", nil, "depth", limits.Depth))
		}
		l := &layer{name: name, input: raw, Limits: &r.limits}
		r.layers = append(r.layers, l)
		if err := l.open(r.out); err != nil {
			l.err = noEOF(err)
			return nil, r.give(r.fail(l.err))
		}
		r.out = bufio.NewReaderSize(l, bufferSize)
	}
}

// give releases everything and hands err on.
func (r *Reader) give(err error) error {
	r.Close()
	return err
}

func (l *layer) open(in *bufio.Reader) error {
	switch l.name {
	case "gzip":
		z, err := gzip.NewReader(in)
		l.in = z
		return err
	case "zstd":
		z, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(uint64(l.Window)), zstd.WithDecoderMaxMemory(uint64(l.Window)))
		if err != nil {
			return err
		}
		l.in, l.close = z, z.Close
	case "xz":
		l.in = &xzReader{in: in, spend: l.spend}
	default:
		l.in = bzip2.NewReader(in)
	}
	return nil
}

// Read gives decompressed bytes.
func (r *Reader) Read(p []byte) (int, error) {
	if r.last != nil {
		return 0, r.last
	}
	n, err := r.out.Read(p)
	if err != nil {
		r.last = r.fail(err)
	}
	return n, r.last
}

// Peek gives the next n decompressed bytes, at most 64 KiB, without taking them;
// fewer when there are no more or when the input is damaged before. A later Read
// says why.
func (r *Reader) Peek(n int) []byte {
	if r.out.Size() < n {
		r.out = bufio.NewReaderSize(r.out, n)
	}
	head, _ := r.out.Peek(n)
	return head
}

// Layers names the compressions from the outside in, e.g. ["gzip"].
func (r *Reader) Layers() []string {
	var names []string
	for _, l := range r.layers[1:] {
		names = append(names, l.name)
	}
	return names
}

// Close releases what the decompressors hold; the input stays open.
func (r *Reader) Close() error {
	for _, l := range r.layers {
		if l.close != nil {
			l.close()
			l.close = nil
		}
	}
	r.last = io.ErrClosedPipe
	return nil
}

// fail turns err into the fault of the outermost layer that failed: what comes
// after it only suffers.
func (r *Reader) fail(err error) error {
	if err == io.EOF {
		return err
	}
	for _, l := range r.layers {
		if l.err == nil || l.err == io.EOF {
			continue
		}
		switch {
		case errors.Is(l.err, errRatio):
			return r.fault(fault.Limit, "bomb", l, "out", l.n, "in", l.input.n)
		case errors.Is(l.err, errWindow):
			return r.fault(fault.Limit, "window", l, "limit", r.limits.Window>>20)
		case l.input == l:
			return r.fault(fault.Invalid, "unreadable", l)
		case errors.Is(l.err, io.ErrUnexpectedEOF):
			return r.fault(fault.Invalid, "truncated", l, "in", l.input.n)
		}
		return r.fault(fault.Invalid, "damaged", l, "in", l.input.n)
	}
	return r.fault(fault.Internal, "unreadable", &layer{err: err}) // no layer owns up
}

func (r *Reader) fault(kind fault.Kind, key string, l *layer, args ...any) error {
	e := &fault.Error{Kind: kind, Op: i18n.Say(r.lang, "inflate.op.read"), Place: fault.Place{Path: r.path, Offset: r.layers[len(r.layers)-1].n}}
	if l != nil {
		args = append(args, "method", l.name)
		e.Err = l.err
	}
	e.Msg = i18n.Say(r.lang, "inflate.wrong."+key, args...)
	e.Hint = i18n.Say(r.lang, "inflate.hint."+key, args...)
	return e
}

// headSize is how many bytes Recognise needs.
const headSize = 10

// Recognise names the compression that head begins: gzip, zstd, xz or bzip2; ""
// for none of them.
func Recognise(head []byte) string {
	has := func(at int, s string) bool { return len(head) >= at+len(s) && string(head[at:at+len(s)]) == s }
	switch {
	case has(0, "\x1f\x8b\x08"):
		return "gzip"
	case has(0, "\x28\xb5\x2f\xfd"), len(head) > 0 && head[0]&0xf0 == 0x50 && has(1, "\x2a\x4d\x18"):
		return "zstd"
	case has(0, xzMagic):
		return "xz"
	case has(0, "BZh") && (has(4, "\x31\x41\x59\x26\x53\x59") || has(4, "\x17\x72\x45\x38\x50\x90")) && '1' <= head[3] && head[3] <= '9':
		return "bzip2"
	}
	return ""
}
