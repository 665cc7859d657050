package export

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// File reads one file of IPFIX messages, one behind the other (RFC 5655). It has one
// owner, that of its collector.
type File struct {
	in    *bufio.Reader
	path  string
	skips *fault.Skips
	flows *ipfix.Decoder
	at    int64
	done  error
}

// headSize is the length of a message's head.
const headSize = 16

// File begins to read in, which path names in messages. What cannot be read goes to
// skips. Each file is an exporter of its own, with its own templates.
func (c *Collector) File(in io.Reader, path string, skips *fault.Skips) *File {
	c.files++
	file := c.files
	o := c.o.IPFIX
	o.Link = func(_ ipfix.Exporter, _ uint16, domain uint32) uint32 {
		return c.link(point{file: file, domain: domain})
	}
	return &File{in: bufio.NewReaderSize(in, 1<<16), path: path, skips: skips, flows: ipfix.NewDecoder(o)}
}

// Next appends about flow.BatchSize records to b, which was reset. It gives io.EOF
// after the last; in strict mode, or when the input breaks, the error comes after all
// records that could be made of what was read.
func (f *File) Next(b *flow.Batch) error {
	for len(b.Records) < flow.BatchSize && f.done == nil {
		f.done = f.message(b)
	}
	if len(b.Records) > 0 {
		return nil
	}
	return f.done
}

// Exporters lists the observation domains of the file.
func (f *File) Exporters() []ipfix.ExporterStats { return f.flows.Exporters() }

// Close ends the reading.
func (f *File) Close() error {
	f.done = io.EOF
	return nil
}

func (f *File) place() fault.Place { return fault.Place{Path: f.path, Offset: f.at} }

// message reads one message.
func (f *File) message(b *flow.Batch) error {
	head, err := f.in.Peek(headSize)
	switch {
	case len(head) == 0 && errors.Is(err, io.EOF):
		return f.end()
	case err != nil && !errors.Is(err, io.EOF):
		return err
	case len(head) < headSize:
		return f.stop(&ipfix.Error{Version: 10, Offset: len(head), Reason: ipfix.Truncated})
	}
	version, n := binary.BigEndian.Uint16(head), int(binary.BigEndian.Uint16(head[2:]))
	if version != 10 {
		return f.stop(&ipfix.Error{Version: version, Reason: ipfix.BadVersion})
	}
	if n < headSize {
		return f.stop(&ipfix.Error{Version: version, Offset: 2, Reason: ipfix.BadLength})
	}
	p, err := f.in.Peek(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	short := len(p) < n
	wrong := f.flows.Decode(p, ipfix.Exporter{}, b)
	at := f.place()
	f.at += int64(len(p))
	if _, err := f.in.Discard(len(p)); err != nil {
		return err
	}
	if wrong != nil {
		if err := f.skips.Skip(explain(wrong, at)); err != nil {
			return err
		}
	}
	if short {
		return f.end()
	}
	return nil
}

// stop ends the reading where no next message can be found.
func (f *File) stop(e *ipfix.Error) error {
	if err := f.skips.Skip(explain(e, f.place())); err != nil {
		return err
	}
	return f.end()
}

// end says what is missing at the end.
func (f *File) end() error {
	if n := f.flows.Unread(); n > 0 {
		if err := f.skips.Skip(unread(n, f.place())); err != nil {
			return err
		}
	}
	return io.EOF
}
