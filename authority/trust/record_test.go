package trust_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

const day = paper.Time(86400)

// records are the times of a log by the digests of papers.
type records map[paper.Digest]paper.Time

func (r records) at(d paper.Digest) (paper.Time, bool) { t, ok := r[d]; return t, ok }

// follow follows papers with records to an instant; the checker's clock is at now.
func follow(w *warranttest.World, r records, at paper.Time, roots []*paper.Envelope, lists ...*paper.Envelope) (*trust.View, []trust.Unmet) {
	return trust.Follow(trust.History{Roots: roots, Lists: lists, Pinned: w.Roots[0].Digest(), Recorded: r.at, Now: now}, at.Time())
}

// retired is a world whose agency has put agency-3 in the place of agency-1, ten days ago.
func retired(t *testing.T) (*warranttest.World, *paper.Envelope) {
	t.Helper()
	w := world(t)
	agency, _ := w.View.Body("agency")
	l := rotated(t, w, agency, "agency-3")
	l.Issued = now - 10*day
	return w, seal(t, w, trust.ListType, l, "agency-1")
}

// TestInvariant30_BackDatedPapersAreJudgedWhenTheyWereRecorded: a thief of keys that are
// out of use writes a time into a version at which they were in use.
func TestInvariant30_BackDatedPapersAreJudgedWhenTheyWereRecorded(t *testing.T) {
	w, list := retired(t)
	r := next(t, w)
	r.Issued, r.Expires = now-11*day, r.Expires+day
	e := seal(t, w, trust.RootType, r, "agency-1", "member-1", "member-2")
	roots := []*paper.Envelope{w.Roots[0], e}
	stolen := map[string]struct {
		recorded paper.Time // of the version; 0: nowhere
		version  int64
		left     string
	}{
		"recorded while the keys were in use":    {now - 11*day, 2, ""},
		"a second before they went":              {now - 10*day - 1, 2, ""},
		"in the second in which they went":       {now - 10*day, 1, "(list-rolled-back top-signatures)"},
		"recorded yesterday":                     {now - day, 1, "(list-rolled-back top-signatures)"},
		"recorded nowhere, judged by this clock": {0, 1, "(list-rolled-back top-signatures)"},
	}
	for name, c := range stolen {
		t.Run(name, func(t *testing.T) {
			rec := records{list.Digest(): now - 10*day}
			if c.recorded != 0 {
				rec[e.Digest()] = c.recorded
			}
			v, l := follow(w, rec, now, roots, list)
			if got := outcome(v, l); v == nil || got != c.left || v.Version() != c.version {
				t.Fatalf("%v %q, want version %d %q", v != nil, got, c.version, c.left)
			}
		})
	}
	t.Run("a past instant is judged by what is known today", func(t *testing.T) {
		v, l := follow(w, records{list.Digest(): now - 10*day}, now-10*day-1, roots, list)
		if v == nil || v.Version() != 1 || len(v.LeftOut()) != 0 {
			t.Fatalf("%v: a version that nobody had recorded then", l)
		}
	})
	t.Run("keys that were over before the record", func(t *testing.T) {
		w := world(t, func(w *warranttest.World) { w.Root.Bodies[0].Keys[0].Until = now - 5*day })
		r := next(t, w)
		r.Issued = now - 6*day
		e := seal(t, w, trust.RootType, r, top...)
		for at, want := range map[paper.Time]int64{now - 6*day: 2, now - 5*day - 1: 2, now - 5*day: 1, now - day: 1} {
			if v, l := follow(w, records{e.Digest(): at}, now, []*paper.Envelope{w.Roots[0], e}); v == nil || v.Version() != want {
				t.Errorf("recorded %s: %v, want version %d", at, l, want)
			}
		}
	})
	t.Run("a list", func(t *testing.T) {
		// The thief of agency-1 gives the agency another list, back-dated before the true one.
		agency, _ := w.View.Body("agency")
		other := rotated(t, w, agency, "thief")
		other.Issued = now - 12*day
		forged := seal(t, w, trust.ListType, other, "agency-1")
		for name, rec := range map[string]records{
			"recorded yesterday": {list.Digest(): now - 10*day, forged.Digest(): now - day},
			"recorded nowhere":   {list.Digest(): now - 10*day},
		} {
			v, l := follow(w, rec, now, w.Roots, list, forged)
			if v == nil || outcome(v, l) != "(list-fork)" {
				t.Fatalf("%s: %v", name, l)
			}
			if h := v.Keys("top", now); !slices.ContainsFunc(h, func(h trust.Holder) bool { return h.Key.Same(w.Key("agency-3")) }) {
				t.Errorf("%s: %v speak", name, h)
			}
		}
		if v, l := follow(w, records{}, now, w.Roots, list, forged); v != nil || codes(l) != "list-fork" {
			t.Errorf("two that nobody recorded: %v", l)
		}
	})
	t.Run("held back", func(t *testing.T) {
		r := next(t, w)
		r.Issued = now - 20*day
		e := seal(t, w, trust.RootType, r, top...)
		for delay, want := range map[paper.Time]string{trust.RecordWithinS: "", trust.RecordWithinS + 1: "recorded-late"} {
			if v, l := follow(w, records{e.Digest(): r.Issued + delay}, now, []*paper.Envelope{w.Roots[0], e}); outcome(v, l) != want {
				t.Errorf("recorded %d s later: %q, want %q", delay, outcome(v, l), want)
			}
		}
	})
}

