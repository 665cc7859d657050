package actor_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/actor"
	"github.com/noroshi-acd/noroshi/actor/document"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/store"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
)

var noon = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

// clock can be set; it is for one goroutine at a time.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) instant() paper.Time  { return paper.TimeOf(c.at) }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func words(s string) paper.Words { return paper.Words{EN: s, JA: s + "さん"} }

// country is what the tests' registers begin with.
func country() *actor.Document {
	before := paper.TimeOf(noon.AddDate(-1, 0, 0))
	d := &actor.Document{
		Locks: []actor.Locks{
			{Instrument: "measure", Roles: []paper.ID{"minister", "member"}},
			{Instrument: "collection", Roles: []paper.ID{"member", "judge"}},
		},
		Needs: []actor.Need{{Role: "member", Training: "secrets"}},
	}
	for _, b := range []paper.ID{"commission", "ministry", "police"} {
		d.Bodies = append(d.Bodies, actor.Body{ID: b, Jurisdiction: "lab", Name: words(string(b)), From: before, Until: actor.Forever})
	}
	for _, p := range []paper.ID{"akiko", "botan", "chie", "daigo", "registrar"} {
		d.People = append(d.People, actor.Person{ID: p, Name: words(string(p))})
	}
	d.Duties = append(d.Duties, actor.Duty{Number: 1, Body: "commission", Person: "registrar", Role: "registrar", From: before, Until: actor.Forever, Act: "order 1"})
	return d
}

// run runs f on a register of each engine that has begun with country.
func run(t *testing.T, f func(t *testing.T, db *store.DB, r *actor.Register, c *clock)) {
	t.Helper()
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), actor.Noun()); err != nil {
			t.Fatal(err)
		}
		c := &clock{noon}
		r := actor.New(db, c.now)
		if err := r.Found(t.Context(), country(), "the test's author"); err != nil {
			t.Fatal(err)
		}
		f(t, db, r, c)
	})
}

func duty(body, person, role paper.ID, from, until paper.Time) actor.Duty {
	return actor.Duty{Body: body, Person: person, Role: role, From: from, Until: until, Act: "order 2"}
}

// Invariant 12: a duty, a body or a training that ends in mid-session ends the standing
// at that second, and not one earlier or later.
func TestInvariant12_OnlyCurrentPeopleStand(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		start := c.instant()
		trainedUntil, dutyUntil := start.Add(2*time.Hour), start.Add(5*time.Hour)
		number, err := r.Appoint(t.Context(), duty("commission", "akiko", "member", start.Add(time.Hour), dutyUntil), "registrar")
		if err != nil {
			t.Fatal(err)
		}
		holds := func(at paper.Time, want bool, lacks ...string) actor.Standing {
			t.Helper()
			s, err := r.Holds(t.Context(), "akiko", "member", at)
			if err != nil {
				t.Fatal(err)
			}
			var codes []string
			for _, l := range s.Lacks {
				codes = append(codes, l.Code)
			}
			if s.Holds != want || !slices.Equal(codes, lacks) || want != (s.Err() == nil) {
				t.Errorf("at %s: holds %v, lacks %q; want %v, %q", at, s.Holds, codes, want, lacks)
			}
			if err := s.Err(); err != nil && (fault.KindOf(err) != fault.Permission || fault.Hint(err) == "") {
				t.Errorf("the refusal is %v", err)
			}
			return s
		}
		holds(start.Add(time.Hour), false, "training")
		if err := r.Train(t.Context(), actor.Training{Person: "akiko", Name: "secrets", Until: trainedUntil, Act: "course 9"}, "registrar"); err != nil {
			t.Fatal(err)
		}
		holds(start.Add(time.Hour)-1, false, "no-duty")
		if s := holds(start.Add(time.Hour), true); s.Until != trainedUntil || s.Body != "commission" {
			t.Errorf("the session may last until %s in %s, want until %s", s.Until, s.Body, trainedUntil)
		}
		holds(trainedUntil-1, true)
		holds(trainedUntil, false, "training")
		// Renewed before it ends: no gap.
		c.pass(90 * time.Minute)
		if err := r.Train(t.Context(), actor.Training{Person: "akiko", Name: "secrets", From: trainedUntil, Until: trainedUntil.Add(24 * time.Hour), Act: "course 10"}, "registrar"); err != nil {
			t.Fatal(err)
		}
		if s := holds(trainedUntil-1, true); s.Until != dutyUntil {
			t.Errorf("the session may last until %s, want until %s", s.Until, dutyUntil)
		}
		holds(dutyUntil-1, true)
		holds(dutyUntil, false, "no-duty")
		// Ended in mid-session.
		c.pass(time.Hour)
		if err := r.End(t.Context(), number, 0, "resigned", "registrar"); err != nil {
			t.Fatal(err)
		}
		holds(c.instant()-1, true)
		holds(c.instant(), false, "no-duty")
		for _, stranger := range []paper.ID{"nobody", "botan"} {
			if s, err := r.Holds(t.Context(), stranger, "member", c.instant()); err != nil || s.Holds {
				t.Errorf("%s holds the role: %v", stranger, err)
			}
		}
	})
}

