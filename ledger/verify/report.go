package verify

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify/flaw"
)

// Schema names the form of the report; docs/spec/verify.md describes it.
const Schema = "noroshi-verify/1"

// Report is what came out.
type Report struct {
	Schema  string       `json:"schema"`
	Right   bool         `json:"right"` // nothing is wrong with what was looked at
	Mode    Mode         `json:"mode"`
	Root    paper.Digest `json:"root"`
	At      paper.Time   `json:"-"` // when it was verified
	Time    string       `json:"time"`
	Fresh   i18n.Text    `json:"fresh"` // against what the export is fresh
	Verdict i18n.Text    `json:"verdict"`
	Logs    []*Log       `json:"logs"`
	Absent  []string     `json:"absent"` // origins of logs of the root that the export does not hold
	Checked Checked      `json:"checked"`

	Overdue   []Overdue   `json:"overdue"`     // to what an answer was due and is not open; no flaw of the log
	Recovered []Recovered `json:"recovered"`   // versions of the root that came by the recovery keys
	Flaws     int64       `json:"flaws"`       // all
	Bad       int64       `json:"bad_entries"` // entries that are named by a flaw
	First     *Flaw       `json:"first,omitempty"`
	List      []*Flaw     `json:"list"` // the first ones in order, at most 100
	Codes     []CodeCount `json:"codes"`
}

// Recovered is a version of the trust root that the recovery keys brought about.
type Recovered struct {
	Version int64  `json:"version"`
	From    string `json:"from"`
}

// Overdue is an entry to which an answer was due when it was verified: an error, a demand, a
// recommendation, a complaint, redress, or the commitment to a sample.
type Overdue struct {
	Class proof.Class `json:"class"`
	Due   string      `json:"due"`
	Index int64       `json:"index"`
	Log   string      `json:"log"`
}

// Log is what was seen of one log.
type Log struct {
	Origin    string       `json:"origin"`
	Duty      trust.Duty   `json:"duty"`
	Size      int64        `json:"size"` // entries
	Root      paper.Digest `json:"root"`
	Time      paper.Time   `json:"-"`
	Stamp     string       `json:"time"` // the median of the latest cosignatures
	Witnesses []string     `json:"witnesses"`
	History   int          `json:"history"` // earlier checkpoints that the tree was held against
	Opened    int64        `json:"opened"`
	Sealed    int64        `json:"sealed"`
}

// Checked is how much was judged.
type Checked struct {
	Papers     int64 `json:"papers"`
	Warrants   int64 `json:"warrants"`
	Grants     int64 `json:"grants"`
	Pages      int64 `json:"pages"`
	Statements int64 `json:"statements"`
	Disposed   int64 `json:"disposed"`
}

// CodeCount is how often a flaw was found.
type CodeCount struct {
	Code string `json:"code"`
	N    int64  `json:"n"`
}

// Flaw is one thing that is wrong, for people and programs.
type Flaw struct {
	Code     string      `json:"code"`
	Log      string      `json:"log,omitempty"`
	Index    *int64      `json:"index,omitempty"` // of the entry, or the first that it may be
	Last     *int64      `json:"last,omitempty"`  // the last that it may be
	Class    proof.Class `json:"class,omitempty"`
	File     string      `json:"file,omitempty"`
	Sentence i18n.Text   `json:"sentence"`
	Unmet    []Unmet     `json:"unmet,omitempty"`
}

// Unmet is a condition that a paper does not meet.
type Unmet struct {
	Place    string    `json:"place"`
	Code     string    `json:"code"`
	Sentence i18n.Text `json:"sentence"`
}

// mostListed is how many flaws a report lists.
const mostListed = 100

// fresh says in both languages against what the export will be fresh.
func (r *run) fresh() i18n.Text {
	switch {
	case len(r.Since) > 0 && r.Fresh > 0:
		return i18n.Both("verify.fresh.both", "n", len(r.Since), "age", r.Options.Fresh, "now", paper.TimeOf(r.Now).String())
	case len(r.Since) > 0:
		return i18n.Both("verify.fresh.since", "n", len(r.Since))
	case r.Fresh > 0:
		return i18n.Both("verify.fresh.age", "age", r.Options.Fresh, "now", paper.TimeOf(r.Now).String())
	}
	return i18n.Both("verify.fresh.nothing")
}

