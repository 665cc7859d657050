package authority_test

import (
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority"
	"github.com/noroshi-acd/noroshi/authority/alarm"
	"github.com/noroshi-acd/noroshi/authority/decision"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/stage"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// called takes an urgent application to a decision of one member on call.
func called(b *bench) (about, urged paper.Digest) {
	b.Helper()
	r := b.submit(b.Urgent(1, b.Now()))
	_, e := b.issue(r.Digest)
	b.must(b.Desk.Vote(b.Context(), b.sealed(b.Vote(r.Digest, 2, decision.Approve, b.Now(), func(v *decision.Vote) { v.OnCall = true }))))
	got := b.must(b.Desk.Decide(b.Context(), r.Digest, authority.Manner{}))
	if l := got.Record.Life; !got.Record.OnCall || l.Stage != stage.Approved || l.Whole != b.Now()+12*3600 {
		b.Fatalf("on call %v, %+v", got.Record.OnCall, l)
	}
	return r.Digest, e.Digest()
}

// TestInvariant10_WhatThoseOnCallGrantIsTakenUpOrOver: one vote on call lets an urgent
// measure go on, until the whole body has taken it up; where it does not by its instant, all
// is over then, the lateness reports itself once, and the packet shows the clock before.
func TestInvariant10_WhatThoseOnCallGrantIsTakenUpOrOver(t *testing.T) {
	t.Run("silence", func(t *testing.T) {
		b := &bench{t, office(t, "")}
		about, urged := called(b)
		p, err := b.Desk.Packet(t.Context(), about)
		if err != nil {
			t.Fatal(err)
		}
		clocks := 0
		for _, c := range p.Clocks {
			if c.Kind == "whole-body" && c.Due == b.Now()+12*3600 {
				clocks++
			}
		}
		if clocks != 1 {
			t.Errorf("the clock of the whole body is shown %d times: %+v", clocks, p.Clocks)
		}
		b.Later(12*time.Hour - time.Second)
		if s := b.stands(urged); s != stage.Live {
			t.Errorf("before the instant it stands as %q", s)
		}
		b.Later(time.Second)
		if s := b.stands(urged); s != "" { // whether or not anybody looks at the clock
			t.Errorf("at the instant it stands as %q", s)
		}
		alarms, err := b.Desk.Tick(t.Context())
		if err != nil || len(alarms) != 1 || alarms[0].Kind != alarm.WholeUntaken || alarms[0].Warrant != urged {
			t.Fatalf("%+v %v", alarms, err)
		}
		if o, _, err := b.Log.Read(alarms[0].Index); err != nil || o.Entry.Class != proof.Mistake || o.Entry.Warrant != urged {
			t.Errorf("the error is recorded as %+v, %v", o, err)
		}
		if again, err := b.Desk.Tick(t.Context()); err != nil || len(again) > 0 {
			t.Errorf("again: %+v %v", again, err)
		}
		r, err := b.Desk.Get(t.Context(), about)
		if err != nil || r.Life.Stage != stage.Expired {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("confirmed", func(t *testing.T) {
		b := &bench{t, office(t, "")}
		about, urged := called(b)
		if _, err := b.Desk.Decide(t.Context(), about, authority.Manner{}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("those on call took up what they decided themselves: %v", err)
		}
		for _, n := range []int{1, 3} {
			b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(about, n, decision.Approve, b.Now()))))
		}
		r := b.must(b.Desk.Decide(t.Context(), about, authority.Manner{}))
		if o, _, err := b.Log.Read(r.Index); err != nil || o.Entry.Class != proof.Decision || r.Record.OnCall || r.Record.Life.Whole != 0 {
			t.Errorf("%+v %v, %+v", o, err, r.Record.Life)
		}
		b.Later(13 * time.Hour)
		if alarms, err := b.Desk.Tick(t.Context()); err != nil || len(alarms) > 0 || b.stands(urged) != stage.Live {
			t.Errorf("%+v %v, it stands as %q", alarms, err, b.stands(urged))
		}
	})
	t.Run("refused", func(t *testing.T) {
		b := &bench{t, office(t, "")}
		about, urged := called(b)
		for _, n := range []int{1, 3, 4} {
			b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(about, n, decision.Refuse, b.Now()))))
		}
		r := b.must(b.Desk.Decide(t.Context(), about, authority.Manner{}))
		if o, _, err := b.Log.Read(r.Index); err != nil || o.Entry.Class != proof.Refusal || r.Record.Life.Stage != stage.Refused || b.stands(urged) != "" {
			t.Errorf("%+v %v, %+v, it stands as %q", o, err, r.Record.Life, b.stands(urged))
		}
	})
}

// TestOnCallWhereItDecidesNothing: the receipt of a vote that was cast on call says when it
// counts as any other, and why; where it counts on call, it says nothing.
func TestOnCallWhereItDecidesNothing(t *testing.T) {
	b := &bench{t, office(t, "")}
	on := func(v *decision.Vote) { v.OnCall = true }
	usual := b.submit(b.Collection(1, b.Now()))
	r := b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(usual.Digest, 2, decision.Approve, b.Now(), on))))
	if r.Uncalled != decision.OrdinaryPath && r.Uncalled != decision.NoneOnCall {
		t.Errorf("on the ordinary path: %q", r.Uncalled)
	}
	if r := b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(usual.Digest, 3, decision.Approve, b.Now())))); r.Uncalled != "" {
		t.Errorf("not on call: %q", r.Uncalled)
	}
	urgent := b.submit(b.Urgent(2, b.Now()))
	if r := b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(urgent.Digest, 3, decision.Refuse, b.Now(), on)))); r.Uncalled != decision.NotApproving {
		t.Errorf("a refusal on call: %q", r.Uncalled)
	}
	if r := b.must(b.Desk.Vote(t.Context(), b.sealed(b.Vote(urgent.Digest, 2, decision.Approve, b.Now(), on)))); r.Uncalled != "" {
		t.Errorf("on call: %q", r.Uncalled)
	}
}
