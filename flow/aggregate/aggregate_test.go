package aggregate

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/filter"
)

var (
	words = []string{"unknown", "outbound"}
	class = func(src, _ flow.Addr) int { return int(src[15] & 1) }
)

func draw(t *rapid.T) *flow.Batch {
	b := &flow.Batch{}
	for range rapid.IntRange(0, 60).Draw(t, "records") {
		n := func(most int) int { return rapid.IntRange(0, most).Draw(t, "n") }
		r := flow.Record{Src: flow.Addr4([4]byte{10, 0, byte(n(1)), byte(n(3))}), Dst: flow.Addr{0: 0x20, 7: byte(n(1)), 15: byte(n(2))}, DstPort: uint16(n(2)), SrcPort: uint16(n(1)),
			Proto: uint8(6 + 11*n(1)), SrcBytes: uint64(n(1000)), DstBytes: uint64(n(1000)), SrcPackets: uint64(n(9)), DstPackets: uint64(n(9)),
			First: int64(n(20))*60e9 - 300e9, Kind: flow.Kind(n(4)), State: flow.State(n(4)), Service: flow.Service(n(3))}
		if n(1) == 0 {
			r.Host = b.AddName([]byte{'a' + byte(n(2))})
		}
		if n(3) == 0 {
			r.TLS = b.AddTLS(flow.TLS{SNI: b.AddText([]byte("tls")), JA4: b.AddText([]byte("t13"))})
		}
		b.Records = append(b.Records, r)
	}
	return b
}

// slow groups by text.
func slow(o Options, b *flow.Batch) map[string][numSums]uint64 {
	all := map[string][numSums]uint64{}
	for i := range b.Records {
		r := &b.Records[i]
		ends := []flow.Addr{r.Src}
		if slices.ContainsFunc(o.By, func(k Key) bool { return k.Name == "host" }) {
			ends = append(ends, r.Dst)
		}
		for _, end := range ends {
			var labels []string
			if o.Bin > 0 {
				labels = append(labels, time.Unix(0, r.First).UTC().Truncate(o.Bin).Format(time.RFC3339))
			}
			for _, k := range o.By {
				addr := func(a flow.Addr) string {
					n := k.Bits
					if k.Bits == 0 || k.Bits > 32 && a.Is4() {
						return a.String()
					}
					if !a.Is4() && n <= 32 {
						n = 64
					}
					p, _ := a.Netip().Prefix(n)
					return p.String()
				}
				ja4 := ""
				if x := b.TLSOf(r); x != nil {
					ja4 = b.String(x.JA4)
				}
				labels = append(labels, map[string]string{"src": addr(r.Src), "dst": addr(r.Dst), "host": addr(end), "src-port": fmt.Sprint(r.SrcPort), "port": fmt.Sprint(r.DstPort),
					"proto": filter.Proto(r.Proto), "service": filter.Service(r.Service), "state": filter.State(r.State), "kind": filter.Kind(r.Kind), "direction": words[class(r.Src, r.Dst)],
					"name": string(Name(b, r)), "ja4": ja4}[k.Name])
			}
			s := all[fmt.Sprint(labels)]
			flows := uint64(0)
			if r.Kind != flow.KindDNS && r.Kind != flow.KindFacts {
				flows = 1
			}
			for i, n := range []uint64{r.SrcBytes + r.DstBytes, r.SrcPackets + r.DstPackets, flows, 1, r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets} {
				s[i] += n
			}
			all[fmt.Sprint(labels)] = s
		}
	}
	return all
}

func drawOptions(t *rapid.T) Options {
	o := Options{Order: Sum(rapid.IntRange(0, int(numSums)-1).Draw(t, "order")), Classes: words, Class: class}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(append(Keys(), "src/24", "dst/48", "host/31", "dst/16")), 1, 4, rapid.ID).Draw(t, "by") {
		k, ok := ParseKey(name)
		if !ok || k.String() != name {
			t.Fatalf("%s: %v %v", name, k, ok)
		}
		o.By = append(o.By, k)
	}
	if rapid.Bool().Draw(t, "bin") {
		o.Bin = 5 * time.Minute
	}
	return o
}