// powers are changes of who decides and who watches.
var powers = map[string]func(r *trust.Root){
	"a body less":        func(r *trust.Root) { r.Bodies = slices.Delete(slices.Clone(r.Bodies), 3, 4) },
	"a role more":        func(r *trust.Root) { r.Bodies[3].Roles = append([]paper.ID{"member"}, r.Bodies[3].Roles...) },
	"an authority":       func(r *trust.Root) { r.Bodies[3].CA = []paper.Digest{paper.DigestOf([]byte("x"))} },
	"another name":       func(r *trust.Root) { r.Bodies[3].Name.EN = "somebody" },
	"a log":              func(r *trust.Root) { r.Logs = r.Logs[:1] },
	"a witness":          func(r *trust.Root) { r.Witnesses.Keys[0].Operator = "other" },
	"the quorum":         func(r *trust.Root) { r.Witnesses.K = 4 },
	"urgent issuers":     func(r *trust.Root) { r.Urgent = nil },
	"the ceremony":       func(r *trust.Root) { r.Ceremony.NoticeS = 0 },
	"the ceremony's key": func(r *trust.Root) { r.Ceremony.Keys = r.Ceremony.Keys[:2] },
}

// TestInvariant30_PowersChangeAfterNotice: two bodies cannot change who decides and who
// watches from one second to the next, and their own bodies can stop them in the notice.
func TestInvariant30_PowersChangeAfterNotice(t *testing.T) {
	issued := now - 14*day // the notice of the first version is 14 days
	for name, change := range powers {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			r := next(t, w)
			r.Issued = issued
			change(r)
			e := seal(t, w, trust.RootType, r, top...)
			roots := []*paper.Envelope{w.Roots[0], e}
			rec := records{e.Digest(): issued}
			for at, want := range map[paper.Time]int64{now: 2, now - 1: 1, issued: 1} {
				v, l := follow(w, rec, at, roots)
				if v == nil || v.Version() != want {
					t.Fatalf("%s: %v, want version %d", at, l, want)
				}
				if p := v.Pending(); want == 1 && (len(p) != 1 || p[0] != trust.Pending{Digest: e.Digest(), Version: 2, From: now}) {
					t.Errorf("%s: announced are %v", at, p)
				}
			}
			if v, l := follow(w, records{}, now, roots); v == nil || v.Version() != 1 {
				t.Errorf("a notice that nobody recorded: %v", l)
			}
			if v, l := follow(w, records{e.Digest(): issued + 1}, now, roots); v == nil || v.Version() != 1 {
				t.Errorf("a notice a second short: %v", l)
			}
		})
	}
	t.Run("what is no power comes at once", func(t *testing.T) {
		w := world(t)
		r := next(t, w)
		r.Expires += day
		r.NoticeS += int64(day)
		e := seal(t, w, trust.RootType, r, top...)
		if v, l := follow(w, records{e.Digest(): now}, now, []*paper.Envelope{w.Roots[0], e}); v == nil || v.Version() != 2 || v.Start() != now {
			t.Errorf("%v", l)
		}
	})
	t.Run("a body takes its word back", func(t *testing.T) {
		w, list := retired(t)
		r := next(t, w)
		r.Issued, r.Urgent = issued, nil
		e := seal(t, w, trust.RootType, r, top...)
		roots := []*paper.Envelope{w.Roots[0], e}
		rec := records{e.Digest(): issued, list.Digest(): now - 10*day}
		if v, l := follow(w, rec, now, roots, list); v == nil || v.Version() != 1 || outcome(v, l) != "(root-withdrawn)" {
			t.Errorf("agency-1 is gone, its word counts: %v", l)
		}
		if err := e.Add(w.Signer("agency-3")); err != nil {
			t.Fatal(err)
		}
		// agency-1 spoke when it was recorded, agency-3 speaks for it now.
		if v, l := follow(w, rec, now, roots, list); v == nil || v.Version() != 2 {
			t.Errorf("the new key stands by it: %v", l)
		}
	})
	t.Run("another version withdraws it", func(t *testing.T) {
		w := world(t)
		r := next(t, w)
		r.Issued, r.Urgent = issued, nil
		announced := seal(t, w, trust.RootType, r, top...)
		r = next(t, w)
		r.Issued = now - 3*day
		instead := seal(t, w, trust.RootType, r, top...)
		rec := records{announced.Digest(): issued, instead.Digest(): now - 3*day}
		for _, roots := range [][]*paper.Envelope{{w.Roots[0], announced, instead}, {instead, announced, w.Roots[0]}} {
			for at, want := range map[paper.Time]string{now - 3*day - 1: "", now: "(root-overtaken)", now - 3*day: "(root-overtaken)"} {
				v, l := follow(w, rec, at, roots)
				if v == nil || outcome(v, l) != want || (v.RootDigest() == instead.Digest()) != (want != "") {
					t.Errorf("%s: %q, want %q", at, outcome(v, l), want)
				}
			}
		}
	})
	t.Run("two versions do not do what one cannot", func(t *testing.T) {
		w := world(t)
		r := next(t, w)
		r.Issued, r.NoticeS = now-3*day, 0
		second := seal(t, w, trust.RootType, r, top...)
		r.Version, r.Previous, r.Issued, r.Urgent = 3, second.Digest(), now-3*day+1, nil
		third := seal(t, w, trust.RootType, r, top...)
		rec := records{second.Digest(): now - 3*day, third.Digest(): now - 3*day + 1}
		v, l := follow(w, rec, now, []*paper.Envelope{w.Roots[0], second, third})
		if v == nil || v.Version() != 2 {
			t.Errorf("a shorter notice counted at once: %v", l)
		}
	})
	t.Run("what follows an announced version waits", func(t *testing.T) {
		w := world(t)
		r := next(t, w)
		r.Issued, r.Urgent = now-day, nil
		second := seal(t, w, trust.RootType, r, top...)
		r.Version, r.Previous = 3, second.Digest()
		third := seal(t, w, trust.RootType, r, top...)
		rec := records{second.Digest(): now - day, third.Digest(): now - day}
		v, l := follow(w, rec, now, []*paper.Envelope{w.Roots[0], second, third})
		if v == nil || v.Version() != 1 || len(v.LeftOut()) > 0 || len(v.Pending()) != 1 {
			t.Errorf("%v", l)
		}
		h := trust.History{Roots: []*paper.Envelope{w.Roots[0], second, third}, Pinned: w.Roots[0].Digest(), Recorded: rec.at}
		v, l = trust.Follow(h, (now + 13*day).Time())
		if v == nil || v.Version() != 3 || v.Start() != now+13*day {
			t.Errorf("when it counts: %v", l)
		}
	})
}

