package selection

import (
	"errors"
	"sync"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/ledger/proof"
	"github.com/noroshi-acd/noroshi/selection/set"
)

const now = warranttest.Now

// world is a country with a warrant of collection and its chain's digest.
type world struct {
	*warranttest.World
	testing.TB
	verified *warrant.Verified
	clock    liveness.Clock
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
	return &world{w, t, v, in.Clock}
}

// says is the commission's word at an instant that the warrant stands, with a least set;
// least below 0 is a word without the warrant.
func (w *world) says(number int64, at paper.Time, least int64) *liveness.Verified {
	w.Helper()
	s := w.Statement(number, at, w.verified.Chain[0])
	if least < 0 {
		s = w.Statement(number, at)
	} else {
		s.Warrants[0].LeastSet = least
	}
	v, err := w.Live(s)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// input is a set of that number that is right, with these selectors.
func (w *world) input(number int64, list ...set.Selector) set.Input {
	w.Helper()
	s, pages, err := set.New(number, now-60, w.verified.Digest, list)
	if err != nil {
		w.Fatal(err)
	}
	e, err := paper.Seal(set.Type, s, w.Signer("hub"))
	if err != nil {
		w.Fatal(err)
	}
	return set.Input{
		Envelope: e, Page: func(i int) ([]byte, error) { return pages[i], nil }, Warrant: w.verified, View: w.View, Liveness: w.says(5, now-10, 1),
		Position: &proof.Position{Origin: warranttest.Acts, Index: 3, Size: 9}, Clock: w.clock,
	}
}

func (w *world) compile(number int64, list ...set.Selector) *Matcher {
	w.Helper()
	m, v, refused := Compile(w.input(number, list...))
	if m == nil || v == nil || len(refused) > 0 {
		w.Fatal(refused)
	}
	return m
}

func selector(id set.ID, dst string, more ...set.Term) set.Selector {
	return set.Selector{
		Expires: now + 86400, ID: id, Owner: "officer/sato", Reason: "C2 of the campaign",
		Terms: append([]set.Term{{Field: set.Dst, Value: dst}, {Field: set.DstPort, Value: "443"}}, more...),
	}
}

func TestCompile(t *testing.T) {
	w := newWorld(t)
	m := w.compile(4, selector(1, "192.0.2.7"))
	if m.Number() != 4 || m.First() != w.verified.Chain[0] || m.Count() != 1 {
		t.Errorf("set %d of %s, %d selectors", m.Number(), m.First(), m.Count())
	}
	for name, s := range map[string]set.Selector{
		"outside":          selector(9, "192.0.3.7"),
		"a method unknown": selector(9, "192.0.2.7", set.Term{Field: set.Finding, Value: "augury:high"}),
		"a level unknown":  selector(9, "192.0.2.7", set.Term{Field: set.Finding, Value: "beacon:dire"}),
	} {
		m, v, refused := Compile(w.input(4, selector(1, "192.0.2.7"), s))
		if m != nil || v != nil || len(refused) != 1 || refused[0].ID != 9 {
			t.Fatalf("%s: %v, %v", name, m, refused)
		}
		err := Fault(refused[0])
		if text := Say(refused[0]); text.JA == text.EN || fault.Hint(err) == "" || !errors.Is(err, refused[0]) {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
}

// TestBuilder refuses what package set would have refused before, and says which.
func TestBuilder(t *testing.T) {
	right := func(id set.ID) set.Selector {
		return set.Selector{ID: id, Expires: 9, Terms: []set.Term{{Field: set.Dst, Value: "192.0.2.7"}}}
	}
	for name, tt := range map[string]struct {
		spoil func(*set.Selector)
		code  set.Code
	}{
		"an id again":  {func(s *set.Selector) { s.ID = 1 }, set.BadOrder},
		"no end":       {func(s *set.Selector) { s.Expires = 0 }, set.BadExpiry},
		"no terms":     {func(s *set.Selector) { s.Terms = nil }, set.BadTerms},
		"five terms":   {func(s *set.Selector) { s.Terms = make([]set.Term, 5) }, set.BadTerms},
		"no field":     {func(s *set.Selector) { s.Terms[0].Field = "body" }, set.BadField},
		"no address":   {func(s *set.Selector) { s.Terms[0].Value = "here" }, set.BadValue},
		"no number":    {func(s *set.Selector) { s.Terms[0] = set.Term{Field: set.Port, Value: "x"} }, set.BadValue},
		"no statement": {func(s *set.Selector) { s.Terms[0] = set.Term{Field: set.Finding, Value: "x"} }, set.BadValue},
	} {
		b, first, s := NewBuilder(1, "first"), right(1), right(2)
		if err := b.Add(&first); err != nil {
			t.Fatal(err)
		}
		tt.spoil(&s)
		var r *set.Refusal
		if err := b.Add(&s); !errors.As(err, &r) || r.Code != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if m := b.Done(); m.Count() != 1 {
			t.Errorf("%s: %d selectors", name, m.Count())
		}
	}
	b := NewBuilder(1, "first")
	var shapes int
	for i, f := range set.Fields()[:3] {
		for j, g := range set.Fields()[4:] {
			s := set.Selector{ID: set.ID(i*100 + j + 1), Expires: 9, Terms: []set.Term{{Field: f, Value: "192.0.2.7"}, {Field: g, Value: map[set.Form]string{set.Numbers: "6", set.Names: "a.example", set.Words: "t13d", set.Statements: "beacon:low"}[g.Form()]}}}
			var r *set.Refusal
			switch err := b.Add(&s); {
			case err == nil:
				shapes++
			case !errors.As(err, &r) || r.Code != set.BadTerms:
				t.Fatal(err)
			}
		}
	}
	if shapes != MaxShapes {
		t.Errorf("%d combinations of fields were taken", shapes)
	}
}

// TestRefusalsAreSaid: every code has its sentence and its hint in both languages.
func TestRefusalsAreSaid(t *testing.T) {
	for _, code := range []set.Code{
		set.BadPaper, set.BadSignature, set.BadWarrant, set.BadRoot, set.NoReceipt, set.NotNewer, set.Withdrawn, set.NotLive, set.BadTime,
		set.BadPage, set.BadOrder, set.NoReason, set.BadExpiry, set.BadTerms, set.BadField, set.BadValue, set.BadCondition, set.Outside,
	} {
		for _, key := range []string{"selection.refused." + string(code), "selection.hint." + string(code)} {
			if x := i18n.Both(key); x.EN == key || x.JA == key || x.EN == x.JA {
				t.Errorf("%s: %q", key, x)
			}
		}
	}
}

// held is a record that the selector of 192.0.2.7 meets.
func held() *flow.Batch {
	return &flow.Batch{Records: []flow.Record{{Dst: addr("192.0.2.7"), DstPort: 443, Proto: 6}}}
}

// TestInvariant18_RemovalIsEffectiveWithin60s: a selector that is taken out selects
// nothing from the next set on; a set that the commission withdraws, nothing from its
// word on; and where no word comes through, nothing a minute after the last one.
func TestInvariant18_RemovalIsEffectiveWithin60s(t *testing.T) {
	w := newWorld(t)
	h, hand, b := NewHolder(w.verified.Chain[0], 0), new(Hand), held()
	want := func(what string, at paper.Time, number int64) {
		t.Helper()
		if _, n, ok := h.Match(hand, b, &b.Records[0], 0, at); ok != (number > 0) || ok && n != number {
			t.Errorf("%s: selected %v by set %d, want %d", what, ok, n, number)
		}
	}
	want("no set", now, 0)
	if err := h.Replace(w.compile(4, selector(1, "192.0.2.7"))); err != nil {
		t.Fatal(err)
	}
	want("no word yet", now, 0)
	h.Heed(w.says(5, now-10, 1))
	want("set and word", now, 4)
	want("the word is a minute old", now+50, 4)
	want("the word is older", now+51, 0)
	h.Heed(w.says(6, now+51, 1))
	want("a new word", now+51, 4)
	h.Heed(nil)
	want("the word cannot be relied on", now+51, 0)
	h.Heed(w.says(6, now+51, 1))
	want("the same word again", now+51, 4)
	h.Heed(w.says(7, now+52, -1))
	want("the warrant does not stand", now+52, 0)
	h.Heed(w.says(6, now+51, 1))
	want("an older word", now+52, 0)
	h.Heed(w.says(8, now+53, 1))
	want("it stands again", now+53, 4)
	if err := h.Replace(w.compile(5, selector(2, "192.0.2.8"))); err != nil {
		t.Fatal(err)
	}
	want("the selector is taken out", now+53, 0)
	if err := h.Replace(w.compile(6, selector(1, "192.0.2.7"))); err != nil {
		t.Fatal(err)
	}
	want("and back", now+53, 6)
	h.Heed(w.says(9, now+54, 7))
	want("the set is withdrawn", now+54, 0)
	h.Heed(w.says(10, now+55, 1))
	want("a withdrawn set does not come back", now+55, 0)
	if err := h.Replace(compile(t, 8)); fault.KindOf(err) != fault.Permission || fault.Hint(err) == "" {
		t.Errorf("a set of another warrant: %v", err)
	}
	for _, number := range []int64{6, 4} {
		if err := h.Replace(w.compile(number, selector(1, "192.0.2.7"))); fault.KindOf(err) != fault.Permission {
			t.Errorf("set %d after 6: %v", number, err)
		}
	}
	if err := h.Replace(w.compile(7, selector(1, "192.0.2.7"))); err != nil {
		t.Errorf("the least set itself: %v", err)
	}
	want("the least set", now+55, 7)
	if h.Number() != 7 {
		t.Errorf("set %d", h.Number())
	}
	below := NewHolder(w.verified.Chain[0], 3)
	below.Heed(w.says(9, now, 9))
	if err := below.Replace(w.compile(8, selector(1, "192.0.2.7"))); fault.KindOf(err) != fault.Permission {
		t.Errorf("a set below the least: %v", err)
	}
	if err := NewHolder(w.verified.Chain[0], 8).Replace(w.compile(8, selector(1, "192.0.2.7"))); fault.KindOf(err) != fault.Permission {
		t.Errorf("a number that was taken before a restart: %v", err)
	}
}

// TestReplaceIsWhole: while sets change, each record is matched by one of them, whole.
func TestReplaceIsWhole(t *testing.T) {
	w := newWorld(t)
	h := NewHolder("first", 0)
	one := func(n int64, address string) *Matcher {
		return compile(t, n, set.Selector{ID: set.ID(n), Expires: now + 9, Terms: []set.Term{{Field: set.Dst, Value: address}}})
	}
	s := w.Statement(5, now, "first")
	v, err := w.Live(s)
	if err != nil {
		t.Fatal(err)
	}
	h.Heed(v)
	if err := h.Replace(one(1, "192.0.2.7")); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		wg.Go(func() {
			hand, b := new(Hand), held()
			for {
				select {
				case <-stop:
					return
				default:
				}
				if id, number, ok := h.Match(hand, b, &b.Records[0], 0, now); !ok || int64(id) != number {
					t.Errorf("selector %d by set %d, %v", id, number, ok)
					return
				}
			}
		})
	}
	for n := int64(2); n < 300; n++ {
		if err := h.Replace(one(n, "192.0.2.7")); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}
