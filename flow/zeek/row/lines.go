package row

import (
	"bytes"
	"errors"
	"io"
)

// MaxLine is the longest line that is read, in bytes; longer ones are bad lines.
const MaxLine = 1 << 20

// lines cuts an input at its newlines. It holds at most MaxLine+1 bytes.
type lines struct {
	in       io.Reader
	buf      []byte // buf[from:to] is read and not yet handed out
	from, to int
	base     int64 // place of buf[0] in the input
	number   int64 // of the line handed out last, from 1
	at       int64 // place of that line
	err      error // how the input ended
}

var errLong = errors.New("line too long")

// next gives the next line without its end. The last line may lack a newline,
// unless the input broke off: then it is dropped. errLong says that a line was
// passed over; any other error is how the input ended.
func (l *lines) next() ([]byte, error) {
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
			return nil, errLong
		}
		seen -= l.from
		l.fill()
		seen += l.from
	}
}

// take hands out buf[from:end].
func (l *lines) take(end int) []byte {
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
func (l *lines) fill() {
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

func (l *lines) read() {
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
func (l *lines) pass() {
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
