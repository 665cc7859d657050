package verify_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// alter verifies the life with an entry of a log exchanged, in public.
func alter(t *testing.T, m *verifytest.Made, l *verifytest.Log, i int, e func(x *trial) *verifytest.Entry) []string {
	t.Helper()
	x := &trial{Made: m, rng: rand.New(rand.NewPCG(5, 6)), out: m.Export.Clone()}
	x.again(l, i, e(x))
	o := ask(m, nil)
	o.FS, o.Mode = x.out, verify.Public
	r := run(t, o)
	list := codes(r, l.Origin, i)
	if len(list) == 0 && !r.Right {
		t.Errorf("another entry is told: %s", shown(r))
	}
	return list
}

// first is the first entry of a class.
func first(l *verifytest.Log, c proof.Class) int {
	return slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Class == c })
}

// TestInvariant01_AnActWithoutAWarrantIsSeenByAll: nobody needs an inspector's keys to see
// that an opened act names no warrant.
func TestInvariant01_AnActWithoutAWarrantIsSeenByAll(t *testing.T) {
	m := life(t)
	i := first(m.Acts, proof.Query)
	got := alter(t, m, m.Acts, i, func(*trial) *verifytest.Entry {
		e := *m.Acts.Entries[i]
		e.Warrant = ""
		return &e
	})
	if !slices.Equal(got, []string{"warrant-none"}) {
		t.Errorf("an act without a warrant: %v", got)
	}
}

// TestAWarrantOnARefusal: what a warrant calls its decision permits, and what it calls its
// application asks. A refusal in the right place is no decision.
func TestAWarrantOnARefusal(t *testing.T) {
	m := life(t)
	l := m.Decisions
	w := first(l, proof.Warrant)
	for class, want := range map[proof.Class]string{
		proof.Refusal: "decision-class", proof.Inspection: "decision-class", proof.Approval: "", proof.PartialApproval: "", proof.Extension: "",
	} {
		x := &trial{Made: m, rng: rand.New(rand.NewPCG(5, 6)), out: m.Export.Clone()}
		i := first(l, proof.Decision)
		e := x.like(l, i, class, nil)
		x.again(l, i, e)
		o := ask(m, nil)
		o.FS = x.out
		got := codes(run(t, o), l.Origin, w)
		if got := slices.Contains(got, "decision-class"); got != (want != "") {
			t.Errorf("a warrant that rests on an entry of class %s: %v", class, got)
		}
	}
	x := &trial{Made: m, rng: rand.New(rand.NewPCG(5, 6)), out: m.Export.Clone()}
	i := first(l, proof.Application)
	x.again(l, i, x.harmless(l, i))
	o := ask(m, nil)
	o.FS = x.out
	if got := codes(run(t, o), l.Origin, w); !slices.Equal(got, []string{"application-class"}) {
		t.Errorf("a warrant that nobody asked for: %v", got)
	}
}

// TestAWarrantRecordedAgain: a keeper who did not hear that the first record was taken
// records a warrant once more. What was done in between stays right.
func TestAWarrantRecordedAgain(t *testing.T) {
	m := life(t)
	l := m.Decisions
	given := l.Entries[first(l, proof.Warrant)]
	for name, c := range map[string]struct {
		signers []string
		want    []string
	}{
		"as it was":                {[]string{"member-1", "member-2", "member-3"}, nil},
		"by another member":        {[]string{"member-1", "member-2", "member-4"}, nil},
		"without enough of a lock": {[]string{"member-1", "member-2"}, []string{"warrant"}},
	} {
		w := open[warrant.Warrant](l, first(l, proof.Warrant), warrant.Type)
		x := &trial{Made: m, rng: rand.New(rand.NewPCG(7, 8)), out: m.Export.Clone()}
		last := len(l.Entries) - 1
		e := x.Entry(l, l.Entries[last].At, proof.Warrant, given.Paper, m.Seal(warrant.Type, w, c.signers...))
		x.again(l, last, e)
		o := ask(m, nil)
		o.FS = x.out
		r := run(t, o)
		if got := codes(r, l.Origin, last); !slices.Equal(got, c.want) || r.Flaws != int64(len(c.want)) {
			t.Errorf("%s: %v; %s", name, got, shown(r))
		}
	}
}

// TestInvariant02_AWordMadeUpAfterwards: a commission that was silent signs its words
// later, dated back, so that windows opened in the silence look permitted.
func TestInvariant02_AWordMadeUpAfterwards(t *testing.T) {
	m := life(t)
	for late, right := range map[paper.Time]bool{20: true, 200: false} {
		out, l := m.Export.Clone(), m.Decisions.Clone()
		for i, e := range l.Entries {
			if e.Class != proof.Liveness {
				continue
			}
			s := open[liveness.Statement](m.Decisions, i, liveness.Type)
			s.Time -= late
			n := m.Entry(l, e.At, proof.Liveness, "", m.Seal(liveness.Type, s, "liveness"))
			n.Key = e.Key
			out.Remove(l.Dir() + "content/" + strings.TrimPrefix(string(e.Content), "sha256:"))
			if err := l.Replace(i, n); err != nil {
				t.Fatal(err)
			}
		}
		l.Write(out, 0)
		o := ask(m, nil)
		o.FS = out
		r := run(t, o)
		told := slices.ContainsFunc(r.List, func(f *verify.Flaw) bool { // at the end no word comes at all
			e := m.Acts.Entries[*f.Index]
			return f.Code == "grant-open" && e.At < m.End-300 && e.Warrant != m.Revoked
		})
		if told == right || right != r.Right {
			t.Errorf("words that came into the log %d s late: %s", late, shown(r))
		}
	}
}
