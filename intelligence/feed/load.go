package feed

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/flow/source/inflate"
	"github.com/noroshi-acd/noroshi/intelligence/feed/misp"
	"github.com/noroshi-acd/noroshi/intelligence/feed/stix"
	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// maxFiles bounds how many files a folder may hold.
const maxFiles = 1 << 20

// Taker is who takes what feeds say.
type Taker interface {
	// Begin says that the items of the feed or file at path follow.
	Begin(path string) error
	// Add takes an item, which stands in a line, and may mark it with the warning list
	// that holds it. It MUST NOT keep the item.
	Add(i *indicator.Indicator, line int64) error
}

// Options are what feeds are read by.
type Options struct {
	Now   time.Time    // what has expired is judged by it
	Lang  i18n.Lang    // of errors in compressed files
	Skips *fault.Skips // takes what is damaged; nil: it is dropped
}

// Report is what became of one feed.
type Report struct {
	Path    string
	Format  Format // as it was read; of a folder, as its first file was
	Source  string
	Voice   indicator.Voice
	Files   int
	Taken   int            // items handed on
	Expired int            // of these, those that had expired by Options.Now: they match earlier records only
	Warned  int            // of these, those that a warning list holds
	Refused map[string]int // items not taken, by reason: a key of the catalogue below feed.reason
	Oldest  int64          // ns, when the oldest item was said, 0 when none says so
	Newest  int64
}

// RefusedTotal is how many items were not taken.
func (r *Report) RefusedTotal() int {
	n := 0
	for _, x := range r.Refused {
		n += x
	}
	return n
}

// Reasons gives the reasons of Refused in their order.
func (r *Report) Reasons() []string { return slices.Sorted(maps.Keys(r.Refused)) }

// Load hands the items of feeds to taker and reports what became of each feed. What is
// damaged goes to the options' skips; its own errors are those of taker, of strict
// skips, and NotFound or Invalid for a feed that cannot be opened.
func Load(feeds []Feed, taker Taker, o Options) ([]Report, error) {
	if o.Skips == nil {
		o.Skips = &fault.Skips{}
	}
	reports := make([]Report, 0, len(feeds))
	for i := range feeds {
		f := &feeds[i]
		r := &reading{feed: f, taker: taker, o: o}
		r.report = Report{Path: f.Path, Format: f.Format, Source: f.name(), Voice: f.Voice, Refused: map[string]int{}}
		if err := r.feedAt(); err != nil {
			return reports, err
		}
		reports = append(reports, r.report)
	}
	return reports, nil
}

// name is what the receiver calls the feed.
func (f *Feed) name() string {
	if f.Source != "" {
		return f.Source
	}
	return filepath.Base(f.Path)
}

// reading is the reading of one feed.
type reading struct {
	feed   *Feed
	taker  Taker
	o      Options
	report Report
	asOf   int64 // of the file at hand
}

