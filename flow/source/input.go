package source

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Formats that are no format of flow records.
const (
	Empty        = "empty"        // nothing in it
	Unrecognised = "unrecognised" // nothing that can be read
)

// Input is what one file is and how far it was read.
type Input struct {
	Path        string // as given or found, not escaped; "-" is standard input
	Format      string // e.g. "pcap" or "zeek conn", Empty or Unrecognised; "" when it could not be opened
	Compression []string
	Records     uint64 // good records, or lines of a log, taken up
	Skipped     uint64 // bad ones passed over
	Errors      []error
	Read        int64 // bytes read of the file as it lies there
	Size        int64 // of the file, bytes; -1 when unknown
	Used        bool  // it is read for records
}

// file is one input. What stands before mu is fixed by Open; skips belongs to
// the goroutine that calls Next; mu guards what stands after it, which anyone may
// ask for.
type file struct {
	path     string
	name     string // path, escaped for people
	explicit bool   // named by the caller, not found in a folder
	o        *Options
	size     int64
	layers   []string
	found    *found // nil when not recognised
	format   string
	once     *once // of an input that cannot be opened again
	skips    fault.Skips

	read    atomic.Int64
	records atomic.Uint64
	lines   *uint64 // counted by the reader instead, atomically

	mu      sync.Mutex
	skipped uint64
	first   []error // of skips
	failure error   // why the file as a whole could not be read on
}

// fail notes why f could not be read on; the first reason stays.
func (f *file) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failure == nil {
		f.failure = err
	}
}

// publish copies what the reader skipped. Its caller owns skips.
func (f *file) publish() {
	if f.skips.Count == f.skipped { // only this goroutine writes either
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.skipped = f.skips.Count
	if len(f.first) < len(f.skips.First) {
		f.first = append([]error(nil), f.skips.First...)
	}
}

func (f *file) input() Input {
	f.mu.Lock()
	defer f.mu.Unlock()
	in := Input{
		Path: f.path, Format: f.format, Compression: f.layers, Skipped: f.skipped, Errors: append([]error(nil), f.first...),
		Read: f.read.Load(), Size: f.size, Records: f.records.Load(), Used: f.used(),
	}
	if f.lines != nil {
		in.Records = atomic.LoadUint64(f.lines)
	}
	for _, err := range in.Errors { // the reader may have noted the same
		if f.failure != nil && errors.Is(err, f.failure) {
			return in
		}
	}
	if f.failure != nil {
		in.Errors = append(in.Errors, f.failure)
	}
	return in
}

func (f *file) used() bool { return f.found != nil && !f.found.unused }

// err gives the first thing that was wrong with f, nil for nothing.
func (f *file) err() error {
	if in := f.input(); len(in.Errors) > 0 {
		return in.Errors[0]
	}
	return nil
}
