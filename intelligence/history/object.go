package history

import (
	"io"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// objects gives each JSON object of the file to use, with the line where it begins:
// of an array as well as one a line. What stands between objects is passed over; an
// object without an end, or larger than the bound, is skipped.
func (r *reader) objects(use func(object []byte, line int64) error) error {
	var buf []byte
	for {
		switch c := r.first(); c {
		case 0:
			return nil
		case '[', ']', ',':
			_, _ = r.in.Discard(1)
			continue
		case '{':
		default:
			if err := r.skip(r.line, "json", nil); err != nil {
				return err
			}
			r.toLineEnd()
			continue
		}
		line := r.line
		object, whole, err := r.object(buf[:0])
		buf = object
		if err != nil && err != io.EOF {
			return problem(fault.Invalid, r.place(line), "open", err)
		}
		switch {
		case err == io.EOF:
			return r.skip(line, "cut", nil)
		case !whole:
			err = r.skip(line, "large", nil)
		default:
			err = use(object, line)
		}
		if err != nil {
			return err
		}
	}
}

// object reads from an opening brace to its closing one. whole is false when it is
// larger than the bound; the rest is then read and dropped.
func (r *reader) object(buf []byte) (object []byte, whole bool, err error) {
	depth, quoted, escaped := 0, false, false
	whole = true
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return buf, whole, err
		}
		if c == '\n' {
			r.line++
		}
		if whole = whole && len(buf) < maxObject; whole {
			buf = append(buf, c)
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return buf, whole, nil
			}
		}
	}
}

// toLineEnd drops the rest of a line.
func (r *reader) toLineEnd() {
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return
		}
		if c == '\n' {
			r.line++
			return
		}
	}
}