// noise are papers that nobody entitled has signed, made from true ones.
func noise(t *testing.T, w *warranttest.World, e *paper.Envelope, r *trust.Root, list *trust.List) map[string][2]*paper.Envelope {
	t.Helper()
	stripped := *e
	stripped.Signatures = e.Signatures[:1]
	later, other, skip := *r, *r, *r
	later.Issued = now + day
	other.Previous, other.Version = paper.DigestOf(nil), 3
	skip.Version, skip.Witnesses.K = 7, 1
	strange := *list
	strange.Previous, strange.Version = paper.DigestOf(nil), 9
	mine := *list
	mine.Keys = []trust.Key{list.Keys[0]}
	mine.Keys[0].Key = w.Key("thief")
	junk := seal(t, w, "application/vnd.noroshi.thing+json", map[string]any{}, "thief")
	return map[string][2]*paper.Envelope{
		"a copy without signatures":  {{Payload: e.Payload, PayloadType: e.PayloadType}, nil},
		"a copy with one signature":  {&stripped, nil},
		"a version of the thief":     {seal(t, w, trust.RootType, skip, "thief"), nil},
		"a version of nobody":        {seal(t, w, trust.RootType, other), nil},
		"a version of the future":    {seal(t, w, trust.RootType, later, "thief"), nil},
		"a version by one member":    {seal(t, w, trust.RootType, skip, "member-1"), nil},
		"a list of the thief":        {nil, seal(t, w, trust.ListType, mine, "thief")},
		"a list that follows nobody": {nil, seal(t, w, trust.ListType, strange, "thief")},
		"a list as a version":        {seal(t, w, trust.ListType, list, "agency-1"), nil},
		"a thing as both":            {junk, junk},
		"the first without a hand":   {{Payload: w.Roots[0].Payload, PayloadType: w.Roots[0].PayloadType}, nil},
	}
}