// Invariant 12: what was true of an instant stays true of it, whatever is recorded later.
func TestInvariant12_ThePastStands(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		g := rand.New(rand.NewPCG(seed, 1))
		type question struct {
			person, role paper.ID
			at           paper.Time
		}
		answers := map[question]bool{}
		for range 120 {
			c.pass(time.Duration(g.IntN(3)) * time.Second)
			something(t, g, r, c)
			for range 2 {
				q := question{people[g.IntN(len(people))], roles[g.IntN(len(roles))], c.instant() - paper.Time(1+g.IntN(60))}
				s, err := r.Holds(t.Context(), q.person, q.role, q.at)
				if err != nil {
					t.Fatal(err)
				}
				if was, ok := answers[q]; ok && was != s.Holds {
					t.Fatalf("%v was %v and is %v", q, was, s.Holds)
				}
				answers[q] = s.Holds
			}
		}
		yes := 0
		for q, was := range answers {
			s, err := r.Holds(t.Context(), q.person, q.role, q.at)
			if err != nil || s.Holds != was {
				t.Fatalf("%v was %v and is %v (%v)", q, was, s.Holds, err)
			}
			if was {
				yes++
			}
		}
		if yes < 5 {
			t.Errorf("only %d of %d answers were yes: the test asks nothing", yes, len(answers))
		}
	})
}

var (
	people = []paper.ID{"akiko", "botan", "chie", "daigo"}
	roles  = []paper.ID{"minister", "member", "judge", "clerk"}
	places = []paper.ID{"commission", "ministry", "police"}
)

// something changes the register at random, and gives whether it was taken.
func something(t *testing.T, g *rand.Rand, r *actor.Register, c *clock) bool {
	t.Helper()
	pick := func(list []paper.ID) paper.ID { return list[g.IntN(len(list))] }
	var err error
	switch g.IntN(10) {
	default:
		from := c.instant() + paper.Time(g.IntN(20))
		_, err = r.Appoint(t.Context(), duty(pick(places), pick(people), pick(roles), from, from+paper.Time(1+g.IntN(40))), "registrar")
	case 6, 7:
		err = r.Train(t.Context(), actor.Training{Person: pick(people), Name: "secrets", Until: c.instant() + paper.Time(1+g.IntN(80)), Act: "course"}, "registrar")
	case 8:
		list, err := r.Duties(t.Context(), pick(people))
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > 0 {
			err = r.End(t.Context(), list[g.IntN(len(list))].Number, c.instant()+paper.Time(g.IntN(10)), "ended", "registrar")
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatal(err)
		}
		return err == nil
	case 9:
		want := [][]paper.ID{{"secrets"}, nil, {"secrets", "arms"}}[g.IntN(3)]
		err = r.Require(t.Context(), pick(roles), want, "registrar")
	}
	if k := fault.KindOf(err); err != nil && k != fault.Permission && k != fault.Invalid {
		t.Fatal(err)
	}
	return err == nil
}

// oracle says, slowly and from the words of the rule, whether two duties clash.
func oracle(a, b actor.Duty, locks []actor.Locks) bool {
	if a.Person != b.Person {
		return false
	}
	together := false
	for at := max(a.From, b.From); at < a.Until && at < b.Until; at++ {
		together = true
		break
	}
	if !together {
		return false
	}
	if a.Body != b.Body || a.Role == b.Role {
		return true
	}
	for _, l := range locks {
		var of []paper.ID
		for _, role := range l.Roles {
			if role == a.Role || role == b.Role {
				of = append(of, role)
			}
		}
		if len(of) == 2 {
			return true
		}
	}
	return false
}

// Invariant 13: over random lives no two duties of a person clash, and nothing is refused
// that does not.
func TestInvariant13_TwoLocksAreTwoPeopleInTwoBodies(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	locks := country().Locks
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		g := rand.New(rand.NewPCG(seed, 2))
		taken, refused := 0, 0
		for range 250 {
			c.pass(time.Duration(g.IntN(4)) * time.Second)
			before, err := r.Duties(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			from := c.instant() + paper.Time(g.IntN(30))
			d := duty(places[g.IntN(3)], people[g.IntN(4)], roles[g.IntN(4)], from, from+paper.Time(1+g.IntN(30)))
			clashes := slices.ContainsFunc(before, func(o actor.Duty) bool { return oracle(d, o, locks) })
			_, err = r.Appoint(t.Context(), d, "registrar")
			switch {
			case (err != nil) != clashes:
				t.Fatalf("%+v among %+v: refused %v, want %v", d, before, err, clashes)
			case err == nil:
				taken++
			case fault.KindOf(err) != fault.Permission:
				t.Fatal(err)
			default:
				refused++
			}
		}
		if taken < 20 || refused < 20 {
			t.Errorf("%d taken, %d refused: the test tries too little", taken, refused)
		}
		if found, err := r.Clashes(t.Context()); err != nil || len(found) != 0 {
			t.Errorf("the search of the history finds %v (%v)", found, err)
		}
	})
}