// finish writes the report.
func (r *run) finish() {
	p := r.report
	p.Time = p.At.String()
	c := r.judge.Count()
	p.Checked = Checked{Papers: c.Papers, Warrants: c.Warrants, Grants: c.Grants, Pages: c.Pages, Statements: c.Statements, Disposed: c.Disposed}
	for _, l := range p.Logs {
		l.Stamp = l.Time.String()
	}
	p.Flaws, p.Bad, p.Right = r.flaws.N(), r.flaws.Entries(), r.flaws.N() == 0
	codes, n := r.flaws.Codes()
	for i, c := range codes {
		p.Codes = append(p.Codes, CodeCount{c, n[i]})
	}
	for _, f := range r.flaws.Sorted()[:min(mostListed, len(r.flaws.Sorted()))] {
		p.List = append(p.List, told(f))
	}
	if !p.Right {
		p.First = p.List[0]
	}
	p.Verdict = r.verdict()
	p.Overdue = append([]Overdue{}, p.Overdue...)
	p.Recovered = []Recovered{}
	for _, v := range r.views.All() {
		now := Recovered{v.Version(), v.Start().String()}
		if v.Recovered() && !slices.Contains(p.Recovered, now) {
			p.Recovered = append(p.Recovered, now)
		}
	}
}

// told writes a flaw for the report.
func told(f *flaw.Flaw) *Flaw {
	t := &Flaw{Code: f.Code, Log: f.Log, Class: f.Class, File: f.File, Sentence: sentence(f)}
	if f.Index >= 0 {
		t.Index, t.Last = &f.Index, &f.Last
	}
	for _, u := range f.Unmet {
		t.Unmet = append(t.Unmet, Unmet{Place: u.Place, Code: u.Code, Sentence: flaw.Condition(u)})
	}
	return t
}

// sentence says where a flaw is and what it is.
func sentence(f *flaw.Flaw) i18n.Text {
	what := f.Text()
	if len(f.Unmet) > 0 {
		what = i18n.Both("verify.unmet", "what", what, "condition", flaw.Condition(f.Unmet[0]), "place", f.Unmet[0].Place)
	}
	switch {
	case f.Exact() && f.Class != "":
		return i18n.Both("verify.at.class", "index", i18n.Nominal(f.Index), "log", f.Log, "class", i18n.Both("verify.class."+string(f.Class)), "what", what)
	case f.Exact():
		return i18n.Both("verify.at.entry", "index", i18n.Nominal(f.Index), "log", f.Log, "what", what)
	case f.Index >= 0:
		return i18n.Both("verify.at.range", "index", i18n.Nominal(f.Index), "last", i18n.Nominal(f.Last), "log", f.Log, "what", what)
	case f.Log != "" && f.File != "":
		return i18n.Both("verify.at.file", "file", f.File, "log", f.Log, "what", what)
	case f.Log != "":
		return i18n.Both("verify.at.log", "log", f.Log, "what", what)
	case f.File != "":
		return i18n.Both("verify.at.path", "file", f.File, "what", what)
	}
	return what
}

// verdict is the report in one sentence.
func (r *run) verdict() i18n.Text {
	p := r.report
	var entries, opened int64
	for _, l := range p.Logs {
		entries += l.Size
		opened += l.Opened
	}
	if p.Right {
		return i18n.Both("verify.right", "entries", entries, "logs", len(p.Logs), "opened", opened)
	}
	if p.Flaws == 1 {
		return i18n.Both("verify.wrong_one", "first", p.First.Sentence)
	}
	return i18n.Both("verify.wrong", "first", p.First.Sentence, "more", p.Flaws-1, "bad", p.Bad)
}

// JSON writes the report for programs.
func (r *Report) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return i18n.EscapeJSON(append(text, '\n')), err
}

// age is how long ago the witnesses looked at the log that they looked at last.
func (r *Report) age() time.Duration {
	var latest paper.Time
	for _, l := range r.Logs {
		latest = max(latest, l.Time)
	}
	return r.At.Time().Sub(latest.Time())
}
