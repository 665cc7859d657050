package figures_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/likeness/likenesstest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/figures"
)

// life is a log of decisions that ends with oversight, applications, two periods and
// figures of a year.
type life struct {
	*verifytest.Made
	t     *testing.T
	at    paper.Time // of its last act
	begun int64      // index of the last entry of the first period's end
	last  int64      // index after the year's last entry
	f     *figures.Figures
}

// spoil is what a test does to a life; the zero one spoils nothing.
type spoil struct {
	open    bool                   // the notice that the period counts as sealed was opened since
	figures func(*figures.Figures) // before they are signed
	by      string                 // who signs them, in place of member-1
	periods string                 // who signs the second period, in place of member-1
	sealed  int64                  // how many more the second period says are sealed
	next    func(*life)            // what comes after the figures
	from    paper.Time             // of the year: s after its due beginning
	until   paper.Time             // the same of its end
	late    paper.Time             // the period's last entry is so much later
	law     []*rules.Rules         // nil: who verifies has none at hand
}

// year makes a life, spoils it, and verifies it.
func year(t *testing.T, mode verify.Mode, s spoil) *verify.Report {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 1, Queries: 2, Seed: "year"})
	if err != nil {
		t.Fatal(err)
	}
	x := &life{Made: m, t: t, at: m.End + 11, begun: int64(len(m.Decisions.Entries)) - 1}
	x.oversight(s)
	x.figures(s)
	by := s.by
	if by == "" {
		by = "member-1"
	}
	m.Add(m.Decisions, x.at+4, proof.Figures, "", m.Seal(figures.Type, x.f, by))
	x.stamp(5)
	if s.next != nil {
		s.next(x)
	}
	m.Decisions.Write(m.Export, 0)
	o := verify.Options{FS: m.Export, Mode: mode, Root: m.Root, Fresh: 3 * time.Hour, Now: x.End.Time().Add(10 * time.Minute)}
	if s.law != nil {
		o.Law = func(ids []paper.ID) []figures.Item { return figures.Asked(s.law, ids) }
	}
	out, err := verify.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (x *life) stamp(later paper.Time) {
	x.Decisions.Stamps = append(x.Decisions.Stamps, verifytest.Stamp{Size: int64(len(x.Decisions.Entries)), Time: x.at + later})
}

// ask adds an application of that instrument with those reasons.
func (x *life) ask(class proof.Class, instrument paper.ID, reasons ...string) *verifytest.Entry {
	a := application.Application{
		Articles: []string{"17"}, At: x.at, Consultations: []application.Consultation{}, ID: paper.ID(fmt.Sprint("a/", len(x.Decisions.Entries))), Instrument: instrument,
		Nonce: warranttest.Nonce(fmt.Sprint(len(x.Decisions.Entries))), Path: warrant.Ordinary, From: x.at, Until: x.at + 86400, People: []warrant.Person{}, Findings: []application.Finding{},
		Kind: regime.Collection, Root: x.World.Root.Name, RootKind: x.World.Root.Kind, Scope: x.World.CollectionWarrant().Scope, Case: "case/1", Purpose: "botnet", Holder: x.World.Key("hub"), Profile: paper.DigestOf(nil), Rules: paper.DigestOf(nil),
		Applicant: application.Applicant{Body: "agency", Person: "person/agency-1", Role: "acquirer"},
	}
	for i, text := range reasons {
		a.Findings = append(a.Findings, application.Finding{Condition: paper.ID(fmt.Sprint("c", i)), Text: text, Evidence: []application.Evidence{}})
	}
	e := x.Seal(application.Type, a, "agency-1")
	if _, err := application.Parse(e); err != nil {
		x.t.Fatal(err)
	}
	entry := x.Add(x.Decisions, x.at, class, "", e)
	entry.Instrument = instrument
	if err := x.Decisions.Replace(len(x.Decisions.Entries)-1, entry); err != nil {
		x.t.Fatal(err)
	}
	return entry
}