// Invariant 13: of two appointments at the same instant into two locks, one is taken.
func TestInvariant13_AtTheSameInstant(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		var group sync.WaitGroup
		var taken atomic.Int64
		for _, d := range []actor.Duty{
			duty("ministry", "akiko", "minister", 0, 0), duty("ministry", "akiko", "member", 0, 0),
			duty("commission", "akiko", "member", 0, 0), duty("police", "akiko", "clerk", 0, 0),
		} {
			group.Go(func() {
				_, err := r.Appoint(t.Context(), d, "registrar")
				switch {
				case err == nil:
					taken.Add(1)
				case fault.KindOf(err) != fault.Permission:
					t.Error(err)
				}
			})
		}
		group.Wait()
		if taken.Load() != 1 {
			t.Errorf("%d appointments were taken, want one", taken.Load())
		}
	})
}

// Invariant 13: the search finds what a hand in the database, or a change of the locks,
// has left behind.
func TestInvariant13_TheHistoryIsSearched(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		start := c.instant()
		for _, d := range []actor.Duty{
			duty("ministry", "botan", "minister", start, start+100),
			duty("ministry", "botan", "clerk", start+50, start+80),
		} {
			if _, err := r.Appoint(t.Context(), d, "registrar"); err != nil {
				t.Fatal(err)
			}
		}
		guarded := actor.Locks{Instrument: "access", Roles: []paper.ID{"minister", "clerk"}}
		if err := r.Guard(t.Context(), guarded, "registrar"); fault.KindOf(err) != fault.Permission {
			t.Errorf("locks that one person bears: %v", err)
		}
		c.pass(90 * time.Second) // the clerk's duty is over
		if err := r.Guard(t.Context(), guarded, "registrar"); err != nil {
			t.Fatal(err)
		}
		if err := db.Tx(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("INSERT INTO actor_duty (number, body, person, role, since, until, act) VALUES (77, 'police', 'botan', 'judge', $1, $2, 'x')", start+95, start+200)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		found, err := r.Clashes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range found {
			got = append(got, fmt.Sprintf("%s %s %s %s", f.Why, f.A.Role, f.B.Role, f.Instrument))
		}
		want := []string{"two-locks minister clerk access", "two-bodies minister judge "}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
	})
}

// The sweep agrees with trying all pairs.
func TestClashesAgainstAllPairs(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := country()
		n := rapid.IntRange(0, 8).Draw(rt, "n")
		d.Duties = nil
		for i := range n {
			from := paper.Time(rapid.Int64Range(1, 12).Draw(rt, "from"))
			until := from + paper.Time(rapid.Int64Range(1, 6).Draw(rt, "length"))
			u := duty(rapid.SampledFrom(places).Draw(rt, "body"), rapid.SampledFrom(people[:2]).Draw(rt, "person"), rapid.SampledFrom(roles).Draw(rt, "role"), from, until)
			u.Number = int64(i + 1)
			d.Duties = append(d.Duties, u)
		}
		want := false
		for i := range d.Duties {
			for j := range i {
				want = want || oracle(d.Duties[i], d.Duties[j], d.Locks)
			}
		}
		if err := d.Check(); (err != nil) != want {
			rt.Fatalf("%+v: %v, want a clash %v", d.Duties, err, want)
		}
	})
}

