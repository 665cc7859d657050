package books

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
)

var update = flag.Bool("update", false, "write the vectors anew")

const start = paper.Time(1_795_262_400) // 2026-11-21T12:00:00Z

var warrant = paper.DigestOf([]byte("a warrant"))

// chain is tap, edge and hub at work, with a hand that meddles at one hop.
type chain struct {
	minutes int
	counts  map[Sheet][]map[Name]int64 // per minute, since the beginning
}

// hop is one place where records can be lost (n > 0) or come from nowhere (n < 0).
type hop struct {
	equation string
	minute   int
	n        int64
}

// run works through minutes of traffic and gives the pages of all sheets.
func run(draw func(label string, most int64) int64, minutes int, bad []hop) []Page {
	c := chain{minutes: minutes, counts: map[Sheet][]map[Name]int64{}}
	total := map[Sheet]map[Name]int64{}
	for _, s := range Sheets() {
		total[s] = map[Name]int64{}
	}
	meddle := func(equation string, minute int) (n int64) {
		for _, h := range bad {
			if h.equation == equation && h.minute == minute {
				n += h.n
			}
		}
		return n
	}
	for m := range minutes {
		add := func(s Sheet, name Name, n int64) int64 { total[s][name] += n; return n }
		out, lost, gap, odd := draw("out of scope", 50), draw("lost", 5), draw("gap", 5), draw("undecodable", 5)
		copied := add(Tap, Copied, 1000+draw("copied", 1000))
		add(Tap, OutOfScope, out)
		add(Tap, LostSocket, lost)
		add(Tap, LostGap, gap)
		add(Tap, Undecodable, odd)
		add(Tap, Offered, copied+out+lost+gap+odd+meddle("tap", m))

		seen := add(EdgeIn, Seen, copied-meddle("tap-edge", m))
		home, rest := draw("home", 300), draw("unselected", 300)
		add(EdgeIn, DomesticOrNot, home)
		add(EdgeIn, Unselected, rest)
		selected := add(EdgeIn, Selected, seen-home-rest-meddle("edge-in", m))

		taken := add(EdgeOut, Taken, selected-meddle("edge", m))
		dropped := add(EdgeOut, Dropped, draw("dropped", 10))
		// What waits differs from minute to minute; all else is forwarded.
		waits := draw("in spool", 100)
		forwarded := taken - dropped - meddle("edge-out", m) - (waits - total[EdgeOut][InSpool])
		add(EdgeOut, Forwarded, forwarded)
		total[EdgeOut][InSpool] = waits

		refused, again := draw("refused", 5), draw("again", 20)
		stored := forwarded - refused - meddle("edge-hub", m)
		add(HubIn, Refused, refused)
		add(HubIn, Duplicate, again)
		add(HubIn, Stored, stored)
		add(HubIn, Received, stored+refused+again+meddle("hub-in", m))

		kept := add(HubKept, Stored, stored-meddle("hub", m))
		expired, disposed := draw("expired", 20), draw("disposed", 20)
		add(HubKept, Expired, expired)
		add(HubKept, Disposed, disposed)
		total[HubKept][Held] += kept - expired - disposed - meddle("hub-kept", m)
		for _, s := range Sheets() {
			snapshot := map[Name]int64{}
			for k, v := range total[s] {
				snapshot[k] = v
			}
			c.counts[s] = append(c.counts[s], snapshot)
		}
	}
	return c.pages()
}

func (c chain) pages() (list []Page) {
	for _, s := range Sheets() {
		for m, counts := range c.counts[s] {
			minute := start + paper.Time(60*m)
			p := NewPage(s, warrant, "carrier-a/1", int64(m)+1, minute, minute+60+30, counts)
			p.Last = m == c.minutes-1
			list = append(list, p)
		}
	}
	return list
}

func equations() (ids []string) {
	for _, e := range Equations() {
		ids = append(ids, e.ID)
	}
	return ids
}

// TestInvariant04_BooksBalance: honest parties balance; a record that is dropped or
// comes from nowhere at any hop is named at that hop, in that minute, with the right
// number, and nothing else is.
func TestInvariant04_BooksBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string, most int64) int64 { return rapid.Int64Range(0, most).Draw(t, label) }
		minutes := rapid.IntRange(12, 30).Draw(t, "minutes")
		honest := run(draw, minutes, nil)
		for _, p := range honest {
			if err := p.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if got := Reconcile(shuffled(t, honest), start+paper.Time(60*minutes)); len(got) != 0 {
			t.Fatalf("honest books: %v", got)
		}

		h := hop{
			equation: rapid.SampledFrom(equations()).Draw(t, "hop"),
			minute:   rapid.IntRange(0, minutes-1).Draw(t, "at"),
			n:        rapid.Int64Range(1, 90).Draw(t, "lost"),
		}
		if rapid.Bool().Draw(t, "from nowhere") {
			h.n = -h.n
		}
		got := Reconcile(shuffled(t, run(draw, minutes, []hop{h})), start+paper.Time(60*minutes))
		if len(got) != 1 {
			t.Fatalf("%+v: found %v", h, got)
		}
		i := got[0]
		kind, by := Unequal, h.n
		if lagging(h.equation) {
			// Records that never came are missed when the time for them is over; that some came
			// from nowhere shows as soon as the left side cannot have had them.
			kind = Behind
			if h.n < 0 {
				kind, by = Ahead, i.By
			}
		}
		if i.Equation != h.equation || i.Kind != kind || (kind != Ahead && i.By != by) {
			t.Fatalf("%+v: found %v", h, i)
		}
		if at := start + paper.Time(60*h.minute); kind == Unequal && i.Minute != at {
			t.Fatalf("%+v: found at %v, was at %v", h, i.Minute, at)
		}
	})
}

