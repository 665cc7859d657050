package erasure_test

import (
	"slices"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// TestInvariant08_ErasureIsProven: a body that says it has erased names the proof of each day's
// disposal in its own log; another's, a later one, another entry or another day is found.
func TestInvariant08_ErasureIsProven(t *testing.T) {
	type life struct {
		*verifytest.Made
		at    paper.Time
		place act.Place // of the proof
		data  act.Data
	}
	tests := map[string]struct {
		spoil  func(*life, *act.Redress)
		hidden bool // the proof is not open to everybody
		code   string
	}{
		"proven":                       {nil, false, ""},
		"proven to the inspector":      {nil, true, ""},
		"an entry that is no disposal": {func(l *life, r *act.Redress) { r.Disposals[0].Index = 0 }, false, "erasure-none"},
		"of another day":               {func(l *life, r *act.Redress) { r.Data[0].Day = "2020-01-01" }, false, "erasure-left"},
		"under another warrant":        {func(l *life, r *act.Redress) { r.Data[0].Warrant = l.Warrant(1) }, false, "erasure-left"},
		"of one day of two": {func(l *life, r *act.Redress) {
			r.Data = append(r.Data, act.Data{Day: "2020-01-01", Warrant: l.Warrant(0)})
		}, false, "erasure-left"},
		"by another body":    {func(l *life, r *act.Redress) { r.Body = "commission" }, false, "erasure-other"},
		"before it was done": {func(l *life, r *act.Redress) { r.At -= 3600 }, false, "erasure-other"},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := verifytest.Make(verifytest.Options{Minutes: 1, Queries: 1, Seed: "erasure"})
			if err != nil {
				t.Fatal(err)
			}
			l := &life{Made: m, at: m.End + 11}
			i := slices.IndexFunc(m.Acts.Entries, func(e *verifytest.Entry) bool { return e.Class == proof.Disposal })
			e, err := paper.ParseEnvelope(m.Acts.Entries[i].Payload)
			if err != nil {
				t.Fatal(err)
			}
			var d proof.KeyDeath
			if err := e.Open(proof.DisposalType, &d); err != nil {
				t.Fatal(err)
			}
			l.place, l.data = act.Place{Index: int64(i), Origin: m.Acts.Origin}, act.Data{Day: d.Day, Warrant: d.Warrant}
			r := &act.Redress{
				At: l.at, Body: "agency", Data: []act.Data{l.data}, Disposals: []act.Place{l.place}, Done: true, Due: l.at,
				Mistake: paper.DigestOf(nil), Outline: "what was taken by mistake is gone", Remedy: act.Erasure,
			}
			if c.spoil != nil {
				c.spoil(l, r)
			}
			m.Add(m.Decisions, l.at, proof.Redress, "", m.Seal(act.RedressType, r, "agency-1"))
			m.Decisions.Stamps = append(m.Decisions.Stamps, verifytest.Stamp{Size: int64(len(m.Decisions.Entries)), Time: l.at + 1})
			mode := verify.Public
			if c.hidden { // the public's export does not open it; a lie about it cannot be told from the truth there
				m.Acts.Entries[i].Sealed = true
			}
			m.Decisions.Write(m.Export, 0)
			m.Acts.Write(m.Export, 0)
			out, err := verify.Run(t.Context(), verify.Options{FS: m.Export, Mode: mode, Root: m.Root, Fresh: time.Hour, Now: m.End.Time().Add(time.Minute)})
			if err != nil {
				t.Fatal(err)
			}
			codes := slices.DeleteFunc(slices.Clone(out.Codes), func(n verify.CodeCount) bool {
				return c.hidden && n.Code != "erasure-none" && n.Code != "erasure-left" // one entry less is open than the period says
			})
			if c.code == "" && len(codes) > 0 || c.code != "" && (out.First == nil || out.First.Code != c.code || out.First.Class != proof.Redress) {
				t.Error(out.Verdict.EN)
			}
		})
	}
}
