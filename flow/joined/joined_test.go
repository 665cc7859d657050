package joined

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

const sec = int64(time.Second)

// half is one direction as an exporter reports it, times in s.
func half(link uint32, ends string, first, last float64, packets uint64, flags uint8) flow.Record {
	r := flow.Record{Link: link, First: int64(first * 1e9), Last: int64(last * 1e9), SrcPackets: packets, SrcBytes: 100 * packets, SrcFlags: flags, Proto: 17}
	var a, b byte
	if _, err := fmt.Sscanf(ends, "%d:%d>%d:%d", &a, &r.SrcPort, &b, &r.DstPort); err != nil {
		panic(err)
	}
	r.Src, r.Dst = flow.Addr4([4]byte{10, 0, 0, a}), flow.Addr4([4]byte{10, 0, 0, b})
	if flags != 0 {
		r.Proto = 6
	}
	return r
}

func brief(r *flow.Record) string {
	s := fmt.Sprintf("%d:%d>%d:%d %g-%g %d/%d", r.Src[15], r.SrcPort, r.Dst[15], r.DstPort, float64(r.First)/1e9, float64(r.Last)/1e9, r.SrcPackets, r.DstPackets)
	return s + []string{"", " established", " attempt", " refused", " midstream"}[r.State] + []string{"", " part"}[r.Kind]
}

// run joins records and writes what comes out, in the order of ends and times.
func run(j *Joiner, records ...flow.Record) (got []string) {
	var in, out flow.Batch
	for i := range records {
		j.Add(&in, &records[i], &out)
	}
	for j.Flush(&out) {
	}
	slices.SortFunc(out.Records, func(a, b flow.Record) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Last, b.Last), cmp.Compare(a.SrcPort, b.SrcPort))
	})
	for i := range out.Records {
		got = append(got, brief(&out.Records[i]))
	}
	return got
}

