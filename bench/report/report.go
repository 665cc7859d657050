package report

import (
	"encoding/json"
	"io"
	"time"
)

// Schema is the version of the JSON form.
const Schema = "noroshi-bench/1"

// Verdict says how a figure stands against what was asked.
type Verdict string

// The verdicts.
const (
	Met     Verdict = "met"
	NotMet  Verdict = "not met"
	Shown   Verdict = "shown"        // nothing was asked, or it was measured in a size that does not count
	Missing Verdict = "not measured" // something that it needs is not here
)

// Judge gives Met or NotMet.
func Judge(met bool) Verdict {
	if met {
		return Met
	}
	return NotMet
}

// Figure is one line of the report.
type Figure struct {
	What     string             `json:"what"`
	Asked    string             `json:"asked,omitempty"`
	Measured string             `json:"measured"`
	Peer     string             `json:"peer,omitempty"` // with "(quoted)" or "(this run)"
	Verdict  Verdict            `json:"verdict"`
	Values   map[string]float64 `json:"values,omitempty"` // the same in numbers; names carry the unit
	Chart    *Chart             `json:"chart,omitempty"`  // ours beside peers, where they have one unit
}

// Chart is numbers of one unit that the page draws as bars beside each other.
type Chart struct {
	Unit   string  `json:"unit"`
	Target float64 `json:"target,omitempty"` // what was asked; 0 for nothing
	Most   bool    `json:"most,omitempty"`   // the target is the most that may be, not the least
	Bars   []Bar   `json:"bars"`
}

// Bar is one side's number.
type Bar struct {
	Who    string  `json:"who"`
	Value  float64 `json:"value"`
	Quoted bool    `json:"quoted,omitempty"` // from elsewhere, not measured in this run
	Ours   bool    `json:"ours,omitempty"`
}

// Table is detail below the figures.
type Table struct {
	Caption string     `json:"caption"`
	Head    []string   `json:"head"`
	Rows    [][]string `json:"rows"`
}

// Section is one part of a run.
type Section struct {
	Key     string   `json:"key"`
	Title   string   `json:"title"`
	Figures []Figure `json:"figures"`
	Tables  []Table  `json:"tables,omitempty"`
	Notes   []string `json:"notes,omitempty"`
	Seconds float64  `json:"seconds"` // that it took
	Failed  string   `json:"failed,omitempty"`
}

// Add appends a figure.
func (s *Section) Add(f Figure) { s.Figures = append(s.Figures, f) }

// Note appends a remark.
func (s *Section) Note(text string) { s.Notes = append(s.Notes, text) }

// Miss appends a figure that could not be measured.
func (s *Section) Miss(what, asked, why string) {
	s.Add(Figure{What: what, Asked: asked, Measured: why, Verdict: Missing})
}

// Report is one run.
type Report struct {
	Schema   string    `json:"schema"`
	Started  time.Time `json:"started"`
	Seed     uint64    `json:"seed"`
	Quick    bool      `json:"quick"` // small sizes: speed and memory are shown, not judged
	Machine  Machine   `json:"machine"`
	Sections []Section `json:"sections"`
}

// Count gives how many figures have verdict v.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, s := range r.Sections {
		for _, f := range s.Figures {
			if f.Verdict == v {
				n++
			}
		}
	}
	return n
}

// JSON writes r.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}
