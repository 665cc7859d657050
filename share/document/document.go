package document

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
)

// Schema is the version of the document's form.
const Schema = "noroshi-analyze/1"

// Document is the whole result of an analysis.
type Document struct {
	Schema     string            `json:"schema"`
	Inputs     []Input           `json:"inputs"`
	Records    uint64            `json:"records"`
	Outside    uint64            `json:"records_outside_period,omitempty"`
	Directions map[string]uint64 `json:"directions"`
	Edge       *Edge             `json:"edge,omitempty"`
	KnownBad   *Lists            `json:"known_bad,omitempty"`
	Unused     *Unused           `json:"unused_entries,omitempty"`
	Exporters  []Exporter        `json:"exporters,omitempty"`
	Allowed    []Allowed         `json:"allowed,omitempty"`
	Findings   []Finding         `json:"findings"`
	// Infrastructure is left out where nothing was mapped.
	Infrastructure *Infrastructure `json:"infrastructure,omitempty"`
}

// Input is one file that was read; its errors speak the language of the one who
// asked.
type Input struct {
	Path    string   `json:"path"`
	Format  string   `json:"format"`
	Records uint64   `json:"records"`
	Skipped uint64   `json:"skipped"`
	Errors  []string `json:"errors"`
}

// Edge says what an edge would have done with the same records.
type Edge struct {
	Examined        uint64 `json:"examined"`
	DroppedDomestic uint64 `json:"dropped_domestic"`
	DroppedUnknown  uint64 `json:"dropped_unknown"`
	Leaving         int64  `json:"leaving"`
}

// Lists is what was loaded by --known-bad.
type Lists struct {
	Indicators int      `json:"indicators"`
	Skipped    uint64   `json:"skipped"`
	Errors     []string `json:"errors"`
	Feeds      []Feed   `json:"feeds,omitempty"`
}

// Unused is what stands in lists other than those of --known-bad and says nothing.
type Unused struct {
	Skipped uint64   `json:"skipped"`
	Errors  []string `json:"errors"`
}

// Exporter is a device whose reports of flows stood in a capture, and what is missing
// of them. LostUnit is left out where no loss can be told.
type Exporter struct {
	Address  string `json:"address"`
	Protocol string `json:"protocol"`
	Domain   uint32 `json:"domain"`
	Messages uint64 `json:"datagrams"`
	Flows    uint64 `json:"flows"`
	Unread   uint64 `json:"unread_sets"`
	Lost     uint64 `json:"lost"`
	LostUnit string `json:"lost_unit,omitempty"`
	Dropped  uint64 `json:"dropped_packets,omitempty"`
}

// Allowed is an allow-list entry that hid findings, or one that has expired.
type Allowed struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires"`
	Hidden  int    `json:"hidden"`
	Expired bool   `json:"expired,omitempty"`
}

// Finding is one finding; what does not apply to it is left out.
type Finding struct {
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
	Gaps     []Gap          `json:"gaps,omitempty"`
	Past     []Sighting     `json:"history,omitempty"`
	PastMore int            `json:"history_more,omitempty"`
}

// Gap is how many of the latest times between contacts were within bounds, s.
type Gap struct {
	From  float64 `json:"from_s"`
	To    float64 `json:"to_s"`
	Count int64   `json:"count"`
}

// Sighting is a name or a certificate that the other end showed.
type Sighting struct {
	Address     string       `json:"address,omitempty"`
	Name        string       `json:"name,omitempty"`
	From        string       `json:"shown_by"`
	Certificate *Certificate `json:"certificate,omitempty"`
	First       string       `json:"first"`
	Last        string       `json:"last"`
	Count       int64        `json:"count"`
}

// Certificate is what a certificate says of itself; what it does not say is left
// out.
type Certificate struct {
	Digest    string `json:"digest,omitempty"`
	Subject   string `json:"subject,omitempty"`
	Issuer    string `json:"issuer,omitempty"`
	NotBefore string `json:"not_before,omitempty"`
	NotAfter  string `json:"not_after,omitempty"`
}

