package decision_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/application"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime/rules"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// table is an application before five members, of whom three must be for it.
type table struct {
	*authoritytest.Country
	a      *application.Application
	matter decision.Matter
}

func sit(t testing.TB) *table {
	t.Helper()
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	a := c.Collection(1, warranttest.Now)
	e, err := c.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	lock := c.Rules[a.Rules].Rules().Roles.Locks[0]
	return &table{c, a, decision.Matter{Application: a, Digest: e.Digest(), Lock: lock, View: c.View, At: warranttest.Now + 3600}}
}

// cast is a vote in short: who, what, and for a part how many links.
type cast struct {
	member int
	p      decision.Position
	links  int
}

func (x *table) vote(t testing.TB, v cast, change ...func(*decision.Vote)) *paper.Envelope {
	t.Helper()
	if v.p == decision.Partial {
		change = append(change, func(o *decision.Vote) {
			g := decision.Whole(x.a)
			g.Scope.Links = g.Scope.Links[:v.links]
			g.Scope.MaxRecords -= int64(3 - v.links) // a part is always less
			o.Grant = &g
		})
	}
	e, err := x.Vote(x.matter.Digest, v.member, v.p, warranttest.Now+60, change...)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (x *table) votes(t testing.TB, list ...cast) []*paper.Envelope {
	t.Helper()
	var all []*paper.Envelope
	for _, v := range list {
		all = append(all, x.vote(t, v))
	}
	return all
}

const (
	yes     = decision.Approve
	part    = decision.Partial
	no      = decision.Refuse
	away    = decision.Recuse
	correct = decision.Correct
)

// TestTally: rows of votes by hand, with what they come to. Member 1 presides.
func TestTally(t *testing.T) {
	x := sit(t)
	for name, c := range map[string]struct {
		k, quorum int64
		casting   bool
		votes     []cast
		want      decision.Position
	}{
		"three of five":                        {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, yes, 0}}, yes},
		"two are too few":                      {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}}, ""},
		"a recusal lowers nothing":             {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, away, 0}}, ""},
		"all recused but two":                  {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, away, 0}, {4, away, 0}, {5, away, 0}}, no},
		"three refuse":                         {3, 0, false, []cast{{1, no, 0}, {2, no, 0}, {3, no, 0}}, no},
		"split three and two":                  {3, 0, false, []cast{{1, no, 0}, {2, no, 0}, {3, yes, 0}, {4, yes, 0}, {5, yes, 0}}, yes},
		"who would give all gives the part":    {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, part, 1}}, part},
		"who gives the part does not give all": {3, 0, false, []cast{{1, part, 1}, {2, part, 1}, {3, yes, 0}}, part},
		"parts and a refusal":                  {3, 0, false, []cast{{1, part, 1}, {2, yes, 0}, {3, no, 0}}, ""},
		"a tie without the chair's vote":       {2, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, no, 0}, {4, no, 0}}, ""},
		"a tie with it":                        {2, 0, true, []cast{{1, yes, 0}, {2, yes, 0}, {3, no, 0}, {4, no, 0}}, yes},
		"a tie with the chair against":         {2, 0, true, []cast{{1, no, 0}, {2, yes, 0}, {3, yes, 0}, {4, no, 0}}, no},
		"the chair does not replace the third": {3, 0, true, []cast{{1, yes, 0}, {2, yes, 0}, {3, no, 0}, {4, no, 0}}, ""},
		"the quorum is not there":              {2, 4, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, yes, 0}}, ""},
		"corrections":                          {3, 0, false, []cast{{1, correct, 0}, {2, correct, 0}, {3, yes, 0}}, correct},
		"everybody spoke, nothing was carried": {3, 0, false, []cast{{1, yes, 0}, {2, yes, 0}, {3, no, 0}, {4, correct, 0}, {5, no, 0}}, no},
	} {
		x.matter.Lock.K, x.matter.Lock.Quorum, x.matter.Lock.CastingVote = c.k, c.quorum, c.casting
		got := decision.Tally(x.matter, x.votes(t, c.votes...))
		if got.Outcome != c.want {
			t.Errorf("%s: %q, want %q: %+v", name, got.Outcome, c.want, got)
		}
	}
}

