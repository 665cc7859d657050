package spool

import (
	"path/filepath"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Limits that no configuration can pass.
const (
	// MaxContent is the largest batch, in bytes.
	MaxContent = 16 << 20
	// KeySize is the length of a parent key, in bytes.
	KeySize = 32
	// leastSegment is the smallest file, in bytes.
	leastSegment = 4 << 10
)

// Config says where a spool lies and how much it may hold.
type Config struct {
	// Dir is the folder of the batches. It must belong to this process alone.
	Dir string
	// Keys is the folder of the warrants' keys, outside Dir. Without Parent it must lie in
	// memory (tmpfs, ramfs). Empty: keys are in this process alone, and nothing that
	// waits can be read after it.
	Keys string
	// Parent wraps the keys in Keys: KeySize bytes that the caller has from elsewhere.
	Parent []byte
	// MaxBytes is how much the files may take, in bytes; 0 means 1 GiB.
	MaxBytes int64
	// MaxBatches is how many batches may wait; 0 means 65,536.
	MaxBatches int
	// SegmentBytes is about the size of one file; 0 means a sixteenth of MaxBytes, at
	// most 64 MiB. Room becomes free a file at a time.
	SegmentBytes int64
}

func (c Config) filled() Config {
	if c.MaxBytes == 0 {
		c.MaxBytes = 1 << 30
	}
	if c.MaxBatches == 0 {
		c.MaxBatches = 1 << 16
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = min(max(c.MaxBytes/16, leastSegment), 64<<20)
	}
	return c
}

// Validate says what is wrong with c.
func (c Config) Validate() error {
	c = c.filled()
	field := ""
	switch {
	case c.Dir == "":
		field = "dir"
	case c.Keys != "" && within(c.Keys, c.Dir):
		field = "keys"
	case c.Parent != nil && (len(c.Parent) != KeySize || c.Keys == ""):
		field = "parent"
	case c.SegmentBytes < leastSegment:
		field = "segment_bytes"
	case c.MaxBytes < 2*c.SegmentBytes:
		field = "max_bytes"
	case c.MaxBatches < 1:
		field = "max_batches"
	}
	if field == "" {
		return nil
	}
	return wrong(fault.Invalid, "config", fault.Place{Offset: -1, Field: field}, nil, "key", field)
}

// within says whether a is b or lies below it, by their names with links followed.
func within(a, b string) bool {
	real := func(p string) string {
		p, _ = filepath.Abs(p) // fails only without a working folder
		if q, err := filepath.EvalSymlinks(p); err == nil {
			return q
		}
		// What is not there yet lies where its folder lies.
		if q, err := filepath.EvalSymlinks(filepath.Dir(p)); err == nil {
			return filepath.Join(q, filepath.Base(p))
		}
		return p
	}
	a, b = real(a), real(b)
	return a == b || strings.HasPrefix(a, b+string(filepath.Separator))
}

// Batch is what waits: the records of one warrant and link, as the caller encoded them.
type Batch struct {
	Number  uint64 // given by Append: 1, 2, 3 …
	Warrant paper.Digest
	Link    paper.ID
	Records int64 // how many records Content holds; for the books
	Content []byte
}

// Count is a number of batches and what was in them.
type Count struct{ Batches, Records int64 }

func (c *Count) add(records int64) { c.Batches++; c.Records += records }

// Account is whose records a count is about.
type Account struct {
	Warrant paper.Digest
	Link    paper.ID
}

// wrong makes the house's error of what area spool says under a key.
func wrong(kind fault.Kind, key string, at fault.Place, cause error, args ...any) error {
	return fault.Said(fault.Error{Kind: kind, Place: at, Err: cause},
		i18n.Both("spool.op"), i18n.Both("spool."+key, args...), i18n.Both("spool.hint."+key, args...))
}

func nowhere(path string) fault.Place { return fault.Place{Path: path, Offset: -1} }