func lagging(id string) bool {
	return slices.ContainsFunc(Equations(), func(e Equation) bool { return e.ID == id && e.Lag > 0 })
}

func shuffled(t *rapid.T, pages []Page) []Page { return rapid.Permutation(pages).Draw(t, "order") }

// TestLag: an edge that works off its minutes late, but in time, balances.
func TestLag(t *testing.T) {
	for late, want := range []int{0, 0, 0, 0, 0, 0, 1, 1} {
		var pages []Page
		for m := range 20 {
			minute := start + paper.Time(60*m)
			in := int64(10 * (m + 1))
			out := max(0, in-int64(10*late))
			if m == 19 {
				out = in
			}
			pages = append(pages,
				NewPage(EdgeIn, warrant, "l", int64(m)+1, minute, minute+60, map[Name]int64{Seen: in, Selected: in}),
				NewPage(EdgeOut, warrant, "l", int64(m)+1, minute, minute+60, map[Name]int64{Taken: out, Forwarded: out}))
		}
		var got int
		for _, i := range Reconcile(pages, start+20*60) {
			if i.Equation == "edge" {
				got++
				if i.Kind != Behind {
					t.Errorf("%d minutes late: %v", late, i)
				}
			}
		}
		if min(got, 1) != want {
			t.Errorf("%d minutes late: %d imbalances", late, got)
		}
	}
}

