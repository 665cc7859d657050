package verify_test

import (
	"bytes"
	"cmp"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// rootAt is the root of the first leaves of a log: the slow way, pair by pair.
func rootAt(leaves []tlog.Hash) tlog.Hash {
	if len(leaves) == 1 {
		return leaves[0]
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(rootAt(leaves[:k]), rootAt(leaves[k:]))
}

// sampled is a life at whose end the commission draws a sample of the log of acts.
type sampled struct {
	*verifytest.Made
	at         paper.Time
	secret     []byte
	commitment *paper.Envelope
	index      int64
	leaves     []tlog.Hash
}

// commit makes a life, and the commitment behind it.
func commit(t *testing.T) *sampled {
	t.Helper()
	return commitTo(t, "", 0, 20)
}

// commitTo is commit to entries of a log; of the log of acts where none is named.
func commitTo(t *testing.T, origin string, first, last int64) *sampled {
	t.Helper()
	m, err := verifytest.Make(verifytest.Options{Minutes: 2, Seed: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	s := &sampled{Made: m, at: m.End + 5, secret: bytes.Repeat([]byte{7}, act.SecretSize), index: int64(len(m.Decisions.Entries))}
	s.commitment = m.Seal(act.CommitmentType, act.Commitment{At: s.at, First: first, Last: last, N: 4, Origin: cmp.Or(origin, m.Acts.Origin), Secret: paper.DigestOf(s.secret)}, "member-1")
	m.Add(m.Decisions, s.at, proof.Sample, "", s.commitment)
	for _, e := range m.Decisions.Entries {
		leaf, err := e.Entry.Commit(e.Key)
		if err != nil {
			t.Fatal(err)
		}
		s.leaves = append(s.leaves, leaf.Hash())
	}
	return s
}

// reveal draws by the tree of some size.
func (s *sampled) reveal(size int64) act.Reveal {
	return act.Reveal{Commitment: s.commitment.Digest(), Root: proof.RootDigest(rootAt(s.leaves[:size])), Secret: s.secret, Size: size}
}

// inspect adds an inspection of what a reveal draws.
func (s *sampled) inspect(t *testing.T, r act.Reveal, spoil func(*act.Inspection)) {
	t.Helper()
	var c act.Commitment
	if err := s.commitment.Open(act.CommitmentType, &c); err != nil {
		t.Fatal(err)
	}
	i := act.Inspection{Articles: []string{"63"}, At: s.at, Body: "agency", Findings: []act.Finding{}, ID: "i/1", Member: "person/member-1", Outline: "four entries", Sample: &r}
	list, err := act.Draw(c, r)
	for _, n := range list {
		i.Findings = append(i.Findings, act.Finding{Place: act.Place{Index: n, Origin: s.Acts.Origin}, Verdict: act.Right})
	}
	if spoil(&i); err != nil {
		t.Fatal(err)
	}
	s.Add(s.Decisions, s.at, proof.Inspection, "", s.Seal(act.InspectionType, i, "member-1"))
}

// verify writes the life and has it verified some days later.
func (s *sampled) verify(t *testing.T, days paper.Time) *verify.Report {
	t.Helper()
	s.Decisions.Stamps = append(s.Decisions.Stamps, verifytest.Stamp{Size: int64(len(s.Decisions.Entries)), Time: s.at + 5})
	s.Decisions.Write(s.Export, 0)
	r, err := verify.Run(t.Context(), verify.Options{FS: s.Export, Mode: verify.Public, Root: s.Root, Now: (s.at + 10 + days*86400).Time()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestInvariant28_ASteeredSampleIsNamed: the verifier draws again by the one tree of the
// commitment, and names whoever drew by another, left something out or looked elsewhere.
func TestInvariant28_ASteeredSampleIsNamed(t *testing.T) {
	none := func(*act.Inspection) {}
	for name, try := range map[string]struct {
		reveal func(s *sampled) act.Reveal
		spoil  func(*act.Inspection)
		want   string
	}{
		"the one draw":    {func(s *sampled) act.Reveal { return s.reveal(s.index + 1) }, none, ""},
		"an earlier tree": {func(s *sampled) act.Reveal { return s.reveal(s.index) }, none, "sample-place"},
		"a made-up root": {func(s *sampled) act.Reveal {
			r := s.reveal(s.index + 1)
			r.Root = paper.DigestOf([]byte("a root that suits"))
			return r
		}, none, "sample-root"},
		"one left out": {func(s *sampled) act.Reveal { return s.reveal(s.index + 1) }, func(i *act.Inspection) { i.Findings = i.Findings[1:] }, "sample-short"},
		"one more": {func(s *sampled) act.Reveal { return s.reveal(s.index + 1) }, func(i *act.Inspection) {
			i.Findings = append(i.Findings, act.Finding{Place: act.Place{Index: 21, Origin: i.Findings[0].Place.Origin}, Verdict: act.Right})
		}, "sample-other"},
		"without a commitment": {func(s *sampled) act.Reveal {
			r := s.reveal(s.index + 1)
			return r
		}, func(i *act.Inspection) { i.Sample.Commitment = paper.DigestOf(nil) }, "sample-none"},
	} {
		s := commit(t)
		s.inspect(t, try.reveal(s), try.spoil)
		r := s.verify(t, 0)
		var codes []string
		for _, f := range r.List {
			codes = append(codes, f.Code)
		}
		if try.want == "" && !r.Right || try.want != "" && (!slices.Equal(codes, []string{try.want}) || *r.First.Index != s.index+1) {
			t.Errorf("%s: %v, not %s", name, codes, try.want)
		}
	}
	twice := commit(t)
	twice.inspect(t, twice.reveal(twice.index+1), none)
	twice.inspect(t, twice.reveal(twice.index+1), func(i *act.Inspection) { i.ID = "i/2" })
	if r := twice.verify(t, 0); r.Right || r.First.Code != "sample-again" {
		t.Errorf("inspected twice: %+v", r.First)
	}
}

// TestInvariant26_WhatIsOverdueIsTold: a commitment that nobody drew by, and an error to
// which nobody has answered, are told once their time is over, and are no flaw; an answer
// counts when the body has signed it.
func TestInvariant26_WhatIsOverdueIsTold(t *testing.T) {
	s := commit(t)
	wrong := s.Seal(act.MistakeType, act.Mistake{At: s.at, Body: "commission", Due: s.at + 7*86400, Found: s.at, ID: "error/1", Kind: "late-step", Outline: "a step was late"})
	s.Add(s.Decisions, s.at, proof.Mistake, "", wrong) // nobody signs what the desk reports of itself
	answer := act.FollowUp{At: s.at, Body: "commission", Outline: "a second shift", Paper: wrong.Digest(), Person: "person/member-1", State: act.Done}
	s.Add(s.Decisions, s.at, proof.FollowUp, "", s.Seal(act.FollowUpType, answer, "hub"))
	begun := answer
	begun.State = act.Begun
	s.Add(s.Decisions, s.at, proof.FollowUp, "", s.Seal(act.FollowUpType, begun, "member-1"))
	owed := func(days paper.Time, want ...int64) {
		t.Helper()
		r := s.verify(t, days)
		var got []int64
		for _, o := range r.Overdue {
			got = append(got, o.Index)
		}
		if !r.Right || !slices.Equal(got, want) {
			t.Errorf("after %d days: %v, not %v; %s", days, got, want, r.Verdict.EN)
		}
		var text bytes.Buffer
		if err := r.Write(&text, i18n.JA); err != nil || bytes.Count(text.Bytes(), []byte("未回答")) != len(want) {
			t.Errorf("said: %s %v", &text, err)
		}
	}
	owed(6)
	owed(8, s.index+1)
	owed(91, s.index, s.index+1)
	s.Add(s.Decisions, s.at+5, proof.FollowUp, "", s.Seal(act.FollowUpType, answer, "member-1"))
	owed(91, s.index)
}

// TestASampleIsOfEntriesThatAreThere: who draws from entries beyond a log, or
// from a log that nobody keeps, looks at nothing, and is named.
func TestASampleIsOfEntriesThatAreThere(t *testing.T) {
	m, err := verifytest.Make(verifytest.Options{Minutes: 2, Seed: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	end, own := int64(len(m.Acts.Entries)), int64(len(m.Decisions.Entries))
	for name, try := range map[string]struct {
		origin      string
		first, last int64
		want        []string
	}{
		"all of the other log":       {m.Acts.Origin, 0, end, nil},
		"one beyond the other log":   {m.Acts.Origin, 0, end + 1, []string{"sample-range"}},
		"far beyond the other log":   {m.Acts.Origin, 1 << 40, 1<<40 + 4, []string{"sample-range"}},
		"all before the commitment":  {m.Decisions.Origin, 0, own, nil},
		"the commitment itself":      {m.Decisions.Origin, 0, own + 1, []string{"sample-range"}},
		"a log that nobody has made": {"nobody.example/log", 0, 4, []string{"sample-range"}},
	} {
		s := commitTo(t, try.origin, try.first, try.last)
		r := s.verify(t, 0)
		var codes []string
		for _, f := range r.List {
			codes = append(codes, f.Code)
		}
		if !slices.Equal(codes, try.want) || len(codes) > 0 && *r.First.Index != s.index {
			t.Errorf("%s: %v, not %v", name, codes, try.want)
		}
	}
}

// TestNobodyAnswersForAnother: what is owed ends by an answer of the kind that
// is owed, by the body that owes it, of all that is owed, once for each.
func TestNobodyAnswersForAnother(t *testing.T) {
	s := commit(t)
	demand := s.Seal(act.DemandType, act.Demand{Articles: []string{"67"}, At: s.at, Body: "agency", Due: s.at + 86400, ID: "d/1", Member: "person/member-1", Outline: "stop"}, "member-1")
	s.Add(s.Decisions, s.at, proof.Demand, "", demand)
	data := []act.Data{{Day: "2026-11-20", Warrant: paper.DigestOf([]byte("w"))}, {Day: "2026-11-21", Warrant: paper.DigestOf([]byte("w"))}}
	owe := act.Redress{At: s.at, Body: "commission", Data: data, Due: s.at + 86400, Outline: "to be erased", Paper: paper.DigestOf(nil), Remedy: act.Erasure}
	s.Add(s.Decisions, s.at, proof.Redress, "", s.Seal(act.RedressType, owe, "member-1"))
	sorry := act.Redress{At: s.at, Body: "commission", Due: s.at + 86400, Outline: "sorry", Paper: paper.DigestOf(nil), Remedy: act.Apology}
	s.Add(s.Decisions, s.at, proof.Redress, "", s.Seal(act.RedressType, sorry, "member-1"))
	sorry.Outline = "sorry once more"
	s.Add(s.Decisions, s.at, proof.Redress, "", s.Seal(act.RedressType, sorry, "member-1"))

	for _, d := range []paper.Digest{demand.Digest(), s.commitment.Digest()} {
		f := act.FollowUp{At: s.at, Body: "commission", Outline: "done for them", Paper: d, Person: "person/member-1", State: act.Done}
		s.Add(s.Decisions, s.at, proof.FollowUp, "", s.Seal(act.FollowUpType, f, "member-1"))
		a := act.Answer{At: s.at, Complaint: d, Member: "person/member-1", Result: act.Lawful, Text: "all is well"}
		s.Add(s.Decisions, s.at, proof.Answer, "", s.Seal(act.AnswerType, a, "member-1"))
	}
	half := owe
	half.Data, half.Disposals, half.Done = data[:1], []act.Place{{Index: 1, Origin: "sealed.example/log"}}, true
	s.Add(s.Decisions, s.at, proof.Redress, "", s.Seal(act.RedressType, half, "member-1"))
	said := sorry
	said.Done = true
	for range 2 { // one apology, written down twice
		s.Add(s.Decisions, s.at, proof.Redress, "", s.Seal(act.RedressType, said, "member-1"))
	}
	r := s.verify(t, 91)
	var got []int64
	for _, o := range r.Overdue {
		got = append(got, o.Index)
	}
	if want := []int64{s.index, s.index + 1, s.index + 2, s.index + 4}; !slices.Equal(got, want) {
		t.Errorf("overdue are %v, not %v", got, want)
	}
}
