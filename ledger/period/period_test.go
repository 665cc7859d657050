package period

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/keyring"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// list is a log in memory; the real one is counted by the tests of ledger/verify.
type list []item

type item struct {
	entry   proof.Entry
	payload any // a paper
	dead    bool
	sealed  bool
}

func (l list) Origin() string      { return "acts.example/log" }
func (l list) IsOpen(i int64) bool { return !l[i].sealed && !l[i].dead }
func (l list) Read(i int64) (*proof.Opened, []byte, error) {
	if l[i].dead {
		return nil, nil, errors.Join(errors.New("nothing"), keyring.ErrDisposed)
	}
	if l[i].payload == nil {
		return &proof.Opened{Entry: l[i].entry, Index: i}, nil, nil
	}
	e, err := paper.Seal(map[proof.Class]string{proof.Disposal: proof.DisposalType, proof.Period: proof.PeriodType}[l[i].entry.Class], l[i].payload)
	if err != nil {
		return nil, nil, err
	}
	text, err := e.Marshal()
	return &proof.Opened{Entry: l[i].entry, Index: i}, text, err
}

func query() item {
	return item{entry: proof.Entry{Class: proof.Query, Role: "acquirer", Instrument: "lab/query"}}
}

func disposal(n int64) item {
	return item{entry: proof.Entry{Class: proof.Disposal, Role: "registrar"}, payload: proof.KeyDeath{
		At: 1_795_262_400, Day: "2026-11-21", Origin: "acts.example/log", Warrant: paper.DigestOf(nil), Keys: []proof.Disposed{{Class: proof.Result, Key: paper.DigestOf(nil), N: n}},
	}}
}

func report(origin string, last int64) item {
	return item{entry: proof.Entry{Class: proof.Period, Role: "registrar"}, payload: proof.PeriodReport{
		Origin: origin, Last: last, Counts: []proof.PeriodCount{{Class: proof.Query, N: last, Role: "a"}}, Sealed: []proof.Sealed{},
	}}
}

// TestInvariant27_APeriodIsCounted: each leaf is counted once, and by what it is.
func TestInvariant27_APeriodIsCounted(t *testing.T) {
	l := list{query(), {entry: proof.Entry{Class: proof.Build, Role: "registrar"}}, query(), {dead: true}, {dead: true}, disposal(2)}
	l[2].sealed = true
	got, err := Report(t.Context(), l, 0, 6, &Reason{"investigation", "2027-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	want := &proof.PeriodReport{
		Counts: []proof.PeriodCount{
			{Class: proof.Build, N: 1, Role: "registrar"}, {Class: proof.Disposal, N: 1, Role: "registrar"},
			{Class: proof.Query, Instrument: "lab/query", N: 2, Role: "acquirer"}, {Class: proof.Result, N: 2, Role: Unknown},
		},
		Disposed: 2, Last: 6, Origin: "acts.example/log", Sealed: []proof.Sealed{{N: 1, Reason: "investigation", Until: "2027-01-01"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestNoGuess: what cannot be told makes no report, and the error says what to do in both
// languages.
func TestNoGuess(t *testing.T) {
	sealed := query()
	sealed.sealed = true
	for name, c := range map[string]struct {
		l   list
		why *Reason
	}{
		"sealed without a reason":     {list{sealed}, nil},
		"a day that is none":          {list{sealed}, &Reason{"investigation", "tomorrow"}},
		"a reason that is none":       {list{sealed}, &Reason{"", "2027-01-01"}},
		"dead of another period too":  {list{{dead: true}, disposal(2)}, nil},
		"dead of which nothing tells": {list{{dead: true}, query()}, nil},
	} {
		_, err := Report(t.Context(), c.l, 0, int64(len(c.l)), c.why)
		if err == nil {
			t.Errorf("%s: a report was made", name)
			continue
		}
		if en, ja := fault.HintIn(err, i18n.EN), fault.HintIn(err, i18n.JA); en == "" || en == ja || strings.Contains(en+ja, "ledger.hint") {
			t.Errorf("%s: hints %q and %q", name, en, ja)
		}
	}
}

func TestNext(t *testing.T) {
	for name, c := range map[string]struct {
		l    list
		want int64
	}{
		"no report":                {list{query(), query()}, 0},
		"one":                      {list{query(), query(), report("acts.example/log", 2), query()}, 2},
		"two":                      {list{query(), report("acts.example/log", 1), query(), report("acts.example/log", 3)}, 3},
		"one of the other log":     {list{query(), report("acts.example/log", 1), report("decisions.example/log", 9)}, 1},
		"the other log's alone":    {list{report("decisions.example/log", 9)}, 0},
		"dead entries after it":    {list{query(), report("acts.example/log", 1), {dead: true}}, 1},
		"beyond what is published": {list{query(), report("acts.example/log", 1), query(), report("acts.example/log", 3)}[:3], 1},
	} {
		if got, err := Next(t.Context(), c.l, int64(len(c.l))); err != nil || got != c.want {
			t.Errorf("%s: %d %v, want %d", name, got, err, c.want)
		}
	}
}
