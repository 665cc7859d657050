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
	papers   map[paper.Digest]bool // versions and lists
	profiles map[paper.Digest]*regime.Profile
	known    *Known
}

// epoch is the time from one change of the trust to the next. It has no view when the
// papers do not bear one out.
type epoch struct {
	from paper.Time
	view *trust.View
}

// Load follows the trust root of an export from the pinned fingerprint to the
// instant now, and tells what is wrong with it.
func Load(fsys fs.FS, pinned paper.Digest, now paper.Time, known *Known, tell func(flaw.Flaw)) *Views {
	v := &Views{papers: map[paper.Digest]bool{}, profiles: map[paper.Digest]*regime.Profile{}, known: known}
	l := loader{fsys: fsys, tell: tell, views: v, instants: []paper.Time{}}
	roots := l.envelopes("root")
	lists := l.envelopes("lists")
	l.rootTimes(roots)
	l.listTimes(lists)
	l.loadProfiles()
	slices.Sort(l.instants)
	for _, t := range slices.Compact(l.instants) {
		if t > now {
			break
		}
		got := Remember(known, func() viewed {
			view, unmet := trust.New(roots, lists, pinned, t.Time())
			return viewed{view, unmet}
		}, append([]string{"view", string(pinned), t.String()}, l.bytes...)...)
		v.epochs = append(v.epochs, epoch{t, got.view})
		if got.view == nil {
			tell(flaw.Flaw{Code: "trust", Index: flaw.None, File: "root", Args: []any{"at", t.String(), "why", flaw.Because("unmet", "condition", flaw.Condition(got.unmet[0]), "place", got.unmet[0].Place)}, Unmet: got.unmet})
		}
	}
	if len(v.epochs) == 0 {
		tell(flaw.Flaw{Code: "trust-none", Index: flaw.None, File: "root"})
	}
	return v
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
func (v *Views) Has(d paper.Digest) bool { return v.papers[d] }

// Profile gives the profile of a digest, nil when the export has none.
func (v *Views) Profile(d paper.Digest) *regime.Profile { return v.profiles[d] }

// loader reads the papers of the trust.
type loader struct {
	fsys     fs.FS
	tell     func(flaw.Flaw)
	views    *Views
	instants []paper.Time
	bytes    []string // digests of all files
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
		l.views.papers[got.Digest] = true
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

// rootTimes notes when versions change what counts.
func (l *loader) rootTimes(roots []*paper.Envelope) {
	var before trust.Root
	for i, e := range roots {
		var r trust.Root
		if e.Open(trust.RootType, &r) != nil {
			continue // trust.New tells
		}
		l.instants = append(l.instants, r.Issued)
		if i > 0 { // by the ceremony it counts later
			l.instants = append(l.instants, r.Issued+paper.Time(before.Ceremony.NoticeS))
		}
		before = r
	}
}

func (l *loader) listTimes(lists []*paper.Envelope) {
	for _, e := range lists {
		var b trust.List
		if e.Open(trust.ListType, &b) == nil {
			l.instants = append(l.instants, b.Issued)
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