// TestAgainstSlow compares with grouping by text; and of a table that is too small,
// that the sum of a row is never too low, and too high at most by what it says.
func TestAgainstSlow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, o := draw(t), drawOptions(t)
		want := slow(o, b)
		exact, small := New(o), o
		small.Most = rapid.IntRange(1, 8).Draw(t, "room")
		tight := New(small)
		for i := range b.Records {
			exact.Add(b, &b.Records[i])
			tight.Add(b, &b.Records[i])
		}
		together, few := New(o), New(small)
		together.AddAll(b)
		few.AddAll(b)
		if diff := cmp.Diff(exact.Top(0), together.Top(0)) + cmp.Diff(tight.Top(0), few.Top(0)); diff != "" {
			t.Fatalf("one by one, all at once:\n%s", diff)
		}
		got := map[string][numSums]uint64{}
		last := ^uint64(0)
		for _, r := range exact.Top(0) {
			got[fmt.Sprint(r.Labels)] = r.Sums
			if r.Over != 0 || o.Bin == 0 && r.Sums[o.Order] > last {
				t.Fatalf("%v: out of order, or not exact", r)
			}
			last = r.Sums[o.Order]
		}
		if diff := cmp.Diff(want, got); diff != "" || exact.Dropped != 0 || exact.Groups() != len(want) {
			t.Fatalf("-want +got\n%s", diff)
		}
		rows := tight.Top(0)
		if len(rows) > small.Most || tight.Dropped == 0 && len(rows) != len(want) {
			t.Fatalf("%d rows of %d, %d dropped", len(rows), len(want), tight.Dropped)
		}
		for _, r := range rows {
			real, sum := want[fmt.Sprint(r.Labels)][o.Order], r.Sums[o.Order]
			if sum < real || sum-r.Over > real {
				t.Fatalf("%v: really %d", r, real)
			}
		}
		for label, s := range want { // none that is greater than the least row is missing
			if len(rows) == small.Most && tight.Dropped > 0 && s[o.Order] > slices.MinFunc(rows, func(a, b Row) int { return int(a.Sums[o.Order]) - int(b.Sums[o.Order]) }).Sums[o.Order] &&
				!slices.ContainsFunc(rows, func(r Row) bool { return fmt.Sprint(r.Labels) == label }) {
				t.Fatalf("%s with %d is missing", label, s[o.Order])
			}
		}
		if n := len(exact.Top(2)); n > 2 || n < min(2, len(want)) {
			t.Fatalf("%d rows of two", n)
		}
	})
}

func TestParse(t *testing.T) {
	for _, s := range []string{"", "srcs", "port/24", "src/0", "src/129", "src/x", "name/8"} {
		if k, ok := ParseKey(s); ok {
			t.Errorf("%q became %v", s, k)
		}
	}
	for i, name := range Sums() {
		if s, ok := ParseSum(name); !ok || int(s) != i {
			t.Errorf("%s: %d %v", name, s, ok)
		}
	}
	if add(^uint64(0)-1, 5) != ^uint64(0) {
		t.Error("sums pass the greatest number")
	}
}

// BenchmarkAdd adds records of 10,000 pairs.
func BenchmarkAdd(b *testing.B) {
	batch := &flow.Batch{}
	for i := range 1 << 16 {
		batch.Records = append(batch.Records, flow.Record{Src: flow.Addr4([4]byte{10, byte(i % 100), 1, 1}), Dst: flow.Addr4([4]byte{192, 0, 2, byte(i / 100 % 100)}), DstPort: 443, Proto: 6, SrcBytes: uint64(i)})
	}
	src, _ := ParseKey("src")
	dst, _ := ParseKey("dst")
	t := New(Options{By: []Key{src, dst}})
	b.ReportAllocs()
	for b.Loop() {
		for i := range batch.Records {
			t.Add(batch, &batch.Records[i])
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(batch.Records))/b.Elapsed().Seconds()/1e6, "Mrecords/s")
}
