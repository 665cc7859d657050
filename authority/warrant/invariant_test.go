package warrant_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// TestInvariant01_NoUseWithoutLiveWarrant: a commission that says its word, suspends,
// takes back and revokes; carriers of its word that delay, drop, repeat and turn round;
// a clock that jumps. Whatever happens, something starts only while the warrant runs
// and at most 60 seconds after the commission's last word for it, and is held no longer
// than its lease; and once the word that it no longer stands has come, never again.
func TestInvariant01_NoUseWithoutLiveWarrant(t *testing.T) {
	w := must(warranttest.New(trust.State))(t)
	x := w.CollectionWarrant()
	x.NotBefore, x.NotAfter = warranttest.Now-600, warranttest.Now+1200
	e := must(w.Seal(x))(t)
	base := must(w.Input(e))(t)
	started, held, refused := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		at := warranttest.Now - 700 // the true time
		stands := true              // what the commission thinks
		var fell paper.Time         // since when it does not
		number := int64(0)
		var flying []*liveness.Verified
		var keeps *liveness.Verified // the highest number that the tap has seen
		say := func() {
			number++
			s := w.Statement(number, at, e.Digest())
			if !stands {
				s.Warrants = s.Warrants[:0]
			}
			flying = append(flying, must(w.Live(s))(discard{}))
		}
		hear := func() { // says it, and it arrives at once
			say()
			if v := flying[len(flying)-1]; liveness.Compare(keeps, v) == liveness.Newer {
				keeps = v
			}
		}
		try := func(start bool, lease int64, off, width paper.Time) {
			in := base
			in.Liveness, in.Start, in.LeaseS = keeps, start, lease
			in.Clock = warrant.Clock{Earliest: at - off, Latest: at - off + width}
			if in.Clock.Latest < at {
				return // a clock that does not hold the true time is another's failing
			}
			_, l := warrant.Check(in)
			if len(l) > 0 {
				refused++
				return
			}
			limit := paper.Time(60)
			if !start {
				limit = paper.Time(lease)
				held++
			} else {
				started++
			}
			switch {
			case at < x.NotBefore || at >= x.NotAfter:
				t.Fatalf("used at %d, outside %d to %d", at, x.NotBefore, x.NotAfter)
			case !stands && at-fell > limit:
				t.Fatalf("used %d s after it fell; limit %d", at-fell, limit)
			case keeps == nil:
				t.Fatal("used without a word of the commission")
			}
			if _, ok := keeps.Standing(e.Digest()); !ok {
				t.Fatal("used although the last word does not name it")
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"say":  func(*rapid.T) { say() },
			"wait": func(t *rapid.T) { at += paper.Time(rapid.Int64Range(0, 90).Draw(t, "s")) },
			"jump": func(t *rapid.T) { at += paper.Time(rapid.Int64Range(0, 900).Draw(t, "s")) },
			"fall": func(*rapid.T) {
				if stands {
					stands, fell = false, at
				}
				say()
			},
			"return": func(*rapid.T) { stands = true; say() },
			"arrive": func(t *rapid.T) {
				if len(flying) == 0 {
					return
				}
				i := rapid.IntRange(0, len(flying)-1).Draw(t, "which")
				switch liveness.Compare(keeps, flying[i]) {
				case liveness.Newer:
					keeps = flying[i]
				case liveness.Fork:
					t.Fatal("an honest commission is taken for a forked one")
				}
				if rapid.Bool().Draw(t, "once") {
					flying = slices.Delete(flying, i, i+1)
				}
			},
			"start": func(t *rapid.T) {
				try(true, 0, paper.Time(rapid.Int64Range(0, 70).Draw(t, "off")), paper.Time(rapid.Int64Range(0, 70).Draw(t, "width")))
			},
			"hold": func(t *rapid.T) {
				try(false, rapid.Int64Range(1, 300).Draw(t, "lease"), paper.Time(rapid.Int64Range(0, 70).Draw(t, "off")), paper.Time(rapid.Int64Range(0, 70).Draw(t, "width")))
			},
			"start at once": func(t *rapid.T) {
				hear()
				try(true, 0, 1, 2)
			},
			"withhold": func(t *rapid.T) { // the last good word, and then nothing
				hear()
				if stands {
					stands, fell = false, at
				}
				at += paper.Time(rapid.Int64Range(55, 125).Draw(t, "s"))
				off := paper.Time(rapid.Int64Range(0, 60).Draw(t, "off"))
				try(true, 0, off, 60)
				try(false, 60, off, 60)
			},
			"last minute": func(t *rapid.T) {
				stands = true
				at = max(at, x.NotAfter+paper.Time(rapid.Int64Range(-30, 30).Draw(t, "s")))
				hear()
				try(true, 0, paper.Time(rapid.Int64Range(0, 60).Draw(t, "off")), 60)
			},
			"first minute": func(t *rapid.T) {
				if early := x.NotBefore + paper.Time(rapid.Int64Range(-30, 30).Draw(t, "s")); early > at {
					at = early
				}
				hear()
				try(true, 0, paper.Time(rapid.Int64Range(0, 60).Draw(t, "off")), 60)
			},
		})
	})
	if started == 0 || held == 0 || refused == 0 {
		t.Errorf("%d started, %d held, %d refused: one of them was not tried", started, held, refused)
	}
}

