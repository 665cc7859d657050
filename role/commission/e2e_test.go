package commission_test

import (
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/authority/wire"
	"github.com/noroshi-acd/noroshi/internal/store/storetest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// life takes one application through: applied for, voted on, decided, its warrant signed,
// recorded, live, revoked and gone. look is called between the steps.
func (n *nation) life(i string, look func(when string)) paper.Digest {
	n.t.Helper()
	ctx, who := n.t.Context(), n.people()
	cabinet, member := n.client("cabinet"), n.client("m1")
	bring := func(c *wire.Client, e *paper.Envelope, err error) *wire.Receipt {
		n.t.Helper()
		if err != nil {
			n.t.Fatal(err)
		}
		r, err := c.Bring(ctx, e)
		if err != nil {
			n.t.Fatalf("%s: %v", e.PayloadType, err)
		}
		if len(r.Lacks) > 0 || r.Index < 0 {
			n.t.Fatalf("%s lacks %v", e.PayloadType, r.Lacks)
		}
		return r
	}
	e, err := n.application(i, who["pm"])
	applied := bring(cabinet, e, err)
	about := e.Digest()
	look("after the application")
	for _, m := range []string{"m1", "m2", "m3"} {
		v, err := vote(about, m, decision.Approve, who[m])
		bring(member, v, err)
	}
	look("after the votes")
	decided, err := member.Decide(ctx, wire.Decide{Application: about})
	if err != nil {
		n.t.Fatal(err)
	}
	w, err := permit(ctx, member, about, "w/"+i, who["m1"], who["m2"], who["m3"])
	issued := bring(member, w, err)
	look("after the warrant")
	if applied.Index >= decided.Index || decided.Index >= issued.Index {
		n.t.Errorf("the places in the log are %d, %d, %d", applied.Index, decided.Index, issued.Index)
	}
	n.until("the warrant is live", func(s *wire.State) bool { return standing(s, w.Digest()) == stage.Live })
	if r, err := member.Proof(ctx, about, issued.Index); err != nil || r.Entry.Entry.Paper != w.Digest() || r.Entry.Entry.Class != proof.Warrant {
		n.t.Errorf("the warrant's proof: %v %v", r, err)
	}
	v, err := revocation(w.Digest(), who["m1"], who["m2"], who["m4"])
	bring(member, v, err)
	look("after the revocation")
	n.until("the warrant is gone", func(s *wire.State) bool { return standing(s, w.Digest()) != stage.Live })
	return about
}

// until waits for a state of the service.
func (n *nation) until(what string, holds func(*wire.State) bool) {
	n.t.Helper()
	client := n.client("m1")
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		s, err := client.State(n.t.Context())
		if err == nil && holds(s) {
			return
		}
		if time.Now().After(end) {
			n.t.Fatalf("%s: not so: %+v %v", what, s, err)
		}
	}
}

// standing is how a warrant stands; empty when it does not.
func standing(s *wire.State, w paper.Digest) stage.State {
	for _, x := range s.Standing {
		if x.Permit.Warrant == w {
			return x.State
		}
	}
	return ""
}

// TestOneLifeOnEachEngine: the whole way of an application, by the real service in a
// process of its own over HTTPS with certificates of both sides, with the real log and four
// real witnesses, on SQLite and on PostgreSQL; then an inspection judges it again, another
// body sees nothing of it, and a stranger finds nothing wrong.
func TestOneLifeOnEachEngine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		n := found(t, dsn)
		n.serve(true)
		about := n.life("1", func(string) {})
		if list, err := n.client("police").List(t.Context(), wire.Filter{}); err != nil || len(list) != 0 {
			t.Errorf("another body sees %v, %v", list, err)
		}
		out := n.must("noroshi", "commission", "inspect", "rerun", string(about), "--line", "monitor.toml", "--law", "law")
		if !strings.Contains(out, "0 things are missing by the rules, 0 things") {
			t.Errorf("the inspection says:\n%s", out)
		}
		// Stopped in order and started again, it knows everything.
		n.stop()
		n.serve(true)
		p, err := n.client("m1").Packet(t.Context(), about)
		if err != nil {
			t.Fatal(err)
		}
		classes := []proof.Class{}
		for _, x := range p.Papers {
			classes = append(classes, x.Class)
		}
		want := []proof.Class{proof.Application, proof.Vote, proof.Vote, proof.Vote, proof.Approval, proof.Warrant, proof.Revocation}
		if got := joined(classes); got != joined(want) {
			t.Errorf("on record are %s, want %s", got, joined(want))
		}
		n.verified()
		n.agrees(dsn, nil)
	})
}

func joined(list []proof.Class) string {
	var text []string
	for _, c := range list {
		text = append(text, string(c))
	}
	return strings.Join(text, " ")
}
