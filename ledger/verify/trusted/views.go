package trusted

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// mostPapers is how many versions and lists a trust root may have in an export.
const mostPapers = 4096

// maxPaper is the size from which on a paper's file is refused: its payload in base64
// and its signatures.
const maxPaper = 2 << 20

// Views is the trust of an export at each instant.
type Views struct {
	epochs   []epoch
	papers   map[paper.Digest][]paper.Digest // of versions and lists: the digests of their files
	profiles map[paper.Digest]*regime.Profile
	known    *Known
	seen     Records // so far
}

// epoch is the time from one change of the trust to the next. It has no view when the
// papers do not bear one out.
type epoch struct {
	from paper.Time
	view *trust.View
}

// Records are the times at which witnesses saw the entries of versions and lists, by the
// digests of the papers.
type Records map[paper.Digest]paper.Time

// Load follows the trust root of an export from the pinned fingerprint to the
// instant now, by what the logs have recorded, and tells what is wrong with it. A paper
// without a record is judged at now.
func Load(fsys fs.FS, pinned paper.Digest, now paper.Time, records Records, known *Known, tell func(flaw.Flaw)) *Views {
	v := &Views{papers: map[paper.Digest][]paper.Digest{}, profiles: map[paper.Digest]*regime.Profile{}, known: known, seen: Records{}}
	l := loader{fsys: fsys, tell: tell, views: v, instants: []paper.Time{}, holding: map[string][]string{}}
	h := trust.History{Roots: l.envelopes("root"), Lists: l.envelopes("lists"), Pinned: pinned, Now: now}
	h.Recorded = func(d paper.Digest) (paper.Time, bool) { t, ok := records[d]; return t, ok }
	if l.times(h); !v.Alone() { // what nobody has recorded is judged at now
		l.instants = append(l.instants, now)
	}
	l.loadProfiles()
	for d, t := range records {
		l.bytes = append(l.bytes, string(d)+t.String())
	}
	slices.Sort(l.bytes)
	l.bytes = append(l.bytes, now.String())
	for len(l.instants) > 0 {
		t := slices.Min(l.instants)
		l.instants = slices.DeleteFunc(l.instants, func(o paper.Time) bool { return o == t })
		if t > now {
			break
		}
		l.epoch(h, t)
	}
	if len(v.epochs) == 0 {
		tell(flaw.Flaw{Code: "trust-none", Index: flaw.None, File: "root"})
		return v
	}
	if l.last != nil {
		l.leftOut(l.last)
	}
	return v
}

// epoch follows the root to an instant. What is announced then makes an instant more.
func (l *loader) epoch(h trust.History, t paper.Time) {
	v := l.views
	got := Remember(v.known, func() viewed {
		view, unmet := trust.Follow(h, t.Time())
		return viewed{view, unmet}
	}, append([]string{"view", string(h.Pinned), t.String()}, l.bytes...)...)
	if got.view == nil && len(got.unmet) == 1 && got.unmet[0].Code == "root-expired" && len(v.epochs) > 0 {
		return // At knows
	}
	l.last = got.view
	if k := len(v.epochs); k > 0 && got.view != nil && v.epochs[k-1].view != nil && v.epochs[k-1].view.Digest() == got.view.Digest() {
		return // nothing has changed
	}
	v.epochs = append(v.epochs, epoch{t, got.view})
	if got.view == nil {
		l.tell(flaw.Flaw{Code: "trust", Index: flaw.None, File: "root", Args: []any{"at", t.String(), "why", flaw.Because("unmet", "condition", flaw.Condition(got.unmet[0]), "place", got.unmet[0].Place)}, Unmet: got.unmet})
		return
	}
	for _, p := range got.view.Pending() {
		l.instants = append(l.instants, p.From)
	}
}

// leftOut tells the papers that count for nothing.
func (l *loader) leftOut(view *trust.View) {
	for _, u := range view.LeftOut() {
		for dir, kind := range map[string]string{"root": "roots", "lists": "lists"} {
			for i, file := range l.holding[dir] {
				if strings.HasPrefix(u.Place, fmt.Sprintf("%s[%d]", kind, i)) {
					l.tell(flaw.Flaw{Code: "trust-left", Index: flaw.None, File: file, Unmet: []unmet.Unmet{u}})
				}
			}
		}
	}
}

type viewed struct {
	view  *trust.View
	unmet []unmet.Unmet
}

// At gives the trust at an instant, nil when there is none.
func (v *Views) At(t paper.Time) *trust.View {
	i, ok := slices.BinarySearchFunc(v.epochs, t, func(e epoch, t paper.Time) int { return int(e.from - t) })
	if !ok {
		i--
	}
	if i < 0 || v.epochs[i].view == nil || t >= v.epochs[i].view.Expires() {
		return nil
	}
	return v.epochs[i].view
}