// discard lets must be used where there is no test at hand: a failure panics.
type discard struct{ testing.TB }

func (discard) Helper()           {}
func (discard) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// TestInvariant13_NobodyHoldsTwoLocks: in any root and with any signatures, a warrant
// with two locks is taken exactly when each lock has its number of persons who, and
// whose bodies, signed for no other. That is worked out here from lists of names.
func TestInvariant13_NobodyHoldsTwoLocks(t *testing.T) {
	taken, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		type hand struct{ body, person, role string }
		var hands []hand
		w, err := warranttest.New(trust.State, func(w *warranttest.World) {
			w.Police.Locks[1].K = 1 + rapid.IntRange(0, 1).Draw(t, "k")
			for i := range w.Root.Bodies {
				b := &w.Root.Bodies[i]
				for _, role := range []paper.ID{"member", "minister"} {
					if !slices.Contains(b.Roles, role) {
						b.Roles = append(b.Roles, role)
					}
				}
				slices.Sort(b.Roles)
				for n := range rapid.IntRange(0, 2).Draw(t, "keys") {
					name := fmt.Sprintf("%s-more-%d", b.ID, n)
					person := fmt.Sprintf("person/%s-%d", b.ID, rapid.IntRange(0, 1).Draw(t, "person"))
					role := rapid.SampledFrom([]string{"member", "minister"}).Draw(t, "role")
					b.Keys = append(b.Keys, trust.Key{Key: w.Key(name), Person: paper.ID(person), Roles: []paper.ID{paper.ID(role)}, From: warranttest.Now - 1e6, Until: warranttest.Now + 1e6})
					hands = append(hands, hand{string(b.ID), person, role + " " + name})
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var signed []hand
		add := func(name string, h hand) {
			if rapid.IntRange(0, 2).Draw(t, "signs") > 0 {
				names, signed = append(names, name), append(signed, h)
			}
		}
		for i := 1; i <= 3; i++ {
			name := fmt.Sprintf("member-%d", i)
			add(name, hand{"commission", "person/" + name, "member"})
		}
		add("minister", hand{"ministry", "person/minister", "minister"})
		for _, h := range hands {
			var role, name string
			fmt.Sscan(h.role, &role, &name)
			add(name, hand{h.body, h.person, role})
		}
		if len(names) == 0 {
			return
		}
		e := must(w.Seal(w.PoliceWarrant(), names...))(discard{})
		_, l := warrant.Check(must(w.Input(e))(discard{}))
		want := true
		for _, lock := range w.Police.Locks {
			persons := map[string]bool{}
			for _, h := range signed {
				clean := !slices.ContainsFunc(signed, func(o hand) bool {
					return o.role != h.role && (o.person == h.person || o.body == h.body)
				})
				if h.role == string(lock.Role) && clean {
					persons[h.person] = true
				}
			}
			want = want && len(persons) >= lock.K
			for _, h := range signed { // who is in two hands makes it refused, enough others or not
				want = want && !slices.ContainsFunc(signed, func(o hand) bool {
					return o.role != h.role && (o.person == h.person || o.body == h.body)
				})
			}
		}
		if (len(l) == 0) != want {
			t.Fatalf("signed by %v: taken %v, must be %v: %v", signed, len(l) == 0, want, unmet.List(l))
		}
		if want {
			taken++
		} else {
			refused++
		}
	})
	if taken == 0 || refused == 0 {
		t.Errorf("%d taken, %d refused: one of them was not tried", taken, refused)
	}
}

// TestInvariant30_WarrantAcrossAChangeOfRules: the profile that a warrant bears counts
// while the root has it in force, and not a second longer or sooner.
func TestInvariant30_WarrantAcrossAChangeOfRules(t *testing.T) {
	change := warranttest.Now + 100
	fresh := must(warranttest.New(trust.State))(t).Collection
	fresh.LongestS--
	later := must(fresh.Digest())(t)
	w := must(warranttest.New(trust.State, func(w *warranttest.World) {
		w.Root.Profiles = append(w.Root.Profiles, trust.ProfileEntry{Digest: later, From: change, Instrument: fresh.Instrument})
	}))(t)
	w.Profiles[later] = fresh
	old := w.CollectionWarrant()
	early, right := w.CollectionWarrant(), w.CollectionWarrant()
	early.Profile, right.Profile = later, later
	early.ID, right.ID = "w/early", "w/right"
	right.NotBefore = change
	for _, c := range []struct {
		x    *warrant.Warrant
		at   paper.Time
		want string
	}{
		{old, change - 3, ""}, {old, change - 2, "profile-replaced"}, {old, change + 100, "profile-replaced"},
		{early, change - 100, "profile-not-yet"}, {early, change + 100, "profile-not-yet"}, // decided before the rule was in force
		{right, change + 2, ""}, {right, change + 1, "not-yet"},
	} {
		e := must(w.Seal(c.x))(t)
		in := must(w.Input(e))(t)
		in.Clock = warrant.Clock{Earliest: c.at - 2, Latest: c.at + 2}
		in.Liveness = must(w.Live(w.Statement(1, c.at, e.Digest())))(t)
		_, l := warrant.Check(in)
		if c.want == "" && len(l) > 0 || c.want != "" && !unmet.List(l).Has(c.want) {
			t.Errorf("%s at %+d: got %v, want %q", c.x.ID, c.at-change, unmet.List(l), c.want)
		}
	}
}

// TestInvariant10_UrgentPathIsTheRegimes and what follows it are refused where the
// instrument has none; one that must be confirmed ends at its hour by itself.
func TestInvariant10_UrgentPathIsTheRegimes(t *testing.T) {
	for _, after := range []string{regime.PromptNotice, regime.Confirm} {
		w := must(warranttest.New(trust.State, func(w *warranttest.World) {
			if after == regime.Confirm {
				w.Police.Paths.Urgent.After, w.Police.Paths.Urgent.ConfirmWithinS = regime.Confirm, 7200
			}
		}))(t)
		x := urgent(w)
		e := must(w.Seal(x))(t)
		for _, at := range []paper.Time{x.NotBefore + 10, x.NotBefore + 7190, x.NotBefore + 7201} {
			in := must(w.Input(e))(t)
			in.Clock = warrant.Clock{Earliest: at, Latest: at}
			in.Liveness = must(w.Live(w.Statement(1, at, e.Digest())))(t)
			_, l := warrant.Check(in)
			over := after == regime.Confirm && at >= x.NotBefore+7200
			if over != unmet.List(l).Has("expired") || !over && len(l) > 0 {
				t.Errorf("%s, %d s after it began: %v", after, at-x.NotBefore, unmet.List(l))
			}
		}
	}
	w := must(warranttest.New(trust.State, func(w *warranttest.World) { w.Police.Paths.Urgent = nil }))(t)
	x := w.PoliceWarrant()
	x.Path, x.Urgency = warrant.Urgent, &warrant.Urgency{Facts: "now"}
	_, l := warrant.Check(must(w.Input(must(w.Seal(x))(t)))(t))
	if !unmet.List(l).Has("path-none") {
		t.Errorf("an instrument without urgent path: %v", unmet.List(l))
	}
}

// anyWarrant varies what a warrant permits.
func anyWarrant(w *warranttest.World) *rapid.Generator[*warrant.Warrant] {
	return rapid.Custom(func(t *rapid.T) *warrant.Warrant {
		x := w.CollectionWarrant()
		some := func(label string, all ...string) []string {
			var list []string
			for _, s := range all {
				if rapid.Bool().Draw(t, label) {
					list = append(list, s)
				}
			}
			return list
		}
		x.NotBefore += paper.Time(rapid.Int64Range(0, 2).Draw(t, "from"))
		x.NotAfter += paper.Time(rapid.Int64Range(0, 2).Draw(t, "to"))
		x.Articles = append([]string{}, some("article", "17", "18")...)
		x.Scope.Effects = nil
		for _, e := range some("effect", "forward", "select") {
			x.Scope.Effects = append(x.Scope.Effects, paper.ID(e))
		}
		for _, p := range some("person", "person/a", "person/b") {
			x.People = append(x.People, warrant.Person{Duty: "d", Person: paper.ID(p), Until: warranttest.Now + paper.Time(rapid.Int64Range(1, 2).Draw(t, "until"))})
		}
		for _, a := range some("target", "198.51.100.0/25", "198.51.100.129", "198.51.100.130") {
			kind := warrant.Address
			if len(a) > 14 && a[len(a)-3] == '/' {
				kind = warrant.Prefix
			}
			x.Scope.Targets = append(x.Scope.Targets, warrant.Target{Kind: kind, Value: a})
		}
		if len(x.Scope.Targets) > 0 && x.Scope.Targets[0].Kind == warrant.Prefix && rapid.Bool().Draw(t, "one of them") {
			x.Scope.Targets[0] = warrant.Target{Kind: warrant.Address, Value: "198.51.100.7"}
		}
		x.Scope.MaxRecords += rapid.Int64Range(0, 1).Draw(t, "records")
		x.Scope.MaxUses = rapid.Int64Range(0, 2).Draw(t, "uses")
		x.Scope.Criteria = rapid.SampledFrom([]string{"dst_port in {443}", "dst_port in {80, 443}", "dst_port in {443} and proto in {6}", "dst_port in {443} and proto in {6} or src_port in {1}", "src_port in {1}"}).Draw(t, "criteria")
		x.ID, x.Nonce = "w/any", warranttest.Nonce(fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "nonce")))
		return x
	})
}

