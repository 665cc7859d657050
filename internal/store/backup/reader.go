package backup

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

const (
	maxLine   = 64 << 20 // bytes of one row
	mostNouns = 256
	mostParts = 4096 // columns of a table, tables
)

// Reader takes a backup apart, row by row. Its errors name the line.
type Reader struct {
	in    *bufio.Reader
	line  int64
	last  []byte // the line that was read and not taken yet
	whole hash.Hash
	rows  hash.Hash
	sum   Summary
	head  Head
	table Table
	got   int64 // rows of this table
}

// NewReader reads the head.
func NewReader(in io.Reader) (*Reader, error) {
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, wrong(fault.Invalid, "no-backup", fault.Place{}, err)
	}
	r := &Reader{in: bufio.NewReaderSize(z, 1<<16), whole: sha256.New(), rows: sha256.New()}
	if err := r.next(); err != nil {
		return nil, err
	}
	if err := r.take(&r.head); err != nil {
		return nil, err
	}
	if r.head.Form != number || len(r.head.Nouns) > mostNouns {
		return nil, r.wrong("no-backup", nil)
	}
	r.whole.Write(r.last)
	return r, r.next()
}

// Head gives the head.
func (r *Reader) Head() Head { return r.head }

// Summary is what has been read so far; at the end, what the backup holds.
func (r *Reader) Summary() Summary { return r.sum }

// wrong places an error at the line.
func (r *Reader) wrong(key string, cause error) error {
	return wrong(fault.Invalid, key, fault.Place{Line: r.line, Field: r.table.Name}, cause)
}

// next reads a line.
func (r *Reader) next() error {
	r.last = r.last[:0]
	r.line++
	for {
		part, err := r.in.ReadSlice('\n')
		if len(r.last)+len(part) > maxLine {
			return wrong(fault.Limit, "line", fault.Place{Line: r.line}, nil, "limit", maxLine)
		}
		r.last = append(r.last, part...)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return r.wrong("cut", err)
		}
	}
}

// take reads the line as one value, without members that we do not know.
func (r *Reader) take(into any) error {
	d := json.NewDecoder(bytes.NewReader(r.last))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return r.wrong("form", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return r.wrong("form", err)
	}
	return nil
}

// Table goes to the next table; false at the end of the backup, which is checked then.
func (r *Reader) Table() (Table, bool, error) {
	if bytes.HasPrefix(r.last, []byte(`{"tables":`)) {
		return Table{}, false, r.foot()
	}
	r.table, r.got = Table{}, 0
	if err := r.take(&r.table); err != nil {
		return Table{}, false, err
	}
	r.rows.Reset()
	r.whole.Write(r.last)
	if r.sum.Tables++; r.sum.Tables > mostParts || len(r.table.Columns) == 0 || len(r.table.Columns) > mostParts {
		return Table{}, false, r.wrong("form", nil)
	}
	return r.table, true, r.next()
}

// foot holds the last line against what was read.
func (r *Reader) foot() error {
	var f Summary
	if err := r.take(&f); err != nil {
		return err
	}
	r.sum.Digest = hex.EncodeToString(r.whole.Sum(nil))
	if f != r.sum {
		return r.wrong("sum", nil)
	}
	// To the end, so that the check of the compression is made as well.
	if n, err := io.Copy(io.Discard, r.in); err != nil || n > 0 {
		return r.wrong("cut", err)
	}
	return nil
}

// Row reads the next row of the table: nil, int64, bool, string, []byte or float64 a
// column. It gives false at the table's end, which is checked then.
func (r *Reader) Row() ([]any, bool, error) {
	r.whole.Write(r.last)
	if r.last[0] != '[' {
		var e tableEnd
		if err := r.take(&e); err != nil {
			return nil, false, err
		}
		if rows, digest := r.Rows(); e.Rows != rows || e.Digest != digest {
			return nil, false, r.wrong("sum", nil)
		}
		return nil, false, r.next()
	}
	r.rows.Write(r.last)
	r.got++
	r.sum.Rows++
	var row []any
	if err := r.take(&row); err != nil {
		return nil, false, err
	}
	if len(row) != len(r.table.Columns) {
		return nil, false, r.wrong("form", nil)
	}
	for i, c := range r.table.Columns {
		v, err := value(c.Kind, row[i])
		if err != nil {
			return nil, false, r.wrong("form", err)
		}
		row[i] = v
	}
	return row, true, r.next()
}

// Rows gives how many rows of the table were read, and the digest of their lines.
func (r *Reader) Rows() (int64, string) { return r.got, hex.EncodeToString(r.rows.Sum(nil)) }

// Verify reads a backup through and says what it holds: every row is counted and hashed,
// none is kept. It fails with fault.Invalid, and the line, when it is not whole.
func Verify(in io.Reader) (Summary, error) {
	r, err := NewReader(in)
	if err != nil {
		return Summary{}, err
	}
	for {
		_, more, err := r.Table()
		if err != nil {
			return Summary{}, err
		}
		if !more {
			return r.sum, nil
		}
		for more {
			if _, more, err = r.Row(); err != nil {
				return Summary{}, err
			}
		}
	}
}