// All gives the different views, the latest first.
func (v *Views) All() []*trust.View {
	var list []*trust.View
	for _, e := range slices.Backward(v.epochs) {
		if e.view != nil {
			list = append(list, e.view)
		}
	}
	return list
}

// Has says whether the export holds the version of the root, or the list, of that digest.
func (v *Views) Has(d paper.Digest) bool { return len(v.papers[d]) > 0 }

// Saw notes that witnesses saw the entry of a paper by an instant. An entry whose content
// is no file of the export is passed over: signatures that were not there yet are no part
// of what was recorded.
func (v *Views) Saw(d, content paper.Digest, seen paper.Time) {
	if old, ok := v.seen[d]; slices.Contains(v.papers[d], content) && (!ok || seen < old) {
		v.seen[d] = seen
	}
}

// Seen gives when witnesses first saw the papers of the trust root.
func (v *Views) Seen() Records { return v.seen }

// Alone says whether there is nothing but the pinned version: no record can change that.
func (v *Views) Alone() bool { return len(v.papers) < 2 }

// Profile gives the profile of a digest, nil when the export has none.
func (v *Views) Profile(d paper.Digest) *regime.Profile { return v.profiles[d] }

// loader reads the papers of the trust.
type loader struct {
	fsys     fs.FS
	tell     func(flaw.Flaw)
	views    *Views
	instants []paper.Time
	bytes    []string            // digests of all files
	last     *trust.View         // of the latest instant that was looked at
	holding  map[string][]string // by their folders, the files that hold papers
}

func (l *loader) bad(code, file string, err error) {
	l.tell(flaw.Flaw{Code: code, Index: flaw.None, File: file, Args: []any{"why", err}})
}

// files lists a folder and gives each file with its bytes.
func (l *loader) files(dir string, each func(name string, data []byte)) {
	list, err := fs.ReadDir(l.fsys, dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.bad("file", dir, err)
	}
	for i, d := range list {
		file := dir + "/" + d.Name()
		name, ok := strings.CutSuffix(d.Name(), ".json")
		if !ok || d.IsDir() || i >= mostPapers {
			l.tell(flaw.Flaw{Code: "stray", Index: flaw.None, File: file})
			continue
		}
		data, err := ReadFile(l.fsys, file, maxPaper)
		if err != nil {
			l.bad("file", file, err)
			continue
		}
		l.bytes = append(l.bytes, string(paper.DigestOf(data)))
		each(name, data)
	}
}

func (l *loader) envelopes(dir string) (list []*paper.Envelope) {
	l.files(dir, func(name string, data []byte) {
		got := l.views.known.Envelope(paper.DigestOf(data), data)
		if got.Err != nil {
			l.bad("file", dir+"/"+name+".json", got.Err)
			return
		}
		list = append(list, got.Envelope)
		l.views.papers[got.Digest] = append(l.views.papers[got.Digest], paper.DigestOf(data))
		l.holding[dir] = append(l.holding[dir], dir+"/"+name+".json")
		l.named(dir, name, got.Envelope)
	})
	return list
}

// named tells a file that is called otherwise than what it holds.
func (l *loader) named(dir, name string, e *paper.Envelope) {
	want := name
	var r trust.Root
	var b trust.List
	switch {
	case dir == "root" && e.Open(trust.RootType, &r) == nil:
		want = fmt.Sprintf("%06d", r.Version)
	case dir == "lists" && e.Open(trust.ListType, &b) == nil:
		want = fmt.Sprintf("%s-%d", b.Body, b.Version)
	}
	if want != name {
		l.tell(flaw.Flaw{Code: "name", Index: flaw.None, File: dir + "/" + name + ".json", Args: []any{"want", want + ".json"}})
	}
}

// times notes when a paper may begin to count.
func (l *loader) times(h trust.History) {
	for _, e := range slices.Concat(h.Roots, h.Lists) {
		var r trust.Root
		var b trust.List
		at := paper.Time(0)
		switch {
		case e.Open(trust.RootType, &r) == nil:
			at = r.Issued
		case e.Open(trust.ListType, &b) == nil:
			at = b.Issued
		}
		if t, ok := h.Recorded(e.Digest()); ok {
			l.instants = append(l.instants, max(at, t))
		}
		if e.Digest() == h.Pinned {
			l.instants = append(l.instants, at)
		}
	}
}

func (l *loader) loadProfiles() {
	l.files("profiles", func(name string, data []byte) {
		file := "profiles/" + name + ".json"
		p, err := regime.Parse(data)
		if err != nil {
			l.bad("file", file, err)
			return
		}
		d, err := p.Digest()
		if err != nil || string(d) != "sha256:"+name {
			l.tell(flaw.Flaw{Code: "name", Index: flaw.None, File: file, Args: []any{"want", strings.TrimPrefix(string(d), "sha256:") + ".json"}})
			return
		}
		l.views.profiles[d] = p
	})
}
