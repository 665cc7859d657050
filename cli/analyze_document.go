package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/allow"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow/source"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// document is the result of analyze, as docs/spec/analyze.schema.json says.
type document struct {
	Schema     string            `json:"schema"`
	Inputs     []documentInput   `json:"inputs"`
	Records    uint64            `json:"records"`
	Outside    uint64            `json:"records_outside_period,omitempty"`
	Directions map[string]uint64 `json:"directions"`
	Edge       *documentEdge     `json:"edge,omitempty"`
	KnownBad   *documentLists    `json:"known_bad,omitempty"`
	Allowed    []documentAllowed `json:"allowed,omitempty"`
	Findings   []documentFinding `json:"findings"`

	all   []detect.Finding // what the engine says, less what an allow-list hides
	found []detect.Finding // those described in Findings, as the engine gave them
	cover *cover           // nil when addresses show as they are
}

// documentSchema is the version of the document's form.
const documentSchema = "noroshi-analyze/1"

type documentInput struct {
	Path    string   `json:"path"`
	Format  string   `json:"format"`
	Records uint64   `json:"records"`
	Skipped uint64   `json:"skipped"`
	Errors  []string `json:"errors"`
}

// documentEdge says what an edge would have done with the same records.
type documentEdge struct {
	Examined        uint64 `json:"examined"`
	DroppedDomestic uint64 `json:"dropped_domestic"`
	DroppedUnknown  uint64 `json:"dropped_unknown"`
	// Leaving is about how many records the findings rest on: what a selector
	// made from each would let out.
	Leaving int64 `json:"leaving"`
}

// documentLists is what was loaded by --known-bad.
type documentLists struct {
	Indicators int      `json:"indicators"`
	Skipped    uint64   `json:"skipped"`
	Errors     []string `json:"errors"`
}

// documentAllowed is an allow-list entry that hid findings, or one that has expired.
type documentAllowed struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
	Hidden  int    `json:"hidden"`
	Expired bool   `json:"expired,omitempty"`

	text i18n.Text
}

type documentFinding struct {
	ID       string         `json:"id"`
	Kind     detect.Kind    `json:"kind"`
	Level    string         `json:"level"`
	Score    float64        `json:"score"`
	Class    string         `json:"direction"`
	Src      string         `json:"src,omitempty"`
	Sources  []string       `json:"sources,omitempty"`
	Dst      string         `json:"dst,omitempty"`
	Port     uint16         `json:"port,omitempty"`
	Proto    string         `json:"proto,omitempty"`
	Name     string         `json:"name,omitempty"`
	First    string         `json:"first"`
	Last     string         `json:"last"`
	Count    int64          `json:"count"`
	Evidence map[string]any `json:"evidence"`
	Why      i18n.Text      `json:"why"`
	Attack   []string       `json:"attack"`
	Strip    []uint16       `json:"strip,omitempty"`

	facts []detect.Fact // in the detector's order, for people
}

// document gathers the result of the run.
func (a *analysis) document(set *source.Set) *document {
	d := &document{Schema: documentSchema, Records: a.records, Outside: a.outside, Directions: map[string]uint64{}, Findings: []documentFinding{}, Inputs: []documentInput{}}
	for _, in := range set.Inputs() {
		d.Inputs = append(d.Inputs, documentInput{Path: in.Path, Format: in.Format, Records: in.Records, Skipped: in.Skipped, Errors: messages(in.Errors, a.lang)})
	}
	seen, dropped := a.engine.Directions()
	for c := range direction.Class(direction.Classes) {
		d.Directions[c.String()] = seen[c]
	}
	if a.bad != nil {
		d.KnownBad = &documentLists{Indicators: a.bad.Len(), Skipped: a.listSkips.Count, Errors: messages(a.listSkips.First, a.lang)}
	}
	if a.flags.asEdge {
		d.Edge = &documentEdge{Examined: a.records - dropped, DroppedDomestic: seen[direction.Domestic], DroppedUnknown: seen[direction.Unknown]}
		d.cover = newCover(a.border)
	}
	found := a.allow(d, a.engine.Findings())
	d.all = found
	for i := range found {
		f := &found[i]
		if detect.LevelOf(f.Score) < a.minLevel {
			continue
		}
		if d.cover != nil {
			d.Edge.Leaving += f.Count
		}
		d.Findings = append(d.Findings, describe(f, d.cover))
		d.found = append(d.found, *f)
	}
	return d
}

func messages(errs []error, l i18n.Lang) []string {
	out := make([]string, 0, len(errs))
	for _, err := range errs {
		out = append(out, fault.Text(err, l))
	}
	return out
}

// allow takes out the findings that an allow-list entry speaks for and lists the
// entries that did so, and those that have expired.
func (a *analysis) allow(d *document, found []detect.Finding) []detect.Finding {
	for _, l := range a.allowed {
		var hidden []allow.Hidden
		found, hidden = l.Filter(found, a.started)
		for _, h := range hidden {
			d.Allowed = append(d.Allowed, documentAllowed{Reason: d.cover.name(h.Entry.Reason), Expires: h.Entry.Expires.UTC().Format(time.RFC3339), Hidden: h.Findings, text: d.cover.text(h.Text())})
		}
		for _, e := range l.Expired(a.started) {
			d.Allowed = append(d.Allowed, documentAllowed{Reason: d.cover.name(e.Reason), Expires: e.Expires.UTC().Format(time.RFC3339), Expired: true, text: d.cover.text(e.Warning())})
		}
	}
	return found
}

// describe turns f into its public form; a cover, when not nil, hides domestic
// addresses as an edge does.
func describe(f *detect.Finding, c *cover) documentFinding {
	d := documentFinding{
		ID: c.lift().ID(f.ID()), Kind: f.Kind, Level: detect.LevelOf(f.Score).String(), Score: detect.Round3(f.Score), Class: f.Class.String(),
		Src: c.addr(f.Src), Dst: c.addr(f.Dst), Port: f.Port, Proto: share.ProtoName(f.Proto), Name: c.name(f.Name),
		First: stamp(f.First), Last: stamp(f.Last), Count: f.Count,
		Evidence: map[string]any{}, Why: c.text(f.Why), Attack: f.Attack, Strip: f.Strip, facts: c.facts(f.Evidence),
	}
	for _, s := range f.Sources {
		d.Sources = append(d.Sources, c.addr(s))
	}
	for _, e := range d.facts {
		d.Evidence[e.Name] = e.Value
	}
	if d.Attack == nil {
		d.Attack = []string{}
	}
	return d
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z") }

// who names the source side of d for a person.
func (d *documentFinding) who(s say) string {
	if len(d.Sources) > 0 {
		return s.text("cli.analyze.sources", "n", len(d.Sources))
	}
	if d.Src == "" {
		return s.text("cli.analyze.several")
	}
	return d.Src
}

// whom names the destination side of d.
func (d *documentFinding) whom(s say) string {
	to := d.Name
	if to == "" {
		to = d.Dst
	}
	if to == "" {
		return s.text("cli.analyze.several")
	}
	if d.Port == 0 {
		return to
	}
	return net.JoinHostPort(to, strconv.Itoa(int(d.Port)))
}

func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(i18n.EscapeJSON(b.Bytes()))
	return err
}