func TestRefused(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		now := c.instant()
		ctx := t.Context()
		appoint := func(d actor.Duty, by paper.ID) error { _, err := r.Appoint(ctx, d, by); return err }
		unnamed := duty("police", "chie", "clerk", 0, 0)
		unnamed.Act = " – "
		for name, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"dated back":         {appoint(duty("police", "chie", "clerk", now-1, 0), "registrar"), fault.Permission},
			"by oneself":         {appoint(duty("police", "chie", "clerk", 0, 0), "chie"), fault.Permission},
			"by a stranger":      {appoint(duty("police", "chie", "clerk", 0, 0), "nobody"), fault.NotFound},
			"a stranger":         {appoint(duty("police", "nobody", "clerk", 0, 0), "registrar"), fault.NotFound},
			"in no body":         {appoint(duty("navy", "chie", "clerk", 0, 0), "registrar"), fault.NotFound},
			"for no time":        {appoint(duty("police", "chie", "clerk", now+5, now+5), "registrar"), fault.Invalid},
			"by no act":          {appoint(unnamed, "registrar"), fault.Invalid},
			"odd role":           {appoint(duty("police", "chie", "Clerk'; DROP", 0, 0), "registrar"), fault.Invalid},
			"end of nothing":     {r.End(ctx, 99, 0, "x", "registrar"), fault.NotFound},
			"end in the past":    {r.End(ctx, 1, now-1, "x", "registrar"), fault.Permission},
			"own training":       {r.Train(ctx, actor.Training{Person: "registrar", Name: "secrets", Until: now + 9, Act: "x"}, "registrar"), fault.Permission},
			"body twice":         {r.AddBody(ctx, actor.Body{ID: "police", Jurisdiction: "lab", Name: words("x")}, "registrar"), fault.Invalid},
			"person twice":       {r.AddPerson(ctx, actor.Person{ID: "chie", Name: words("x")}, "registrar"), fault.Invalid},
			"half a name":        {r.AddPerson(ctx, actor.Person{ID: "ema", Name: paper.Words{EN: "Ema"}}, "registrar"), fault.Invalid},
			"founded twice":      {r.Found(ctx, country(), "again"), fault.Permission},
			"founded for nobody": {r.Found(ctx, country(), ""), fault.Invalid},
			"no locks":           {r.Guard(ctx, actor.Locks{Instrument: "x"}, "registrar"), fault.Invalid},
			"a lock twice":       {r.Guard(ctx, actor.Locks{Instrument: "x", Roles: []paper.ID{"a", "a"}}, "registrar"), fault.Invalid},
		} {
			if c.err == nil || fault.KindOf(c.err) != c.kind || fault.Hint(c.err) == "" {
				t.Errorf("%s: %v of kind %d, want kind %d and a hint", name, c.err, fault.KindOf(c.err), c.kind)
			}
		}
		list, err := r.Duties(ctx, "")
		if err != nil || len(list) != 1 {
			t.Errorf("after refusals there are %v (%v)", list, err)
		}
	})
}

func TestHistory(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		ctx, now := t.Context(), c.instant()
		number, err := r.Appoint(ctx, duty("police", "chie", "clerk", 0, 0), "registrar")
		if err != nil {
			t.Fatal(err)
		}
		c.pass(-time.Hour) // a clock that goes back changes nothing
		if err := r.End(ctx, number, 0, "moved away", "registrar"); err != nil {
			t.Fatal(err)
		}
		got, err := r.History(ctx, "chie")
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Number = 0
		}
		want := []actor.Change{
			{Recorded: now, Recorder: actor.Founding, Kind: "person", Person: "chie", Act: "(the test's author)"},
			{Recorded: now, Recorder: "registrar", Kind: "appoint", Body: "police", Person: "chie", What: "clerk", From: now, Until: actor.Forever, Act: "order 2"},
			{Recorded: now, Recorder: "registrar", Kind: "end", Body: "police", Person: "chie", What: "clerk", From: now, Until: now, Act: "moved away"},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got\n%s", d)
		}
		all, err := r.History(ctx, "")
		if err != nil || len(all) <= len(got) {
			t.Errorf("the whole history has %d entries (%v)", len(all), err)
		}
		for i, c := range all {
			if c.Number != int64(i+1) {
				t.Errorf("entry %d has number %d", i+1, c.Number)
			}
		}
	})
}

func TestDocument(t *testing.T) {
	run(t, func(t *testing.T, db *store.DB, r *actor.Register, c *clock) {
		ctx := t.Context()
		if _, err := r.Appoint(ctx, duty("police", "chie", "clerk", 0, c.instant()+500), "registrar"); err != nil {
			t.Fatal(err)
		}
		if err := r.Train(ctx, actor.Training{Person: "chie", Name: "secrets", Until: c.instant() + 300, Act: "course"}, "registrar"); err != nil {
			t.Fatal(err)
		}
		d, err := r.Export(ctx)
		if err != nil {
			t.Fatal(err)
		}
		text, err := document.Text(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := document.Read("x.toml", text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if diff := cmp.Diff(d, back); diff != "" {
			t.Errorf("-written +read\n%s\n%s", diff, text)
		}
		// Another register that begins with it says the same.
		other, err := store.Create(ctx, storetest.DSN(t, db.Engine()))
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		if err := other.Migrate(ctx, actor.Noun()); err != nil {
			t.Fatal(err)
		}
		twin := actor.New(other, c.now)
		if err := twin.Found(ctx, back, "moved"); err != nil {
			t.Fatal(err)
		}
		again, err := twin.Export(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, again); diff != "" {
			t.Errorf("-first +second\n%s", diff)
		}
	})
}