// TestNoiseStopsNothing: what nobody entitled has signed changes no view, wherever it
// stands among the papers; it is named.
func TestNoiseStopsNothing(t *testing.T) {
	w, list := retired(t)
	agency, _ := w.View.Body("agency")
	made := rotated(t, w, agency, "agency-3")
	made.Issued = now - 10*day
	r := next(t, w)
	r.Bodies[0].Keys, r.Bodies[0].List = made.Keys, 2
	e := seal(t, w, trust.RootType, r, "agency-3", "member-1", "member-2")
	rec := records{list.Digest(): now - 10*day, e.Digest(): now - day}
	quiet, l := follow(w, rec, now, []*paper.Envelope{w.Roots[0], e}, list)
	if quiet == nil || quiet.Version() != 2 || len(quiet.LeftOut()) > 0 {
		t.Fatal(l)
	}
	silent := []string{"a copy without signatures", "a copy with one signature", "a version of the future", "a list as a version", "the first without a hand"} // of what is there, or of another time
	all := noise(t, w, e, r, made)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := all[name]
		for _, before := range []bool{true, false} {
			roots, lists := []*paper.Envelope{w.Roots[0], e}, []*paper.Envelope{list}
			add := func(to []*paper.Envelope, e *paper.Envelope) []*paper.Envelope {
				if e == nil {
					return to
				} else if before {
					return append([]*paper.Envelope{e}, to...)
				}
				return append(to, e)
			}
			v, l := follow(w, rec, now, add(roots, n[0]), add(lists, n[1])...)
			if v == nil || v.Digest() != quiet.Digest() {
				t.Errorf("%s: stops the view: %v", name, unmet.List(l))
				continue
			}
			if named := len(v.LeftOut()) > 0; named == slices.Contains(silent, name) {
				t.Errorf("%s: left out are %v", name, v.LeftOut())
			}
		}
	}
}

// TestSignedFaultsStop: what the right hands have signed and is wrong is no noise.
func TestSignedFaultsStop(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct {
		spoil func(r *trust.Root)
		want  string
	}{
		"a quorum that can be split": {func(r *trust.Root) { r.Witnesses.K = 2 }, "witness-quorum"},
		"a number left out":          {func(r *trust.Root) { r.Version = 3 }, "root-version-number"},
		"another before it":          {func(r *trust.Root) { r.Previous = paper.DigestOf(nil) }, "root-previous"},
		"a list taken back":          {func(r *trust.Root) { r.Bodies[3].Threshold = 0 }, "body-threshold"},
	} {
		r := next(t, w)
		c.spoil(r)
		e := seal(t, w, trust.RootType, r, top...)
		if v, l := trust.New([]*paper.Envelope{w.Roots[0], e}, nil, w.Roots[0].Digest(), now.Time()); v != nil || codes(l) != c.want {
			t.Errorf("%s: %v, want %s", name, l, c.want)
		}
	}
	a, b := next(t, w), next(t, w)
	b.Expires += day
	fork := []*paper.Envelope{w.Roots[0], seal(t, w, trust.RootType, a, top...), seal(t, w, trust.RootType, b, top...)}
	if v, l := trust.New(fork, nil, w.Roots[0].Digest(), now.Time()); v != nil || codes(l) != "root-fork" {
		t.Errorf("two versions of one top: %v", l)
	}
	odd := seal(t, w, "application/vnd.noroshi.thing+json", map[string]any{}, top...)
	if v, l := trust.New([]*paper.Envelope{w.Roots[0], odd}, nil, w.Roots[0].Digest(), now.Time()); v != nil || codes(l) != "paper" {
		t.Errorf("a thing that the top has signed: %v", l)
	}
}

// TestManyPapers: a folder full of noise is judged in time that grows with it.
func TestManyPapers(t *testing.T) {
	w := world(t)
	var roots, lists []*paper.Envelope
	r := next(t, w)
	for i := range 1000 {
		r.Expires++
		roots = append(roots, seal(t, w, trust.RootType, r, "thief"))
		l := rotated(t, w, w.Root.Bodies[i%4], "thief")
		l.Issued -= paper.Time(i)
		lists = append(lists, seal(t, w, trust.ListType, l, "thief"))
	}
	begun := time.Now()
	v, l := trust.New(append(roots, w.Roots...), lists, w.Roots[0].Digest(), now.Time())
	if v == nil || v.Digest() != w.View.Digest() || len(v.LeftOut()) != 3000 { // a version lacks the old top and the new
		t.Fatal(l, len(v.LeftOut()))
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("2,000 papers of nobody take %s", took)
	}
}
