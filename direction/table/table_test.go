package table

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// The table that ships reads, is dated, names its source and licence, and writing
// it again gives the same bytes.
func TestBuiltin(t *testing.T) {
	b, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	if b.Date.Year() < 2026 || b.Source == "" || b.Version == "" || b.Licence == "" || b.Attribution == "" || b.Notice == "" || len(b.Files) != 2 {
		t.Errorf("header %+v", b.Header)
	}
	if b.V4.Len() < 100_000 || b.V6.Len() < 50_000 || len(b.Countries) < 230 {
		t.Errorf("%d IPv4 rows, %d IPv6 rows, %d countries", b.V4.Len(), b.V6.Len(), len(b.Countries))
	}
	if len(countries) > 3<<20 {
		t.Errorf("the table takes %d bytes of the binary", len(countries))
	}
	again, err := Encode(b)
	if err != nil || !bytes.Equal(again, countries) {
		t.Errorf("written again it differs (%v): make it with direction/table/make", err)
	}
}

func tableGen() *rapid.Generator[*Table] {
	return rapid.Custom(func(t *rapid.T) *Table {
		x := &Table{Header: Header{Source: "test", Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}}
		for i := range rapid.IntRange(0, 5).Draw(t, "countries") {
			x.Countries = append(x.Countries, string([]byte{'A', 'A' + byte(i)}))
		}
		drawRows(t, &x.V4, len(x.Countries))
		drawRows(t, &x.V6, len(x.Countries))
		return x
	})
}

func drawRows[N uint32 | uint64](t *rapid.T, r *Rows[N], countries int) {
	next := uint64(0)
	for range rapid.IntRange(0, 20*min(countries, 1)).Draw(t, "rows") {
		gap := rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64Max(1000), rapid.Uint64()).Draw(t, "gap")
		span := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 255, 1<<31 - 1, 1<<63 - 1}), rapid.Uint64Max(1<<40)).Draw(t, "span")
		first := next + gap
		last := first + span
		if first < next || last < first || last > uint64(^N(0)) || last == math.MaxUint64 {
			continue
		}
		r.Add(N(first), N(last), uint8(rapid.IntRange(0, countries-1).Draw(t, "country")))
		next = last + 1
	}
}

func TestEncodeDecode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := tableGen().Draw(rt, "table")
		data, err := Encode(x)
		if err != nil {
			rt.Fatal(err)
		}
		back, err := Decode(data)
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(x.V4, back.V4) + cmp.Diff(x.V6, back.V6) + cmp.Diff(x.Countries, back.Countries); d != "" {
			rt.Fatal(d)
		}
		n := rapid.Uint32().Draw(rt, "n")
		want := -1
		for i, first := range x.V4.First {
			if first <= n && n <= x.V4.Last[i] {
				want = i
			}
		}
		if got := back.V4.Find(n); got != want {
			rt.Fatalf("Find(%d) = %d, want %d", n, got, want)
		}
	})
}

func TestDamage(t *testing.T) {
	good, err := Encode(&Table{Countries: []string{"JP"}, V4: Rows[uint32]{[]uint32{1, 9}, []uint32{5, 9}, []uint8{0, 0}}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range good { // every truncation and every flipped byte of the body
		if _, err := Decode(good[:n]); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Fatalf("cut at %d: %v", n, err)
		}
		bad := bytes.Clone(good)
		bad[n] ^= 0x40
		if _, err := Decode(bad); err == nil && n > bytes.Index(good, []byte("sha256")) {
			t.Fatalf("changed at %d: no error", n)
		}
	}
	for name, x := range map[string]*Table{
		"overlap":    {Countries: []string{"JP"}, V4: Rows[uint32]{[]uint32{1, 5}, []uint32{5, 9}, []uint8{0, 0}}},
		"backwards":  {Countries: []string{"JP"}, V4: Rows[uint32]{[]uint32{9}, []uint32{5}, []uint8{0}}},
		"no country": {V4: Rows[uint32]{[]uint32{1}, []uint32{5}, []uint8{0}}},
		"not a code": {Countries: []string{"jp"}},
		"after end":  {Countries: []string{"JP"}, V4: Rows[uint32]{[]uint32{1, 0}, []uint32{math.MaxUint32, 9}, []uint8{0, 0}}},
		"line break": {Header: Header{Source: "a\nsha256: x"}},
	} {
		if _, err := Encode(x); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	good, _ := Encode(&Table{Countries: []string{"JP"}, V4: Rows[uint32]{[]uint32{1}, []uint32{5}, []uint8{0}}})
	f.Add(good)
	f.Add([]byte(magic + "\n\n"))
	f.Add([]byte(magic + "\nsha256: \n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := Decode(data)
		if err != nil {
			return
		}
		if _, err := Encode(x); err != nil {
			t.Fatalf("accepted what cannot be written: %v", err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(countries); err != nil {
			b.Fatal(err)
		}
	}
}
