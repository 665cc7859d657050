package liveness_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

const now = warranttest.Now

func world(t testing.TB) *warranttest.World {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func live(t testing.TB, w *warranttest.World, s liveness.Statement) *liveness.Verified {
	t.Helper()
	v, err := w.Live(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVerify(t *testing.T) {
	w := world(t)
	d := paper.DigestOf([]byte("warrant"))
	for name, c := range map[string]struct {
		change func(s *liveness.Statement)
		signer string
		want   string
	}{
		"as is right":              {func(*liveness.Statement) {}, "liveness", ""},
		"by a member":              {func(*liveness.Statement) {}, "member-1", "liveness-signature"},
		"by the hub":               {func(*liveness.Statement) {}, "hub", "liveness-signature"},
		"before the key":           {func(s *liveness.Statement) { s.Time = now - 400*86400 }, "liveness", "liveness-signature"},
		"of another root":          {func(s *liveness.Statement) { s.Root = "lab/other" }, "liveness", "root-other"},
		"of another state":         {func(s *liveness.Statement) { s.RootHash = d }, "liveness", "liveness-root"},
		"of the fingerprint alone": {func(s *liveness.Statement) { s.RootHash = w.View.RootDigest() }, "liveness", "liveness-root"},
		"of another version":       {func(s *liveness.Statement) { s.RootVersion++ }, "liveness", "liveness-root"},
	} {
		s := w.Statement(1, now, d)
		c.change(&s)
		e, err := paper.Seal(liveness.Type, s, w.Signer(c.signer))
		if err != nil {
			t.Fatal(err)
		}
		v, list := liveness.Verify(e, w.View)
		if got := len(list); (c.want == "") != (got == 0) || (v == nil) != (got > 0) || c.want != "" && !unmet.List(list).Has(c.want) {
			t.Errorf("%s: got %v, want %q", name, unmet.List(list), c.want)
		}
	}
	for name, change := range map[string]func(s *liveness.Statement){
		"number 0":       func(s *liveness.Statement) { s.Number = 0 },
		"a name twice":   func(s *liveness.Statement) { s.Warrants = append(s.Warrants, s.Warrants[0]) },
		"links unsorted": func(s *liveness.Statement) { s.Warrants[0].Links = []paper.ID{"b", "a"} },
		"an open name":   func(s *liveness.Statement) { s.Warrants[0].Blind = string(d) },
		"set below 0":    func(s *liveness.Statement) { s.Warrants[0].LeastSet = -1 },
	} {
		s := w.Statement(1, now, d)
		change(&s)
		if _, err := paper.Seal(liveness.Type, s); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// TestBlind: only who holds the warrant can tell that two days' names are one warrant's.
func TestBlind(t *testing.T) {
	a, b := paper.DigestOf([]byte("a")), paper.DigestOf([]byte("b"))
	seen := map[string]bool{}
	for _, d := range []paper.Digest{a, b} {
		for _, day := range []string{"2026-11-22", "2026-11-23"} {
			n := liveness.Blind(d, day)
			if seen[n] || len(n) != 64 {
				t.Errorf("%s on %s is %s, and so is another", d, day, n)
			}
			seen[n] = true
		}
	}
	// Worked out by another program: HMAC-SHA256 under 32 zero bytes of
	// "noroshi liveness\n2026-11-22".
	zero := paper.Digest("sha256:0000000000000000000000000000000000000000000000000000000000000000")
	if got, want := liveness.Blind(zero, "2026-11-22"), blindOfZero; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestStanding(t *testing.T) {
	w := world(t)
	a, b, c := paper.DigestOf([]byte("a")), paper.DigestOf([]byte("b")), paper.DigestOf([]byte("c"))
	v := live(t, w, w.Statement(1, now, a, b))
	for d, want := range map[paper.Digest]bool{a: true, b: true, c: false, "": false} {
		if _, got := v.Standing(d); got != want {
			t.Errorf("%s stands: %v", d, got)
		}
	}
	late := w.Statement(1, now, a)
	late.Time += 86400 // yesterday's names in today's statement
	if _, ok := live(t, w, late).Standing(a); ok {
		t.Error("yesterday's name still counts")
	}
}

func TestFresh(t *testing.T) {
	w := world(t)
	v := live(t, w, w.Statement(1, now))
	for _, c := range []struct {
		earliest, latest paper.Time
		limit            time.Duration
		want             string
	}{
		{now, now, 60 * time.Second, ""},
		{now + 50, now + 60, 60 * time.Second, ""},
		{now + 50, now + 61, 60 * time.Second, "liveness-old"},
		{now - 30, now + 30, 60 * time.Second, ""},
		{now - 31, now + 30, 60 * time.Second, "clock-unsure"},
		{now - 20, now, 60 * time.Second, ""},
		{now - 20, now - 1, 60 * time.Second, "liveness-future"},
		{now + 1, now, 60 * time.Second, "clock-unsure"},
		{now + 3590, now + 3600, time.Hour, ""},
		{now + 3591, now + 3601, time.Hour, "liveness-old"},
	} {
		list := v.Fresh(liveness.Clock{Earliest: c.earliest, Latest: c.latest}, c.limit)
		if ok := c.want == "" && len(list) == 0 || c.want != "" && unmet.List(list).Has(c.want); !ok {
			t.Errorf("%d to %d, limit %s: got %v, want %q", c.earliest-now, c.latest-now, c.limit, unmet.List(list), c.want)
		}
	}
}

func TestCompare(t *testing.T) {
	w := world(t)
	d := paper.DigestOf([]byte("warrant"))
	held := live(t, w, w.Statement(5, now, d))
	for name, c := range map[string]struct {
		next liveness.Statement
		want liveness.Order
	}{
		"the same":                      {w.Statement(5, now, d), liveness.Same},
		"a higher number":               {w.Statement(6, now, d), liveness.Newer},
		"a higher number, later":        {w.Statement(7, now+5), liveness.Newer},
		"a lower number":                {w.Statement(4, now-5, d), liveness.Stale},
		"a lower number, dated later":   {w.Statement(4, now+5, d), liveness.Stale},
		"the same number, other words":  {w.Statement(5, now), liveness.Fork},
		"the same number, another time": {w.Statement(5, now+1, d), liveness.Fork},
		"a higher number, dated back":   {w.Statement(6, now-1, d), liveness.Fork},
	} {
		if got := liveness.Compare(held, live(t, w, c.next)); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if liveness.Compare(nil, held) != liveness.Newer {
		t.Error("the first one is not taken")
	}
}

func FuzzVerify(f *testing.F) {
	w := world(f)
	e, err := paper.Seal(liveness.Type, w.Statement(1, now, paper.DigestOf(nil)), w.Signer("liveness"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(e.Payload)
	f.Fuzz(func(t *testing.T, payload []byte) {
		e := &paper.Envelope{PayloadType: liveness.Type, Payload: payload}
		if err := e.Add(w.Signer("liveness")); err != nil {
			t.Fatal(err)
		}
		v, list := liveness.Verify(e, w.View)
		if (v == nil) == (len(list) == 0) {
			t.Fatalf("%v with %v", v, list)
		}
		if v != nil {
			v.Standing(paper.DigestOf(nil))
			v.Fresh(liveness.Clock{Earliest: now, Latest: now}, time.Minute)
		}
	})
}

const blindOfZero = "5a4f87970f8dfe98dcb0033342f95dee08a622671227d5551dab46daf4f85e85"
