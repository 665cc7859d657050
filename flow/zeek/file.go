package zeek

import (
	"hash/maphash"
	"io"
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/join"
	"github.com/noroshi-acd/noroshi/flow/zeek/row"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Kind says which of Zeek's logs one is.
type Kind = row.Kind

// The kinds of log; Other is one that this package does not use.
const (
	Other = row.Other
	Conn  = row.Conn
	DNS   = row.DNS
	SSL   = row.SSL
	X509  = row.X509
	HTTP  = row.HTTP
)

// Log is what one log is and how it is written.
type Log = row.Log

// Recognise says whether head, the first kilobytes of an input, is of a Zeek log,
// and of which. Any Zeek log that says nothing about exchanges is Other.
func Recognise(head []byte) (Log, bool) { return row.Recognise(head) }

// File is one log to read.
type File struct {
	Path string // for people
	Log  Log    // as Recognise gave it
	// Open gives the log from its beginning, decompressed. It is called once,
	// or twice when there are many files.
	Open func() (io.ReadCloser, error)
	// Skips takes the bad lines, in the goroutine that calls Next.
	Skips *fault.Skips
	// Records is how many good lines of this log were taken up so far. It is
	// updated atomically.
	Records uint64
}

const (
	chunkRows  = 1024      // rows that travel together
	chunkLines = 8192      // lines looked at for a chunk, the bad ones among them
	chunkText  = 256 << 10 // bytes of text after which a chunk is full
	readSize   = 256 << 10 // bytes read at a time
)

// meta is what a decoded row carries beside its record.
type meta struct {
	time int64  // by which it is merged, ns
	uid  uint64 // hash of the uid, or of the certificate's identifier; 0 for none
	cert uint64 // hash of the leaf certificate's identifier, 0 for none
	kind Kind
	want join.Parts // for conn
}

// chunk is a run of decoded rows. It belongs to whoever received it last.
type chunk struct {
	flow.Batch
	meta []meta
	bad  []error // the first bad lines
	more uint64  // how many more there were
	end  error   // why there is no further chunk, nil if there is
}

func (c *chunk) reset() {
	c.Batch.Reset()
	c.meta, c.bad, c.more, c.end = c.meta[:0], c.bad[:0], 0, nil
}

func (c *chunk) skip(err error) {
	if len(c.bad) < fault.KeptSkips {
		c.bad = append(c.bad, err)
	} else {
		c.more++
	}
}

// decoder makes chunks of one log. It has one owner.
type decoder struct {
	rows   *row.Scanner
	seed   maphash.Seed
	open   bool // the file's name says that it is of open connections
	strict bool
}

func newDecoder(f *File, in io.Reader, size int, seed maphash.Seed) *decoder {
	return &decoder{
		rows:   row.NewScanner(in, f.Path, f.Log, size),
		seed:   seed,
		open:   strings.HasPrefix(filepath.Base(f.Path), "open_"),
		strict: f.Skips != nil && f.Skips.Strict,
	}
}

// fill decodes up to rows rows into c, or up to the end, which it notes in c.
func (d *decoder) fill(c *chunk, rows int) {
	for lines := 0; lines < chunkLines && len(c.Records) < rows && len(c.Text) < chunkText; lines++ {
		r, err := d.rows.Next()
		if err == nil {
			if err = d.decode(r, c); err == nil {
				continue
			}
		} else if fault.KindOf(err) == fault.Internal { // not of one line
			c.end = err
			return
		}
		c.skip(err)
		if d.strict {
			c.end = io.EOF
			return
		}
	}
}

// decode appends one row to c, or nothing and says why.
func (d *decoder) decode(r *row.Row, c *chunk) error {
	switch r.Log.Kind {
	case Conn:
		d.conn(r, c)
	case DNS:
		d.dns(r, c)
	case SSL:
		d.ssl(r, c)
	case HTTP:
		d.http(r, c)
	case X509:
		d.x509(r, c)
	}
	return r.Bad()
}

// hash numbers an identifier, 0 for none. The seed is the run's own, so that
// nobody can prepare collisions.
func (d *decoder) hash(id []byte) uint64 {
	if len(id) == 0 {
		return 0
	}
	return max(1, maphash.Bytes(d.seed, id))
}
