package figures_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// year makes a life whose log of decisions ends with oversight, two periods and figures
// that change may spoil; and verifies it.
func year(t *testing.T, mode verify.Mode, change func(*figures.Figures)) *verify.Report {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 1, Queries: 2, Seed: "year"})
	if err != nil {
		t.Fatal(err)
	}
	l, at := m.Decisions, m.End+11
	begun := int64(len(l.Entries)) - 1 // the last entry is the report of the first period
	m.Add(l, at, proof.Inspection, "", m.Seal(act.InspectionType, act.Inspection{
		Articles: []string{"63"}, At: at, Body: "agency", Findings: []act.Finding{}, ID: "i/1", Member: "person/member-1", Outline: "the tap's books were looked at",
	}, "member-1"))
	notice := m.Add(l, at, proof.BreachNotice, "", m.Seal(act.NoticeType, act.Notice{
		About: []act.Place{}, Articles: []string{"66"}, At: at, Body: "agency", ID: "n/1", Member: "person/member-1", Outline: "a disclosure without its case",
	}, "member-1"))
	notice.Sealed = true
	m.Add(l, at, proof.Demand, "", m.Seal(act.DemandType, act.Demand{
		About: []act.Place{}, Articles: []string{"67"}, At: at, Body: "agency", Due: at + 86400, ID: "d/1", Member: "person/member-1", Outline: "mend it",
	}, "member-1"))
	r := m.Report(l)
	r.First = begun
	r.Counts = []proof.PeriodCount{
		{Class: proof.BreachNotice, N: 1, Role: l.Entries[begun+2].Role}, {Class: proof.Demand, N: 1, Role: l.Entries[begun+3].Role},
		{Class: proof.Inspection, N: 1, Role: l.Entries[begun+1].Role}, {Class: proof.Period, N: 1, Role: l.Entries[begun].Role},
	}
	// the report that ended the first period stands behind its end, and belongs to this one
	first := l.Entries[begun]
	var before proof.PeriodReport
	open(t, first.Payload, proof.PeriodType, &before)
	if before.Last != begun {
		t.Fatalf("the first period ends at %d, not %d", before.Last, begun)
	}
	r.Sealed = []proof.Sealed{{N: 1, Reason: "investigation", Until: "2027-01-01"}}
	l.Stamps = append(l.Stamps, verifytest.Stamp{Size: int64(len(l.Entries)), Time: at + 2})
	report := m.Seal(proof.PeriodType, r, "member-1")
	m.Add(l, at+3, proof.Period, "", report)

	var c figures.Counter
	c.Period(before, digest(t, first.Payload))
	for _, i := range []int64{begun + 1, begun + 3} {
		if err := c.Open(i, l.Entries[i].Class, envelope(t, l.Entries[i].Payload)); err != nil {
			t.Fatal(err)
		}
	}
	c.Period(r, report.Digest())
	words := func(s string) paper.Words { return paper.Words{EN: s, JA: s} }
	f, err := c.Figures(figures.Year{
		Origin: l.Origin, From: at - 300*86400, Until: at + 65*86400, First: 0, Last: r.Last,
		Items: []figures.Item{
			{ID: "1", Rules: "lab/collection", Says: words("warrants"), Counts: []figures.Count{{Class: proof.Warrant, Instrument: "lab/collection"}, {Class: proof.Warrant}}},
			{ID: "5", Rules: "lab/collection", Says: words("notices and demands"), Counts: []figures.Count{{Class: proof.BreachNotice}, {Class: proof.Demand}, {Class: proof.Recommendation}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	warrants := int64(0)
	for _, e := range l.Entries {
		if e.Class == proof.Warrant {
			warrants++
		}
	}
	if f.Items[0].Counts[1].N != warrants || warrants == 0 || f.Items[1].Counts[0].N != 1 || f.Items[1].Counts[2].N != 0 || len(f.Outlines) != 2 || f.Sealed[len(f.Sealed)-1].N < 1 {
		t.Fatalf("%+v", f)
	}
	if change != nil {
		change(f)
	}
	m.Add(l, at+4, proof.Figures, "", m.Seal(figures.Type, f, "member-1"))
	l.Stamps = append(l.Stamps, verifytest.Stamp{Size: int64(len(l.Entries)), Time: at + 5})
	l.Write(m.Export, 0)
	out, err := verify.Run(t.Context(), verify.Options{FS: m.Export, Mode: mode, Root: m.Root, Fresh: time.Hour, Now: m.End.Time().Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func envelope(t *testing.T, text []byte) *paper.Envelope {
	t.Helper()
	e, err := paper.ParseEnvelope(text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func open(t *testing.T, text []byte, payloadType string, v any) {
	t.Helper()
	if err := envelope(t, text).Open(payloadType, v); err != nil {
		t.Fatal(err)
	}
}

func digest(t *testing.T, text []byte) paper.Digest { return envelope(t, text).Digest() }

// TestInvariant27_AStrangerWorksTheFiguresOut: figures that are right are found right from
// the export alone; each that is changed, by one or in one letter, is found at its entry.
func TestInvariant27_AStrangerWorksTheFiguresOut(t *testing.T) {
	for _, mode := range []verify.Mode{verify.Public, verify.Inspector} {
		if r := year(t, mode, nil); !r.Right {
			t.Errorf("%s: %s", mode, r.Verdict.EN)
		}
	}
	lies := map[string]func(*figures.Figures){
		"one more warrant":      func(f *figures.Figures) { f.Items[0].Counts[1].N++ },
		"a notice less":         func(f *figures.Figures) { f.Items[1].Counts[0].N = 0 },
		"another outline":       func(f *figures.Figures) { f.Outlines[0].Text = "all was well" },
		"an invented outline":   func(f *figures.Figures) { f.Outlines[0].Index-- },
		"nothing sealed":        func(f *figures.Figures) { f.Sealed = f.Sealed[:0] },
		"another reason":        func(f *figures.Figures) { f.Sealed[0].Reason = "convenience" },
		"a period left out":     func(f *figures.Figures) { f.Periods = f.Periods[:1] },
		"a shorter year":        func(f *figures.Figures) { f.Last-- },
		"something disposed of": func(f *figures.Figures) { f.Disposed++ },
	}
	for name, lie := range lies {
		r := year(t, verify.Public, lie)
		if r.Right || r.First == nil || r.First.Class != proof.Figures {
			t.Errorf("%s: %s", name, r.Verdict.EN)
		}
	}
}

// TestCountsAgainstEntries: for any entries, cut into any periods, the figures are what
// counting the entries one by one gives.
func TestCountsAgainstEntries(t *testing.T) {
	classes := []proof.Class{proof.Application, proof.Approval, proof.Refusal, proof.Inspection}
	rapid.Check(t, func(t *rapid.T) {
		var c figures.Counter
		type entry struct {
			class proof.Class
			of    paper.ID
		}
		var entries []entry
		for p := range rapid.IntRange(1, 6).Draw(t, "periods") {
			r := proof.PeriodReport{First: int64(len(entries)), Origin: "log", Counts: []proof.PeriodCount{}, Sealed: []proof.Sealed{}}
			count := map[entry]int64{}
			for range rapid.IntRange(0, 20).Draw(t, "n") {
				e := entry{rapid.SampledFrom(classes).Draw(t, "class"), rapid.SampledFrom([]paper.ID{"", "a", "b"}).Draw(t, "of")}
				entries = append(entries, e)
				count[e]++
			}
			for e, n := range count {
				r.Counts = append(r.Counts, proof.PeriodCount{Class: e.class, Instrument: e.of, N: n, Role: "r"})
			}
			r.Last = int64(len(entries))
			if r.Last > r.First {
				c.Period(r, paper.DigestOf(fmt.Append(nil, p)))
			}
		}
		if len(entries) == 0 {
			return
		}
		y := figures.Year{Origin: "log", From: 1, Until: 2, Last: int64(len(entries))}
		for _, k := range classes {
			y.Items = append(y.Items, figures.Item{ID: paper.ID(k), Counts: []figures.Count{{Class: k}, {Class: k, Instrument: "a"}, {Class: k, Instrument: "b"}}})
		}
		f, err := c.Figures(y)
		if err != nil {
			t.Fatal(err)
		}
		for i, k := range classes {
			for j, of := range []paper.ID{"", "a", "b"} {
				want := int64(0)
				for _, e := range entries {
					if e.class == k && (of == "" || of == e.of) {
						want++
					}
				}
				if got := f.Items[i].Counts[j].N; got != want {
					t.Fatalf("%s of %q: %d, there are %d", k, of, got, want)
				}
			}
		}
		again, err := c.Figures(f.Year())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f, again); d != "" {
			t.Fatal(d)
		}
		y.Last++
		if _, err := c.Figures(y); err == nil {
			t.Fatal("entries that no period counts were counted")
		}
	})
}