// New makes the document of r.
func New(r *share.Result) *Document {
	d := &Document{Schema: Schema, Inputs: []Input{}, Records: r.Records, Outside: r.Outside, Directions: map[string]uint64{}, Findings: []Finding{}}
	for _, in := range r.Inputs {
		d.Inputs = append(d.Inputs, Input{Path: in.Path, Format: in.Format, Records: in.Records, Skipped: in.Skipped, Errors: said(in.Errors, r.Lang)})
	}
	for c := range direction.Class(direction.Classes) {
		d.Directions[c.String()] = r.Directions[c]
	}
	if e := r.Edge; e != nil {
		d.Edge = &Edge{Examined: e.Examined, DroppedDomestic: e.Domestic, DroppedUnknown: e.Unknown, Leaving: e.Leaving}
	}
	if k := r.KnownBad; k != nil {
		d.KnownBad = &Lists{Indicators: k.Indicators, Skipped: k.Skipped, Errors: said(k.Errors, r.Lang), Feeds: Feeds(k.Feeds)}
	}
	if u := r.Unused; u != nil {
		d.Unused = &Unused{Skipped: u.Skipped, Errors: said(u.Errors, r.Lang)}
	}
	for _, x := range r.Exporters {
		d.Exporters = append(d.Exporters, Exporter{
			Address: x.Addr, Protocol: x.Protocol, Domain: x.Domain, Messages: x.Messages, Flows: x.Flows,
			Unread: x.Unread, Lost: x.Lost, LostUnit: string(x.Units), Dropped: x.Dropped,
		})
	}
	for _, x := range r.Allowed {
		d.Allowed = append(d.Allowed, Allowed{Reason: x.Reason, Expires: x.Expires.UTC().Format(time.RFC3339), Hidden: x.Hidden, Expired: x.Expired})
	}
	for i := range r.Findings {
		d.Findings = append(d.Findings, Describe(&r.Findings[i]))
	}
	d.Infrastructure = mapped(r.Graph)
	return d
}

// said gives texts in one language; never nil, so that JSON has a list.
func said(texts []i18n.Text, l i18n.Lang) []string {
	out := make([]string, 0, len(texts))
	for _, t := range texts {
		out = append(out, t.In(l))
	}
	return out
}

// Describe gives one finding as it stands in a document.
func Describe(f *share.Finding) Finding {
	d := Finding{
		ID: f.ID, Kind: f.Kind, Level: f.Level.String(), Score: detect.Round3(f.Score), Class: f.Class.String(),
		Src: f.Src, Sources: f.Sources, Dst: f.Dst, Port: f.Port, Proto: f.Proto, Name: f.Name,
		First: stamp(f.First), Last: stamp(f.Last), Count: f.Count, Evidence: map[string]any{}, Why: f.Why, Attack: f.Attack, Strip: f.Strip,
	}
	for _, e := range f.Evidence {
		d.Evidence[e.Name] = e.Value
	}
	for _, g := range f.Gaps {
		d.Gaps = append(d.Gaps, Gap(g))
	}
	for _, s := range f.Past {
		d.Past = append(d.Past, sighting(s))
	}
	d.PastMore = f.PastMore
	if d.Attack == nil {
		d.Attack = []string{}
	}
	return d
}

func sighting(s share.Sighting) Sighting {
	out := Sighting{Address: s.Addr, Name: s.Name, From: "dns", First: stamp(s.First), Last: stamp(s.Last), Count: s.Count}
	switch s.From {
	case detect.NameSNI:
		out.From = "tls"
	case detect.NameHost:
		out.From = "http"
	}
	if c := s.Certificate; c != nil {
		out.From = "certificate"
		out.Certificate = &Certificate{Digest: c.Digest, Subject: c.Subject, Issuer: c.Issuer}
		if c.NotBefore != 0 {
			out.Certificate.NotBefore = stamp(c.NotBefore)
		}
		if c.NotAfter != 0 {
			out.Certificate.NotAfter = stamp(c.NotAfter)
		}
	}
	return out
}

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000Z") }

// Write writes v, a [Document] or a part of one, indented and ended by a line
// break. An error is w's, or says that v holds a number that JSON has no form for.
func Write(w io.Writer, v any) error {
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