func TestPagesAtFault(t *testing.T) {
	still := func(string, int64) int64 { return 1 }
	whole := run(still, 12, nil)
	at := func(s Sheet, number int64) int {
		return slices.IndexFunc(whole, func(p Page) bool { return p.Sheet == s && p.Number == number })
	}
	end := start + 12*60
	minute := func(n int64) paper.Time { return start + paper.Time(60*(n-1)) }
	for name, c := range map[string]struct {
		meddle func([]Page) []Page
		now    paper.Time
		want   Imbalance
	}{
		"a page is withheld": {
			func(p []Page) []Page { return slices.Delete(p, at(HubIn, 4), at(HubIn, 4)+1) }, end,
			Imbalance{Kind: Missing, Sheet: HubIn, Minute: minute(4), Number: 5},
		},
		"the first page is withheld": {
			func(p []Page) []Page { return slices.Delete(p, at(Tap, 1), at(Tap, 1)+1) }, end,
			Imbalance{Kind: Missing, Sheet: Tap, Minute: minute(1), Number: 1},
		},
		"the heartbeat stops": {
			func(p []Page) []Page { return slices.Delete(p, at(EdgeOut, 9), at(EdgeOut, 12)+1) }, end + 3600,
			Imbalance{Kind: Missing, Sheet: EdgeOut, Minute: minute(9), Number: 9},
		},
		"a page comes late": {
			func(p []Page) []Page { p[at(Tap, 3)].At += 400; return p }, end,
			Imbalance{Kind: Late, Sheet: Tap, Minute: minute(3), Number: 3},
		},
		"two stories": {
			func(p []Page) []Page {
				other := p[at(EdgeIn, 7)]
				other.Counts = slices.Clone(other.Counts)
				other.Counts[0].N++
				return append(p, other)
			}, end,
			Imbalance{Kind: Twice, Sheet: EdgeIn, Minute: minute(7), Number: 7},
		},
		"a page after the last": {
			func(p []Page) []Page {
				p[at(HubKept, 6)].Last = true
				return p
			}, end,
			Imbalance{Kind: Backwards, Sheet: HubKept, Minute: minute(7), Number: 7},
		},
		"a counter falls": {
			func(p []Page) []Page {
				q := &p[at(EdgeIn, 5)]
				q.Counts = slices.Clone(q.Counts)
				q.Counts[0].N, q.Counts[3].N = 0, q.Counts[3].N+q.Counts[0].N
				return p
			}, end,
			Imbalance{Kind: Backwards, Sheet: EdgeIn, Name: DomesticOrNot, Minute: minute(5), Number: 5},
		},
		"a sheet that is not there": {
			func(p []Page) []Page { return slices.DeleteFunc(p, func(p Page) bool { return p.Sheet == HubKept }) }, end,
			Imbalance{Kind: Missing, Sheet: HubKept, Minute: minute(1), Number: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Reconcile(c.meddle(slices.Clone(whole)), c.now)
			if len(got) == 0 {
				t.Fatal("nothing was found")
			}
			c.want.Warrant, c.want.Link = warrant, "carrier-a/1"
			if diff := cmp.Diff(c.want, got[0]); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	if got := Reconcile(append(slices.Clone(whole), whole...), end); len(got) != 0 {
		t.Errorf("the same pages twice: %v", got)
	}
	if got := Reconcile(nil, end); len(got) != 0 {
		t.Errorf("no pages: %v", got)
	}
}

func TestPageCheck(t *testing.T) {
	good := NewPage(Tap, warrant, "l", 1, start, start+60, map[Name]int64{Offered: 3, Copied: 3})
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Page){
		"a counter less":     func(p *Page) { p.Counts = p.Counts[1:] },
		"another's counter":  func(p *Page) { p.Counts[0].Name = Stored },
		"order":              func(p *Page) { p.Counts[0], p.Counts[1] = p.Counts[1], p.Counts[0] },
		"below zero":         func(p *Page) { p.Counts[0].N = -1 },
		"number 0":           func(p *Page) { p.Number = 0 },
		"within a minute":    func(p *Page) { p.Minute++ },
		"closed too early":   func(p *Page) { p.At = p.Minute + 59 },
		"no sheet of theirs": func(p *Page) { p.Sheet = "other" },
	} {
		p := good
		p.Counts = slices.Clone(good.Counts)
		spoil(&p)
		if p.Check() == nil && p.Sheet.Check() == nil {
			t.Errorf("%s: passed", name)
		}
	}
	text, err := paper.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	var back Page
	if err := paper.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good, back); diff != "" {
		t.Error(diff)
	}
}

// TestRoot has the trees of RFC 6962 by hand.
func TestRoot(t *testing.T) {
	var d []paper.Digest
	for _, s := range []string{"a", "b", "c", "d", "e"} {
		d = append(d, paper.DigestOf([]byte(s)))
	}
	node := func(l, r paper.Digest) paper.Digest {
		a, b := l.Bytes(), r.Bytes()
		return paper.DigestOf(slices.Concat([]byte{1}, a[:], b[:]))
	}
	leaf := func(x paper.Digest) paper.Digest {
		a := x.Bytes()
		return paper.DigestOf(append([]byte{0}, a[:]...))
	}
	four := node(node(leaf(d[0]), leaf(d[1])), node(leaf(d[2]), leaf(d[3])))
	for n, want := range map[int]paper.Digest{
		0: paper.DigestOf(nil), 1: leaf(d[0]), 3: node(node(leaf(d[0]), leaf(d[1])), leaf(d[2])), 4: four, 5: node(four, leaf(d[4])),
	} {
		if got := Root(d[:n]); got != want {
			t.Errorf("%d leaves: %s, want %s", n, got, want)
		}
	}
}

// vector is pages with what Reconcile says of them, for other implementations.
type vector struct {
	Name  string
	Now   paper.Time
	Due   []Due `json:",omitempty"`
	Pages []Page
	Found []Imbalance
}

// TestVectors: docs/spec/books.md points to these.
func TestVectors(t *testing.T) {
	n := int64(0)
	counted := func(string, int64) int64 { n = (n*7 + 3) % 11; return n }
	var vectors []vector
	for _, h := range [][]hop{
		nil, {{"tap", 3, 2}}, {{"tap-edge", 3, 5}}, {{"edge-in", 4, -4}}, {{"edge", 2, 7}}, {{"edge-out", 5, 1}},
		{{"edge-hub", 6, 9}, {"edge-hub", 8, -9}}, {{"hub-in", 1, 3}}, {{"hub", 2, -6}}, {{"hub-kept", 9, 8}},
	} {
		v := vector{Name: "honest", Now: start + 12*60, Pages: run(counted, 12, h)}
		if h != nil {
			v.Name = h[0].equation
		}
		v.Found = Reconcile(v.Pages, v.Now)
		if len(v.Found) != len(h) {
			t.Errorf("%s: %v", v.Name, v.Found)
		}
		vectors = append(vectors, v)
	}
	for _, c := range owed() {
		pages := c.meddle(run(counted, 12, nil))
		vectors = append(vectors, vector{Name: c.name, Now: c.now, Due: c.due, Pages: pages, Found: Reconcile(pages, c.now, c.due...)})
	}
	got, err := json.Marshal(vectors)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "vectors.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Error("the vectors have changed; a paper's encoding and judgement are a promise")
	}
}

func BenchmarkReconcile(b *testing.B) {
	pages := run(func(string, int64) int64 { return 1 }, 1440, nil)
	b.ReportAllocs()
	for b.Loop() {
		if got := Reconcile(pages, start+1440*60); len(got) != 0 {
			b.Fatal(got)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(pages)), "ns/page")
}
