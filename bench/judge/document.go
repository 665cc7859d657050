package judge

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Document is what the judge reads of analyze's JSON.
type Document struct {
	Records  uint64    `json:"records"`
	Inputs   []Input   `json:"inputs"`
	Findings []Finding `json:"findings"`
}

// Input is one file that was read.
type Input struct {
	Path    string   `json:"path"`
	Format  string   `json:"format"`
	Records uint64   `json:"records"`
	Skipped uint64   `json:"skipped"`
	Errors  []string `json:"errors"`
}

// Finding is one finding, ranked by its place in the document.
type Finding struct {
	ID       string         `json:"id"`
	Kind     string         `json:"kind"`
	Level    string         `json:"level"`
	Score    float64        `json:"score"`
	Src      string         `json:"src"`
	Sources  []string       `json:"sources"`
	Dst      string         `json:"dst"`
	Port     uint16         `json:"port"`
	Proto    string         `json:"proto"`
	Name     string         `json:"name"`
	Count    int64          `json:"count"`
	Evidence map[string]any `json:"evidence"`
}

// Loud says whether f is at high or critical.
func (f *Finding) Loud() bool { return f.Level == "high" || f.Level == "critical" }

// About says whether f speaks about host.
func (f *Finding) About(host string) bool { return f.Src == host || slices.Contains(f.Sources, host) }

// First gives the best-ranked finding about host, nil for none.
func (d *Document) First(host string) *Finding {
	for i := range d.Findings {
		if d.Findings[i].About(host) {
			return &d.Findings[i]
		}
	}
	return nil
}

// Loud gives the findings at high or above.
func (d *Document) Loud() []Finding {
	return slices.DeleteFunc(slices.Clone(d.Findings), func(f Finding) bool { return !f.Loud() })
}

// Read reads a document.
func Read(r io.Reader) (*Document, error) {
	var d Document
	if err := json.NewDecoder(r).Decode(&d); err != nil {
		return nil, fmt.Errorf("reading the result of analyze: %w", err)
	}
	return &d, nil
}

// Threat is one planted threat. Target is a name or an address, "*" for many.
type Threat struct{ Kind, Class, Src, Target string }

// ReadTruth reads lines kind,class,source,target,count.
func ReadTruth(r io.Reader) ([]Threat, error) {
	c := csv.NewReader(r)
	c.FieldsPerRecord = 5
	var all []Threat
	for {
		x, err := c.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the truth: %w", err)
		}
		all = append(all, Threat{x[0], x[1], x[2], x[3]})
	}
}
