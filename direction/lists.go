package direction

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Limits of a list.
const (
	maxListLine    = 4096    // bytes
	maxListEntries = 4 << 20 // entries of all lists together
)

// listEntry is one line of a list.
type listEntry struct {
	prefix netip.Prefix
	side   Side
	line   int32
	list   uint16 // index into lists.files
	note   string
}

type listFile struct {
	path   string
	date   time.Time
	source Source
}

// lists are all the lists that the user gave, as one line of indices into entries.
type lists struct {
	files   []listFile
	entries []listEntry
	line    line
}

// listKinds pairs each kind of list with the side that it gives. On equal prefixes
// the earlier kind wins: domestic before anycast before foreign.
var listKinds = [...]struct {
	source Source
	side   Side
}{{SourceDomestic, SideDomestic}, {SourceAnycast, SideUnknown}, {SourceForeign, SideForeign}}

// openLists reads every list of o.
func openLists(o Options) (*lists, error) {
	l := &lists{}
	for i, paths := range [...][]string{o.DomesticLists, o.AnycastLists, o.ForeignLists} {
		for _, path := range paths {
			if err := l.open(path, listKinds[i].source, listKinds[i].side); err != nil {
				return nil, err
			}
		}
	}
	prefixes := make([]netip.Prefix, len(l.entries))
	for i, e := range l.entries {
		prefixes[i] = e.prefix
	}
	l.line = flatten(prefixes, func(i int) int32 { return int32(i) })
	return l, nil
}

func (l *lists) open(path string, source Source, side Side) error {
	f, err := os.Open(path)
	if err != nil {
		return problem("list", fault.NotFound, fault.Place{Path: path}, "list-open", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return problem("list", fault.Invalid, fault.Place{Path: path}, "list-read", err)
	}
	l.files = append(l.files, listFile{path, info.ModTime(), source})
	return l.read(f, path, side)
}

// read appends the entries of in. A list is all or nothing: a line that cannot be
// used ends the reading, because a border with a hole is worse than none.
func (l *lists) read(in io.Reader, path string, side Side) error {
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 0, maxListLine), maxListLine)
	n := int32(0)
	fail := func(kind fault.Kind, key string, err error, args ...any) error {
		return problem("list", kind, fault.Place{Path: path, Line: int64(n)}, key, err, args...)
	}
	for scan.Scan() {
		n++
		text := scan.Text()
		if n == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		word, note := cutWord(text)
		if word == "" {
			continue
		}
		prefix, ok := parsePrefix(word)
		if !ok {
			return fail(fault.Invalid, "list-form", nil, "word", word)
		}
		if prefix != prefix.Masked() {
			return fail(fault.Invalid, "list-bits", nil, "prefix", prefix, "masked", prefix.Masked())
		}
		if s := local(prefix); s != nil && side != SideDomestic {
			// Invariant 6: no list makes an address foreign that cannot leave the site.
			return fail(fault.Invalid, "list-local", nil, "prefix", prefix, "special", s.prefix, "document", s.note)
		}
		if len(l.entries) >= maxListEntries {
			return fail(fault.Limit, "list-many", nil, "limit", maxListEntries)
		}
		l.entries = append(l.entries, listEntry{prefix, side, n, uint16(len(l.files) - 1), note})
	}
	err := scan.Err()
	n++
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return fail(fault.Limit, "list-line", nil, "limit", maxListLine)
	case err != nil:
		return fail(fault.Invalid, "list-read", err)
	}
	return nil
}

// cutWord splits a line into its first word and its comment, which begins after
// white space, a comma, # or ;.
func cutWord(text string) (word, note string) {
	text = strings.TrimSpace(text)
	at := strings.IndexAny(text, " \t,#;")
	if at < 0 {
		return text, ""
	}
	note = strings.TrimLeft(text[at:], " \t,#;")
	if !utf8.ValidString(note) {
		note = strings.ToValidUTF8(note, "\ufffd")
	}
	return text[:at], note
}

// parsePrefix reads a prefix or a single address, IPv4 in its own form.
func parsePrefix(word string) (netip.Prefix, bool) {
	if !strings.Contains(word, "/") {
		a, err := netip.ParseAddr(word)
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), err == nil && a.Zone() == ""
	}
	p, err := netip.ParsePrefix(word)
	if err == nil && p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p, err == nil
}

// local gives the special row around p whose addresses always count as domestic,
// nil when p is not wholly inside one.
func local(p netip.Prefix) *special {
	first, _ := bounds(p)
	s := specialOf(first)
	if s == nil || !s.firm || s.side != SideDomestic || s.prefix.Bits() > p.Bits() {
		return nil
	}
	return s
}

// listed gives the list row that covers p.
func (t *Table) listed(p point) (Row, Side, bool) {
	i := t.lists.line.at(p)
	if i == clear {
		return Row{}, SideUnknown, false
	}
	e := &t.lists.entries[i]
	f := &t.lists.files[e.list]
	return Row{Source: f.source, Table: f.path, Date: f.date, Prefix: e.prefix, Line: int64(e.line), Note: e.note}, e.side, true
}