// rights is what takes part in the order.
func rights(x *warrant.Warrant) warrant.Warrant {
	c := *x
	c.ID, c.Nonce, c.Parent, c.Holder = "", "", "", paper.PublicKey{}
	return c
}

// TestNarrowIsAPartialOrder: a warrant is as narrow as itself; two that are as narrow
// as each other permit the same; and narrower than narrower is narrower. What a
// narrower one permits, the wider one permits.
func TestNarrowIsAPartialOrder(t *testing.T) {
	w := must(warranttest.New(trust.State))(t)
	narrower, both := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		a := anyWarrant(w).Draw(t, "a")
		b, c := *a, *a
		x, y := anyWarrant(w).Draw(t, "b"), anyWarrant(w).Draw(t, "c")
		for _, p := range []struct{ to, from *warrant.Warrant }{{&b, x}, {&c, y}} { // some fields of another
			to, from := reflect.ValueOf(&p.to.Scope).Elem(), reflect.ValueOf(&p.from.Scope).Elem()
			for i := range to.NumField() {
				if rapid.IntRange(0, 3).Draw(t, "field") == 0 {
					to.Field(i).Set(from.Field(i))
				}
			}
			if rapid.IntRange(0, 3).Draw(t, "people") == 0 {
				p.to.People, p.to.NotAfter, p.to.Articles = p.from.People, p.from.NotAfter, p.from.Articles
			}
		}
		le := func(p, q *warrant.Warrant) bool { return len(warrant.Narrow(q, p)) == 0 }
		if !le(a, a) || !le(&b, &b) {
			t.Fatal("not as narrow as itself")
		}
		if le(&b, a) {
			narrower++
			if le(a, &b) {
				both++
				if !reflect.DeepEqual(rights(a), rights(&b)) {
					t.Fatalf("each is as narrow as the other and they differ:\n%+v\n%+v", rights(a), rights(&b))
				}
			}
			if le(&c, &b) && !le(&c, a) {
				t.Fatalf("narrower than narrower is not narrower: %v", unmet.List(warrant.Narrow(a, &c)))
			}
			for _, e := range b.Scope.Effects {
				if !slices.Contains(a.Scope.Effects, e) {
					t.Fatalf("the child has the effect %s and its parent has not", e)
				}
			}
			for _, address := range []string{"198.51.100.7", "198.51.100.8", "198.51.100.129", "198.51.100.131"} {
				target := warrant.Target{Kind: warrant.Address, Value: address}
				reaches := func(x *warrant.Warrant) bool {
					return slices.ContainsFunc(x.Scope.Targets, func(o warrant.Target) bool { return o.Holds(target) })
				}
				if reaches(&b) && !reaches(a) {
					t.Fatalf("the child reaches %s and its parent does not", address)
				}
			}
		}
	})
	if narrower == both || both == 0 {
		t.Errorf("%d narrower, %d of them the same: one was not tried", narrower, both)
	}
}

