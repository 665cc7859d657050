package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/flow/source/inflate"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// headSize is how much of a file is looked at to recognise it.
const headSize = 64 << 10

// stdin is the path that means standard input.
const stdin = "-"

// handle is one file on its way through the decompressor.
type handle struct {
	f      *file
	in     *inflate.Reader
	closer io.Closer // nil for standard input
}

func (h *handle) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	if err != nil && err != io.EOF {
		h.f.fail(err)
	}
	return n, err
}

func (h *handle) Close() error {
	err := h.in.Close()
	if h.closer != nil {
		err = errors.Join(err, h.closer.Close())
	}
	return err
}

// counting adds what is read to n.
type counting struct {
	in io.Reader
	n  *atomic.Int64
}

func (c counting) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// start opens the file itself and counts in n what is read of it.
func (f *file) start(n *atomic.Int64) (*handle, error) {
	h := &handle{f: f}
	var raw io.Reader
	if f.path == stdin {
		raw = f.o.Stdin
	} else {
		file, err := os.Open(f.path)
		if err != nil {
			return nil, f.unopened(err)
		}
		raw, h.closer = file, file
	}
	in, err := inflate.New(counting{raw, n}, f.name, f.o.Lang, f.o.Limits)
	if err != nil {
		if h.closer != nil {
			h.closer.Close()
		}
		return nil, err
	}
	h.in = in
	return h, nil
}

// unopened turns an error of the file system into a fault.
func (f *file) unopened(err error) error {
	key, kind := "unopened", fault.Invalid
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key, kind = "missing", fault.NotFound
	case errors.Is(err, fs.ErrPermission):
		key, kind = "forbidden", fault.Permission
	}
	if key != "unopened" {
		err = fault.Quiet(err) // the sentence says it
	}
	return f.o.fault(kind, f.name, key, err)
}

// open gives the decompressed file from its beginning.
func (f *file) open() (io.ReadCloser, error) {
	if f.once != nil {
		return f.once.again()
	}
	f.read.Store(0)
	h, err := f.start(&f.read)
	if err != nil {
		f.fail(err)
		return nil, err
	}
	return h, nil
}

// look gives the beginning of the file. What can be opened once only, standard
// input and pipes, stays open.
func (f *file) look(regular bool) ([]byte, error) {
	n := new(atomic.Int64) // a look is no progress
	if !regular {
		n = &f.read
	}
	h, err := f.start(n)
	if err != nil {
		return nil, err
	}
	f.layers = h.in.Layers()
	head := h.in.Peek(headSize)
	if len(head) == 0 {
		_, err = h.Read(make([]byte, 1)) // empty, or nothing decodable
	}
	if !regular {
		f.once = &once{in: h, f: f}
		head = bytes.Clone(head)
	} else {
		head = bytes.Clone(head)
		h.Close()
	}
	if err == io.EOF {
		err = nil
	}
	return head, err
}

// once lets an input that is read once be opened again while only its beginning
// was read: readers look before they read.
type once struct {
	f    *file
	in   *handle
	seen []byte
	n    int64
}

func (o *once) Read(p []byte) (int, error) {
	n, err := o.in.Read(p)
	if int64(len(o.seen)) == o.n && len(o.seen)+n <= 2*headSize {
		o.seen = append(o.seen, p[:n]...)
	}
	o.n += int64(n)
	return n, err
}

func (o *once) again() (io.ReadCloser, error) {
	if o.n > int64(len(o.seen)) {
		return nil, o.f.o.fault(fault.Invalid, o.f.name, "once", nil)
	}
	if o.n == 0 {
		return io.NopCloser(o), nil
	}
	return io.NopCloser(io.MultiReader(bytes.NewReader(bytes.Clone(o.seen)), o)), nil
}

// fault makes an error about the input called name; key is in area source.
func (o *Options) fault(kind fault.Kind, name, key string, err error, args ...any) error {
	return &fault.Error{
		Op: i18n.Say(o.Lang, "source.op.open"), Kind: kind, Place: fault.Place{Path: name, Offset: -1},
		Msg: i18n.Say(o.Lang, "source.wrong."+key, args...), Hint: i18n.Say(o.Lang, "source.hint."+key, args...), Err: err,
	}
}
