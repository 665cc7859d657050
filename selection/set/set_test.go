package set_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/selection/set"
)

const now = warranttest.Now

// world is a country with a live warrant of collection whose criteria are
// "dst in {192.0.2.0/24} and dst_port in {443} or tls.sni in {*.bad.example}".
type world struct {
	*warranttest.World
	testing.TB
	verified *warrant.Verified
	in       warrant.Input
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w, err := warranttest.New(trust.Lab)
	if err != nil {
		t.Fatal(err)
	}
	e, err := w.Seal(w.CollectionWarrant())
	if err != nil {
		t.Fatal(err)
	}
	in, err := w.Input(e)
	if err != nil {
		t.Fatal(err)
	}
	v, list := warrant.Check(in)
	if len(list) > 0 {
		t.Fatal(list)
	}
	return &world{w, t, v, in}
}

// selectors are right.
func selectors() []set.Selector {
	one := func(id set.ID, terms ...set.Term) set.Selector {
		return set.Selector{Expires: now + 86400, ID: id, Owner: "officer/sato", Reason: "C2 of the campaign, seen in case 1", Terms: terms}
	}
	return []set.Selector{
		one(1, set.Term{Field: set.Dst, Value: "192.0.2.7"}, set.Term{Field: set.DstPort, Value: "443"}),
		one(2, set.Term{Field: set.Dst, Value: "192.0.2.64/26"}, set.Term{Field: set.DstPort, Value: "443"}, set.Term{Field: set.Finding, Value: "beacon:high"}),
		one(5, set.Term{Field: set.SNI, Value: "c2.bad.example"}),
		one(6, set.Term{Field: set.JA4, Value: "t13d1516h2_8daaf6152771_e5627efa2ab1"}, set.Term{Field: set.SNI, Value: "*.cdn.bad.example"}),
	}
}

// input is a set of these selectors that is right.
func (w *world) input(list []set.Selector, change ...func(*set.Set)) set.Input {
	w.Helper()
	s, pages, err := set.New(4, now-60, w.verified.Digest, list)
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range change {
		f(s)
	}
	e, err := paper.Seal(set.Type, s, w.Signer("hub"))
	if err != nil {
		w.Fatal(err)
	}
	return set.Input{
		Envelope: e, Page: func(i int) ([]byte, error) { return pages[i], nil }, Warrant: w.verified, View: w.View, Liveness: w.in.Liveness,
		Position: &proof.Position{Origin: warranttest.Acts, Index: 3, Size: 9}, Earlier: 3, Clock: w.in.Clock,
	}
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	var got []set.ID
	v, list := set.Verify(w.input(selectors()), func(s *set.Selector) { got = append(got, s.ID) })
	if len(list) > 0 {
		t.Fatal(list)
	}
	if !slices.Equal(got, []set.ID{1, 2, 5, 6}) || v.Set().Number != 4 || v.First() != w.verified.Chain[0] || v.Position().Index != 3 {
		t.Errorf("%v %+v", got, v)
	}
	if v, list := set.Verify(w.input(nil), nil); v == nil {
		t.Errorf("an empty set keeps nothing, and is one: %v", list)
	}
}