func TestStops(t *testing.T) {
	w := must(warranttest.New(trust.State))(t)
	d := paper.DigestOf([]byte("warrant"))
	now := warranttest.Now
	for name, c := range map[string]struct {
		payloadType string
		v           any
		by          []string
		want        bool
	}{
		"one member suspends":      {warrant.SuspensionType, warrant.Suspension{At: now, Until: now + 86400, Reason: "r", Warrant: d}, []string{"member-4"}, true},
		"the hub suspends":         {warrant.SuspensionType, warrant.Suspension{At: now, Until: now + 86400, Reason: "r", Warrant: d}, []string{"hub"}, false},
		"the minister suspends":    {warrant.SuspensionType, warrant.Suspension{At: now, Until: now + 86400, Reason: "r", Warrant: d}, []string{"minister"}, false},
		"one member revokes":       {warrant.RevocationType, warrant.Revocation{At: now, Reason: "r", Warrant: d}, []string{"member-4"}, false},
		"the lock revokes":         {warrant.RevocationType, warrant.Revocation{At: now, Reason: "r", Warrant: d}, []string{"member-4", "member-1", "member-5"}, true},
		"before the key's time":    {warrant.RevocationType, warrant.Revocation{At: now - 400*86400, Reason: "r", Warrant: d}, []string{"member-4", "member-1", "member-5"}, false},
		"another paper altogether": {warrant.Type, w.PoliceWarrant(), []string{"member-4", "member-1", "member-5"}, false},
	} {
		e := must(paper.Seal(c.payloadType, c.v))(t)
		for _, n := range c.by {
			if err := e.Add(w.Signer(n)); err != nil {
				t.Fatal(err)
			}
		}
		s, l := warrant.VerifyStop(e, w.View, w.Police)
		if (s != nil) != c.want || (len(l) == 0) != c.want {
			t.Errorf("%s: %v", name, unmet.List(l))
		}
	}
	for name, v := range map[string]any{
		"longer than a day":  warrant.Suspension{At: now, Until: now + 86401, Reason: "r", Warrant: d},
		"backwards":          warrant.Suspension{At: now, Until: now, Reason: "r", Warrant: d},
		"without reason":     warrant.Suspension{At: now, Until: now + 1, Reason: " ", Warrant: d},
		"revoked, no reason": warrant.Revocation{At: now, Warrant: d},
	} {
		if _, err := paper.Seal(warrant.SuspensionType, v); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func FuzzCheck(f *testing.F) {
	w := must(warranttest.New(trust.State))(f)
	for _, x := range []*warrant.Warrant{w.CollectionWarrant(), w.PoliceWarrant(), urgent(w)} {
		f.Add(must(paper.Marshal(x))(f), uint8(1))
	}
	in := must(w.Input(must(w.Seal(w.CollectionWarrant()))(f)))(f)
	f.Fuzz(func(t *testing.T, payload []byte, depth uint8) {
		e := &paper.Envelope{PayloadType: warrant.Type, Payload: payload}
		for _, n := range []string{"member-1", "member-2", "member-3", "minister"} {
			if err := e.Add(w.Signer(n)); err != nil {
				t.Fatal(err)
			}
		}
		c := in
		c.Chain = slices.Repeat([]*paper.Envelope{e}, int(depth%5))
		if v, l := warrant.Check(c); (v == nil) == (len(l) == 0) {
			t.Fatalf("%v with %v", v, l)
		}
	})
}