func TestJoin(t *testing.T) {
	const s, sa, a, fa, ra = flow.SYN, flow.SYN | flow.ACK | flow.FIN, flow.ACK, flow.ACK | flow.FIN, flow.RST | flow.ACK
	icmp := func(kind uint16, ends string) flow.Record {
		r := half(1, ends, 1, 1, 1, 0)
		r.Proto, r.SrcPort, r.DstPort = 1, kind, 0
		return r
	}
	sampled := func(r flow.Record) flow.Record { r.Sampling = 100; return r }
	part := func(r flow.Record) flow.Record { r.Kind = flow.KindPart; return r }
	both := func(r flow.Record, n uint64) flow.Record {
		r.DstPackets, r.DstBytes, r.DstFlags = n, n*100, r.SrcFlags
		return r
	}
	nolink := half(0, "1:5000>2:53", 1, 2, 3, 0)
	for _, c := range []struct {
		name string
		in   []flow.Record
		want []string
	}{
		{"two halves", []flow.Record{half(1, "1:5000>2:443", 1, 9, 10, sa), half(1, "2:443>1:5000", 1.1, 8, 20, sa)}, []string{"1:5000>2:443 1-9 10/20 established"}},
		{"answer first", []flow.Record{half(1, "2:443>1:5000", 1.1, 8, 20, sa), half(1, "1:5000>2:443", 1, 9, 10, sa)}, []string{"1:5000>2:443 1-9 10/20 established"}},
		{"the earlier began, whatever the ports", []flow.Record{half(1, "2:443>1:5000", 1, 8, 20, sa), half(1, "1:5000>2:443", 1.1, 9, 10, sa)}, []string{"2:443>1:5000 1-9 20/10 established"}},
		{"halves from two routers", []flow.Record{half(1, "1:5000>2:443", 1, 9, 10, sa), half(2, "2:443>1:5000", 1.1, 8, 20, sa)}, []string{"1:5000>2:443 1-9 10/20 established"}},
		{"refused", []flow.Record{half(1, "2:50>1:5000", 1, 1, 1, ra), half(1, "1:5000>2:50", 1, 1, 1, s)}, []string{"1:5000>2:50 1-1 1/1 refused"}},
		{"alone, asked", []flow.Record{half(1, "1:80>2:5000", 1, 1, 3, s)}, []string{"1:80>2:5000 1-1 3/0 attempt"}},
		{"alone, answered", []flow.Record{half(1, "2:443>1:5000", 1, 1, 3, sa)}, []string{"1:5000>2:443 1-1 0/3 midstream"}},
		{"alone, DNS's answer", []flow.Record{half(1, "2:53>1:5000", 1, 1, 1, 0)}, []string{"1:5000>2:53 1-1 0/1 midstream"}},
		{"alone, DNS's question", []flow.Record{half(1, "1:5000>2:53", 1, 1, 1, 0)}, []string{"1:5000>2:53 1-1 1/0"}},
		{"unanswered where both ways are seen", []flow.Record{half(1, "1:6001>2:53", 0, 1, 1, 0), half(1, "2:53>1:6001", 0, 1, 1, 0), half(1, "1:5000>2:53", 1, 1, 1, 0)}, []string{"1:6001>2:53 0-1 1/1 established", "1:5000>2:53 1-1 1/0 attempt"}},
		{"seen by two", []flow.Record{half(1, "1:5000>2:443", 1, 9, 10, sa), half(2, "1:5000>2:443", 1.5, 9.5, 10, sa), half(2, "2:443>1:5000", 1.1, 8, 20, sa), half(1, "2:443>1:5000", 1.1, 8, 20, sa)}, []string{"1:5000>2:443 1-9 10/20 established"}},
		{"seen by two, late", []flow.Record{half(1, "1:5000>2:443", 1, 9, 10, sa), half(1, "3:1>4:2", 100, 100, 1, 0), half(2, "1:5000>2:443", 1, 9, 10, sa)}, []string{"1:5000>2:443 1-9 10/0", "3:1>4:2 100-100 1/0"}},
		{"by two with other timeouts", []flow.Record{half(1, "1:5000>2:443", 0, 60, 1, a), half(1, "1:5000>2:443", 60, 120, 2, a), half(2, "1:5000>2:443", 0, 120, 3, a)}, []string{"1:5000>2:443 0-60 1/0 midstream", "1:5000>2:443 60-120 2/0 midstream part"}},
		{"in and out of one router", []flow.Record{half(1, "1:5000>2:443", 1, 9, 10, a), half(1, "1:5000>2:443", 1, 9, 10, a)}, []string{"1:5000>2:443 1-9 10/0 midstream"}},
		{"in slices", []flow.Record{half(1, "1:5000>2:443", 0, 60, 5, flow.SYN|a), half(1, "2:443>1:5000", 0, 60, 5, flow.SYN|a), half(1, "1:5000>2:443", 60, 120, 5, a), half(1, "2:443>1:5000", 60, 120, 5, a), half(1, "1:5000>2:443", 120, 130, 5, fa), half(1, "2:443>1:5000", 120, 130, 5, fa)},
			[]string{"1:5000>2:443 0-60 5/5 established", "1:5000>2:443 60-120 5/5 established part", "1:5000>2:443 120-130 5/5 established part"}},
		{"again on the same ports", []flow.Record{half(1, "1:5000>2:443", 0, 6, 5, sa), half(1, "1:5000>2:443", 7, 12, 5, sa)}, []string{"1:5000>2:443 0-6 5/0", "1:5000>2:443 7-12 5/0"}},
		{"after a pause", []flow.Record{half(1, "1:5000>2:53", 0, 6, 5, 0), half(1, "1:5000>2:53", 30, 40, 5, 0)}, []string{"1:5000>2:53 0-6 5/0", "1:5000>2:53 30-40 5/0"}},
		{"slices said so", []flow.Record{part(half(1, "1:5000>2:443", 0, 60, 5, a)), half(1, "2:443>1:5000", 0, 60, 5, a)}, []string{"1:5000>2:443 0-60 5/5 established part"}},
		{"joined already", []flow.Record{both(half(1, "2:443>1:5000", 0, 6, 5, sa), 7), half(2, "1:5000>2:443", 0, 6, 7, sa)}, []string{"2:443>1:5000 0-6 5/7 established"}},
		{"joined after a half", []flow.Record{half(2, "1:5000>2:443", 0, 6, 7, sa), both(half(1, "1:5000>2:443", 0, 6, 7, sa), 9)}, []string{"1:5000>2:443 0-6 7/9 established"}},
		{"ping", []flow.Record{icmp(0, "2:0>1:0"), icmp(8, "1:0>2:0")}, []string{"1:8>2:0 1-1 1/1 established"}},
		{"unreachable", []flow.Record{icmp(3, "2:0>1:0")}, []string{"2:3>1:0 1-1 1/0"}},
		{"sampled: ports before times", []flow.Record{sampled(half(1, "2:443>1:5000", 1, 8, 20, sa)), sampled(half(1, "1:5000>2:443", 1.1, 9, 10, sa))}, []string{"1:5000>2:443 1-9 10/20 established"}},
		{"one sampled packet, drawn by two switches", []flow.Record{part(sampled(half(1, "2:443>1:5000", 1, 1, 1, a))), part(sampled(half(2, "2:443>1:5000", 1, 1, 1, a)))}, []string{"1:5000>2:443 1-1 0/1 midstream part"}},
		{"sampled packets of one switch", []flow.Record{part(sampled(half(1, "2:443>1:5000", 1, 1, 1, a))), part(sampled(half(1, "2:443>1:5000", 2, 2, 1, a)))}, []string{"1:5000>2:443 1-1 0/1 midstream part", "1:5000>2:443 2-2 0/1 midstream part"}},
		{"each direction over a switch of its own", []flow.Record{part(sampled(half(1, "2:443>1:5000", 1, 1, 1, a))), part(sampled(half(2, "1:5000>2:443", 1, 1, 1, a)))}, []string{"1:5000>2:443 1-1 0/1 midstream part", "1:5000>2:443 1-1 1/0 midstream part"}},
		{"the first switch fell silent", []flow.Record{part(sampled(half(1, "2:443>1:5000", 1, 1, 1, a))), part(sampled(half(2, "2:443>1:5000", 302, 302, 1, a)))}, []string{"1:5000>2:443 1-1 0/1 midstream part", "1:5000>2:443 302-302 0/1 midstream part"}},
		{"no link", []flow.Record{nolink, nolink}, []string{"1:5000>2:53 1-2 3/0", "1:5000>2:53 1-2 3/0"}},
		{"to itself", []flow.Record{half(1, "1:5000>1:53", 0, 1, 1, 0), half(1, "1:53>1:5000", 0, 1, 2, 0)}, []string{"1:5000>1:53 0-1 1/2 established"}},
		{"one absurd time", []flow.Record{half(1, "1:5000>2:53", 1, 1, 1, 0), half(1, "3:1>4:53", 1e9, 1e9, 1, 0), half(1, "2:53>1:5000", 1, 1, 2, 0)}, []string{"1:5000>2:53 1-1 1/2 established", "3:1>4:53 1e+09-1e+09 1/0 attempt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := gocmp.Diff(c.want, run(New(Options{}), c.in...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// conversation is an exchange as it happened.
type conversation struct {
	client, server byte
	port           uint16
	first, last    int64
	out, back      uint64
}

// draw makes conversations on distinct ports.
func draw(t *rapid.T) (all []conversation) {
	seed := rapid.Uint64().Draw(t, "seed")
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range rapid.IntRange(1, 200).Draw(t, "conversations") {
		c := conversation{client: byte(1 + r.IntN(4)), server: byte(100 + r.IntN(4)), port: uint16(20000 + i), out: 1 + r.Uint64N(100), back: r.Uint64N(100)}
		c.first = 1000*sec + r.Int64N(600*sec)
		c.last = c.first + r.Int64N(50*sec)
		all = append(all, c)
	}
	return all
}

// halves gives what an exporter reports of conversations, in the order of ends.
func halves(all []conversation, link uint32, skew int64) (h []flow.Record) {
	for _, c := range all {
		x := half(link, fmt.Sprintf("%d:%d>%d:443", c.client, c.port, c.server), 0, 0, c.out, flow.SYN|flow.ACK|flow.FIN)
		x.First, x.Last = c.first+skew, c.last+skew
		h = append(h, x)
		if c.back > 0 {
			y := half(link, fmt.Sprintf("%d:443>%d:%d", c.server, c.client, c.port), 0, 0, c.back, flow.SYN|flow.ACK|flow.FIN)
			y.First, y.Last = c.first+skew+(c.last-c.first)/10, c.last+skew
			h = append(h, y)
		}
	}
	slices.SortStableFunc(h, func(a, b flow.Record) int { return cmp.Compare(a.Last, b.Last) })
	return h
}

func totals(all []conversation) (want []string) {
	for _, c := range all {
		want = append(want, fmt.Sprintf("%d:%d>%d:443 %d/%d", c.client, c.port, c.server, c.out, c.back))
	}
	slices.Sort(want)
	return want
}

// strippedOfTimes gives ends and counts of what came out.
func strippedOfTimes(got []string) (all []string) {
	for _, s := range got {
		f := strings.Fields(s)
		all = append(all, f[0]+" "+f[2])
	}
	slices.Sort(all)
	return all
}

// TestEachOnce: whatever the order within the wait and however many exporters report
// it, each conversation comes out once, whole, from the end that began.
func TestEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := draw(t)
		exporters := rapid.IntRange(1, 3).Draw(t, "exporters")
		var in []flow.Record
		for i := range exporters {
			in = append(in, halves(all, uint32(1+i), int64(i)*sec/4)...)
		}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 2))
		late := map[int]int64{}
		for i := range in {
			late[i] = r.Int64N(20 * sec)
		}
		at := make([]int, len(in))
		for i := range at {
			at[i] = i
		}
		slices.SortFunc(at, func(a, b int) int { return cmp.Compare(in[a].Last+late[a], in[b].Last+late[b]) })
		shuffled := make([]flow.Record, len(in))
		for i, k := range at {
			shuffled[i] = in[k]
		}
		j := New(Options{})
		if diff := gocmp.Diff(totals(all), strippedOfTimes(run(j, shuffled...))); diff != "" {
			t.Fatalf("%d exporters (-want +got):\n%s", exporters, diff)
		}
	})
}