// TestInvariant18_EverySelectorIsHeldAgainstTheWarrant: each fault refuses the set, and
// names page, selector and field.
func TestInvariant18_EverySelectorIsHeldAgainstTheWarrant(t *testing.T) {
	w := newWorld(t)
	term := func(f set.Field, v string) []set.Term { return []set.Term{{Field: f, Value: v}} }
	and443 := func(v string) []set.Term {
		return []set.Term{{Field: set.Dst, Value: v}, {Field: set.DstPort, Value: "443"}}
	}
	for name, tt := range map[string]struct {
		spoil func(*set.Selector)
		code  set.Code
		field string
	}{
		"no reason":                    {func(s *set.Selector) { s.Reason = " – " }, set.NoReason, "reason"},
		"over when made":               {func(s *set.Selector) { s.Expires = now - 60 }, set.BadExpiry, "expires"},
		"outlives the warrant":         {func(s *set.Selector) { s.Expires = now + 31*86400 }, set.BadExpiry, "expires"},
		"id twice":                     {func(s *set.Selector) { s.ID = 2 }, set.BadOrder, "id"},
		"no terms":                     {func(s *set.Selector) { s.Terms = []set.Term{} }, set.BadTerms, "terms"},
		"five terms":                   {func(s *set.Selector) { s.Terms = slices.Repeat(and443("192.0.2.7"), 3)[:5] }, set.BadTerms, "terms"},
		"terms out of order":           {func(s *set.Selector) { slices.Reverse(s.Terms) }, set.BadTerms, "dst"},
		"a term twice":                 {func(s *set.Selector) { s.Terms = append(s.Terms, s.Terms[1]) }, set.BadTerms, "dst_port"},
		"no field":                     {func(s *set.Selector) { s.Terms = term("payload", "x") }, set.BadField, "payload"},
		"a field of criteria only":     {func(s *set.Selector) { s.Terms = term("src_bytes", "1") }, set.BadField, "src_bytes"},
		"a range of ports":             {func(s *set.Selector) { s.Terms[1].Value = "1-443" }, set.BadValue, "dst_port"},
		"a port beyond":                {func(s *set.Selector) { s.Terms[1].Value = "65536" }, set.BadValue, "dst_port"},
		"leading zero":                 {func(s *set.Selector) { s.Terms[1].Value = "0443" }, set.BadValue, "dst_port"},
		"address spelt otherwise":      {func(s *set.Selector) { s.Terms = and443("192.0.2.7/32") }, set.BadValue, "dst"},
		"prefix with bits behind":      {func(s *set.Selector) { s.Terms = and443("192.0.2.7/24") }, set.BadValue, "dst"},
		"IPv4 in IPv6":                 {func(s *set.Selector) { s.Terms = and443("::ffff:192.0.2.7") }, set.BadValue, "dst"},
		"IPv6 in capitals":             {func(s *set.Selector) { s.Terms = and443("2001:DB8::1") }, set.BadValue, "dst"},
		"an address with a zone":       {func(s *set.Selector) { s.Terms = and443("fe80::1%eth0") }, set.BadValue, "dst"},
		"words of criteria in a value": {func(s *set.Selector) { s.Terms = term(set.SNI, "a.bad.example} or dst in {0.0.0.0/0") }, set.BadValue, "tls.sni"},
		"the same in a finding":        {func(s *set.Selector) { s.Terms = append(s.Terms, term(set.Finding, "beacon:high} or")...) }, set.BadValue, "finding"},
		"a pattern in a name":          {func(s *set.Selector) { s.Terms = term(set.SNI, "*bad.example") }, set.BadValue, "tls.sni"},
		"a name in capitals":           {func(s *set.Selector) { s.Terms = term(set.SNI, "C2.bad.example") }, set.BadValue, "tls.sni"},
		"a finding alone":              {func(s *set.Selector) { s.Terms = term(set.Finding, "beacon:high") }, set.BadCondition, "terms"},
		"nothing can meet it": {func(s *set.Selector) {
			s.Terms = append(term(set.Address, "192.0.2.7"), []set.Term{{Field: set.Dst, Value: "192.0.2.8"}, {Field: set.Src, Value: "192.0.2.9"}}...)
		}, set.BadCondition, "terms"},
		"another address":               {func(s *set.Selector) { s.Terms = and443("192.0.3.7") }, set.Outside, "terms"},
		"a wider prefix":                {func(s *set.Selector) { s.Terms = and443("192.0.2.0/23") }, set.Outside, "terms"},
		"another port":                  {func(s *set.Selector) { s.Terms[1].Value = "444" }, set.Outside, "terms"},
		"no port":                       {func(s *set.Selector) { s.Terms = s.Terms[:1] }, set.Outside, "terms"},
		"either end, one of them wider": {func(s *set.Selector) { s.Terms = append(term(set.Address, "192.0.2.7"), s.Terms[1]) }, set.Outside, "terms"},
		"any name, SNI alone permitted": {func(s *set.Selector) { s.Terms = term(set.Name, "c2.bad.example") }, set.Outside, "terms"},
		"the zone itself":               {func(s *set.Selector) { s.Terms = term(set.SNI, "bad.example") }, set.Outside, "terms"},
		"a finding does not widen": {func(s *set.Selector) {
			s.Terms = append(term(set.Dst, "0.0.0.0/0"), term(set.Finding, "beacon:critical")...)
		}, set.Outside, "terms"},
	} {
		t.Run(name, func(t *testing.T) {
			list := selectors()
			s := &list[2]
			s.Terms = and443("192.0.2.7")
			tt.spoil(s)
			in := w.input(list, func(x *set.Set) {})
			v, refused := set.Verify(in, nil)
			if v != nil || len(refused) == 0 {
				t.Fatal("it is taken")
			}
			if r := refused[0]; r.Code != tt.code || r.Field != tt.field || r.Page != 0 || r.Index != 2 || r.ID != s.ID || !strings.Contains(r.Error(), fmt.Sprintf("selector 2 (id %d)", s.ID)) {
				t.Errorf("refused by %+v, want %s at %s", r, tt.code, tt.field)
			}
			whole, _ := criteria.ParseExact(w.verified.Leaf.Scope.Criteria)
			if r := s.Check(whole, now-60, w.verified.Leaf.NotAfter); (r == nil) != (tt.code == set.BadOrder) {
				t.Errorf("by itself: %v", r)
			}
		})
	}
}

