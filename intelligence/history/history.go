package history

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Bounds of what is read.
const (
	maxNames  = 2_000_000 // names remembered; further ones are counted
	maxObject = 1 << 20   // bytes of one object or line
	maxName   = 253       // bytes of a name (RFC 1035)
)

// Book is the history of names. It does not change once loaded and may be used by
// many detectors. Who writes the files can make a name look old or young, no more.
type Book struct {
	names map[string]Entry
	// Refused counts names not remembered because the book was full.
	Refused uint64
}

// Entry is what is known of one name. Times are ns since 1970-01-01 UTC, 0 for
// unknown.
type Entry struct {
	Certified    int64 // when the first certificate was logged or became valid
	Resolved     int64 // when it was first seen in DNS
	LastSeen     int64 // when it was last seen in DNS
	Certificates int   // in the export
	Records      int   // of passive DNS in the export
}

// Load reads exports of certificate transparency and of passive DNS. Objects that
// say nothing go to skips. Its errors are NotFound, Invalid or Limit and name the
// file and the line.
func Load(ct, pdns []string, skips *fault.Skips) (*Book, error) {
	b := &Book{names: map[string]Entry{}}
	for _, group := range []struct {
		paths []string
		read  func(*Book, *reader) error
	}{{ct, (*Book).certificates}, {pdns, (*Book).passive}} {
		for _, path := range group.paths {
			f, err := os.Open(path)
			if err != nil {
				kind := fault.Invalid
				if errors.Is(err, os.ErrNotExist) {
					kind = fault.NotFound
				}
				return nil, problem(kind, fault.Place{Path: path, Offset: -1}, "open", err)
			}
			err = group.read(b, newReader(f, path, skips))
			f.Close()
			if err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func problem(kind fault.Kind, place fault.Place, key string, err error) error {
	return fault.Said(fault.Error{Kind: kind, Place: place, Err: err},
		i18n.Both("history.op"), i18n.Both("history.fault."+key), i18n.Both("history.hint."+key))
}

// Len gives the number of names.
func (b *Book) Len() int { return len(b.names) }

// Of gives what is known of name: of itself, else of a certificate for all names of
// its parent.
func (b *Book) Of(name string) (e Entry, ok bool) {
	if e, ok = b.names[name]; ok {
		return e, true
	}
	_, parent, _ := strings.Cut(name, ".")
	e, ok = b.names["*."+parent]
	return e, ok
}

// FirstSeen gives when name, or the domain that was registered for it, was first
// seen by others.
func (b *Book) FirstSeen(name string) (ns int64, ok bool) {
	site, err := publicsuffix.EffectiveTLDPlusOne(name)
	if err != nil {
		site = name
	}
	for _, n := range []string{name, site, "*." + site} {
		e, known := b.Of(n)
		if !known {
			continue
		}
		for _, at := range []int64{e.Certified, e.Resolved} {
			if at != 0 && (!ok || at < ns) {
				ns, ok = at, true
			}
		}
	}
	return ns, ok
}

// note adds what one object says of a name.
func (b *Book) note(name string, certified, first, last int64) {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), "."))
	if name == "" || len(name) > maxName || strings.ContainsAny(name, " @/:") {
		return
	}
	e, known := b.names[name]
	if !known && len(b.names) >= maxNames {
		b.Refused++
		return
	}
	if certified != 0 {
		e.Certificates++
		if e.Certified == 0 || certified < e.Certified {
			e.Certified = certified
		}
	}
	if first != 0 {
		e.Records++
		if e.Resolved == 0 || first < e.Resolved {
			e.Resolved = first
		}
		e.LastSeen = max(e.LastSeen, last, first)
	}
	b.names[strings.Clone(name)] = e
}

// reader walks over a file.
type reader struct {
	in    *bufio.Reader
	path  string
	skips *fault.Skips
	line  int64
}

func newReader(in io.Reader, path string, skips *fault.Skips) *reader {
	if skips == nil {
		skips = &fault.Skips{}
	}
	r := &reader{in: bufio.NewReaderSize(in, 1<<16), path: path, skips: skips, line: 1}
	if b, err := r.in.Peek(3); err == nil && string(b) == "\xef\xbb\xbf" {
		_, _ = r.in.Discard(3)
	}
	return r
}

// first gives the first byte that is no white space, without taking it; 0 at the end.
func (r *reader) first() byte {
	for {
		b, err := r.in.Peek(1)
		if err != nil {
			return 0
		}
		switch b[0] {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return b[0]
		}
		_, _ = r.in.Discard(1)
	}
}

// skip notes an object that says nothing.
func (r *reader) skip(line int64, key string, err error) error {
	kind := fault.Invalid
	if key == "large" {
		kind = fault.Limit
	}
	return r.skips.Skip(problem(kind, fault.Place{Path: r.path, Line: line, Offset: -1}, key, err))
}
