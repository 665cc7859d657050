package volume

import (
	"math"
	"math/big"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant"
)

func scope(records, bytes int64, links ...paper.ID) *warrant.Scope {
	s := &warrant.Scope{MaxRecords: records, MaxBytes: bytes}
	for _, l := range links {
		s.Links = append(s.Links, warrant.Link{ID: l})
	}
	return s
}

// slowAccount adds in whole numbers without end, from a list of all that happened.
type slowAccount struct{ records, bytes *big.Int }

func newSlow() *slowAccount { return &slowAccount{new(big.Int), new(big.Int)} }

func (a *slowAccount) add(v Amount) {
	a.records.Add(a.records, big.NewInt(v.Records))
	a.bytes.Add(a.bytes, big.NewInt(v.Bytes))
}

// inside says whether taken and v stay inside caps and share of offered.
func inside(taken, offered *slowAccount, v Amount, caps Amount, permille int64) bool {
	for _, x := range []struct {
		taken, offered *big.Int
		v, most        int64
	}{{taken.records, offered.records, v.Records, caps.Records}, {taken.bytes, offered.bytes, v.Bytes, caps.Bytes}} {
		after := new(big.Int).Add(x.taken, big.NewInt(x.v))
		thousandfold := new(big.Int).Mul(after, big.NewInt(1000))
		if x.v < 0 || after.Cmp(big.NewInt(x.most)) > 0 || thousandfold.Cmp(new(big.Int).Mul(x.offered, big.NewInt(permille))) > 0 {
			return false
		}
	}
	return true
}

// TestInvariant19_NoOrderPassesACap: whatever comes in whatever order, what goes on is
// what the caps of window, total and share permit, and nothing else is refused.
func TestInvariant19_NoOrderPassesACap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Custom(func(t *rapid.T) Amount {
			most := rapid.SampledFrom([]int64{4, 50, 1000}).Draw(t, "size")
			return Amount{rapid.Int64Range(-1, most).Draw(t, "records"), rapid.Int64Range(-1, most).Draw(t, "bytes")}
		})
		s := scope(rapid.Int64Range(0, 3000).Draw(t, "max records"), rapid.Int64Range(0, 3000).Draw(t, "max bytes"), "a", "b")
		permille := rapid.SampledFrom([]int64{0, 1, 300, 999, 1000}).Draw(t, "permille")
		m := NewMeter(s, Amount{}, permille)
		caps := map[paper.ID]Amount{}
		offered, taken := map[paper.ID]*slowAccount{"a": newSlow(), "b": newSlow()}, map[paper.ID]*slowAccount{"a": newSlow(), "b": newSlow()}
		allOffered, allTaken := newSlow(), newSlow()
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			link := rapid.SampledFrom([]paper.ID{"a", "b", "elsewhere"}).Draw(t, "link")
			known := link != "elsewhere"
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				caps[link] = Amount{rapid.Int64Range(0, 2000).Draw(t, "window records"), rapid.Int64Range(0, 2000).Draw(t, "window bytes")}
				m.Open(link, caps[link])
				if known {
					offered[link], taken[link] = newSlow(), newSlow()
				}
			case 1, 2:
				v := amount.Draw(t, "offer")
				m.Offer(link, v)
				if v = (Amount{max(v.Records, 0), max(v.Bytes, 0)}); known {
					offered[link].add(v)
					allOffered.add(v)
				}
			default:
				v := amount.Draw(t, "take")
				want := known && caps[link] != Amount{} && inside(taken[link], offered[link], v, caps[link], permille) &&
					inside(allTaken, allOffered, v, Amount{s.MaxRecords, s.MaxBytes}, permille)
				if got := m.Take(link, v); (got == Within) != want {
					t.Fatalf("%v over %s: %v, want within %v", v, link, got, want)
				}
				if want {
					taken[link].add(v)
					allTaken.add(v)
				}
			}
		}
		if y := m.Tally(); big.NewInt(y.Taken.Records).Cmp(allTaken.records) != 0 || big.NewInt(y.Offered.Bytes).Cmp(allOffered.bytes) != 0 {
			t.Errorf("tally %+v, want %v records and %v bytes", y, allTaken.records, allOffered.bytes)
		}
	})
}