// TestHead: each fault of the set itself.
func TestHead(t *testing.T) {
	w := newWorld(t)
	least := w.Statement(6, now-5, w.verified.Chain[0])
	least.Warrants[0].LeastSet = 5
	withdrawn, err := w.Live(least)
	if err != nil {
		t.Fatal(err)
	}
	silent, err := w.Live(w.Statement(7, now-5))
	if err != nil {
		t.Fatal(err)
	}
	old, err := w.Live(w.Statement(4, now-70, w.verified.Chain[0]))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		code   set.Code
		head   func(*set.Set)
		change func(*set.Input)
	}{
		"nothing":               {code: set.BadPaper, change: func(in *set.Input) { in.Envelope = nil }},
		"another paper":         {code: set.BadPaper, change: func(in *set.Input) { in.Envelope.PayloadType = set.PageType }},
		"nobody signed":         {code: set.BadSignature, change: func(in *set.Input) { in.Envelope.Signatures = nil }},
		"another warrant":       {code: set.BadWarrant, head: func(s *set.Set) { s.Warrant = paper.DigestOf([]byte("x")) }},
		"an old number":         {code: set.NotNewer, change: func(in *set.Input) { in.Earlier = 4 }},
		"withdrawn":             {code: set.Withdrawn, change: func(in *set.Input) { in.Liveness = withdrawn }},
		"the warrant is silent": {code: set.NotLive, change: func(in *set.Input) { in.Liveness = silent }},
		"no liveness":           {code: set.NotLive, change: func(in *set.Input) { in.Liveness = nil }},
		"old liveness":          {code: set.NotLive, change: func(in *set.Input) { in.Liveness = old }},
		"no receipt":            {code: set.NoReceipt, change: func(in *set.Input) { in.Position = nil }},
		"a log of decisions":    {code: set.NoReceipt, change: func(in *set.Input) { in.Position.Origin = warranttest.Decisions }},
		"not under the tree":    {code: set.NoReceipt, change: func(in *set.Input) { in.Position.Index = 9 }},
		"of the future":         {code: set.BadTime, head: func(s *set.Set) { s.At = now + 3 }},
		"before the warrant":    {code: set.BadTime, head: func(s *set.Set) { s.At = now - 3601 }},
		"an unsure clock":       {code: set.BadTime, change: func(in *set.Input) { in.Clock.Latest = in.Clock.Earliest + 61 }},
		"a page is not at hand": {code: set.BadPage, change: func(in *set.Input) { in.Page = func(int) ([]byte, error) { return nil, errors.New("gone") } }},
		"a page was changed": {code: set.BadPage, change: func(in *set.Input) {
			p, _ := in.Page(0)
			q := bytes.Replace(p, []byte("sato"), []byte("kato"), 1)
			in.Page = func(int) ([]byte, error) { return q, nil }
		}},
		"a page is of others":    {code: set.BadPage, head: func(s *set.Set) { s.Pages[0].First, s.Pages[0].Last = 2, 7 }},
		"a page is another text": {code: set.BadPage, head: func(s *set.Set) { s.Pages[0].Digest = set.Digest([]byte("[]")) }, change: func(in *set.Input) { in.Page = func(int) ([]byte, error) { return []byte("[]"), nil } }},
		"pages are swapped":      {code: set.BadPage, change: func(in *set.Input) { in.Page = func(int) ([]byte, error) { return nil, nil } }},
	} {
		t.Run(name, func(t *testing.T) {
			var heads []func(*set.Set)
			if tt.head != nil {
				heads = append(heads, tt.head)
			}
			in := w.input(selectors(), heads...)
			if tt.change != nil {
				tt.change(&in)
			}
			v, refused := set.Verify(in, nil)
			if v != nil || !slices.ContainsFunc(refused, func(r *set.Refusal) bool { return r.Code == tt.code }) {
				t.Errorf("%v, want %s", refused, tt.code)
			}
		})
	}
}

