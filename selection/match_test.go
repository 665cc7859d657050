package selection

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/selection/set"
)

func addr(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

// compile makes a matcher of selectors that are right.
func compile(t testing.TB, number int64, selectors ...set.Selector) *Matcher {
	t.Helper()
	b := NewBuilder(number, "first")
	for i := range selectors {
		if err := b.Add(&selectors[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b.Done()
}

// slow decides as the specification says, term by term, selector by selector.
func slow(list []set.Selector, b *flow.Batch, r *flow.Record, levels map[detect.Kind]detect.Level, now paper.Time) (set.ID, bool) {
	for _, s := range list {
		if s.Expires > now && !slices.ContainsFunc(s.Terms, func(t set.Term) bool { return !slowTerm(t, b, r, levels) }) {
			return s.ID, true
		}
	}
	return 0, false
}

func slowTerm(t set.Term, b *flow.Batch, r *flow.Record, levels map[detect.Kind]detect.Level) bool {
	for _, v := range slowValues(t.Field, b, r, levels) {
		switch t.Field.Form() {
		case set.Addresses:
			p, _ := set.Prefix(t.Value)
			if a := netip.MustParseAddr(v); p.Contains(a) {
				return true
			}
		case set.Names:
			below, ok := strings.CutPrefix(t.Value, "*.")
			if ok && len(v) > len(below)+1 && strings.HasSuffix(v, "."+below) || v == t.Value && !ok {
				return true
			}
		default:
			if v == t.Value {
				return true
			}
		}
	}
	return false
}

func slowValues(f set.Field, b *flow.Batch, r *flow.Record, levels map[detect.Kind]detect.Level) []string {
	both := func(of ...set.Field) (all []string) {
		for _, x := range of {
			all = append(all, slowValues(x, b, r, levels)...)
		}
		return all
	}
	if slices.Contains([]set.Field{set.SrcPort, set.DstPort}, f) && (r.Proto == 1 || r.Proto == 58) {
		return nil
	}
	switch f {
	case set.Address:
		return both(set.Src, set.Dst)
	case set.Port:
		return both(set.SrcPort, set.DstPort)
	case set.Name:
		return both(set.Host, set.Question, set.AnswerName, set.SNI, set.CertName)
	case set.Src:
		if !r.Src.IsZero() && r.Pseudonyms&1 == 0 {
			return []string{r.Src.String()}
		}
	case set.Dst:
		if !r.Dst.IsZero() && r.Pseudonyms&2 == 0 {
			return []string{r.Dst.String()}
		}
	case set.SrcPort:
		return []string{strconv.Itoa(int(r.SrcPort))}
	case set.DstPort:
		return []string{strconv.Itoa(int(r.DstPort))}
	case set.Proto:
		return []string{strconv.Itoa(int(r.Proto))}
	case set.Host:
		return []string{b.String(r.Host)}
	case set.Finding:
		var all []string
		for k, l := range levels {
			for ; ; l-- {
				all = append(all, string(k)+":"+l.String())
				if l == 0 {
					break
				}
			}
		}
		return all
	}
	return slowParts(f, b, r)
}

func slowParts(f set.Field, b *flow.Batch, r *flow.Record) (all []string) {
	if d := b.DNSOf(r); d != nil {
		for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
			if f == set.AnswerAddr && !a.Addr.IsZero() && a.Pseudonym == 0 {
				all = append(all, a.Addr.String())
			}
			if f == set.AnswerName {
				all = append(all, b.String(a.Name))
			}
		}
		if f == set.Question {
			all = append(all, b.String(d.Question))
		}
	}
	if x := b.TLSOf(r); x != nil {
		switch f {
		case set.SNI:
			all = append(all, b.String(x.SNI))
		case set.Digest256:
			all = append(all, b.String(x.Digest))
		case set.JA3:
			all = append(all, b.String(x.JA3))
		case set.JA4:
			all = append(all, b.String(x.JA4))
		case set.CertName:
			for _, n := range b.Names[x.Names.From:x.Names.To] {
				all = append(all, b.String(n))
			}
		}
	}
	return all
}

// A small world, so that selectors and records meet often.
var (
	worldAddrs    = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.3.1", "198.51.100.7", "0.0.0.0", "2001:db8::1", "2001:db8::2", "2001:db8:1::1", "::1"})
	worldPrefixes = rapid.SampledFrom([]string{"192.0.2.1", "192.0.2.2", "192.0.2.0/31", "192.0.2.0/24", "192.0.0.0/16", "192.0.0.0/12", "0.0.0.0/0", "0.0.0.0", "198.51.100.0/25", "2001:db8::1", "2001:db8::/64", "2001:db8::/65", "2001:db8::/32", "::/0", "::1"})
	worldNames    = rapid.SampledFrom([]string{"", "example", "a.example", "b.a.example", "x.b.a.example", "a.test", "test", "example.test", "nexample", ".example", "a..example"})
	worldPatterns = rapid.SampledFrom([]string{"example", "a.example", "*.example", "*.a.example", "*.b.a.example", "test", "*.test", "b.a.example"})
	worldWords    = rapid.SampledFrom([]string{"", "t13d", "9f86", "e7d7"})
	worldNumbers  = rapid.SampledFrom([]uint16{0, 1, 6, 17, 58, 443})
	worldMethods  = rapid.SampledFrom([]detect.Kind{detect.Beacon, detect.DGA, detect.LookAlike})
)

func drawSelectors(t *rapid.T) []set.Selector {
	var list []set.Selector
	id := set.ID(0)
	for range rapid.IntRange(0, 25).Draw(t, "selectors") {
		id += set.ID(rapid.IntRange(1, 3).Draw(t, "id step"))
		s := set.Selector{ID: id, Expires: paper.Time(rapid.IntRange(1, 12).Draw(t, "expires")), Owner: "o", Reason: "r"}
		of := rapid.SliceOfNDistinct(rapid.SampledFrom(set.Fields()), 1, 4, func(f set.Field) set.Field { return f }).Draw(t, "fields")
		slices.Sort(of)
		for _, f := range of {
			s.Terms = append(s.Terms, set.Term{Field: f, Value: drawValue(t, f)})
		}
		list = append(list, s)
	}
	return list
}

func drawValue(t *rapid.T, f set.Field) string {
	switch f.Form() {
	case set.Addresses:
		return worldPrefixes.Draw(t, "prefix")
	case set.Numbers:
		return strconv.Itoa(int(worldNumbers.Draw(t, "number") & 255))
	case set.Names:
		return worldPatterns.Draw(t, "pattern")
	case set.Words:
		return rapid.SampledFrom([]string{"t13d", "9f86", "e7d7"}).Draw(t, "word")
	}
	return string(worldMethods.Draw(t, "method")) + ":" + detect.Level(rapid.IntRange(0, 3).Draw(t, "level")).String()
}

func drawRecord(t *rapid.T, b *flow.Batch) *flow.Record {
	text := func(g *rapid.Generator[string]) flow.Text { return b.AddText([]byte(g.Draw(t, "text"))) }
	maybe := func() flow.Addr {
		if rapid.IntRange(0, 9).Draw(t, "known") == 0 {
			return flow.Addr{}
		}
		return addr(worldAddrs.Draw(t, "addr"))
	}
	r := flow.Record{Src: maybe(), Dst: maybe(), SrcPort: worldNumbers.Draw(t, "port"), DstPort: worldNumbers.Draw(t, "port"), Proto: uint8(worldNumbers.Draw(t, "proto")), Host: text(worldNames)}
	if rapid.IntRange(0, 5).Draw(t, "pseudonyms") == 0 {
		r.Pseudonyms = uint8(rapid.IntRange(1, 3).Draw(t, "which"))
	}
	if rapid.Bool().Draw(t, "dns") {
		d := flow.DNS{Question: text(worldNames)}
		d.Answers.From = uint32(len(b.Answers))
		for range rapid.IntRange(0, 3).Draw(t, "answers") {
			b.Answers = append(b.Answers, flow.Answer{Addr: maybe(), Name: text(worldNames), Pseudonym: uint8(rapid.IntRange(0, 5).Draw(t, "pseudonym") / 5)})
		}
		d.Answers.To = uint32(len(b.Answers))
		r.DNS = b.AddDNS(d)
	}
	if rapid.Bool().Draw(t, "tls") {
		x := flow.TLS{SNI: text(worldNames), Digest: text(worldWords), JA3: text(worldWords), JA4: text(worldWords)}
		x.Names.From = uint32(len(b.Names))
		for range rapid.IntRange(0, 3).Draw(t, "names") {
			b.Names = append(b.Names, text(worldNames))
		}
		x.Names.To = uint32(len(b.Names))
		r.TLS = b.AddTLS(x)
	}
	b.Records = append(b.Records, r)
	return &b.Records[len(b.Records)-1]
}

// TestMatchAsSlowly: the matcher says what going through all selectors says, at every
// instant, with one hand over many matchers, and counts it.
func TestMatchAsSlowly(t *testing.T) {
	h := new(Hand)
	met, of := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		list := drawSelectors(t)
		b := NewBuilder(1, "first")
		for i := range list {
			if err := b.Add(&list[i]); err != nil {
				t.Fatal(err)
			}
		}
		m := b.Done()
		want := map[set.ID]uint64{}
		for range 6 {
			batch := &flow.Batch{}
			r := drawRecord(t, batch)
			held := map[detect.Kind]detect.Level{}
			var levels Levels
			for range rapid.IntRange(0, 2).Draw(t, "findings") {
				k, l := worldMethods.Draw(t, "method"), detect.Level(rapid.IntRange(0, 3).Draw(t, "level"))
				held[k] = max(held[k], l)
				levels = levels.With(k, l)
			}
			now := paper.Time(rapid.IntRange(0, 13).Draw(t, "now"))
			id, ok := m.Match(h, batch, r, levels, now)
			wantID, wantOK := slow(list, batch, r, held, now)
			if id != wantID || ok != wantOK {
				t.Fatalf("%+v at %d: selector %d, %v, want %d, %v\nof %+v", *r, now, id, ok, wantID, wantOK, list)
			}
			if of++; ok {
				want[id]++
				met++
			}
		}
		m.Counts(func(id set.ID, n uint64) {
			if want[id] != n {
				t.Errorf("selector %d counted %d, want %d", id, n, want[id])
			}
			delete(want, id)
		})
		if len(want) > 0 {
			t.Errorf("not counted: %v", want)
		}
	})
	if met*20 < of || met == of {
		t.Errorf("%d of %d records met a selector: the test shows little", met, of)
	}
	if h.Cut != 0 {
		t.Errorf("%d records were cut", h.Cut)
	}
}

// TestInvariant18_ExpiryNeedsNoNewSet: of selectors with the same terms the smallest
// living id answers, whatever order their ends have.
func TestInvariant18_ExpiryNeedsNoNewSet(t *testing.T) {
	var list []set.Selector
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		list = append(list, set.Selector{ID: set.ID(i + 1), Expires: paper.Time(r.IntN(1000) + 1), Terms: []set.Term{{Field: set.Dst, Value: "192.0.2.1"}}})
	}
	m := compile(t, 1, list...)
	b := &flow.Batch{Records: []flow.Record{{Dst: addr("192.0.2.1")}}}
	h := new(Hand)
	for now := paper.Time(0); now < 1002; now++ {
		id, ok := m.Match(h, b, &b.Records[0], 0, now)
		if want, wantOK := slow(list, b, &b.Records[0], nil, now); id != want || ok != wantOK {
			t.Fatalf("at %d: %d %v, want %d %v", now, id, ok, want, wantOK)
		}
	}
}