// TestNothingGoesLost: a table that is far too small, and records of any kind from one
// exporter: what goes in comes out, not more and not less.
func TestNothingGoesLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := New(Options{Most: rapid.IntRange(1, 40).Draw(t, "most")})
		var in, out flow.Batch
		var packets, came uint64
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		n := rapid.IntRange(1, 400).Draw(t, "records")
		for i := range n {
			x := half(1, fmt.Sprintf("%d:%d>%d:%d", 1+r.IntN(4), r.IntN(3), 1+r.IntN(4), r.IntN(3)), 0, 0, uint64(i+2), uint8(r.IntN(64)))
			x.Proto = []uint8{1, 6, 17, 58, 47}[r.IntN(5)]
			x.First = r.Int64N(1000 * sec)
			x.Last = x.First + r.Int64N(100*sec)
			if r.IntN(4) == 0 {
				x.DstPackets, x.DstBytes = uint64(i+3), 1
			}
			packets += x.SrcPackets + x.DstPackets
			j.Add(&in, &x, &out) // which uses it up
		}
		for j.Flush(&out) {
		}
		for i := range out.Records {
			came += out.Records[i].SrcPackets + out.Records[i].DstPackets
		}
		s := j.Stats()
		if came != packets || s.Duplicates != 0 || uint64(len(out.Records))+s.Pairs != uint64(n) {
			t.Fatalf("%d packets of %d, %d records of %d, %+v", came, packets, len(out.Records), n, s)
		}
		if len(j.t.ring) > 64 || j.Waiting() {
			t.Fatalf("%d places", len(j.t.ring))
		}
	})
}

