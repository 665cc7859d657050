package act_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

const now paper.Time = 1795309200

func drawn(t interface{ Fatal(...any) }, c act.Commitment, r act.Reveal) []int64 {
	list, err := act.Draw(c, r)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func sample(n, first, last int64) (act.Commitment, act.Reveal) {
	secret := bytes.Repeat([]byte{7}, act.SecretSize)
	return act.Commitment{At: now, First: first, Last: last, N: n, Origin: "acts.lab.example/log", Secret: paper.DigestOf(secret)},
		act.Reveal{Commitment: paper.DigestOf([]byte("c")), Root: paper.DigestOf([]byte("root")), Secret: secret, Size: last}
}

// TestInvariant28_NeitherSideChoosesTheSample: a draw is what the secret and the root give
// together. With another of either it is another; a secret that was not committed to draws
// nothing.
func TestInvariant28_NeitherSideChoosesTheSample(t *testing.T) {
	c, r := sample(20, 100, 5000)
	list := drawn(t, c, r)
	if d := cmp.Diff(list, drawn(t, c, r)); d != "" || len(list) != 20 || !slices.IsSorted(list) {
		t.Fatalf("%v %s", list, d)
	}
	later := r
	later.Root = paper.DigestOf([]byte("another root"))
	if slices.Equal(list, drawn(t, c, later)) {
		t.Error("the root of the checkpoint changes nothing: the commission alone chooses")
	}
	other := r
	other.Secret = bytes.Repeat([]byte{8}, act.SecretSize)
	if _, err := act.Draw(c, other); err == nil {
		t.Error("another secret than was committed to")
	}
	own := c
	own.Secret = paper.DigestOf(other.Secret)
	if slices.Equal(list, drawn(t, own, other)) {
		t.Error("the secret changes nothing: the log's keeper alone chooses")
	}
}

// TestInvariant28_OneDrawForACommitment: who knows the secret can choose neither another
// tree nor another root, and looks at all that was drawn and at nothing else.
func TestInvariant28_OneDrawForACommitment(t *testing.T) {
	c, r := sample(5, 100, 5000)
	const index = 41
	root := r.Root
	r.Size = index + 1
	findings := func(list []int64) (found []act.Finding) {
		for _, n := range list {
			found = append(found, act.Finding{Place: act.Place{Index: n, Origin: c.Origin}, Verdict: act.Right})
		}
		return found
	}
	right := act.Inspection{Findings: findings(drawn(t, c, r)), Sample: &r}
	for name, try := range map[string]struct {
		change func(i *act.Inspection, s *act.Reveal)
		want   act.Steered
	}{
		"the one draw":                  {func(*act.Inspection, *act.Reveal) {}, ""},
		"a later tree, and its draw":    {func(i *act.Inspection, s *act.Reveal) { s.Size++; i.Findings = findings(drawn(t, c, *s)) }, act.ByPlace},
		"an earlier tree, and its draw": {func(i *act.Inspection, s *act.Reveal) { s.Size--; i.Findings = findings(drawn(t, c, *s)) }, act.ByPlace},
		"another root, and its draw": {func(i *act.Inspection, s *act.Reveal) {
			s.Root = paper.DigestOf([]byte("of a branch"))
			i.Findings = findings(drawn(t, c, *s))
		}, act.ByRoot},
		"another secret": {func(_ *act.Inspection, s *act.Reveal) { s.Secret = bytes.Repeat([]byte{8}, act.SecretSize) }, act.BySecret},
		"one left out":   {func(i *act.Inspection, _ *act.Reveal) { i.Findings = i.Findings[1:] }, act.LeftOut},
		"one more":       {func(i *act.Inspection, _ *act.Reveal) { i.Findings = append(i.Findings, findings([]int64{4999})...) }, act.Undrawn},
		"of another log": {func(i *act.Inspection, _ *act.Reveal) { i.Findings[2].Place.Origin = "another.example/log" }, act.Undrawn},
	} {
		i, s := right, r
		i.Findings, i.Sample = slices.Clone(right.Findings), &s
		try.change(&i, &s)
		if got, _ := act.Judge(c, index, root, &i); got != try.want {
			t.Errorf("%s: %q, not %q", name, got, try.want)
		}
	}
}

// TestDrawIsFair: over many draws each entry comes about equally often; and for any
// numbers a draw has as many entries as it should, all in their range, none twice.
func TestDrawIsFair(t *testing.T) {
	const entries, draws, n = 50, 4000, 5
	count := make([]int, entries)
	for i := range draws {
		c, r := sample(n, 0, entries)
		r.Root = paper.DigestOf(fmt.Append(nil, i))
		for _, index := range drawn(t, c, r) {
			count[index]++
		}
	}
	for index, k := range count { // the mean is 400, a deviation 19
		if k < 300 || k > 500 {
			t.Errorf("entry %d was drawn %d times of %d", index, k, draws*n/entries)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, 1<<40).Draw(t, "first")
		span := rapid.Int64Range(1, 1500).Draw(t, "span")
		n := rapid.Int64Range(1, min(span, act.MaxList)).Draw(t, "n")
		c, r := sample(n, first, first+span)
		list := drawn(t, c, r)
		if int64(len(list)) != n || list[0] < first || list[n-1] >= first+span || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Fatalf("%d of %d to %d: %v", n, first, first+span, list)
		}
	})
}

