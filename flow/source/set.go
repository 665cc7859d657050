package source

import (
	"io"
	"os"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/argus"
	"github.com/noroshi-acd/noroshi/flow/eve"
	"github.com/noroshi-acd/noroshi/flow/export"
	"github.com/noroshi-acd/noroshi/flow/joined"
	"github.com/noroshi-acd/noroshi/flow/nfdump"
	"github.com/noroshi-acd/noroshi/flow/packet"
	"github.com/noroshi-acd/noroshi/flow/source/inflate"
	"github.com/noroshi-acd/noroshi/flow/zeek"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Options say how inputs are opened; the zero value is for use.
type Options struct {
	// Strict ends the reading at the first thing that is wrong: a bad record, an
	// empty file, a named file that is not recognised, a stream that is damaged.
	// Otherwise such things are listed by Inputs and passed over.
	Strict bool
	Lang   i18n.Lang      // of messages; English by default
	Stdin  io.Reader      // what "-" means; os.Stdin by default
	Limits inflate.Limits // of decompression; inflate.DefaultLimits by default
	Files  int            // the most files that paths may lead to; 100,000 by default
	Zeek   zeek.Options
	Packet packet.Options
	EVE    eve.Options
	// Exports say how exports of flows in captures are read, and IPFIX files.
	Exports export.Options
	Joined  joined.Options // how what exporters report is joined
	Apart   bool           // leave what exporters report as they reported it
	// Wanted may be asked of records by a reader, by several goroutines at once and twice
	// of one, and those that it does not want be left out; others still come. It is used
	// with Apart only, and for speed. Unwanted hears of how many were left out, from the
	// goroutine that calls Next.
	Wanted   func(b *flow.Batch, r *flow.Record) bool
	Unwanted func(n int)
	Argus    argus.Options
	NFDump   nfdump.Options

	families []family // for tests
}

// Set is all inputs of one run. One goroutine calls Next and Close; Inputs and
// Progress are for any.
type Set struct {
	o     Options
	files []*file
	merge merge
	join  join
}

// Open finds out what the files under paths are. It reads the beginning of each
// and leaves open only what cannot be opened again. It fails when nothing can be
// read; in strict mode, when anything that was named cannot.
func Open(paths []string, o Options) (*Set, error) {
	if o.Lang == "" {
		o.Lang = i18n.EN
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Limits == (inflate.Limits{}) {
		o.Limits = inflate.DefaultLimits()
	}
	if o.Files <= 0 {
		o.Files = 100_000
	}
	if o.families == nil {
		o.families = families(&o)
	}
	s := &Set{o: o}
	var err error
	if s.files, err = walk(paths, &s.o); err != nil {
		return nil, err
	}
	for _, f := range s.files {
		f.recognise()
	}
	if err := s.verdict(); err != nil {
		s.Close()
		return nil, err
	}
	s.merge.strict = o.Strict
	for _, fam := range o.families {
		var of []*file
		for _, f := range s.files {
			if f.found != nil && f.found.family == fam {
				of = append(of, f)
			}
		}
		if len(of) > 0 {
			s.merge.add(fam.streams(of)...)
		}
	}
	return s, nil
}

// recognise finds out what f is.
func (f *file) recognise() {
	if f.err() != nil {
		return
	}
	if !f.explicit && !f.regular() { // a pipe or device that lies in a folder
		f.format = Unrecognised
		return
	}
	head, err := f.look(f.regular())
	if len(head) == 0 && err == nil {
		f.format = Empty
		if f.o.Strict {
			f.fail(f.o.fault(fault.Invalid, f.name, "empty", nil))
		}
		return
	}
	if err != nil {
		f.fail(err)
		return
	}
	for _, fam := range f.o.families {
		if found := fam.recognise(head); found != nil {
			found.family = fam
			f.found, f.format = found, found.format
			return
		}
	}
	f.format = Unrecognised
	if f.explicit {
		f.fail(f.unrecognised(head))
	}
}

// unrecognised says what f begins with, and what it is if that can be told.
func (f *file) unrecognised(head []byte) error {
	for _, known := range []struct {
		at          int
		magic, name string
	}{
		{0, "PK\x03\x04", "zip"}, {257, "ustar", "tar"}, {0, "7z\xbc\xaf\x27\x1c", "7z"}, {0, "Rar!", "rar"},
		{0, "\x1f\x9d", "compress"}, {0, "\x04\x22\x4d\x18", "lz4"}, {0, "\x5d\x00\x00", "lzma"},
	} {
		if len(head) >= known.at+len(known.magic) && string(head[known.at:known.at+len(known.magic)]) == known.magic {
			return f.o.fault(fault.Invalid, f.name, "packed", nil, "kind", known.name)
		}
	}
	return f.o.fault(fault.Invalid, f.name, "unrecognised", nil, "head", string(head[:min(len(head), 24)]))
}

// verdict says whether there is enough to go on with.
func (s *Set) verdict() error {
	var first error
	good, empty := 0, 0
	for _, f := range s.files {
		err := f.err()
		switch {
		case err != nil && s.o.Strict:
			return err
		case err != nil && first == nil:
			first = err
		case f.found != nil:
			good++
		case f.format == Empty:
			empty++
		}
	}
	switch {
	case good > 0:
		return nil
	case first != nil:
		return first
	case empty > 0:
		return nil
	}
	return s.o.fault(fault.NotFound, "", "nothing", nil, "files", len(s.files))
}

// Next appends the next records, about [flow.BatchSize] of them, to b, which the
// caller has reset. At the end it gives io.EOF; when no record at all could be
// read, what was wrong first; in strict mode the first thing that is wrong.
func (s *Set) Next(b *flow.Batch) error {
	err := s.next(b)
	if err != io.EOF || s.merge.records > 0 {
		return err
	}
	for _, f := range s.files {
		if err := f.err(); err != nil {
			return err
		}
	}
	return io.EOF
}

// Inputs gives a copy of what is known of each file, in the order of the paths.
func (s *Set) Inputs() []Input {
	all := make([]Input, len(s.files))
	for i, f := range s.files {
		all[i] = f.input()
	}
	return all
}

// Reading gives the paths of the files that are read for records, those found in
// folders too.
func (s *Set) Reading() []string {
	var paths []string
	for _, f := range s.files {
		if f.used() {
			paths = append(paths, f.path)
		}
	}
	return paths
}

// Progress gives how many bytes of the files were read, as they lie there, and
// how many there are; all is -1 when that cannot be known.
func (s *Set) Progress() (read, all int64) {
	for _, f := range s.files {
		if !f.used() {
			continue
		}
		n := f.read.Load()
		read += n
		switch {
		case all < 0 || f.size < 0:
			all = -1
		default:
			all += max(f.size, n) // it may still grow
		}
	}
	return read, all
}

// Close ends all reading. Inputs still answers.
func (s *Set) Close() error {
	err := s.merge.close()
	for _, f := range s.files {
		if f.once != nil {
			f.once.in.Close()
		}
	}
	return err
}
