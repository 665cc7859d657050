package reorder_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/reorder"
)

// pass sends records that begin at times through a window, each with its number as
// its host, and gives "time number" in the order that came out.
func pass(t interface{ Fatalf(string, ...any) }, size int, times []int64) (got []string) {
	w := reorder.New(size)
	var b flow.Batch
	out := func() {
		for {
			b.Reset()
			if !w.Out(&b) {
				return
			}
			if len(b.Records) > flow.BatchSize {
				t.Fatalf("a batch of %d records", len(b.Records))
			}
			for i := range b.Records {
				r := &b.Records[i]
				got = append(got, fmt.Sprint(r.First, " ", b.String(r.Host)))
			}
		}
	}
	for i, first := range times {
		in := w.In()
		in.Records = append(in.Records, flow.Record{First: first, Host: in.AddText([]byte(fmt.Sprint(i)))})
		if w.Full() {
			out()
		}
		if n := len(w.In().Records); n > size {
			t.Fatalf("%d records are held, the window has %d", n, size)
		}
	}
	w.End()
	out()
	return got
}

// TestAgainstSort: nothing goes lost, and what is late by less than half a window
// comes in order.
func TestAgainstSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(2, 50).Draw(t, "window")
		late := rapid.IntRange(0, size/2-1+size%2).Draw(t, "late")
		n := rapid.IntRange(0, 300).Draw(t, "records")
		type one struct {
			at   float64
			time int64
		}
		var rows []one
		for i := range n {
			rows = append(rows, one{float64(i) + float64(rapid.IntRange(0, late).Draw(t, "delay")), int64(i / 3)})
		}
		slices.SortStableFunc(rows, func(a, b one) int { return cmp.Compare(a.at, b.at) })
		var times []int64
		var want []string
		for i, r := range rows {
			times = append(times, r.time)
			want = append(want, fmt.Sprint(r.time, " ", i))
		}
		got := pass(t, size, times)
		slices.SortStableFunc(want, func(a, b string) int {
			var x, y int64
			fmt.Sscan(a, &x)
			fmt.Sscan(b, &y)
			return cmp.Compare(x, y)
		})
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

// TestNothingGoesLost: whatever the order, each record comes once.
func TestNothingGoesLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.Int64(), 0, 200).Draw(t, "times")
		got := pass(t, rapid.IntRange(2, 30).Draw(t, "window"), times)
		var want []string
		for i, at := range times {
			want = append(want, fmt.Sprint(at, " ", i))
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestTextIsBounded(t *testing.T) {
	w := reorder.New(0)
	long := make([]byte, 1<<20)
	for i := range 200 {
		in := w.In()
		in.Records = append(in.Records, flow.Record{First: int64(i), Host: in.AddText(long)})
		if len(in.Text) > 65<<20 {
			t.Fatalf("%d bytes of text are held", len(in.Text))
		}
		for w.Full() {
			w.Out(&flow.Batch{})
		}
	}
}

func TestNoAllocations(t *testing.T) {
	w := reorder.New(4096)
	var b flow.Batch
	at := int64(0)
	round := func() {
		for range 4096 {
			in := w.In()
			at += 1 - 2*(at&1) + 2
			in.Records = append(in.Records, flow.Record{First: at, Host: in.AddText([]byte("a.example"))})
			if w.Full() {
				for b.Reset(); w.Out(&b); b.Reset() {
				}
			}
		}
	}
	round()
	round()
	if n := testing.AllocsPerRun(10, round); n != 0 {
		t.Errorf("%v allocations a round", n)
	}
}

func BenchmarkWindow(b *testing.B) {
	w := reorder.New(0)
	var out flow.Batch
	at := uint64(1)
	for i := 0; b.Loop(); i++ {
		in := w.In()
		at = at*6364136223846793005 + 1442695040888963407
		in.Records = append(in.Records, flow.Record{First: int64(i) + int64(at>>50)})
		if w.Full() {
			for out.Reset(); w.Out(&out); out.Reset() {
			}
		}
	}
}