// TestDrawVector: what other programs must draw. The commitment is the third entry of a log
// whose leaves are 32 bytes of 0, of 1 and of 2.
func TestDrawVector(t *testing.T) {
	c, r := sample(5, 100, 5000)
	left := tlog.NodeHash(tlog.RecordHash(make([]byte, 32)), tlog.RecordHash(bytes.Repeat([]byte{1}, 32)))
	r.Root, r.Size = proof.RootDigest(tlog.NodeHash(left, tlog.RecordHash(bytes.Repeat([]byte{2}, 32)))), 3
	if r.Root != "sha256:ba8d94b7fbcecae7b81c4c80574fe24734a6917bf9c1ecd66ff3e0c34ead4620" {
		t.Errorf("docs/spec/oversight.md says otherwise: %s", r.Root)
	}
	if d := cmp.Diff([]int64{2677, 3060, 3761, 4828, 4952}, drawn(t, c, r)); d != "" {
		t.Errorf("docs/spec/oversight.md says otherwise: %s", d)
	}
}

// TestCheck: each way in which a paper of oversight cannot stand.
func TestCheck(t *testing.T) {
	notice := act.Notice{About: []act.Place{}, Articles: []string{"66"}, At: now, Body: "agency", ID: "n", Member: "m", Outline: "x"}
	mistake := act.Mistake{At: now, Body: "agency", Due: now + 1, Found: now, ID: "e", Kind: "k", Outline: "x"}
	complaint := act.Complaint{About: act.AboutAddress, At: now, ID: "c", Lang: "ja", Text: "x", Value: "192.0.2.1"}
	redress := act.Redress{At: now, Body: "agency", Due: now + 1, Outline: "x", Paper: paper.DigestOf(nil), Remedy: act.Apology}
	opinion := act.Opinion{Application: paper.DigestOf(nil), At: now, Person: "o", Reasons: "x", Role: act.Monitor}
	erase := redress
	erase.Remedy, erase.Data = act.Erasure, []act.Data{{Day: "2026-11-22", Warrant: paper.DigestOf(nil)}}
	erased := erase
	erased.Done, erased.Disposals = true, []act.Place{{Index: 1, Origin: "o"}}
	for name, c := range map[string]struct {
		v  interface{ Check() error }
		ok bool
	}{
		"a notice":                     {notice, true},
		"a notice that says nothing":   {func() act.Notice { n := notice; n.Outline = " 。"; return n }(), false},
		"a notice without an article":  {func() act.Notice { n := notice; n.Articles = nil; return n }(), false},
		"a demand without time":        {act.Demand{Articles: []string{"67"}, At: now, Outline: "x"}, false},
		"a recommendation without":     {act.Recommendation{Articles: []string{"68"}, At: now, Outline: "x"}, true},
		"an error":                     {mistake, true},
		"an error without a clock":     {func() act.Mistake { m := mistake; m.Due = 0; return m }(), false},
		"an error of the future":       {func() act.Mistake { m := mistake; m.Found = now + 1; return m }(), false},
		"an error found before it was": {func() act.Mistake { m := mistake; m.Happened = now + 1; return m }(), false},
		"a complaint":                  {complaint, true},
		"a complaint about nothing":    {func() act.Complaint { c := complaint; c.Value = ""; return c }(), false},
		"a complaint in no language":   {func() act.Complaint { c := complaint; c.Lang = "xx"; return c }(), false},
		"an apology":                   {redress, true},
		"an apology with an amount":    {func() act.Redress { r := redress; r.Amount = 1; return r }(), false},
		"compensation without one":     {func() act.Redress { r := redress; r.Remedy = act.Compensation; return r }(), false},
		"erasure":                      {erase, true},
		"erasure of nothing":           {func() act.Redress { r := erase; r.Data = nil; return r }(), false},
		"erasure that is only said":    {func() act.Redress { r := erased; r.Disposals = nil; return r }(), false},
		"erasure that is proven":       {erased, true},
		"an apology with a proof":      {func() act.Redress { r := redress; r.Done, r.Disposals = true, erased.Disposals; return r }(), false},
		"data of no day":               {act.Data{Day: "yesterday", Warrant: paper.DigestOf(nil)}, false},
		"redress of nothing":           {func() act.Redress { r := redress; r.Paper = ""; return r }(), false},
		"an opinion":                   {opinion, true},
		"a member's opinion":           {func() act.Opinion { o := opinion; o.Role = "member"; return o }(), false},
		"an opinion without reasons":   {func() act.Opinion { o := opinion; o.Reasons = "…"; return o }(), false},
		"a finding without a word":     {act.Finding{Verdict: act.Wrong}, false},
	} {
		if err := c.v.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzOpen: what is read is written again to the same bytes.
func FuzzOpen(f *testing.F) {
	c, r := sample(5, 100, 5000)
	for _, v := range []any{c, r, act.Notice{About: []act.Place{{Index: 1, Origin: "o"}}, Articles: []string{"66"}, At: now, Body: "agency", ID: "n", Member: "m", Outline: "x"},
		act.Inspection{Articles: []string{"63"}, At: now, Body: "agency", Findings: []act.Finding{{Place: act.Place{Index: 1, Origin: "o"}, Verdict: act.Right}}, ID: "i", Member: "m", Outline: "x", Sample: &r}} {
		text, err := paper.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range []any{new(act.Commitment), new(act.Reveal), new(act.Inspection), new(act.Notice), new(act.Demand), new(act.Recommendation),
			new(act.FollowUp), new(act.Mistake), new(act.Complaint), new(act.Answer), new(act.Redress), new(act.Opinion)} {
			if paper.Unmarshal(data, v) != nil {
				continue
			}
			if back, err := paper.Marshal(v); err != nil || string(back) != string(data) {
				t.Fatalf("%q reads, and is written as %q (%v)", data, back, err)
			}
		}
	})
}