// TestAddAll: records added together and one by one come out the same.
func TestAddAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var records flow.Batch
		for i, c := range draw(t) {
			records.Records = append(records.Records, halves([]conversation{c}, uint32(i%3), 0)...)
		}
		var none, out, together flow.Batch
		one, all := New(Options{Most: 16}), New(Options{Most: 16})
		for _, r := range records.Records {
			one.Add(&none, &r, &out)
		}
		all.AddAll(&records, &together)
		one.Flush(&out)
		all.Flush(&together)
		if diff := gocmp.Diff(out.Records, together.Records); diff != "" || one.Stats() != all.Stats() {
			t.Fatalf("%+v, %+v (-one by one +together):\n%s", one.Stats(), all.Stats(), diff)
		}
	})
}

// TestTable compares with a map.
func TestTable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x table
		x.init(1 << 12)
		x.tail = rapid.SampledFrom([]uint32{0, 0, 1<<32 - 700}).Draw(t, "first number")
		x.tail &^= uint32(len(x.ring) - 1)
		x.sent, x.head = x.tail, x.tail
		want := map[key]uint64{}
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 4))
		for i := range 3000 {
			rec := flow.Record{Src: flow.Addr{1}, Dst: flow.Addr{2}, SrcPort: uint16(r.IntN(1500)), Proto: 17, SrcPackets: uint64(i)}
			k, _ := keyOf(&rec)
			h := x.hash(&k) & 0xff // many collisions
			e, at := x.find(h, &k)
			if n, known := want[k]; known != (e != nil) || known && (e.rec.SrcPackets != n || x.at(at) != e) {
				t.Fatalf("key %v: found %v, known %v", k, e, known)
			}
			switch {
			case e != nil && r.IntN(3) == 0:
				x.drop(e, at)
				delete(want, k)
			case e == nil && !x.full():
				x.add(h, &rec)
				want[k] = uint64(i)
			case x.tail != x.head && r.IntN(2) == 0:
				if e := x.at(x.tail); !e.dead {
					old, _ := keyOf(&e.rec)
					delete(want, old)
				}
				x.removeOldest()
			}
			x.sent = x.head
		}
		for k, n := range want {
			if e, _ := x.find(x.hash(&k)&0xff, &k); e == nil || e.rec.SrcPackets != n {
				t.Fatalf("key %v is lost", k)
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	var all []conversation
	for range 200_000 {
		c := conversation{client: byte(r.IntN(250)), server: byte(r.IntN(250)), port: uint16(r.IntN(65536)), out: 1 + r.Uint64N(100), back: 1 + r.Uint64N(100)}
		c.first = 1000*sec + r.Int64N(600*sec)
		c.last = c.first + r.Int64N(50*sec)
		all = append(all, c)
	}
	in := halves(all, 1, 0)
	b.ReportAllocs()
	for b.Loop() {
		j := New(Options{})
		var from, out flow.Batch
		for i := range in {
			x := in[i]
			j.Add(&from, &x, &out)
			if len(out.Records) > flow.BatchSize {
				out.Reset()
			}
		}
	}
	b.ReportMetric(float64(b.N)*float64(len(in))/b.Elapsed().Seconds()/1e6, "Mrecords/s")
}