// TestSetForm: heads that do not add up cannot be written nor read.
func TestSetForm(t *testing.T) {
	_, pages, err := set.New(1, now, paper.DigestOf(nil), selectors())
	if err != nil || len(pages) != 1 {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*set.Set){
		"number 0":            func(s *set.Set) { s.Number = 0 },
		"fewer on the pages":  func(s *set.Set) { s.Count++ },
		"more on the pages":   func(s *set.Set) { s.Count-- },
		"a page twice":        func(s *set.Set) { s.Pages = append(s.Pages, s.Pages[0]); s.Count *= 2 },
		"last before first":   func(s *set.Set) { s.Pages[0].Last = 0 },
		"no room for so many": func(s *set.Set) { s.Pages[0].Last = 3 },
		"a page of nothing":   func(s *set.Set) { s.Pages[0].N, s.Count = 0, 0 },
		"too many selectors":  func(s *set.Set) { s.Count = set.MaxSelectors + 1 },
		"a count below 0":     func(s *set.Set) { s.Count = -1 },
		"too many pages":      func(s *set.Set) { s.Pages = slices.Repeat(s.Pages, set.MaxPages+1) },
	} {
		s, _, _ := set.New(1, now, paper.DigestOf(nil), selectors())
		if spoil(s); s.Check() == nil {
			t.Errorf("%s: taken", name)
		}
		if _, err := paper.Marshal(s); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

// TestPages: many selectors lie on several pages, all below the size of a paper, and come
// back as they were.
func TestPages(t *testing.T) {
	w := newWorld(t)
	var list []set.Selector
	for i := range 9000 {
		s := selectors()[0]
		s.ID, s.Reason = set.ID(i+1), fmt.Sprintf("理由 %d: \"quoted\" %s", i, strings.Repeat("長い", i%200))
		s.Terms = []set.Term{{Field: set.Dst, Value: fmt.Sprintf("192.0.2.%d", i%256)}, {Field: set.DstPort, Value: "443"}}
		list = append(list, s)
	}
	in := w.input(list)
	var s set.Set
	if err := in.Envelope.Open(set.Type, &s); err != nil || len(s.Pages) < 3 {
		t.Fatalf("%d pages, %v", len(s.Pages), err)
	}
	i := 0
	v, refused := set.Verify(in, func(s *set.Selector) {
		if s.ID != list[i].ID || s.Reason != list[i].Reason || !slices.Equal(s.Terms, list[i].Terms) {
			t.Fatalf("selector %d came back as %+v", i, s)
		}
		i++
	})
	if v == nil || i != len(list) {
		t.Errorf("%d selectors, %v", i, refused)
	}
	p0, _ := in.Page(0)
	p1, _ := in.Page(1)
	in.Page = func(i int) ([]byte, error) { return [][]byte{p1, p0}[i%2], nil }
	if v, _ := set.Verify(in, nil); v != nil {
		t.Error("pages in each other's places are taken")
	}
}

// TestManyFaults: a set of nothing but faults says a bounded number of them.
func TestManyFaults(t *testing.T) {
	w := newWorld(t)
	var list []set.Selector
	for i := range 500 {
		s := selectors()[0]
		s.ID, s.Reason, s.Expires = set.ID(i+1), "?", 1
		list = append(list, s)
	}
	if v, refused := set.Verify(w.input(list), nil); v != nil || len(refused) != set.MaxRefusals {
		t.Errorf("%d refusals", len(refused))
	}
}

// TestConditionsAreCriteria: whatever a selector of right form asks, criteria can say, and
// two selectors of other terms are other criteria.
func TestConditionsAreCriteria(t *testing.T) {
	values := map[set.Form]*rapid.Generator[string]{
		set.Addresses: rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.0/24", "::/0", "0.0.0.0/0", "2001:db8::1", "2001:db8::/33"}),
		set.Numbers:   rapid.SampledFrom([]string{"0", "6", "255"}),
		set.Names:     rapid.SampledFrom([]string{"a", "a.example", "*.example", "*.a-b_c.example"}),
		set.Words:     rapid.SampledFrom([]string{"0", "t13d_a"}),
	}
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(set.Fields()).Filter(func(f set.Field) bool { return f.Form() != set.Statements }).Draw(t, "field")
		s := set.Selector{Expires: now + 1, ID: 1, Owner: "o", Reason: "r", Terms: []set.Term{{Field: f, Value: values[f.Form()].Draw(t, "value")}}}
		c, err := s.Condition()
		if err != nil {
			t.Fatalf("%+v: %v", s.Terms, err)
		}
		if r := s.Check(c, now, now+2); r != nil {
			t.Errorf("%+v lies not in its own condition %s: %v", s.Terms, c, r)
		}
		exact, err := criteria.ParseExact(c.String())
		if err != nil || !criteria.Covers(exact, c) {
			t.Errorf("%s: %v", c, err)
		}
	})
}