// oversight is what the year's second period has.
func (x *life) oversight(s spoil) {
	l, at := x.Decisions, x.at
	x.Add(l, at, proof.Inspection, "", x.Seal(act.InspectionType, act.Inspection{
		Articles: []string{"63"}, At: at, Body: "agency", Findings: []act.Finding{}, ID: "i/1", Member: "person/member-1", Outline: "the tap's books were looked at",
	}, "member-1"))
	notice := x.Add(l, at, proof.BreachNotice, "", x.Seal(act.NoticeType, act.Notice{
		About: []act.Place{}, Articles: []string{"66"}, At: at, Body: "agency", ID: "n/1", Member: "person/member-1", Outline: "a disclosure without its case",
	}, "member-1"))
	notice.Sealed = true
	x.Add(l, at, proof.Demand, "", x.Seal(act.DemandType, act.Demand{
		About: []act.Place{}, Articles: []string{"67"}, At: at, Body: "agency", Due: at + 86400, ID: "d/1", Member: "person/member-1", Outline: "mend it",
	}, "member-1"))
	w := likenesstest.New(27)
	first, second := likenesstest.Text("en", w.Reason("en", 8)), likenesstest.Text("ja", w.Reason("ja", 8))
	x.ask(proof.Application, "lab/collection", first, second)
	x.ask(proof.Application, "lab/police", likenesstest.Text("ja", w.Reason("ja", 8)))
	x.ask(proof.Application, "lab/collection", likenesstest.Text("en", w.Reason("en", 8)), second)
	x.ask(proof.Application, "lab/police", first).Sealed = true
	x.at += s.late
	x.Add(l, x.at, proof.Build, "", []byte("the program"))
	r := x.Report(l)
	r.First, x.last = x.begun, r.Last
	r.Counts = []proof.PeriodCount{
		{Class: proof.Application, Instrument: "lab/collection", N: 2, Role: "registrar"}, {Class: proof.Application, Instrument: "lab/police", N: 2, Role: "registrar"},
		{Class: proof.BreachNotice, N: 1, Role: "registrar"}, {Class: proof.Build, N: 1, Role: "registrar"}, {Class: proof.Demand, N: 1, Role: "registrar"},
		{Class: proof.Inspection, N: 1, Role: "registrar"}, {Class: proof.Period, N: 1, Role: "registrar"},
	}
	r.Sealed = []proof.Sealed{{N: 2 + s.sealed, Reason: "investigation", Until: "2027-01-01"}}
	x.stamp(2)
	by := s.periods
	if by == "" {
		by = "member-1"
	}
	x.Add(l, x.at+3, proof.Period, "", x.Seal(proof.PeriodType, r, by))
	notice.Sealed = !s.open
}

// counter reads the log as who has the export does.
func (x *life) counter() *figures.Counter {
	l := x.Decisions
	content := map[paper.Digest]*paper.Envelope{}
	c := &figures.Counter{Content: func(d paper.Digest) *paper.Envelope { return content[d] }}
	for i, e := range l.Entries {
		if e.Sealed {
			continue
		}
		c.Entry(int64(i), &e.Entry)
		if e.Paper == "" {
			continue
		}
		sealed := envelope(x.t, e.Payload)
		content[e.Content] = sealed
		if e.Class != proof.Period {
			if err := c.Open(int64(i), e.Class, sealed); err != nil {
				x.t.Fatal(err)
			}
			continue
		}
		var r proof.PeriodReport
		open(x.t, e.Payload, proof.PeriodType, &r)
		if r.Origin == l.Origin {
			c.Period(r, sealed.Digest())
		}
	}
	return c
}