func TestVerdicts(t *testing.T) {
	m := NewMeter(scope(100, 1000, "a", "b"), Amount{Records: 40, Bytes: 100}, 500)
	take := func(link paper.ID, records, bytes int64, want Verdict) {
		t.Helper()
		if got := m.Take(link, Amount{records, bytes}); got != want {
			t.Errorf("%d records, %d bytes over %s: %s, want %s", records, bytes, link, got, want)
		}
	}
	take("a", 1, 1, NoLink)
	m.Open("c", Amount{10, 10})
	take("c", 1, 1, NoLink)
	m.Open("a", Amount{50, 900})
	take("a", 51, 1, LinkRecords)
	take("a", -1, 1, LinkRecords)
	take("a", 1, 901, LinkBytes)
	take("a", 1, 1, LinkShare)
	m.Offer("a", Amount{1000, 10000})
	take("a", 50, 900, Within)
	m.Open("a", Amount{50, 900})
	m.Offer("a", Amount{1000, 10000})
	take("a", 11, 0, TotalRecords)
	take("a", 1, 1, TotalBytes)
	take("a", 10, 0, Within)
	m.Shut("a")
	take("a", 0, 0, NoLink)
	y := m.Tally()
	if y.Taken != (Amount{100, 1000}) || y.Offered != (Amount{2040, 20100}) || y.Refused[NoLink] != 2 || y.Refused[LinkRecords] != 51 || y.Refused[TotalRecords] != 11 {
		t.Errorf("%+v", y)
	}
	// What was used before counts against the share of the whole too.
	m = NewMeter(scope(100, 1000, "a"), Amount{10, 10}, 500)
	m.Open("a", Amount{50, 900})
	m.Offer("a", Amount{10, 10})
	take("a", 5, 0, TotalShare)
	names := map[string]bool{}
	for _, v := range Verdicts() {
		names[v.String()] = true
	}
	if len(names) != int(verdicts) || Verdict(99).String() != "unknown" {
		t.Errorf("names of verdicts: %v", names)
	}
}

func TestHugeNumbers(t *testing.T) {
	m := NewMeter(scope(math.MaxInt64, math.MaxInt64, "a"), Amount{}, 999)
	m.Open("a", Amount{math.MaxInt64, math.MaxInt64})
	m.Offer("a", Amount{math.MaxInt64, math.MaxInt64})
	m.Offer("a", Amount{math.MaxInt64, math.MaxInt64})
	if v := m.Take("a", Amount{math.MaxInt64, 1}); v != LinkShare {
		t.Errorf("all of it under 999 thousandths: %s", v)
	}
	if v := m.Take("a", Amount{math.MaxInt64 / 2, math.MaxInt64 / 2}); v != Within {
		t.Errorf("half of it: %s", v)
	}
	if v := m.Take("a", Amount{math.MaxInt64, math.MaxInt64}); v == Within {
		t.Error("the sum ran over")
	}
}

// TestInvariant19_Together: many goroutines cannot pass the total, and lose nothing below it.
func TestInvariant19_Together(t *testing.T) {
	m := NewMeter(scope(10_000, 1<<40, "a", "b"), Amount{}, 1000)
	var wg sync.WaitGroup
	for _, link := range []paper.ID{"a", "b", "a", "b"} {
		m.Open(link, Amount{8000, 1 << 40})
		m.Offer(link, Amount{1 << 20, 1 << 30})
		wg.Go(func() {
			for range 2000 {
				m.Take(link, Amount{3, 100})
			}
		})
	}
	wg.Wait()
	if y := m.Tally(); y.Taken.Records != 9999 || y.Refused[TotalRecords]+y.Refused[LinkRecords] != 24000-9999 {
		t.Errorf("%+v", y)
	}
}

func BenchmarkTake(b *testing.B) {
	m := NewMeter(scope(math.MaxInt64, math.MaxInt64, "a"), Amount{}, 1000)
	m.Open("a", Amount{math.MaxInt64, math.MaxInt64})
	m.Offer("a", Amount{math.MaxInt64, math.MaxInt64})
	b.ReportAllocs()
	for b.Loop() {
		m.Take("a", Amount{1, 100})
	}
}