// TestInvariant09_DecidedPerRecord: neighbours of a record that is selected, of the same
// pair, link and batch, are not.
func TestInvariant09_DecidedPerRecord(t *testing.T) {
	m := compile(t, 1, set.Selector{ID: 1, Expires: 9, Terms: []set.Term{{Field: set.Dst, Value: "192.0.2.1"}, {Field: set.DstPort, Value: "443"}}})
	b := &flow.Batch{}
	for _, port := range []uint16{80, 443, 8443, 443, 22} {
		b.Records = append(b.Records, flow.Record{Src: addr("198.51.100.7"), Dst: addr("192.0.2.1"), DstPort: port, Proto: 6, Link: 3})
	}
	h := new(Hand)
	for i := range b.Records {
		if _, ok := m.Match(h, b, &b.Records[i], 0, 1); ok != (b.Records[i].DstPort == 443) {
			t.Errorf("record %d: selected %v", i, ok)
		}
	}
	m.Counts(func(id set.ID, n uint64) {
		if id != 1 || n != 2 {
			t.Errorf("selector %d: %d records", id, n)
		}
	})
}

// TestHostileRecords: a record with very many values costs a bounded time, is counted as
// cut, and what was looked at still counts.
func TestHostileRecords(t *testing.T) {
	b := NewBuilder(1, "first")
	id := set.ID(0)
	add := func(terms ...set.Term) {
		id++
		if err := b.Add(&set.Selector{ID: id, Expires: 9, Terms: terms}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 400 {
		add(set.Term{Field: set.AnswerAddr, Value: fmt.Sprintf("192.0.%d.%d", i/256, i%256)}, set.Term{Field: set.AnswerName, Value: fmt.Sprintf("n%d.example", (i+1)%400)}, set.Term{Field: set.CertName, Value: fmt.Sprintf("c%d.example", (i+2)%400)})
	}
	add(set.Term{Field: set.DstPort, Value: "443"})
	m := b.Done()
	batch := &flow.Batch{}
	d, x := flow.DNS{}, flow.TLS{}
	for i := range 20000 {
		batch.Answers = append(batch.Answers, flow.Answer{Addr: flow.Addr4([4]byte{192, 0, byte(i % 400 / 256), byte(i % 256)}), Name: batch.AddText(fmt.Appendf(nil, "n%d.example", i%400))})
		batch.Names = append(batch.Names, batch.AddText(fmt.Appendf(nil, "c%d.example", i%400)))
	}
	d.Answers.To, x.Names.To = 20000, 20000
	batch.Records = []flow.Record{{DNS: batch.AddDNS(d), TLS: batch.AddTLS(x), DstPort: 443, Proto: 6}}
	h := new(Hand)
	if _, ok := m.Match(h, batch, &batch.Records[0], 0, 1); !ok || h.Cut != 1 {
		t.Errorf("met %v, cut %d", ok, h.Cut)
	}
	long := &flow.Batch{}
	long.Records = []flow.Record{{Host: long.AddText([]byte(strings.Repeat("a.", 1<<19) + "example"))}}
	n := compile(t, 1, set.Selector{ID: 1, Expires: 9, Terms: []set.Term{{Field: set.Host, Value: "*.example"}}})
	if _, ok := n.Match(h, long, &long.Records[0], 0, 1); ok {
		t.Error("a name of a mebibyte is no name")
	}
}

// benchSelectors makes n selectors of single terms: addresses of both families, prefixes,
// names, suffixes, digests and fingerprints.
func benchSelectors(t testing.TB, n int) *Matcher {
	t.Helper()
	b := NewBuilder(1, "first")
	r := rand.New(rand.NewPCG(3, 4))
	for i := range n {
		var term set.Term
		four := netip.AddrFrom4([4]byte{byte(r.IntN(223) + 1), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
		six := netip.AddrFrom16([16]byte{0x20, byte(r.IntN(8)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), 15: byte(r.Uint32())})
		switch i % 10 {
		case 0, 1, 2:
			term = set.Term{Field: set.Address, Value: four.String()}
		case 3:
			term = set.Term{Field: set.Address, Value: six.String()}
		case 4:
			p, _ := four.Prefix(24)
			term = set.Term{Field: set.Address, Value: p.String()}
		case 5:
			p, _ := six.Prefix(48)
			term = set.Term{Field: set.Dst, Value: p.String()}
		case 6, 7:
			term = set.Term{Field: set.Name, Value: fmt.Sprintf("h%d.zone%d.example", r.Uint32(), r.IntN(1000))}
		case 8:
			term = set.Term{Field: set.Name, Value: fmt.Sprintf("*.zone%d.test", r.Uint32())}
		case 9:
			term = set.Term{Field: set.JA4, Value: fmt.Sprintf("t13d%08x_%08x", r.Uint32(), r.Uint32())}
		}
		if err := b.Add(&set.Selector{ID: set.ID(i + 1), Expires: 1 << 40, Terms: []set.Term{term}}); err != nil {
			t.Fatal(err)
		}
	}
	return b.Done()
}

// benchBatch has records that nearly all meet nothing, as on a link: a third IPv6, a third
// with a name.
func benchBatch(named bool) *flow.Batch {
	r := rand.New(rand.NewPCG(5, 6))
	b := &flow.Batch{}
	for i := range 4096 {
		rec := flow.Record{SrcPort: uint16(r.Uint32()), DstPort: 443, Proto: 6}
		for _, a := range []*flow.Addr{&rec.Src, &rec.Dst} {
			if i%3 == 0 {
				a[0], a[1] = 0x20, byte(r.IntN(8))
				binary.BigEndian.PutUint32(a[2:], r.Uint32())
				a[15] = byte(r.Uint32())
			} else {
				*a = flow.Addr4([4]byte{byte(r.IntN(223) + 1), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
			}
		}
		if named {
			rec.TLS = b.AddTLS(flow.TLS{
				SNI: b.AddName(fmt.Appendf(nil, "www%d.zone%d.example", i, r.IntN(1000))), JA4: b.AddText(fmt.Appendf(nil, "t13d%08x_%08x", r.Uint32(), r.Uint32())),
			})
		}
		b.Records = append(b.Records, rec)
	}
	return b
}

// cpuTime is what the process has used, user and system, ns: the machine may be shared.
func cpuTime(t testing.TB) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkMatch: the peers are the same records against ten selectors.
func BenchmarkMatch(b *testing.B) {
	for _, named := range []bool{false, true} {
		batch := benchBatch(named)
		for _, n := range []int{10, 1000, 100_000, 1_000_000} {
			m := benchSelectors(b, n)
			b.Run(fmt.Sprintf("named=%v/selectors=%d", named, n), func(b *testing.B) {
				b.ReportAllocs()
				h := new(Hand)
				i, before := 0, cpuTime(b)
				for b.Loop() {
					m.Match(h, batch, &batch.Records[i&4095], 0, 1)
					i++
				}
				b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
				b.ReportMetric(float64(m.Size())/float64(n), "B/selector")
			})
		}
	}
}

// TestMatchAllocatesNothing, with selectors of one term and of several.
func TestMatchAllocatesNothing(t *testing.T) {
	for name, m := range map[string]*Matcher{
		"single":  benchSelectors(t, 1000),
		"several": compile(t, 1, set.Selector{ID: 1, Expires: 9, Terms: []set.Term{{Field: set.Address, Value: "0.0.0.0/0"}, {Field: set.DstPort, Value: "443"}}}),
	} {
		batch, h, i := benchBatch(true), new(Hand), 0
		if n := testing.AllocsPerRun(5000, func() {
			m.Match(h, batch, &batch.Records[i&4095], Levels(0).With(detect.Beacon, detect.High), 1)
			i++
		}); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestSize holds what Size says against the heap.
func TestSize(t *testing.T) {
	const n = 100_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	m := benchSelectors(t, n)
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap, said := float64(after.HeapAlloc-before.HeapAlloc), float64(m.Size())
	if said < heap*0.7 || said > heap*1.3 {
		t.Errorf("the heap grew by %.0f, the matcher says %.0f", heap, said)
	}
	if said/n > 250 {
		t.Errorf("%.0f bytes for each selector", said/n)
	}
	runtime.KeepAlive(m)
}

// TestCostDoesNotGrow: however many keys a table has, few absent ones pass its filter,
// and a look into it ends after a step or two. Times tell of the machine's caches; this
// does not.
func TestCostDoesNotGrow(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{10, 1000, 200_000} {
		tab, txt, k := newTable(newMixer(), 4), newTexts(newMixer(), 4), uint32(0)
		fresh := func() uint32 { k++; return k }
		for range n {
			tab.put(uint64(r.Uint32()), 0, 32, fresh)
			txt.put(fmt.Appendf(nil, "h%d.example", r.Uint32()), exactName, fresh)
		}
		const tries = 20_000
		passed, steps, longest := 0, 0, 0
		look := func(in filter, h uint64, free func(i uint64) bool) {
			if in.has(h) {
				passed++
			}
			i := h >> 32
			for !free(i) {
				i++
			}
			steps += int(i - h>>32 + 1)
			longest = max(longest, int(i-h>>32+1))
		}
		for range tries {
			look(tab.filter, tab.hash(uint64(r.Uint32())<<1|1<<40, 0, 32), func(i uint64) bool { return tab.slots[i&uint64(len(tab.slots)-1)].value == none })
			look(txt.filter, txt.word(fmt.Appendf(nil, "other%d.example", r.Uint32()), exactName), func(i uint64) bool { return txt.slots[i&uint64(len(txt.slots)-1)].value == none })
		}
		if passed > 2*tries/20 || steps > 2*tries*5/2 || longest > 64 {
			t.Errorf("%d keys: %d of %d absent ones pass, %d steps, at most %d", n, passed, 2*tries, steps, longest)
		}
		if len(tab.filter) > 2*max(n, 8) || len(tab.slots) > 4*max(n, 8) {
			t.Errorf("%d keys take %d slots and %d words of filter", n, len(tab.slots), len(tab.filter))
		}
	}
}