// figures adds the year up.
func (x *life) figures(s spoil) {
	words := func(s string) paper.Words { return paper.Words{EN: s, JA: s} }
	y := figures.Year{
		Origin: x.Decisions.Origin, From: verifytest.Begin - 600 + s.from, Until: x.at + 3 + s.until, Last: x.last,
		Items: []figures.Item{
			{ID: "1", Rules: "lab/collection", Says: words("warrants"), Counts: []figures.Count{{Class: proof.Warrant, Instrument: "lab/collection"}, {Class: proof.Warrant}}},
			{ID: "5", Rules: "lab/collection", Says: words("notices and demands"), Counts: []figures.Count{{Class: proof.BreachNotice}, {Class: proof.Demand}, {Class: proof.Recommendation}}},
		},
	}
	if s.open { // when the figures were made it was not
		y.Shut = []figures.Span{{First: x.begun + 2, Last: x.begun + 3}, {First: x.begun + 7, Last: x.begun + 8}}
	}
	f, err := x.counter().Figures(y)
	if err != nil {
		x.t.Fatal(err)
	}
	warrants := int64(0)
	for _, e := range x.Decisions.Entries {
		if e.Class == proof.Warrant {
			warrants++
		}
	}
	if f.Items[0].Counts[1].N != warrants || warrants == 0 || f.Items[1].Counts[0].N != 1 || f.Items[1].Counts[2].N != 0 || len(f.Outlines) != 2 {
		x.t.Fatalf("%+v", f)
	}
	want := []figures.Withheld{{Class: proof.BreachNotice, N: 1, Reason: "investigation"}}
	if d := cmp.Diff(want, f.Withheld); d != "" {
		x.t.Fatal(d)
	}
	// the sealed one repeats the first, and nobody can say so
	repeats := []figures.Repeats{{Instrument: "lab/collection", N: 1, Of: 2}, {Instrument: "lab/police", Of: 1}}
	if d := cmp.Diff(repeats, f.Repeats); d != "" {
		x.t.Fatal(d)
	}
	if x.f = f; s.figures != nil {
		s.figures(f)
	}
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

// TestInvariant27_AStrangerWorksTheFiguresOut: figures that are right are found right from
// the export alone; each that is changed, by one or in one letter, is found at its entry.
func TestInvariant27_AStrangerWorksTheFiguresOut(t *testing.T) {
	for _, mode := range []verify.Mode{verify.Public, verify.Inspector} {
		if r := year(t, mode, spoil{}); !r.Right {
			t.Errorf("%s: %s", mode, r.Verdict.EN)
		}
		if r := year(t, mode, spoil{open: true}); !r.Right {
			t.Errorf("%s, with an entry that was opened since: %s", mode, r.Verdict.EN)
		}
	}
	lies := map[string]struct {
		lie  func(*figures.Figures)
		code string
	}{
		"one more warrant":          {func(f *figures.Figures) { f.Items[0].Counts[1].N++ }, "figures"},
		"a notice less":             {func(f *figures.Figures) { f.Items[1].Counts[0].N = 0 }, "figures"},
		"another outline":           {func(f *figures.Figures) { f.Outlines[0].Text = "all was well" }, "figures"},
		"an outline left out":       {func(f *figures.Figures) { f.Outlines = f.Outlines[1:] }, "figures-outline"},
		"the last outline left out": {func(f *figures.Figures) { f.Outlines = f.Outlines[:1] }, "figures-outline"},
		"left out as if not open": {func(f *figures.Figures) {
			i := f.Outlines[0].Index
			f.Outlines = f.Outlines[1:]
			f.Shut = append([]figures.Span{{First: i, Last: i + 2}}, f.Shut[1:]...)
			f.Withheld = append(f.Withheld, figures.Withheld{Class: proof.Inspection, N: 1, Reason: "investigation"})
		}, "figures-open"},
		"an invented outline":   {func(f *figures.Figures) { f.Outlines[0].Index-- }, "figures"},
		"nothing withheld":      {func(f *figures.Figures) { f.Withheld = f.Withheld[:0] }, "figures"},
		"fewer repetitions":     {func(f *figures.Figures) { f.Repeats[0].N = 0 }, "figures"},
		"more were compared":    {func(f *figures.Figures) { f.Repeats[1].Of++ }, "figures"},
		"nothing sealed":        {func(f *figures.Figures) { f.Sealed = f.Sealed[:0] }, "figures"},
		"another reason":        {func(f *figures.Figures) { f.Sealed[0].Reason = "convenience" }, "figures"},
		"a period left out":     {func(f *figures.Figures) { f.Periods = f.Periods[:1] }, "figures"},
		"a shorter year":        {func(f *figures.Figures) { f.Last-- }, "figures-uncounted"},
		"something disposed of": {func(f *figures.Figures) { f.Disposed++ }, "figures"},
	}
	for name, lie := range lies {
		r := year(t, verify.Public, spoil{figures: lie.lie})
		if r.Right || r.First == nil || r.First.Class != proof.Figures || r.First.Code != lie.code {
			t.Errorf("%s: %s", name, r.Verdict.EN)
		}
	}
}

// TestNoItemOfTheLawIsLeftOut: figures that leave out an item that the law asks for, or a
// number of one, or that have one twice, are named; the words of the law may have changed.
func TestNoItemOfTheLawIsLeftOut(t *testing.T) {
	count := func(list ...rules.Count) []rules.Count { return list }
	law := []*rules.Rules{
		{ID: "lab/collection", Jurisdiction: "lab", Reports: []rules.Report{{Items: []rules.Item{
			{ID: "1", Counts: count(rules.Count{Class: "warrant", Instrument: "lab/collection"}, rules.Count{Class: "warrant"})},
			{ID: "5", Counts: count(rules.Count{Class: "breach-notice"}, rules.Count{Class: "demand"}, rules.Count{Class: "recommendation"})},
		}}}},
		{ID: "far/off", Jurisdiction: "far", Reports: []rules.Report{{Items: []rules.Item{{ID: "1", Counts: count(rules.Count{Class: "complaint"})}}}}},
	}
	for name, try := range map[string]struct {
		lie  func(*figures.Figures)
		code string
	}{
		"all that the law asks for": {func(*figures.Figures) {}, ""},
		"in other words":            {func(f *figures.Figures) { f.Items[0].Says.EN = "warrants of all kinds" }, ""},
		"an item left out":          {func(f *figures.Figures) { f.Items = f.Items[:1] }, "figures-item"},
		"none at all":               {func(f *figures.Figures) { f.Items = []figures.Item{} }, "figures-item"},
		"a number left out":         {func(f *figures.Figures) { f.Items[1].Counts = f.Items[1].Counts[1:] }, "figures-item"},
		"of another instrument":     {func(f *figures.Figures) { f.Items[1].Rules = "lab/police" }, "figures-item"},
	} {
		r := year(t, verify.Public, spoil{figures: try.lie, law: law})
		if try.code == "" && !r.Right || try.code != "" && (r.Right || r.First.Class != proof.Figures || r.First.Code != try.code) {
			t.Errorf("%s: %s", name, r.Verdict.EN)
		}
	}
}

// TestNoNumberStandsTwice: an item or a number that stands twice is no figure.
func TestNoNumberStandsTwice(t *testing.T) {
	for name, lie := range map[string]func(*figures.Figures){
		"an item":  func(f *figures.Figures) { f.Items = append(f.Items, f.Items[0]) },
		"a number": func(f *figures.Figures) { f.Items[0].Counts = append(f.Items[0].Counts, f.Items[0].Counts[0]) },
	} {
		f := figures.Figures{Until: 1, Last: 1, Origin: "o", Periods: []paper.Digest{paper.DigestOf(nil)}, Items: []figures.Item{{ID: "1", Rules: "r", Counts: []figures.Count{{Class: proof.Warrant}}}}}
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		if lie(&f); f.Check() == nil {
			t.Errorf("%s stands twice", name)
		}
	}
}

// TestInvariant27_AYearIsAYear: what lies outside its bounds is named, and so is what lies
// inside and is not counted; years follow one another; nobody closes one before its end.
func TestInvariant27_AYearIsAYear(t *testing.T) {
	again := func(change func(*life)) func(*life) {
		return func(x *life) { // one more period and year
			x.at += 3600
			r := x.Report(x.Decisions)
			first := x.last
			count := map[proof.Class]int64{}
			for _, e := range x.Decisions.Entries[first:] {
				count[e.Class]++
			}
			r.First, r.Counts, r.Sealed = first, nil, []proof.Sealed{}
			for _, c := range []proof.Class{proof.Figures, proof.Period} {
				r.Counts = append(r.Counts, proof.PeriodCount{Class: c, N: count[c], Role: "registrar"})
			}
			x.Add(x.Decisions, x.at, proof.Period, "", x.Seal(proof.PeriodType, r, "member-1"))
			x.f = &figures.Figures{From: x.f.Until, First: first, Last: r.Last, Until: x.at, Items: x.f.Items, Origin: x.f.Origin}
			if change != nil {
				change(x)
			}
			f, err := x.counter().Figures(x.f.Year())
			if err != nil {
				x.t.Fatal(err)
			}
			x.Add(x.Decisions, x.at, proof.Figures, "", x.Seal(figures.Type, f, "member-1"))
			x.stamp(1)
			x.End = x.at
		}
	}
	tests := map[string]struct {
		spoil
		code string // "": it is right
	}{
		"its bounds are within what clocks may differ": {spoil{from: 20, until: -20}, ""},
		"an entry before it":                           {spoil{from: 60}, "figures-outside"},
		"an entry behind it":                           {spoil{until: -120, late: 200}, "figures-outside"},
		"closed before its end":                        {spoil{until: 86400}, "figures-early"},
		"another year follows":                         {spoil{next: again(nil)}, ""},
		"a year that begins later":                     {spoil{next: again(func(x *life) { x.f.From += 600 })}, "figures-outside"},
		"a gap of time":                                {spoil{until: -20, next: again(func(x *life) { x.f.From += 40 })}, "figures-gap"},
		"a gap of entries":                             {spoil{next: again(func(x *life) { x.f.First = x.begun })}, "figures-gap"},
		"the same year again": {spoil{next: func(x *life) {
			x.Add(x.Decisions, x.at+5, proof.Figures, "", x.Seal(figures.Type, x.f, "member-2"))
			x.stamp(6)
		}}, ""},
	}
	for name, c := range tests {
		r := year(t, verify.Public, c.spoil)
		if c.code == "" && !r.Right || c.code != "" && (r.Right || r.First.Code != c.code && !slices.ContainsFunc(r.Codes, func(n verify.CodeCount) bool { return n.Code == c.code })) {
			t.Errorf("%s: %s", name, r.Verdict.EN)
		}
	}
	left := year(t, verify.Public, spoil{next: again(func(x *life) { x.at += 3600 }), figures: func(f *figures.Figures) {
		f.From, f.Until = f.From-86400, f.Until-86400 // the year before, which has none of it
	}})
	if left.Right || left.First.Code != "figures-outside" {
		t.Error(left.Verdict.EN)
	}
}

// TestInvariant27_WhoSpeaksForTheLog: a key of the keeper's body that may not speak for it
// signs neither a period nor figures, the service's own no more than a member's.
func TestInvariant27_WhoSpeaksForTheLog(t *testing.T) {
	for _, by := range []string{"member-5", "liveness", "agency-1"} {
		if r := year(t, verify.Public, spoil{by: by}); r.Right || r.First.Code != "speaker" || r.First.Class != proof.Figures {
			t.Errorf("figures by %s: %s", by, r.Verdict.EN)
		}
		if r := year(t, verify.Public, spoil{periods: by}); r.Right || r.First.Code != "speaker" || r.First.Class != proof.Period {
			t.Errorf("a period by %s: %s", by, r.Verdict.EN)
		}
	}
	for _, by := range []string{"member-2", "member-3"} {
		if r := year(t, verify.Public, spoil{by: by, periods: by}); !r.Right {
			t.Errorf("by %s: %s", by, r.Verdict.EN)
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
		hidden, closed := map[proof.Class]int64{}, []figures.Span{}
		for p := range rapid.IntRange(1, 6).Draw(t, "periods") {
			r := proof.PeriodReport{First: int64(len(entries)), Origin: "log", Counts: []proof.PeriodCount{}, Sealed: []proof.Sealed{}}
			count := map[entry]int64{}
			for range rapid.IntRange(0, 20).Draw(t, "n") {
				e := entry{rapid.SampledFrom(classes).Draw(t, "class"), rapid.SampledFrom([]paper.ID{"", "a", "b"}).Draw(t, "of")}
				i := int64(len(entries))
				if e.class == proof.Inspection || rapid.Bool().Draw(t, "sealed") {
					if k := len(closed); k > 0 && closed[k-1].Last == i {
						closed[k-1].Last++
					} else {
						closed = append(closed, figures.Span{First: i, Last: i + 1})
					}
					hidden[e.class]++
					if len(r.Sealed) == 0 {
						r.Sealed = append(r.Sealed, proof.Sealed{Reason: "investigation", Until: "2027-01-01"})
					}
					r.Sealed[0].N++
				} else {
					c.Entry(i, &proof.Entry{At: 1, Class: e.class, Instrument: e.of})
				}
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
		if d := cmp.Diff(closed, f.Shut); d != "" {
			t.Fatal(d)
		}
		if n := hidden[proof.Inspection]; n > 0 && (len(f.Withheld) != 1 || f.Withheld[0].N != n) || n == 0 && len(f.Withheld) != 0 {
			t.Fatalf("%d inspections have no outline; figures say %+v", n, f.Withheld)
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