func (r *reading) feedAt() error {
	info, err := os.Stat(r.feed.Path)
	if err != nil {
		kind := fault.Invalid
		if errors.Is(err, fs.ErrNotExist) {
			kind = fault.NotFound
		}
		return problem(kind, r.feed.place, "open", err, "path", r.feed.Path)
	}
	if !info.IsDir() {
		return r.file(r.feed.Path, info)
	}
	names, err := r.names()
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(r.feed.Path, name)
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			err = r.refuse("missing", fault.Place{Path: path, Offset: -1})
		} else {
			err = r.file(path, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// names gives the files of a folder: those that a manifest lists, or all.
func (r *reading) names() ([]string, error) {
	path := filepath.Join(r.feed.Path, misp.Manifest)
	if in, err := os.Open(path); err == nil {
		defer in.Close()
		names, err := misp.Events(bufio.NewReader(in), path, r.refuse)
		if err != nil {
			err = r.o.Skips.Skip(err)
		}
		return names, err
	}
	entries, err := os.ReadDir(r.feed.Path)
	if err != nil {
		return nil, problem(fault.Invalid, r.feed.place, "open", err, "path", r.feed.Path)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") && len(names) < maxFiles {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// file reads one file of the feed.
func (r *reading) file(path string, info fs.FileInfo) error {
	if r.asOf = r.feed.AsOf; r.feed.ByFile {
		r.asOf = info.ModTime().UnixNano()
	}
	if err := r.taker.Begin(path); err != nil {
		return err
	}
	r.report.Files++
	open := func() (io.ReadCloser, error) { return r.open(path) }
	format, err := r.format(open)
	if err != nil {
		return r.o.Skips.Skip(err)
	}
	if r.report.Files == 1 {
		r.report.Format = format
	}
	out := walk.Out{Take: r.take, Refuse: r.refuse}
	var stop stopping
	switch format {
	case STIX:
		err = stix.Read(open, path, out)
	case MISP:
		err = misp.Read(open, path, out)
	default:
		return r.list(open, path)
	}
	if errors.As(err, &stop) {
		return stop.error
	}
	if err != nil {
		return r.o.Skips.Skip(err)
	}
	return nil
}

// stopping is an error of the taker or of strict skips, which ends all reading.
type stopping struct{ error }

func (r *reading) open(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, problem(fault.Invalid, fault.Place{Path: path, Offset: -1}, "open", err, "path", path)
	}
	in, err := inflate.New(f, path, r.o.Lang, inflate.DefaultLimits())
	if err != nil {
		f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{in, closers{in, f}}, nil
}

type closers struct {
	in *inflate.Reader
	f  *os.File
}

func (c closers) Close() error {
	c.in.Close()
	return c.f.Close()
}

// format tells how a file is written from what it holds.
func (r *reading) format(open func() (io.ReadCloser, error)) (Format, error) {
	if r.feed.Format != Auto {
		return r.feed.Format, nil
	}
	in, err := open()
	if err != nil {
		return Auto, err
	}
	defer in.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(in, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return Auto, problem(fault.Invalid, r.feed.place, "open", err, "path", r.feed.Path)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head[:n], []byte("\ufeff")), " \t\r\n")
	switch {
	case len(head) == 0 || head[0] != '{' && (head[0] != '[' || !bytes.Contains(head, []byte(`"Event"`))):
		return List, nil
	case misp.Looks(head):
		return MISP, nil
	}
	return STIX, nil
}

// list reads a plain list or CSV. What it skips is counted by reason here and as
// damage there.
func (r *reading) list(open func() (io.ReadCloser, error), path string) error {
	in, err := open()
	if err != nil {
		return r.o.Skips.Skip(err)
	}
	defer in.Close()
	skips := &fault.Skips{Strict: r.o.Skips.Strict, Seen: func(err error) {
		var reason indicator.Reason
		if errors.As(err, &reason) {
			r.report.Refused[string(reason)]++
		}
		_ = r.o.Skips.Skip(err) // not strict here
	}}
	err = indicator.Read(in, path, skips, func(i *indicator.Indicator, line int64) error {
		return r.take(i, fault.Place{Path: path, Line: line, Offset: -1})
	})
	var stop stopping
	if errors.As(err, &stop) {
		return stop.error
	}
	if err != nil {
		return r.o.Skips.Skip(err)
	}
	return nil
}

// damage are the reasons that speak of a damaged feed; the others are choices.
var damage = []string{"form", "pattern", "manifest", "missing"}

// refuse counts what is not taken.
func (r *reading) refuse(reason string, at fault.Place) error {
	r.report.Refused[reason]++
	if !slices.Contains(damage, reason) {
		return nil
	}
	if err := r.o.Skips.Skip(problem(fault.Invalid, at, reason, nil)); err != nil {
		return stopping{err}
	}
	return nil
}

// take gives an item what its feed says of all its items, and hands it on.
func (r *reading) take(i *indicator.Indicator, at fault.Place) error {
	f := r.feed
	i.Voice.Feed, i.Voice.Licence = f.name(), f.Voice.Licence
	i.Voice.TLP = max(i.Voice.TLP, f.Voice.TLP) // the narrower
	if f.Voice.Reliability != 0 {
		i.Voice.Reliability = f.Voice.Reliability // the receiver judges the source, not the source itself
	}
	if i.Voice.Credibility == 0 {
		i.Voice.Credibility = f.Voice.Credibility
	}
	if i.Since == 0 {
		i.Since = r.asOf
	}
	sooner(&i.Expires, f.Expires)
	if f.Days > 0 && i.Since != 0 {
		sooner(&i.Expires, i.Since+int64(f.Days)*int64(24*time.Hour))
	}
	if f.Days > 0 && i.Since == 0 {
		return r.refuse("undated", at)
	}
	i.Warned = ""
	if err := r.taker.Add(i, at.Line); err != nil {
		return stopping{err}
	}
	r.report.Taken++
	if i.Expires != 0 && i.Expires <= r.o.Now.UnixNano() {
		r.report.Expired++
	}
	if i.Warned != "" {
		r.report.Warned++
	}
	if i.Since != 0 {
		sooner(&r.report.Oldest, i.Since)
		r.report.Newest = max(r.report.Newest, i.Since)
	}
	return nil
}

// sooner makes at the earlier of two instants, of which 0 is none.
func sooner(at *int64, other int64) {
	if other != 0 && (*at == 0 || other < *at) {
		*at = other
	}
}
