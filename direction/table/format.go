package table

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// magic is the first line of a table.
const magic = "noroshi direction table 1"

// Limits of a table, so that a hostile one cannot take the memory.
const (
	maxRows   = 4 << 20   // rows of one family
	maxBody   = 128 << 20 // bytes of the body once decompressed
	maxHeader = 64 << 10  // bytes of the header
)

// powers is the number of size codes that mean a power of two; a size that is none
// is written as itself plus this.
const powers = 64

// maxSpan is the longest range less one: half of all there is.
const maxSpan = 1<<63 - 1

// Encode writes t in the form that Decode reads. The same table always gives the
// same bytes. The error is Invalid when rows overlap, are out of order or name no
// country.
func Encode(t *Table) ([]byte, error) {
	body := binary.AppendUvarint(nil, uint64(len(t.Countries)))
	for _, c := range t.Countries {
		if !isCode(c) {
			return nil, invalid(0, "country %q is not a two-letter code", c)
		}
		body = append(body, c...)
	}
	body, err := appendRows(body, &t.V4, len(t.Countries))
	if err != nil {
		return nil, err
	}
	body, err = appendRows(body, &t.V6, len(t.Countries))
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	zip.Write(body) // into memory: cannot fail
	zip.Close()
	sum := sha256.Sum256(packed.Bytes())
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n", magic)
	for _, kv := range [][2]string{
		{"source", t.Source}, {"version", t.Version}, {"date", t.Date.UTC().Format(time.DateOnly)},
		{"licence", t.Licence}, {"attribution", t.Attribution}, {"notice", t.Notice},
		{"files", strings.Join(t.Files, " ")}, {"sha256", hex.EncodeToString(sum[:])},
	} {
		if strings.ContainsAny(kv[1], "\r\n") {
			return nil, invalid(0, "the header's %s holds a line break", kv[0])
		}
		fmt.Fprintf(&out, "%s: %s\n", kv[0], kv[1])
	}
	out.WriteByte('\n')
	out.Write(packed.Bytes())
	return out.Bytes(), nil
}

func appendRows[N uint32 | uint64](to []byte, r *Rows[N], countries int) ([]byte, error) {
	to = binary.AppendUvarint(to, uint64(r.Len()))
	next, full := N(0), false
	for i, first := range r.First {
		if first > r.Last[i] || first < next || full || uint64(r.Last[i]-first) > maxSpan || int(r.Country[i]) >= countries {
			return nil, invalid(0, "row %d is out of order or names no country", i+1)
		}
		to = binary.AppendUvarint(to, uint64(first-next))
		next = r.Last[i] + 1
		full = next == 0
	}
	for i, first := range r.First {
		to = binary.AppendUvarint(to, sizeCode(uint64(r.Last[i]-first)))
	}
	return append(to, r.Country...), nil
}

// sizeCode writes span, the size of a range less one, shortly: a power of two by
// its exponent.
func sizeCode(span uint64) uint64 {
	if span&(span+1) == 0 {
		return uint64(bits.Len64(span))
	}
	return span + powers
}

// Decode reads what Encode wrote. Its errors are Invalid and name the byte.
func Decode(data []byte) (*Table, error) {
	t := &Table{}
	sum, at, err := t.readHeader(data)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data[at:]); hex.EncodeToString(got[:]) != sum {
		return nil, invalid(at, "the body does not have the digest that the header states")
	}
	zip, err := gzip.NewReader(bytes.NewReader(data[at:]))
	if err != nil {
		return nil, &fault.Error{Op: opRead, Kind: fault.Invalid, Place: fault.Place{Offset: int64(at)}, Err: err}
	}
	b := &body{in: bufio.NewReaderSize(io.LimitReader(zip, maxBody), 1<<16)}
	n := b.uvarint(255)
	for range n {
		code := string([]byte{b.byte(), b.byte()})
		if b.err == nil && !isCode(code) {
			b.err = fmt.Errorf("country %q is not a two-letter code", code)
		}
		t.Countries = append(t.Countries, code)
	}
	readRows(b, &t.V4, int(n))
	readRows(b, &t.V6, int(n))
	if b.err != nil {
		return nil, &fault.Error{Op: opRead, Kind: fault.Invalid, Place: fault.Place{Offset: int64(at)}, Err: b.err}
	}
	return t, nil
}

const opRead = "reading direction table"

func invalid(at int, format string, args ...any) error {
	return &fault.Error{Op: opRead, Kind: fault.Invalid, Place: fault.Place{Offset: int64(at)}, Msg: fmt.Sprintf(format, args...)}
}

// readHeader fills t's header and gives the body's digest and where it begins.
func (t *Table) readHeader(data []byte) (sum string, at int, err error) {
	end := bytes.Index(data[:min(len(data), maxHeader)], []byte("\n\n"))
	if end < 0 || !bytes.HasPrefix(data, []byte(magic+"\n")) {
		return "", 0, invalid(0, "this is not a direction table")
	}
	for _, line := range strings.Split(string(data[len(magic)+1:max(end, len(magic)+1)]), "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "source":
			t.Source = value
		case "version":
			t.Version = value
		case "date":
			if t.Date, err = time.Parse(time.DateOnly, value); err != nil {
				return "", 0, invalid(0, "the header's date %q is not a day (2006-01-02)", value)
			}
		case "licence":
			t.Licence = value
		case "attribution":
			t.Attribution = value
		case "notice":
			t.Notice = value
		case "files":
			t.Files = strings.Fields(value)
		case "sha256":
			sum = value
		}
	}
	return sum, end + 2, nil
}

// body reads numbers; the first error stays.
type body struct {
	in  *bufio.Reader
	err error
}

func (b *body) byte() byte {
	if b.err != nil {
		return 0
	}
	c, err := b.in.ReadByte()
	b.fail(err)
	return c
}

func (b *body) fail(err error) {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if b.err == nil {
		b.err = err
	}
}

func (b *body) uvarint(most uint64) uint64 {
	if b.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(b.in)
	if err == nil && n > most {
		err = fmt.Errorf("number %d is over its limit %d", n, most)
	}
	b.fail(err)
	if b.err != nil {
		return 0
	}
	return n
}

func readRows[N uint32 | uint64](b *body, r *Rows[N], countries int) {
	n := int(b.uvarint(maxRows))
	top := uint64(^N(0))
	for i := 0; i < n && b.err == nil; i++ { // First holds the gaps until the sizes are known
		r.First = append(r.First, N(b.uvarint(top)))
	}
	next, full := uint64(0), false
	for i := 0; i < n && b.err == nil; i++ {
		code := b.uvarint(maxSpan + powers)
		span := code - powers
		if code < powers {
			span = 1<<code - 1
		}
		first := next + uint64(r.First[i])
		last := first + span
		if full || first < next || first > top || last < first || last > top {
			b.fail(fmt.Errorf("row %d runs over the end of the address space", i+1))
			return
		}
		r.First[i], r.Last = N(first), append(r.Last, N(last))
		next, full = last+1, last == top
	}
	for i := 0; i < n && b.err == nil; i++ {
		c := b.byte()
		if b.err == nil && int(c) >= countries {
			b.fail(fmt.Errorf("row %d names no country", i+1))
		}
		r.Country = append(r.Country, c)
	}
}

func isCode(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}
