package flowstoretest

import (
	"cmp"
	"context"
	"math"
	"math/big"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Open opens the store in a folder, an earlier one where there is one.
type Open func(t testing.TB, dir string) flowstore.Engine

// Seal is what an engine may have to bring what waits into its final place; the suite
// calls it to see answers before and after.
type Seal interface{ Seal(context.Context) error }

// Run holds an engine to the contract.
func Run(t *testing.T, open Open) {
	t.Run("Answers", func(t *testing.T) { answers(t, open) })
	t.Run("ExactlyOnce", func(t *testing.T) { exactlyOnce(t, open) })
	t.Run("Limits", func(t *testing.T) { limits(t, open) })
	t.Run("Disposal", func(t *testing.T) { disposal(t, open) })
	t.Run("NoPass", func(t *testing.T) { noPass(t, open) })
}

const (
	now  = warranttest.Now
	hour = paper.Time(3600)
)

// Far is a limit that the tests do not reach.
const Far = now + 400*24*hour

// Minute is the beginning of the minute, some before now.
func Minute(before paper.Time) paper.Time { return (now - before) / 60 * 60 }

// Bed is an engine behind its gate.
type Bed struct {
	*Country
	flowstore.Engine
	Gate *flowstore.Gate
}

// NewBed makes a country, an engine and its gate.
func NewBed(t testing.TB, open Open, dir string) *Bed {
	t.Helper()
	c, err := New()
	if err != nil {
		t.Fatal(err)
	}
	b := &Bed{Country: c}
	b.Use(t, open(t, dir))
	return b
}

// Use puts the gate before another engine, an earlier one opened again.
func (b *Bed) Use(t testing.TB, e flowstore.Engine) {
	t.Helper()
	g, err := flowstore.NewGate(b.Config(e))
	if err != nil {
		t.Fatal(err)
	}
	b.Engine, b.Gate = e, g
}

// Deliver puts deliveries and wants one outcome for all of them.
func (b *Bed) Deliver(t testing.TB, want flowstore.Outcome, list ...flowstore.Delivery) {
	t.Helper()
	got, err := b.Put(t.Context(), now, list...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(slices.Repeat([]flowstore.Outcome{want}, len(list)), got); diff != "" {
		t.Fatalf("outcomes (-want +got)\n%s", diff)
	}
}

// Answer gives the records of an answer, each by itself in flow's encoding.
func (b *Bed) Answer(t testing.TB, q flowstore.Query) (list []string, more bool) {
	t.Helper()
	q.Kind = flowstore.Records
	a, err := b.Gate.Look(t.Context(), b.Ask(q), func(x *flow.Batch) error {
		for i := range x.Records {
			list = append(list, string(flow.AppendRecord(nil, x, &x.Records[i])))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, a.More
}

// Span is all that the tests make.
func Span(limit int64) flowstore.Query {
	return flowstore.Query{From: now - 100*24*hour, To: now + 24*hour, Limit: limit}
}

func answers(t *testing.T, open Open) {
	b, o := NewBed(t, open, t.TempDir()), &Oracle{}
	made := b.NewMade(1)
	for d := range paper.Time(3) {
		for m := range paper.Time(4) {
			x := made.Delivery(Minute(d*24*hour+m*600), Far, 700)
			b.Deliver(t, flowstore.Stored, x)
			o.Add(x)
		}
	}
	other := b.NewMade(2)
	other.Link = "link/other"
	b.Deliver(t, flowstore.Stored, other.Delivery(Minute(60), Far, 500))
	check := func(t *testing.T) {
		for name, q := range questions() {
			t.Run(name, func(t *testing.T) { compare(t, b, o, q) })
		}
	}
	t.Run("waiting", check)
	if s, ok := b.Engine.(Seal); ok {
		if err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("sealed", check)
	x := made.Delivery(Minute(120), Far, 300)
	b.Deliver(t, flowstore.Stored, x)
	o.Add(x)
	t.Run("both", check)
}

func questions() map[string]flowstore.Query {
	all := map[string]flowstore.Query{}
	with := func(name string, limit int64, change func(*flowstore.Query)) {
		q := Span(limit)
		change(&q)
		all[name] = q
	}
	with("all", flowstore.MaxRecords, func(*flowstore.Query) {})
	with("few", 100, func(*flowstore.Query) {})
	with("one", 1, func(*flowstore.Query) {})
	with("busy address", 20_000, func(q *flowstore.Query) { q.Address = Address(0).String() })
	with("pseudonym", 20_000, func(q *flowstore.Query) { q.Address, q.Pseudonym = Address(1).String(), true })
	with("IPv6 address", 20_000, func(q *flowstore.Query) { q.Address = Address(4).String() })
	with("no such address", 20_000, func(q *flowstore.Query) { q.Address = "203.0.113.9" })
	with("prefix", 20_000, func(q *flowstore.Query) { q.Prefix = "10.0.0.0/27" })
	with("IPv6 prefix", 20_000, func(q *flowstore.Query) { q.Prefix = "2001:db8:900::/40" })
	with("long IPv6 prefix", 20_000, func(q *flowstore.Query) { q.Prefix = "2001:db8:400::/88" })
	with("address inside prefix", 20_000, func(q *flowstore.Query) { q.Address, q.Prefix = "10.0.0.2", "10.0.0.0/30" })
	with("address outside prefix", 20_000, func(q *flowstore.Query) { q.Address, q.Prefix = "10.0.0.9", "10.0.0.0/30" })
	with("port", 20_000, func(q *flowstore.Query) { q.Port = 53 })
	with("name", 20_000, func(q *flowstore.Query) { q.Name = Name(1) })
	with("names below", 20_000, func(q *flowstore.Query) { q.Name, q.NameTree = "d1.example", true })
	with("name of a certificate", 20_000, func(q *flowstore.Query) { q.Name = "alt." + Name(2) })
	with("hostile name", 20_000, func(q *flowstore.Query) { q.Name = "x'or'1'='1" })
	with("an hour", 20_000, func(q *flowstore.Query) { q.From, q.To = Minute(24*hour)-1200, Minute(24*hour)-300 })
	with("all together", 20_000, func(q *flowstore.Query) { q.Prefix, q.Port, q.Name, q.NameTree = "10.0.0.0/24", 443, "example", true })
	return all
}

// compare holds one question of each kind against the oracle.
func compare(t *testing.T, b *Bed, o *Oracle, q flowstore.Query) {
	q.Link = b.Link
	type row struct {
		first int64
		text  string
	}
	var rows []row
	talkers, days := map[talker]*sums{}, map[string]*sums{}
	err := o.each(q, func(x *flow.Batch, r *flow.Record) {
		rows = append(rows, row{r.First, string(flow.AppendRecord(nil, x, r))})
		src, dst := talker{r.Src, r.Pseudonyms&flow.PseudonymSrc != 0}, talker{r.Dst, r.Pseudonyms&flow.PseudonymDst != 0}
		add(talkers, src, r)
		if dst != src {
			add(talkers, dst, r)
		}
		add(days, time.Unix(0, r.First).UTC().Format(time.DateOnly), r)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.first, b.first) })
	var want []string
	for _, r := range rows[:min(len(rows), int(q.Limit))] {
		want = append(want, r.text)
	}
	got, more := b.Answer(t, q)
	if more != (len(rows) > int(q.Limit)) {
		t.Errorf("more: %v, of %d records and a limit of %d", more, len(rows), q.Limit)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d records, want %d, or others", len(got), len(want))
	}
	count(t, b, q, flowstore.Talkers, tallies(talkers, func(a talker, x *flowstore.Tally) { x.Address, x.Pseudonym = a.Addr, a.pseudonym }, func(x, y flowstore.Tally) int {
		return cmp.Or(cmp.Compare(y.Bytes, x.Bytes), byAddress(x, y))
	}))
	count(t, b, q, flowstore.Days, tallies(days, func(d string, x *flowstore.Tally) { x.Day = d }, func(x, y flowstore.Tally) int { return cmp.Compare(x.Day, y.Day) }))
}

// talker is an end: an address, or a pseudonym that looks like one.
type talker struct {
	flow.Addr
	pseudonym bool
}

func byAddress(x, y flowstore.Tally) int {
	if c := slices.Compare(x.Address[:], y.Address[:]); c != 0 || x.Pseudonym == y.Pseudonym {
		return c
	}
	if x.Pseudonym {
		return 1
	}
	return -1
}

type sums struct {
	records        int64
	packets, bytes big.Int
}

func add[K comparable](m map[K]*sums, k K, r *flow.Record) {
	if m[k] == nil {
		m[k] = &sums{}
	}
	s := m[k]
	s.records++
	for _, n := range []uint64{r.SrcPackets, r.DstPackets} {
		s.packets.Add(&s.packets, new(big.Int).SetUint64(n))
	}
	for _, n := range []uint64{r.SrcBytes, r.DstBytes} {
		s.bytes.Add(&s.bytes, new(big.Int).SetUint64(n))
	}
}

func tallies[K comparable](m map[K]*sums, name func(K, *flowstore.Tally), order func(a, b flowstore.Tally) int) (list []flowstore.Tally) {
	number := func(n *big.Int) uint64 {
		if !n.IsUint64() {
			return math.MaxUint64
		}
		return n.Uint64()
	}
	for k, s := range m {
		x := flowstore.Tally{Records: s.records, Packets: number(&s.packets), Bytes: number(&s.bytes)}
		name(k, &x)
		list = append(list, x)
	}
	slices.SortFunc(list, order)
	return list
}

func count(t *testing.T, b *Bed, q flowstore.Query, kind flowstore.Kind, want []flowstore.Tally) {
	t.Helper()
	q.Kind, q.Limit = kind, flowstore.MaxTallies
	a, err := b.Gate.Count(t.Context(), b.Ask(q))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(a.Tallies, func(x, y flowstore.Tally) int { // a sum beyond 64 bits has no order among its like
		if x.Bytes == y.Bytes && x.Bytes == math.MaxUint64 {
			return byAddress(x, y)
		}
		return 0
	})
	if diff := gocmp.Diff(want, a.Tallies); diff != "" {
		t.Errorf("%s (-want +got)\n%s", kind, diff)
	}
}

func exactlyOnce(t *testing.T, open Open) {
	dir := t.TempDir()
	b := NewBed(t, open, dir)
	made := b.NewMade(3)
	one, two := made.Delivery(Minute(600), Far, 50), made.Delivery(Minute(600), Far, 60)
	b.Deliver(t, flowstore.Stored, one, two)
	b.Deliver(t, flowstore.Duplicate, one)
	if s, ok := b.Engine.(Seal); ok {
		if err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	b.Deliver(t, flowstore.Duplicate, two)
	other := made.Delivery(Minute(600), Far, 10)
	other.Header.Number = one.Header.Number
	cut := made.Delivery(Minute(540), Far, 20)
	cut.Content = cut.Content[:len(cut.Content)-1]
	few := made.Delivery(Minute(540), Far, 20)
	few.Header.Records = 19
	b.Deliver(t, flowstore.Refused, other, cut, few)
	three := made.Delivery(Minute(480), Far, 70)
	b.Deliver(t, flowstore.Stored, three)
	want := flowstore.Counts{Received: 50 + 60 + 50 + 60 + 10 + 20 + 19 + 70, Duplicate: 110, Refused: 49, Stored: 180, Held: 180}
	who := flowstore.Account{Warrant: b.Data, Link: b.Link}
	for range 2 {
		if diff := gocmp.Diff(want, b.Counts()[who]); diff != "" {
			t.Errorf("counts (-want +got)\n%s", diff)
		}
		if list, _ := b.Answer(t, Span(1000)); len(list) != 180 {
			t.Errorf("%d records, want 180", len(list))
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b.Use(t, open(t, dir))
		b.Deliver(t, flowstore.Duplicate, one, two, three)
		want.Received, want.Duplicate = want.Received+180, want.Duplicate+180
	}
	bad := one
	bad.Header.Number = 0
	if _, err := b.Put(t.Context(), now, bad); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a batch without number: %v", err)
	}
}

func limits(t *testing.T, open Open) {
	b := NewBed(t, open, t.TempDir())
	made := b.NewMade(4)
	b.Deliver(t, flowstore.Refused, made.Delivery(Minute(60), now, 10))
	b.Deliver(t, flowstore.Stored, made.Delivery(Minute(24*hour), now+1, 10), made.Delivery(Minute(0), Far, 20))
	// The gate's clock is at the latest two seconds on: the day before is over.
	if list, _ := b.Answer(t, Span(1000)); len(list) != 20 {
		t.Errorf("%d records are readable, want the 20 within their limit", len(list))
	}
	b.Deliver(t, flowstore.Stored, made.Delivery(Minute(48*hour), now+100, 5))
	b.Deliver(t, flowstore.Stored, made.Delivery(Minute(48*hour), now+50, 5))
	for _, c := range []struct {
		at   paper.Time
		want []int64
	}{{now, nil}, {now + 1, []int64{10}}, {now + 49, nil}, {now + 50, []int64{10}}, {now + 50, nil}} {
		list, err := b.Expire(t.Context(), c.at)
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, d := range list {
			got = append(got, d.Records)
			if !d.Expired || d.At != c.at || d.Class != flowstore.Class || d.Key.Check() != nil {
				t.Errorf("the disposal says %+v", d)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("at %v: records %v expired, want %v", c.at, got, c.want)
		}
	}
	want := flowstore.Counts{Received: 50, Refused: 10, Stored: 40, Held: 20, Expired: 20}
	if diff := gocmp.Diff(want, b.Counts()[flowstore.Account{Warrant: b.Data, Link: b.Link}]); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
}

func disposal(t *testing.T, open Open) {
	dir := t.TempDir()
	b := NewBed(t, open, dir)
	made := b.NewMade(5)
	old, young := made.Delivery(Minute(24*hour), Far, 30), made.Delivery(Minute(0), Far, 40)
	b.Deliver(t, flowstore.Stored, old, young)
	gone := flowstore.Group{Warrant: b.Data, Day: old.Header.Minute.Day()}
	d, err := b.Dispose(t.Context(), gone, now)
	if err != nil {
		t.Fatal(err)
	}
	if want := (flowstore.Disposal{Class: flowstore.Class, Group: gone, Records: 30, Key: d.Key, At: now}); d != want || d.Key.Check() != nil {
		t.Errorf("the disposal says %+v", d)
	}
	if _, err := b.Dispose(t.Context(), gone, now); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a second disposal: %v", err)
	}
	for range 2 {
		b.Deliver(t, flowstore.Refused, old) // what is dead does not come back
		if list, _ := b.Answer(t, Span(1000)); len(list) != 40 {
			t.Errorf("%d records, want the 40 of the other day", len(list))
		}
		if diff := gocmp.Diff([]flowstore.Disposal{d}, b.Disposals()); diff != "" {
			t.Errorf("disposals (-want +got)\n%s", diff)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b.Use(t, open(t, dir))
	}
	want := flowstore.Counts{Received: 130, Refused: 60, Stored: 70, Held: 40, Disposed: 30}
	if diff := gocmp.Diff(want, b.Counts()[flowstore.Account{Warrant: b.Data, Link: b.Link}]); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
}

func noPass(t *testing.T, open Open) {
	b := NewBed(t, open, t.TempDir())
	b.Deliver(t, flowstore.Stored, b.NewMade(6).Delivery(Minute(0), Far, 10))
	for _, p := range []*flowstore.Pass{nil, new(flowstore.Pass)} {
		_, err := b.Read(t.Context(), p, func(*flow.Batch) error {
			t.Error("records without a pass")
			return nil
		})
		if fault.KindOf(err) != fault.Permission {
			t.Errorf("reading without a pass: %v", err)
		}
		if list, err := b.Engine.Count(t.Context(), p); fault.KindOf(err) != fault.Permission || list != nil {
			t.Errorf("counting without a pass: %v", err)
		}
	}
}
