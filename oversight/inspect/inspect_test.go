package inspect_test

import (
	"context"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/folder"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
	"github.com/noroshi-acd/noroshi/oversight/inspect"
)

// busy is an office with decided applications, one of them refused by machine, and how
// many entries its log has.
func busy(t *testing.T) (*authoritytest.Office, int64) {
	t.Helper()
	w, err := authoritytest.NewWitnesses(4, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	c, err := authoritytest.NewCountry(func(x *warranttest.World) { // whose root knows these witnesses
		for i, known := range w.Asked() {
			x.Root.Witnesses.Keys[i].Key = known.Key
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Open(t.Context(), t.TempDir(), w, authoritytest.Options{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	var last int64
	for n := range 6 {
		a := f.Collection(n, f.Now())
		if n == 5 {
			a.Findings = a.Findings[:1]
		}
		e, err := f.Sign(a)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Desk.Submit(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		if last = r.Index + 1; n == 5 {
			break
		}
		for m := 1; m <= 3; m++ {
			p := decision.Approve
			if n == 3 {
				p = decision.Refuse
			}
			v, err := f.Vote(r.Digest, m, p, f.Now())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Desk.Vote(t.Context(), v); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Desk.Decide(t.Context(), r.Digest, authority.Manner{}); err != nil {
			t.Fatal(err)
		}
	}
	return f, last + 1
}

func inspector(f *authoritytest.Office, l inspect.Log) *inspect.Inspector {
	return &inspect.Inspector{Log: l, Lang: i18n.EN, View: func(paper.Time) *trust.View { return f.View }, Rules: f.Evaluator}
}

// TestInvariant28_DecisionsAreDoneAgain: every entry is opened and every decision comes to
// the same again; a decision that the votes do not bear out is found, whoever recorded it.
func TestInvariant28_DecisionsAreDoneAgain(t *testing.T) {
	f, size := busy(t)
	lie := &decision.Decision{}
	var honest int64 = -1
	for i := range size {
		o, payload, err := f.Log.Read(i)
		if err != nil {
			t.Fatal(err)
		}
		if o.Entry.Class == proof.Refusal && honest < 0 {
			e, err := paper.ParseEnvelope(payload)
			if err != nil {
				t.Fatal(err)
			}
			if e.Open(decision.Type, lie) == nil {
				honest = i
			}
		}
	}
	if honest < 0 {
		t.Fatal("nobody refused anything")
	}
	g := decision.Whole(f.Collection(3, f.Now()))
	lie.Outcome, lie.Grant = decision.Approve, &g // the three refused
	e, err := paper.Seal(decision.Type, lie)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := e.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.Log.Append(t.Context(), ledger.Act{Entry: proof.Entry{Class: proof.Approval, Paper: e.Digest(), Role: "member", Instrument: "lab/collection"}, Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	x := inspector(f, f.Log)
	lines, err := x.List(t.Context(), 0, at+1)
	if err != nil {
		t.Fatal(err)
	}
	var all []int64
	for _, l := range lines {
		all = append(all, l.Index)
		if l.Verdict != act.Right || l.Entry.Class == "" {
			t.Errorf("%+v", l)
		}
	}
	found, err := x.Look(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range found {
		if n.Check() != nil {
			t.Errorf("%+v cannot stand", n)
		}
		if want := n.Place.Index == at; (n.Verdict == act.Wrong) != want {
			t.Errorf("%+v", n)
		}
	}
}

// withheld is a log whose keeper opens some entries to nobody.
type withheld struct {
	inspect.Log
	but map[int64]bool
}

func (w withheld) Read(index int64) (*proof.Opened, []byte, error) {
	if w.but[index] {
		return nil, nil, folder.Wrong(fault.Permission, "sealed", fault.Place{}, nil)
	}
	return w.Log.Read(index)
}

// TestInvariant28_WithholdingIsAFinding: a keeper that opens nothing of what was drawn is
// named at each entry; one that hides a vote cannot have its decision found right.
func TestInvariant28_WithholdingIsAFinding(t *testing.T) {
	f, size := busy(t)
	c, secret, err := inspect.Commit(f.Log.Origin(), 0, size, 8, f.Now())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	signed, err := f.Log.Await(ctx, size-1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := inspect.Reveal(c, paper.DigestOf(nil), secret, f.Log, signed.Size); err == nil {
		t.Error("a tree that nobody has cosigned was drawn with")
	}
	r, drawn, err := inspect.Reveal(c, paper.DigestOf(nil), secret, f.Log, 7)
	if err != nil || r.Size != 8 {
		t.Fatal(r.Size, err)
	}
	if again, err := act.Draw(c, r); err != nil || len(again) != 8 {
		t.Errorf("%v %v", again, err)
	}
	hidden := map[int64]bool{}
	for _, i := range drawn {
		hidden[i] = true
	}
	x := inspector(f, withheld{f.Log, hidden})
	if _, err := x.List(t.Context(), 0, size); err != nil {
		t.Fatal(err)
	}
	found, err := x.Look(t.Context(), drawn)
	if err != nil || len(found) != 8 {
		t.Fatal(found, err)
	}
	for _, n := range found {
		if n.Verdict != act.Refused || n.Text == "" {
			t.Errorf("%+v", n)
		}
	}
	// one vote hidden: the decision that rests on it is not found right
	for i := range size {
		o, _, err := f.Log.Read(i)
		if err != nil || o.Entry.Class != proof.Vote {
			continue
		}
		x := inspector(f, withheld{f.Log, map[int64]bool{i: true}})
		if _, err := x.List(t.Context(), 0, size); err != nil {
			t.Fatal(err)
		}
		bad := 0
		for j := range size {
			list, err := x.Look(t.Context(), []int64{j})
			if err != nil {
				t.Fatal(err)
			}
			if list[0].Verdict == act.Wrong {
				bad++
			}
		}
		if bad != 1 {
			t.Errorf("vote %d hidden: %d findings", i, bad)
		}
		break
	}
}

// TestInvariant28_NoVoteIsLeftOut: a decision that names the vote which a member has
// replaced, and leaves out the one in its place, is found.
func TestInvariant28_NoVoteIsLeftOut(t *testing.T) {
	f, _ := busy(t)
	sign := func(e *paper.Envelope, err error) *paper.Envelope {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	a := f.Collection(9, f.Now())
	r, err := f.Desk.Submit(t.Context(), sign(f.Sign(a)))
	if err != nil {
		t.Fatal(err)
	}
	var cast []*paper.Envelope
	for m, p := range []decision.Position{decision.Approve, decision.Approve, decision.Approve, decision.Refuse} {
		v := sign(f.Vote(r.Digest, min(m+1, 3), p, f.Now(), func(v *decision.Vote) {
			if m == 3 {
				v.Replaces = cast[2].Digest()
			}
		}))
		if _, err := f.Desk.Vote(t.Context(), v); err != nil {
			t.Fatal(err)
		}
		cast = append(cast, v)
	}
	if _, err := f.Desk.Decide(t.Context(), r.Digest, authority.Manner{}); err == nil {
		t.Fatal("two of three needed were enough")
	}
	// What a dishonest desk would write: the third vote as if it had not been replaced.
	e := f.Evaluator(a.Rules)
	m := decision.Matter{Application: a, Digest: r.Digest, Lock: e.Rules().Roles.Locks[0], View: f.View, At: f.Now()}
	lie, ok := decision.Decide(m, decision.Tally(m, cast[:3]), nil)
	if !ok || len(decision.Verify(lie, m, cast[:3])) > 0 {
		t.Fatal("the lie does not bear itself out")
	}
	sealed := sign(paper.Seal(decision.Type, lie))
	payload, err := sealed.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.Log.Append(t.Context(), ledger.Act{Entry: proof.Entry{Class: proof.Approval, Paper: sealed.Digest(), Role: "member", Instrument: "lab/collection"}, Payload: payload})
	if err != nil {
		t.Fatal(err)
	}
	x := inspector(f, f.Log)
	if _, err := x.List(t.Context(), 0, at+1); err != nil {
		t.Fatal(err)
	}
	found, err := x.Look(t.Context(), []int64{at})
	if err != nil || len(found) != 1 || found[0].Verdict != act.Wrong {
		t.Errorf("%+v %v", found, err)
	}
}
