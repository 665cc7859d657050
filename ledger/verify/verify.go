package verify

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/ledger/verify/acts"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
	"github.com/noroshi-acd/noroshi/ledger/verify/trusted"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// Mode is how much the one who verifies may see.
type Mode string

// The modes.
const (
	Public    Mode = "public"    // what is opened is judged, the rest is counted
	Inspector Mode = "inspector" // everything must be opened or accounted for
)

// Options are what an export is verified against.
type Options struct {
	FS    fs.FS
	Mode  Mode
	Root  paper.Digest   // fingerprint of the trust root, from two independent places
	Since [][]byte       // signed checkpoints that the reader kept from earlier
	Fresh time.Duration  // how old the latest cosignatures may be at Now; 0: do not ask
	Now   time.Time      // papers of a later time do not count
	Known *trusted.Known // nil: a new one
	// Law gives the items that the law of some instruments asks the figures of a year for;
	// nil: the law is not at hand, and figures are not held against it.
	Law      func(instruments []paper.ID) []figures.Item
	Progress func(done, total int64)
}

// run is one verification as it goes on.
type run struct {
	Options
	views  *trusted.Views
	judge  *acts.Judge
	flaws  flaw.List
	report *Report
	done   int64 // entries of logs that are finished
	total  int64
	since  map[string]bool // origins of Since that were met
}

// Run verifies an export. An error says that it could not be read to its end; what is
// wrong with it stands in the report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Known == nil {
		o.Known = trusted.NewKnown()
	}
	r := &run{Options: o, since: map[string]bool{}}
	r.report = &Report{Schema: Schema, Mode: o.Mode, Root: o.Root, At: paper.TimeOf(o.Now), Fresh: r.fresh()}
	records, err := records(ctx, o)
	if err != nil {
		return nil, err
	}
	r.views = trusted.Load(o.FS, o.Root, paper.TimeOf(o.Now), records, o.Known, r.flaws.Add)
	r.judge = acts.NewJudge(r.views, o.Known, o.Mode == Inspector, r.flaws.Add)
	var judged []*acts.Log
	for _, l := range r.logs() {
		if err := l.verify(ctx); err != nil {
			return nil, err
		}
		if len(l.judged.Stamps) > 0 {
			judged = append(judged, &l.judged)
		}
	}
	r.ranges(judged)
	r.judge.Finish()
	r.unmet()
	r.finish()
	return r.report, nil
}

// records finds when the papers of the trust root were recorded. Which logs and witnesses
// count, the papers themselves say: so each is found under those before it, until no more
// is found. A root of one version has nothing to find.
//
// Invariant 30: a version does not count from the time that it states.
func records(ctx context.Context, o Options) (trusted.Records, error) {
	found := trusted.Records{}
	for {
		silent := func(flaw.Flaw) {}
		r := &run{Options: o, since: map[string]bool{}, report: &Report{}}
		r.Progress = nil
		r.views = trusted.Load(o.FS, o.Root, paper.TimeOf(o.Now), found, o.Known, silent)
		if r.views.Alone() {
			return found, nil
		}
		r.judge = acts.NewJudge(r.views, o.Known, false, silent)
		for _, l := range r.logs() {
			if err := l.verify(ctx); err != nil {
				return nil, err
			}
		}
		more := r.views.Seen()
		if len(more) <= len(found) {
			return found, nil
		}
		found = more
	}
}

// logs finds the folders of logs, the commission's first, and tells files that belong
// nowhere.
func (r *run) logs() []*log {
	views := r.views.All()
	if len(views) == 0 {
		return nil
	}
	folders := map[string]fs.FS{} // by name
	top, err := fs.ReadDir(r.FS, ".")
	if err != nil {
		r.flaws.Add(flaw.Flaw{Code: "file", Index: flaw.None, File: ".", Args: []any{"why", err}})
	}
	for _, d := range top {
		switch d.Name() {
		case "root", "lists", "profiles":
		case "checkpoint", "checkpoints", "tile", "opened", "content":
			folders[""] = r.FS
		case "logs":
			list, err := fs.ReadDir(r.FS, "logs")
			if err != nil {
				r.flaws.Add(flaw.Flaw{Code: "file", Index: flaw.None, File: "logs", Args: []any{"why", err}})
			}
			for _, l := range list {
				if sub, err := fs.Sub(r.FS, "logs/"+l.Name()); err == nil {
					folders[l.Name()] = sub
				}
			}
		default:
			r.flaws.Add(flaw.Flaw{Code: "stray", Index: flaw.None, File: d.Name()})
		}
	}
	return r.match(views, folders)
}

// match gives each folder its log of the trust root. A folder alone at the top says in
// its checkpoint which it is.
func (r *run) match(views []*trust.View, folders map[string]fs.FS) (list []*log) {
	for _, g := range known(views) {
		sum := sha256.Sum256([]byte(g.Origin))
		name := hex.EncodeToString(sum[:])
		l := &log{run: r, Log: g, rank: len(list), dir: "logs/" + name + "/"}
		if g.Duty == trust.Acts {
			l.rank += 1000
		}
		if l.fs = folders[name]; l.fs == nil && folders[""] != nil && strings.HasPrefix(head(folders[""]), g.Origin+"\n") {
			name, l.fs, l.dir = "", folders[""], ""
		}
		if l.fs == nil {
			r.report.Absent = append(r.report.Absent, g.Origin)
			if r.Mode == Inspector {
				r.flaws.Add(flaw.Flaw{Code: "log-missing", Log: g.Origin, Rank: l.rank, Index: flaw.None})
			}
			continue
		}
		delete(folders, name)
		list = append(list, l)
	}
	for name := range folders {
		r.flaws.Add(flaw.Flaw{Code: "log-unknown", Index: flaw.None, File: strings.TrimPrefix("logs/"+name, "logs/")})
	}
	return list
}

// known lists the logs of all views, those of decisions first.
func known(views []*trust.View) (list []trust.Log) {
	for _, v := range views {
		for _, g := range v.Logs() {
			if !slices.ContainsFunc(list, func(o trust.Log) bool { return o.Origin == g.Origin }) {
				list = append(list, g)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b trust.Log) int {
		return cmp.Or(-cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Origin, b.Origin))
	})
	return list
}

// head gives the text of a log's latest checkpoint, "" when there is none.
func head(fsys fs.FS) string {
	data, _ := trusted.ReadFile(fsys, "checkpoint", maxNote)
	return string(data)
}

// unmet tells checkpoints to compare with that are of no log of the export.
func (r *run) unmet() {
	for _, text := range r.Since {
		if c, err := parseNote(text); err != nil || !r.since[c.Origin] {
			r.flaws.Add(flaw.Flaw{Code: "since-none", Index: flaw.None, Args: []any{"origin", c.Origin}})
		}
	}
}
