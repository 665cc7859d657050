package lines

import (
	"bytes"
	"errors"
	"io"
)

// MaxLine is the longest line that is read, in bytes; longer ones are bad lines.
const MaxLine = 1 << 20

// Reader cuts an input at its newlines. It holds at most MaxLine+1 bytes.
type Reader struct {
	in       io.Reader
	buf      []byte // buf[from:to] is read and not yet handed out
	from, to int
	base     int64 // place of buf[0] in the input
	number   int64 // of the line handed out last, from 1
	at       int64 // place of that line
	err      error // how the input ended
}

// ErrLong says that a line was longer than MaxLine and passed over.
var ErrLong = errors.New("line too long")

// New makes a reader whose first buffer has size bytes.
func New(in io.Reader, size int) *Reader { return &Reader{in: in, buf: make([]byte, max(size, 1))} }

// Number gives the number of the line that Next gave, from 1.
func (l *Reader) Number() int64 { return l.number }

// At gives where that line begins, in bytes from the start of the input.
func (l *Reader) At() int64 { return l.at }

// Rest gives where what was not handed out yet begins, in bytes from the start of
// the input.
func (l *Reader) Rest() int64 { return l.base + int64(l.from) }

// Buffered gives how many bytes the buffer has.
func (l *Reader) Buffered() int { return len(l.buf) }

// Next gives the next line without its end, valid until the next call. The last
// line may lack a newline, unless the input broke off: then it is dropped. ErrLong
// says that a line was passed over; any other error is how the input ended.
func (l *Reader) Next() ([]byte, error) {
	seen := l.from
	for {
		if i := bytes.IndexByte(l.buf[seen:l.to], '\n'); i >= 0 {
			line := l.take(seen + i)
			l.from++
			return line, nil
		}
		seen = l.to
		if l.err != nil {
			if l.from < l.to && l.err == io.EOF {
				return l.take(l.to), nil
			}
			return nil, l.err
		}
		if l.to-l.from > MaxLine {
			l.pass()
			return nil, ErrLong
		}
		seen -= l.from
		l.fill()
		seen += l.from
	}
}

// take hands out buf[from:end].
func (l *Reader) take(end int) []byte {
	line := l.buf[l.from:end:end]
	l.number++
	l.at = l.base + int64(l.from)
	l.from = end
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// fill reads more behind what is there, making room first.
func (l *Reader) fill() {
	if l.from > 0 {
		copy(l.buf, l.buf[l.from:l.to])
		l.base += int64(l.from)
		l.from, l.to = 0, l.to-l.from
	}
	if l.to == len(l.buf) {
		l.buf = append(l.buf, make([]byte, min(len(l.buf), MaxLine+1-len(l.buf)))...)
	}
	l.read()
}

func (l *Reader) read() {
	for range 100 {
		n, err := l.in.Read(l.buf[l.to:])
		l.to += n
		l.err = err
		if n > 0 || err != nil {
			return
		}
	}
	l.err = io.ErrNoProgress
}

// pass drops a line that is too long, up to its newline or the end of the input.
func (l *Reader) pass() {
	l.number++
	l.at = l.base + int64(l.from)
	for {
		i := bytes.IndexByte(l.buf[l.from:l.to], '\n')
		if i >= 0 {
			l.from += i + 1
			return
		}
		l.from = l.to
		if l.err != nil {
			return
		}
		l.fill()
	}
}
