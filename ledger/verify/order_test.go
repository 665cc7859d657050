package verify_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/grant"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// codes gives what is wrong with an entry.
func codes(r *verify.Report, log string, index int) (list []string) {
	for _, f := range r.List {
		if f.Log == log && f.Index != nil && *f.Index == int64(index) {
			list = append(list, f.Code)
		}
	}
	return list
}

// tie is a life in which a window of the revoked warrant is opened in a stated second, in
// the interval of the witnesses after the given one, whose checkpoint of the acts they
// saw so many seconds later than of the decisions.
func tie(t *testing.T, m *verifytest.Made, at paper.Time, interval int, later paper.Time) (*verify.Report, int) {
	t.Helper()
	x := &trial{Made: m, rng: rand.New(rand.NewPCG(3, 4)), out: m.Export.Clone()}
	l := m.Acts.Clone()
	from := l.Stamps[interval].Size
	l.Stamps[interval].Time += later
	i := slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Class == proof.Query })
	for ; int64(i) < from || l.Entries[i].Class != proof.Query; i++ {
	}
	begin := at - at%60 + 60
	o := grant.Open{
		Edge: m.World.Key("edge"), Tap: m.World.Key("tap-1"), From: begin, To: begin + 60, Link: "carrier-a/1",
		MaxBytes: 100000, MaxRecords: 1000, Nonce: warranttest.Nonce("tie"), SelectorSet: 4, Warrant: m.Revoked,
	}
	e := m.Entry(l, at, proof.GrantOpen, m.Revoked, m.Seal(grant.OpenType, o, "hub"))
	e.Key = l.Entries[i].Key
	x.out.Remove(l.Dir() + "content/" + strings.TrimPrefix(string(l.Entries[i].Content), "sha256:"))
	if err := l.Replace(i, e); err != nil {
		t.Fatal(err)
	}
	l.Write(x.out, 0)
	opts := ask(m, nil)
	opts.FS = x.out
	return run(t, opts), i
}

// TestInvariant02_PositionBreaksATie: what was recorded in the second of a revocation was
// recorded before it unless positions show otherwise; and what positions show, no clock
// undoes.
func TestInvariant02_PositionBreaksATie(t *testing.T) {
	m := life(t)
	k := slices.IndexFunc(m.Decisions.Entries, func(e *verifytest.Entry) bool { return e.Class == proof.Revocation })
	second := m.Decisions.Entries[k].At
	before := slices.IndexFunc(m.Decisions.Stamps, func(s verifytest.Stamp) bool { return s.Size > int64(k) }) // the checkpoint with it
	for _, c := range []struct {
		name     string
		at       paper.Time
		interval int // of the acts: it was written down after this checkpoint
		later    paper.Time
		stopped  bool
	}{
		{"a second before", second - 1, before - 1, 0, false},
		{"in the same second", second, before - 1, 0, false},
		{"in the same second, and witnesses had seen the revocation", second, before, 1, true},
		{"in the same second, and witnesses saw both at once", second, before, 0, false},
		{"dated before, and witnesses had seen the revocation", second - 1, before, 1, true},
		{"a second after", second + 1, before - 1, 0, true},
	} {
		r, i := tie(t, m, c.at, c.interval, c.later)
		list := codes(r, m.Acts.Origin, i)
		if got := slices.Contains(list, "stopped"); got != c.stopped || slices.Contains(list, "grant-open") {
			t.Errorf("%s: stopped %v, want %v; all that is wrong: %v", c.name, got, c.stopped, list)
		}
	}
}

// retired makes a life in which the key of member 5 went out of use half an hour before.
func retired(t *testing.T) *verifytest.Made {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 10, Queries: 46, Seed: "retired", World: func(w *warranttest.World) {
		for _, b := range w.Root.Bodies {
			for i := range b.Keys {
				if b.Keys[i].Key.Same(w.Key("member-5")) {
					b.Keys[i].Until = verifytest.Begin - 1800
				}
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestInvariant03_AnOldKeySignsNothingNew: a paper that says of itself that it is old,
// signed with a key that was in force then and is no longer, is found by the time at
// which witnesses saw its entry; so is one that says it was signed later than that.
func TestInvariant03_AnOldKeySignsNothingNew(t *testing.T) {
	m := retired(t)
	if r := run(t, ask(m, nil)); !r.Right {
		t.Fatalf("nobody used the old key: %s", shown(r))
	}
	l := m.Decisions
	of := func(c proof.Class) int {
		return slices.IndexFunc(l.Entries, func(e *verifytest.Entry) bool { return e.Class == c })
	}
	stop := func(at paper.Time, names ...string) *paper.Envelope {
		return m.Seal(warrant.RevocationType, warrant.Revocation{At: at, Reason: "the botnet is gone", Warrant: m.Revoked}, names...)
	}
	suspend := func(at paper.Time, name string) *paper.Envelope {
		return m.Seal(warrant.SuspensionType, warrant.Suspension{At: at, Until: at + 86400, Reason: "to be looked into", Warrant: m.Revoked}, name)
	}
	given := open[warrant.Warrant](l, of(proof.Warrant), warrant.Type)
	w, r := of(proof.Warrant), of(proof.Revocation)
	at := l.Entries[r].At
	for name, c := range map[string]struct {
		i     int
		class proof.Class
		paper *paper.Envelope
		want  []string
	}{
		"a warrant with the old key":           {w, proof.Warrant, m.Seal(warrant.Type, given, "member-1", "member-2", "member-5"), []string{"key-over"}},
		"a warrant with one key too many":      {w, proof.Warrant, m.Seal(warrant.Type, given, "member-1", "member-2", "member-3", "member-5"), nil},
		"a revocation of long ago":             {r, proof.Revocation, stop(verifytest.Begin-2000, "member-1", "member-2", "member-5"), []string{"key-over"}},
		"a suspension of long ago":             {r, proof.Suspension, suspend(verifytest.Begin-2000, "member-5"), []string{"key-over"}},
		"a suspension of long ago by a member": {r, proof.Suspension, suspend(verifytest.Begin-2000, "member-4"), nil},
		"a revocation of today":                {r, proof.Revocation, stop(at, "member-1", "member-2", "member-4"), nil},
		"a revocation from the future":         {r, proof.Revocation, stop(at+3600, "member-1", "member-2", "member-4"), []string{"stated-late"}},
	} {
		x := &trial{Made: m, rng: rand.New(rand.NewPCG(1, 2)), out: m.Export.Clone()}
		x.again(l, c.i, x.Entry(l, l.Entries[c.i].At, c.class, c.paper.Digest(), c.paper))
		if c.class != proof.Warrant {
			x.out = m.Export.Clone()
			x.again(l, c.i, x.like(l, c.i, c.class, c.paper))
		}
		o := ask(m, nil)
		o.FS = x.out
		got := run(t, o)
		if list := codes(got, l.Origin, c.i); !slices.Equal(list, c.want) {
			t.Errorf("%s: %v, want %v", name, list, c.want)
		}
		if len(c.want) > 0 && (got.First.Index == nil || *got.First.Index != int64(c.i)) {
			t.Errorf("%s: %s", name, shown(got))
		}
	}
}
