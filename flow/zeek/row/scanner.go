package row

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/noroshi-acd/noroshi/flow/jsontext"
	"github.com/noroshi-acd/noroshi/flow/lines"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// extraColumns is how many more columns than its header names a line may have:
// labels are often added behind without a word in the header.
const extraColumns = 4

// Scanner cuts one log into rows. It has one owner.
type Scanner struct {
	lines *lines.Reader
	path  string
	row   Row

	// of a TSV log, from its header
	sep          byte
	cols         []Field // by column; nil before the first header
	last         int     // the last column that is read
	labels       bool    // the header's last column holds labels after spaces
	named        bool    // a #path line came since the last #fields
	unset, empty []byte

	// of a JSON log
	name    []byte // of the member being read, with those around it
	members int
	first   Field
}

// NewScanner reads the log in, of which path is the name for people. A TSV log's
// header may later say that it is another log than l. size is the size of the
// first buffer in bytes.
func NewScanner(in io.Reader, path string, l Log, size int) *Scanner {
	s := &Scanner{path: path, sep: '\t'}
	s.lines = lines.New(in, size)
	s.row = Row{Log: l, s: s, setSep: []byte{','}}
	s.unset, s.empty = []byte("-"), []byte("(empty)")
	return s
}

// Next gives the next row of a log that is used; it is valid until the next call.
// An error of kind Invalid or Limit is of one line and carries its place: the
// caller goes on. Any other error, io.EOF among them, is how the input ended.
func (s *Scanner) Next() (*Row, error) {
	for {
		line, err := s.lines.Next()
		if err != nil {
			return nil, s.ended(err)
		}
		if s.lines.Number() == 1 {
			line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
		}
		if len(line) == 0 {
			continue
		}
		s.row.scratch = s.row.scratch[:0]
		s.row.bad = nil
		if s.row.Log.JSON {
			if err := s.jsonLine(line); err != nil {
				return nil, err
			}
		} else if line[0] == '#' {
			s.header(line)
			continue
		} else if s.row.Log.Kind == Other && s.cols != nil {
			continue
		} else if err := s.tsvLine(line); err != nil {
			return nil, err
		}
		if s.row.Log.Kind != Other {
			return &s.row, nil
		}
	}
}

func (s *Scanner) ended(err error) error {
	switch {
	case errors.Is(err, lines.ErrLong):
		return s.flaw(fault.Limit, none, "zeek.line.long", "max", int64(lines.MaxLine))
	case err == io.EOF:
		return err
	}
	e := s.flaw(fault.Internal, none, "zeek.file.read")
	e.Place.Line, e.Place.Offset = s.lines.Number()+1, s.lines.Rest()
	e.Err = err
	return e
}

// header reads one line of a TSV header.
func (s *Scanner) header(line []byte) {
	if v, ok := bytes.CutPrefix(line, []byte("#separator ")); ok {
		if v = s.row.unescapeHeader(v); len(v) == 1 {
			s.sep = v[0]
		}
		return
	}
	word, rest, _ := bytes.Cut(line, []byte{s.sep})
	rest = bytes.Clone(rest)
	switch string(word) {
	case "#set_separator":
		if rest = s.row.unescapeHeader(rest); len(rest) > 0 {
			s.row.setSep = rest
		}
	case "#empty_field":
		s.empty = rest
	case "#unset_field":
		s.unset = rest
	case "#path":
		s.row.Log = s.row.Log.named(string(rest))
		s.named = true
	case "#fields":
		s.fields(rest)
	}
}

// fields takes the names of the columns. Some labelled logs hang their labels on
// the last column with spaces instead of tabs, in the header as in the lines.
func (s *Scanner) fields(rest []byte) {
	s.cols, s.labels, s.last = s.cols[:0], false, 0
	clear(s.row.val[:])
	var has set
	for i := 0; ; i++ {
		name, tail, more := bytes.Cut(rest, []byte{s.sep})
		if at := bytes.IndexByte(name, ' '); at >= 0 && s.sep != ' ' && !more {
			name, s.labels = name[:at], true
		}
		f := byName()[string(name)]
		if f >= cipher || f != none && has.any(f) {
			has |= 1 << f
			f = none // tells logs apart only, or stands twice
		}
		if s.cols = append(s.cols, f); f != none {
			has |= 1 << f
			s.last = i
		}
		if rest = tail; !more {
			break
		}
	}
	if !s.named {
		s.row.Log.Kind = kindOf(has)
	}
	s.named = false
}

// tsvLine cuts a line of values into the row.
func (s *Scanner) tsvLine(line []byte) error {
	switch {
	case line[0] == '{':
		return s.flaw(fault.Invalid, none, "zeek.line.json-in-tsv")
	case s.cols == nil:
		return s.flaw(fault.Invalid, none, "zeek.line.header")
	case bytes.IndexByte(line, 0) >= 0:
		return s.flaw(fault.Invalid, none, "zeek.line.nul")
	}
	if n := s.split(line); n < len(s.cols) || n > len(s.cols)+extraColumns {
		return s.flaw(fault.Invalid, none, "zeek.line.columns", "got", n, "want", len(s.cols))
	}
	if s.labels && s.cols[len(s.cols)-1] != none {
		v := &s.row.val[s.cols[len(s.cols)-1]]
		if i := bytes.IndexByte(*v, ' '); i >= 0 {
			s.put(s.cols[len(s.cols)-1], (*v)[:i])
		}
	}
	return nil
}

// split puts the columns of line that are read into the row and gives the number
// of all. It looks for separators eight bytes at a time.
func (s *Scanner) split(line []byte) int {
	const low, high = 0x7f7f7f7f7f7f7f7f, 0x0101010101010101
	pattern := uint64(s.sep) * high
	col, start, i := 0, 0, 0
	for ; i+8 <= len(line); i += 8 {
		w := binary.LittleEndian.Uint64(line[i:]) ^ pattern
		// a byte of m is 0x80 where the byte of w is zero
		m := ^((w&low + low) | w | low)
		for ; m != 0; m &= m - 1 {
			end := i + bits.TrailingZeros64(m)>>3
			if col < len(s.cols) {
				if f := s.cols[col]; f != none {
					s.put(f, line[start:end])
				}
				if col == s.last {
					return col + 1 + bytes.Count(line[end:], []byte{s.sep})
				}
			}
			col++
			start = end + 1
		}
	}
	for ; i <= len(line); i++ {
		if i < len(line) && line[i] != s.sep {
			continue
		}
		if col < len(s.cols) {
			if f := s.cols[col]; f != none {
				s.put(f, line[start:i])
			}
		}
		col++
		start = i + 1
	}
	return col
}

// put sets a column, nil when it is unset or empty.
func (s *Scanner) put(f Field, v []byte) {
	if s.row.unset(v) {
		v = nil
	}
	s.row.val[f] = v
}

// jsonLine reads a JSON object into the row.
func (s *Scanner) jsonLine(line []byte) error {
	line = jsontext.Space(line)
	clear(s.row.val[:])
	switch {
	case len(line) > 0 && line[0] == '#' || len(line) > 0 && line[0] != '{' && bytes.IndexByte(line, '\t') > 0:
		return s.flaw(fault.Invalid, none, "zeek.line.tsv-in-json")
	case bytes.IndexByte(line, 0) >= 0:
		return s.flaw(fault.Invalid, none, "zeek.line.nul")
	case !s.object(line):
		return s.flaw(fault.Invalid, none, "zeek.line.object")
	}
	if p := s.row.val[pathField]; p != nil {
		s.row.Log = s.row.Log.named(string(p))
	}
	return nil
}