// FuzzPage: hostile pages and heads are refused with a place, and never panic.
func FuzzPage(f *testing.F) {
	w := newWorld(f)
	s, pages, err := set.New(4, now-60, w.verified.Digest, selectors())
	if err != nil {
		f.Fatal(err)
	}
	head, err := paper.Marshal(s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head, pages[0])
	f.Add(head, []byte(`{"selectors":[]}`))
	f.Add([]byte("{}"), []byte("{}"))
	whole := w.input(selectors())
	f.Fuzz(func(t *testing.T, head, page []byte) {
		in := whole
		in.Envelope = &paper.Envelope{Payload: head, PayloadType: set.Type, Signatures: whole.Envelope.Signatures}
		in.Page = func(int) ([]byte, error) { return page, nil }
		seen := 0
		v, refused := set.Verify(in, func(s *set.Selector) {
			seen++
			if s.Reason == "" || s.Owner == "" || s.Expires == 0 || len(s.Terms) == 0 {
				t.Errorf("handed on: %+v", s)
			}
		})
		if (v == nil) == (len(refused) == 0) {
			t.Errorf("%v with %d refusals", v, len(refused))
		}
		for _, r := range refused {
			if r.Code == "" || r.Error() == "" {
				t.Errorf("%+v", r)
			}
		}
	})
}

// FuzzValue: a value that a field takes has one spelling only, and cannot change what
// the condition says.
func FuzzValue(f *testing.F) {
	for _, v := range []string{"192.0.2.1", "192.0.2.0/24", "443", "a.example", "*.example", "t13d", "beacon:high", "a} or src in {b", "::ffff:1.2.3.4/120"} {
		for i := range set.Fields() {
			f.Add(byte(i), v)
		}
	}
	f.Fuzz(func(t *testing.T, field byte, value string) {
		of := set.Fields()[int(field)%len(set.Fields())]
		s := set.Selector{Expires: 2, ID: 1, Owner: "o", Reason: "r", Terms: []set.Term{{Field: of, Value: value}}}
		if of == set.Finding {
			s.Terms = append([]set.Term{{Field: set.Dst, Value: "192.0.2.1"}}, s.Terms...)
		}
		all, err := criteria.Parse("src in {::/0, 0.0.0.0/0} or dst in {::/0, 0.0.0.0/0} or dns.answers.addr in {::/0, 0.0.0.0/0} or src_port in {0-65535} or dst_port in {0-65535} or proto in {0-255}")
		if err != nil {
			t.Fatal(err)
		}
		r := s.Check(all, 1, 3)
		if r != nil && (r.Code == set.BadField || r.Code == set.BadCondition) {
			t.Errorf("%s %q: %v", of, value, r)
		}
		if r != nil && r.Code == set.BadValue {
			return
		}
		c, err := s.Condition()
		if err != nil || of != set.Finding && !strings.Contains(c.String(), value) {
			t.Errorf("%s %q became %v, %v", of, value, c, err)
		}
		if strings.ContainsAny(value, "{}(), ") {
			t.Errorf("%s takes %q", of, value)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	var list []set.Selector
	for i := range 20000 {
		s := selectors()[0]
		s.ID = set.ID(i + 1)
		s.Terms = []set.Term{{Field: set.Dst, Value: fmt.Sprintf("192.0.2.%d", i%256)}, {Field: set.DstPort, Value: "443"}}
		list = append(list, s)
	}
	in := w.input(list)
	for b.Loop() {
		if v, r := set.Verify(in, nil); v == nil {
			b.Fatal(r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/20000, "ns/selector")
}
