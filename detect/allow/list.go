package allow

import (
	"net/netip"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Entry is one thing that is tolerated. Conditions that are zero do not count.
type Entry struct {
	Src, Dst netip.Prefix
	Name     string // lower case; a leading dot means the zone and all beneath it
	Port     uint16
	Kind     detect.Kind
	Reason   string
	Expires  time.Time // the instant from which the entry no longer acts
	Path     string    // where the entry stands
	Line     int64
}

// List is the entries of one file, in their order there.
type List struct {
	Entries []Entry
}

// Hidden says how many findings an entry hid.
type Hidden struct {
	Entry    *Entry
	Findings int
}

// Match gives the first entry that tolerates f at the instant at, which is now and
// not the time of the finding: an entry acts on the past too.
func (l *List) Match(f *detect.Finding, at time.Time) (*Entry, bool) {
	for i := range l.Entries {
		if e := &l.Entries[i]; !e.Expired(at) && e.covers(f) {
			return e, true
		}
	}
	return nil, false
}

// Filter splits all into the findings that stay and how many each entry hid at the
// instant at; entries that hid nothing are left out. all stays as it is.
func (l *List) Filter(all []detect.Finding, at time.Time) (kept []detect.Finding, hidden []Hidden) {
	count := map[*Entry]int{}
	for i := range all {
		if e, ok := l.Match(&all[i], at); ok {
			count[e]++
			continue
		}
		kept = append(kept, all[i])
	}
	for i := range l.Entries {
		if n := count[&l.Entries[i]]; n > 0 {
			hidden = append(hidden, Hidden{&l.Entries[i], n})
		}
	}
	return kept, hidden
}

// Expired gives the entries that no longer act at the instant at.
func (l *List) Expired(at time.Time) []*Entry {
	var old []*Entry
	for i := range l.Entries {
		if l.Entries[i].Expired(at) {
			old = append(old, &l.Entries[i])
		}
	}
	return old
}

// Expired says whether e no longer acts at the instant at.
func (e *Entry) Expired(at time.Time) bool { return !at.Before(e.Expires) }

// Warning says that e has expired.
func (e *Entry) Warning() i18n.Text {
	return i18n.Both("allow.expired", "path", e.Path, "line", e.Line, "reason", e.Reason, "expires", e.Expires)
}

// Text says how many findings the entry hid, and why.
func (h Hidden) Text() i18n.Text {
	return i18n.Both("allow.hidden", "path", h.Entry.Path, "line", h.Entry.Line, "reason", h.Entry.Reason, "n", h.Findings)
}

// covers says whether all conditions of e hold for f. A condition on something that
// f does not have does not hold; of several sources every one must lie in Src.
func (e *Entry) covers(f *detect.Finding) bool {
	if e.Kind != "" && e.Kind != f.Kind || e.Port != 0 && e.Port != f.Port {
		return false
	}
	if e.Name != "" && !nameIn(strings.ToLower(strings.TrimSuffix(f.Name, ".")), e.Name) {
		return false
	}
	if e.Dst.IsValid() && !contains(e.Dst, f.Dst) {
		return false
	}
	if !e.Src.IsValid() {
		return true
	}
	for _, s := range f.Sources {
		if !contains(e.Src, s) {
			return false
		}
	}
	return len(f.Sources) > 0 && f.Src.IsZero() || contains(e.Src, f.Src)
}

func contains(p netip.Prefix, a flow.Addr) bool { return !a.IsZero() && p.Contains(a.Netip()) }

func nameIn(name, want string) bool {
	if !strings.HasPrefix(want, ".") {
		return name == want
	}
	return name == want[1:] || strings.HasSuffix(name, want)
}