// TestWhatIsNotCounted: nobody votes twice, for another, too late, or for more.
func TestWhatIsNotCounted(t *testing.T) {
	x := sit(t)
	first := x.vote(t, cast{1, yes, 0})
	again := x.vote(t, cast{1, no, 0})
	later := x.vote(t, cast{1, no, 0}, func(v *decision.Vote) { v.Replaces, v.At = first.Digest(), v.At+1 })
	two := x.vote(t, cast{2, yes, 0})
	if err := two.Add(x.Signer("member-3")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		votes []*paper.Envelope
		why   []string
	}{
		"two of one member":   {[]*paper.Envelope{first, again}, []string{decision.Twice, decision.Twice}},
		"one in its place":    {[]*paper.Envelope{first, later}, []string{decision.Replaced, ""}},
		"the same twice":      {[]*paper.Envelope{first, first}, []string{""}},
		"signed by two":       {[]*paper.Envelope{two}, []string{decision.Unsigned}},
		"another application": {[]*paper.Envelope{x.vote(t, cast{2, yes, 0}, func(v *decision.Vote) { v.Application = paper.DigestOf(nil) })}, []string{decision.OtherApplication}},
		"too late":            {[]*paper.Envelope{x.vote(t, cast{2, yes, 0}, func(v *decision.Vote) { v.At = x.matter.At + 1 })}, []string{decision.OutOfTime}},
		"no vote":             {[]*paper.Envelope{x.Roots[0]}, []string{decision.NoVote}},
		"more than was asked": {[]*paper.Envelope{x.vote(t, cast{2, yes, 0}, func(v *decision.Vote) {
			g := decision.Whole(x.a)
			g.Scope.MaxRecords++
			v.Position, v.Grant = decision.Partial, &g
		})}, []string{decision.Wider}},
	} {
		got := decision.Tally(x.matter, c.votes)
		seen := map[string]int{}
		for _, v := range got.Votes {
			seen[v.Why]++
		}
		want := map[string]int{}
		for _, w := range c.why {
			want[w]++
		}
		if d := cmp.Diff(want, seen); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestTallyAgainstCounting: for any votes the outcome is what counting heads on paper
// gives, in whichever order they come and however often; and whatever is decided verifies,
// and verifies no more once a vote is missing or added.
func TestTallyAgainstCounting(t *testing.T) {
	x := sit(t)
	made := map[cast]*paper.Envelope{}
	rapid.Check(t, func(t *rapid.T) {
		x.matter.Lock.K = int64(rapid.IntRange(1, 4).Draw(t, "k"))
		x.matter.Lock.CastingVote = rapid.Bool().Draw(t, "casting")
		var list []cast
		for m := 1; m <= 5; m++ {
			if p := rapid.SampledFrom([]decision.Position{"", yes, yes, part, no, away, correct}).Draw(t, "vote"); p != "" {
				v := cast{m, p, 0}
				if p == part {
					v.links = 1 + rapid.IntRange(0, 1).Draw(t, "links")
				}
				list = append(list, v)
			}
		}
		var votes []*paper.Envelope
		for _, v := range list {
			if made[v] == nil {
				made[v] = x.vote(t2(t), v)
			}
			votes = append(votes, made[v])
		}
		got := decision.Tally(x.matter, votes)
		if want := heads(x.matter.Lock, list); got.Outcome != want {
			t.Fatalf("%v with %+v: %q, counting gives %q", list, x.matter.Lock, got.Outcome, want)
		}
		random := rand.New(rand.NewPCG(uint64(len(list)), 7))
		mixed := append(append([]*paper.Envelope{}, votes...), votes...)
		random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if d := cmp.Diff(got, decision.Tally(x.matter, mixed), cmp.AllowUnexported(decision.Cast{})); d != "" {
			t.Fatalf("another order counts otherwise: %s", d)
		}
		d, ok := decision.Decide(x.matter, got, nil)
		if ok != (got.Outcome != "") {
			t.Fatal("a decision without an outcome, or none with one")
		}
		if !ok {
			return
		}
		if wrong := decision.Verify(d, x.matter, mixed); len(wrong) > 0 {
			t.Fatalf("%v", wrong)
		}
		whole := decision.Whole(x.a)
		if d.Grant != nil && !decision.Within(&whole, d.Grant) {
			t.Fatal("more was granted than asked")
		}
		if wrong := decision.Verify(d, x.matter, votes[1:]); len(wrong) == 0 {
			t.Fatal("a vote is missing, and the decision verifies")
		}
	})
}

// t2 lets a rapid test make what an ordinary one makes.
func t2(t *rapid.T) testing.TB { return fatal{TB: nil, t: t} }

type fatal struct {
	testing.TB
	t *rapid.T
}

func (f fatal) Helper()           {}
func (f fatal) Fatal(args ...any) { f.t.Fatal(args...) }

// heads counts on paper, in the words of docs/spec/decision.md.
func heads(l rules.Lock, list []cast) decision.Position {
	n := map[decision.Position]int{}
	oneLink, chair := 0, decision.Position("")
	var chairs cast
	for _, v := range list {
		n[v.p]++
		if v.p == part && v.links == 1 {
			oneLink++
		}
		if v.member == 1 {
			chair, chairs = v.p, v
		}
	}
	taking := n[yes] + n[part] + n[no] + n[correct]
	carried := func(k int, chairFor bool) bool {
		return taking > 0 && (2*k > taking || 2*k == taking && l.CastingVote && chairFor)
	}
	if taking >= int(l.K) {
		// all that is asked, then both links for fewer records, then one link
		if n[yes] >= int(l.K) && carried(n[yes], chair == yes) {
			return yes
		}
		if both := n[yes] + n[part] - oneLink; n[part] > oneLink && both >= int(l.K) && carried(both, chair == yes || chair == part && chairs.links == 2) {
			return part
		}
		if any := n[yes] + n[part]; oneLink > 0 && any >= int(l.K) && carried(any, chair == yes || chair == part) {
			return part
		}
		if carried(n[no], chair == no) {
			return no
		}
		if carried(n[correct], chair == correct) {
			return correct
		}
	}
	if len(list) == 5 {
		return no
	}
	return ""
}

func FuzzOpen(f *testing.F) {
	x := sit(f)
	for _, v := range []cast{{1, yes, 0}, {2, part, 1}, {3, no, 0}} {
		e := x.vote(f, v)
		f.Add(e.Payload)
	}
	d, _ := decision.Decide(x.matter, decision.Tally(x.matter, x.votes(f, cast{1, yes, 0}, cast{2, yes, 0}, cast{3, yes, 0})), nil)
	text, err := paper.Marshal(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, data []byte) {
		var v decision.Vote
		if paper.Unmarshal(data, &v) == nil {
			back, err := paper.Marshal(v)
			if err != nil || string(back) != string(data) || v.Check() != nil {
				t.Fatalf("%q reads, and is written as %q (%v)", data, back, err)
			}
		}
		var d decision.Decision
		if paper.Unmarshal(data, &d) == nil {
			if back, err := paper.Marshal(d); err != nil || string(back) != string(data) {
				t.Fatalf("%q reads, and is written as %q (%v)", data, back, err)
			}
		}
		e := &paper.Envelope{Payload: data, PayloadType: decision.VoteType, Signatures: []paper.Signature{}}
		if c := decision.Tally(x.matter, []*paper.Envelope{e}); c.Outcome != "" || c.Taking != 0 {
			t.Fatalf("an unsigned vote counts: %+v", c)
		}
	})
}

// TestVectors: what other programs must come to.
func TestVectors(t *testing.T) {
	x := sit(t)
	x.a.Profile, x.a.Rules = paper.DigestOf([]byte("profile")), paper.DigestOf([]byte("rules"))
	e, err := x.Sign(x.a)
	if err != nil {
		t.Fatal(err)
	}
	x.matter.Digest = e.Digest()
	votes := x.votes(t, cast{1, yes, 0}, cast{2, yes, 0}, cast{3, part, 1})
	d, ok := decision.Decide(x.matter, decision.Tally(x.matter, votes), nil)
	if !ok {
		t.Fatal("undecided")
	}
	got, err := paper.DigestAs(decision.Type, d)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string][2]paper.Digest{
		"application": {x.matter.Digest, vectorApplication}, "vote": {votes[0].Digest(), vectorVote}, "decision": {got, vectorDecision},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %s, docs/spec/decision.md says %s", what, c[0], c[1])
		}
	}
}

const (
	vectorApplication paper.Digest = "sha256:e90bf0b65d18d8551c0a0f7b0a248255ba57a908f9b6db04e032ee28727ac716"
	vectorVote        paper.Digest = "sha256:bf0ffa887add31c93c556823baf296d0215cf2e0a3b08fd94f75a2489e86a987"
	vectorDecision    paper.Digest = "sha256:54ba968b16168a6cdc697ff672e3bc815bbf1289f86b3eee0af712f4f99bdfad"
)
