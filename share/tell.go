package share

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Cover writes what may hold an address as it may leave: as it is, or with the
// addresses hidden that must not leave. Text is given text of others and gives it
// without control characters.
type Cover struct {
	Addr func(flow.Addr) string
	Text func(string) string
	ID   func(string) string // of a finding, in which an address may be known again
}

// Tell gives finding f, the rank-th, with its destination's past, under cover.
func Tell(rank int, f *detect.Finding, past detect.Past, c Cover) Finding {
	x := Finding{
		Rank: rank, ID: c.ID(f.ID()), Kind: f.Kind, Level: detect.LevelOf(f.Score), Score: f.Score, Class: f.Class,
		Src: c.Addr(f.Src), Dst: c.Addr(f.Dst), Port: f.Port, Proto: ProtoName(f.Proto), Name: c.Text(f.Name),
		First: f.First, Last: f.Last, Count: f.Count, Why: i18n.Text{JA: c.Text(f.Why.JA), EN: c.Text(f.Why.EN)},
		Attack: f.Attack, Strip: f.Strip, Gaps: f.Gaps, PastMore: past.More,
	}
	for _, s := range f.Sources {
		x.Sources = append(x.Sources, c.Addr(s))
	}
	for _, e := range f.Evidence {
		if text, ok := e.Value.(string); ok {
			e.Value = c.Text(text)
		}
		x.Evidence = append(x.Evidence, e)
	}
	for _, s := range past.Sightings {
		y := Sighting{Addr: c.Addr(s.Addr), Name: c.Text(s.Name), From: s.From, First: s.First, Last: s.Last, Count: s.Count}
		if o := s.Certificate; o != nil {
			y.Certificate = &detect.Certificate{
				Digest: c.Text(o.Digest), Subject: c.Text(o.Subject), Issuer: c.Text(o.Issuer), NotBefore: o.NotBefore, NotAfter: o.NotAfter,
			}
		}
		x.Past = append(x.Past, y)
	}
	return x
}

// Faults says errors in both languages.
func Faults(errs []error) []i18n.Text {
	var out []i18n.Text
	for _, err := range errs {
		out = append(out, i18n.Text{JA: fault.Text(err, i18n.JA), EN: fault.Text(err, i18n.EN)})
	}
	return out
}
