package knownbad

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func ip(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

func lists(t testing.TB, texts ...string) *Set {
	t.Helper()
	var paths []string
	for i, text := range texts {
		p := filepath.Join(t.TempDir(), fmt.Sprintf("list%d.txt", i))
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	s, err := LoadLists(paths, &fault.Skips{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// world is a detector with what the engine works out for it: hosts in 10/8 are ours.
type world struct {
	d     *Detector
	names *detect.Names
	addrs *detect.Prevalence
	now   int64
	hosts int
}

func newWorld(set *Set) *world {
	cfg := DefaultConfig()
	cfg.Contacts = 1 << 10
	return &world{d: New(cfg, set), names: detect.NewNames(1 << 16), addrs: detect.NewPrevalence(1 << 16), now: 1_700_000_000e9, hosts: 100}
}

func (w *world) context() *detect.Context {
	return &detect.Context{Names: w.names, Addrs: w.addrs, Hosts: w.hosts, First: 1_700_000_000e9, Now: w.now}
}

func (w *world) findings() []detect.Finding { return w.d.Findings(w.context()) }

// see feeds one record; with adds its parts.
func (w *world) see(src, dst string, r flow.Record, with func(b *flow.Batch, r *flow.Record, e *detect.Event)) {
	b := &flow.Batch{}
	if r.First == 0 {
		w.now += 1e9
		r.First = w.now
	}
	r.Last = max(r.Last, r.First)
	r.Src, r.Dst = ip(src), ip(dst)
	ours := func(a flow.Addr) bool { return a.Is4() && a[12] == 10 }
	e := &detect.Event{Batch: b, Now: w.now, SrcDomestic: ours(r.Src), DstDomestic: ours(r.Dst), Class: direction.Outbound}
	if e.DstDomestic && !e.SrcDomestic {
		e.Class = direction.Inbound
	}
	if with != nil {
		with(b, &r, e)
	}
	b.Records = append(b.Records, r)
	e.Rec = &b.Records[0]
	e.DNS, e.TLS = b.DNSOf(e.Rec), b.TLSOf(e.Rec)
	w.addrs.Seen(r.Dst, detect.HashAddr(r.Src))
	w.d.Observe(e)
}

var tcp = flow.Record{Proto: 6, SrcPort: 50000, DstPort: 443, SrcBytes: 900, DstBytes: 5000, SrcPackets: 9, DstPackets: 9, State: flow.StateEstablished, Service: flow.ServiceTLS}

func attempt() flow.Record {
	return flow.Record{Proto: 6, SrcPort: 50000, DstPort: 443, SrcBytes: 120, SrcPackets: 2, State: flow.StateAttempt}
}

// question makes the record a DNS exchange; the engine numbers the question when it
// was answered with an address.
func (w *world) question(name string, answers ...flow.Answer) func(*flow.Batch, *flow.Record, *detect.Event) {
	return func(b *flow.Batch, r *flow.Record, e *detect.Event) {
		d := flow.DNS{Question: b.AddName([]byte(name)), Type: 1}
		d.Answers = flow.Span{From: 0, To: uint32(len(answers))}
		b.Answers = append(b.Answers, answers...)
		if len(answers) > 0 {
			e.Name, e.NameFrom = w.names.ID([]byte(name)), detect.NameLookup
		}
		r.Kind, r.DNS = flow.KindDNS, b.AddDNS(d)
	}
}

func (w *world) sni(name string) func(*flow.Batch, *flow.Record, *detect.Event) {
	return func(b *flow.Batch, r *flow.Record, e *detect.Event) {
		r.TLS = b.AddTLS(flow.TLS{SNI: b.AddName([]byte(name))})
		e.Name, e.NameFrom = w.names.ID([]byte(name)), detect.NameSNI
	}
}

func value(f detect.Finding, name string) any {
	for _, x := range f.Evidence {
		if x.Name == name {
			return x.Value
		}
	}
	return nil
}

const bad = "198.51.100.7"

// The first record is enough, and the finding tells all there is to know.
func TestFirstRecord(t *testing.T) {
	w := newWorld(lists(t, "ip,description,source,confidence\n198.51.100.7,Loader C2,ISAC,80\n"))
	w.see("10.0.0.5", "198.51.100.9", tcp, nil)
	if f := w.findings(); len(f) != 0 {
		t.Fatalf("%+v", f)
	}
	w.see("10.0.0.5", bad, tcp, nil)
	all := w.findings()
	if len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	f := all[0]
	if f.Kind != detect.KnownBad || f.Src != ip("10.0.0.5") || f.Dst != ip(bad) || f.Port != 443 || f.Proto != 6 || f.Count != 1 || detect.LevelOf(f.Score) != detect.High || f.First != w.now {
		t.Errorf("%+v", f)
	}
	want := []detect.Fact{
		{Name: "indicator", Value: bad}, {Name: "match", Value: "address"}, {Name: "list", Value: "list0.txt"}, {Name: "line", Value: int64(2)},
		{Name: "lists", Value: int64(1)}, {Name: "description", Value: "Loader C2"}, {Name: "source", Value: "ISAC"}, {Name: "confidence", Value: int64(80)},
		{Name: "established", Value: true}, {Name: "exchanges_answered", Value: int64(1)}, {Name: "exchanges_unanswered", Value: int64(0)},
		{Name: "lookups", Value: int64(0)}, {Name: "src_bytes", Value: int64(900)}, {Name: "dst_bytes", Value: int64(5000)}, {Name: "hosts_to_dst", Value: int64(1)},
	}
	if d := cmp.Diff(want, f.Evidence); d != "" {
		t.Error("-want +got\n", d)
	}
	if d := cmp.Diff([]string{"T1071.001"}, f.Attack); d != "" {
		t.Error(d)
	}
	for _, s := range []string{f.Why.EN, f.Why.JA} {
		for _, part := range []string{"10.0.0.5", bad, "list0.txt", "Loader C2", "5,000"} {
			if !strings.Contains(s, part) {
				t.Errorf("%q does not say %s", s, part)
			}
		}
	}
}

func TestScores(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	ja4 := "t13d1516h2_8daaf6152771_e5627efa2ab1"
	hello := func(b *flow.Batch, r *flow.Record, _ *detect.Event) {
		r.TLS = b.AddTLS(flow.TLS{Digest: b.AddText([]byte(digest)), JA4: b.AddText([]byte(ja4))})
	}
	for name, c := range map[string]struct {
		list  string
		feed  func(w *world)
		level detect.Level
		match string
		src   string
	}{
		"address, answered":       {bad, func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.High, "address", ""},
		"address, attempt":        {bad, func(w *world) { w.see("10.0.0.5", bad, attempt(), nil) }, detect.Medium, "address", ""},
		"wide prefix, answered":   {"198.51.0.0/16", func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.Medium, "prefix", ""},
		"narrow prefix, answered": {"198.51.100.0/28", func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.High, "prefix", ""},
		"name by SNI":             {"evil.example.org", func(w *world) { w.see("10.0.0.5", bad, tcp, w.sni("evil.example.org")) }, detect.High, "name", ""},
		"name above":              {"example.org", func(w *world) { w.see("10.0.0.5", bad, tcp, w.sni("a.b.example.org")) }, detect.High, "zone", ""},
		"name asked only": {"evil.example.org", func(w *world) {
			w.see("10.0.0.5", "10.0.0.1", flow.Record{DstPort: 53}, w.question("evil.example.org"))
		}, detect.High, "name", ""},
		"certificate":         {digest, func(w *world) { w.see("10.0.0.5", bad, tcp, hello) }, detect.High, "certificate", ""},
		"our own certificate": {digest, func(w *world) { w.see("198.51.100.9", "10.0.0.5", tcp, hello) }, detect.High, "certificate", "10.0.0.5"},
		"JA4 alone":           {ja4, func(w *world) { w.see("10.0.0.5", bad, tcp, hello) }, detect.Medium, "ja4", ""},
		"weak list":           {bad + "\t1", func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.Medium, "address", ""},
		"on many lists":       {bad + "\t9", func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.High, "address", ""},
		"low confidence":      {"ip,confidence\n" + bad + ",low", func(w *world) { w.see("10.0.0.5", bad, tcp, nil) }, detect.Medium, "address", ""},
		"a page":              {"http://evil.example.org/x.exe", func(w *world) { w.see("10.0.0.5", bad, tcp, w.sni("evil.example.org")) }, detect.High, "name", ""},
		"only the time": {bad, func(w *world) {
			r := flow.Record{Proto: 17, SrcPort: 123, DstPort: 123, SrcBytes: 76, DstBytes: 76, SrcPackets: 1, DstPackets: 1, Service: flow.ServiceNTP}
			w.see("10.0.0.5", bad, r, nil)
		}, detect.Medium, "address", ""},
		"touched from outside":  {bad, func(w *world) { w.see(bad, "10.0.0.5", attempt(), nil) }, detect.Low, "address", bad},
		"answered from outside": {bad, func(w *world) { w.see(bad, "10.0.0.5", tcp, nil) }, detect.Medium, "address", bad},
		"a door that opened and said nothing": {bad, func(w *world) {
			r := flow.Record{Proto: 6, SrcPort: 50000, DstPort: 23, SrcBytes: 160, DstBytes: 88, SrcPackets: 4, DstPackets: 2, State: flow.StateEstablished}
			w.see(bad, "10.0.0.5", r, nil)
		}, detect.Low, "address", bad},
		"answered, weak list": {bad + "\t1", func(w *world) { w.see(bad, "10.0.0.5", tcp, nil) }, detect.Low, "address", bad},
		"the half that came back": {bad, func(w *world) {
			r := flow.Record{Proto: 6, SrcPort: 443, DstPort: 50000, SrcBytes: 900, SrcPackets: 9, SrcFlags: flow.SYN | flow.ACK}
			w.see(bad, "10.0.0.5", r, nil)
		}, detect.High, "address", "10.0.0.5"},
		"half-open probe": {bad, func(w *world) {
			r := flow.Record{Proto: 6, SrcPort: 443, DstPort: 50000, SrcBytes: 40, SrcPackets: 1, SrcFlags: flow.SYN}
			w.see(bad, "10.0.0.5", r, nil)
		}, detect.Low, "address", bad},
	} {
		w := newWorld(lists(t, c.list))
		c.feed(w)
		all := w.findings()
		if len(all) != 1 {
			t.Errorf("%s: %d findings: %+v", name, len(all), all)
			continue
		}
		f := all[0]
		src := c.src
		if src == "" {
			src = "10.0.0.5"
		}
		if detect.LevelOf(f.Score) != c.level || value(f, "match") != c.match || f.Src != ip(src) {
			t.Errorf("%s: %s (%.2f) by %v at %s, want %s by %s at %s", name, detect.LevelOf(f.Score), f.Score, value(f, "match"), f.Src, c.level, c.match, src)
		}
		for _, s := range []string{f.Why.EN, f.Why.JA} {
			if strings.Contains(s, "knownbad.") || strings.ContainsAny(s, "{}") {
				t.Errorf("%s says %q", name, s)
			}
		}
	}
}

// A connection to the address that a bad name gave is one to the bad name.
func TestLookupThenConnection(t *testing.T) {
	for what, answers := range map[string][]flow.Answer{
		"question": {{Type: 1, Addr: ip(bad), TTL: 60}},
	} {
		w := newWorld(lists(t, "evil.example.org"))
		w.see("10.0.0.5", "10.0.0.1", flow.Record{DstPort: 53, Proto: 17}, w.question("evil.example.org", answers...))
		before := w.findings()[0]
		w.see("10.0.0.5", bad, tcp, func(_ *flow.Batch, _ *flow.Record, e *detect.Event) {
			e.Name, e.NameFrom = w.names.ID([]byte("evil.example.org")), detect.NameLookup
		})
		all := w.findings()
		if len(all) != 1 || all[0].Dst != ip(bad) || !(all[0].Score > before.Score) || value(all[0], "established") != true || value(all[0], "lookups") != int64(1) || all[0].Name != "evil.example.org" {
			t.Errorf("%s: %+v", what, all)
		}
		if !before.Dst.IsZero() || before.Port != 0 {
			t.Errorf("before the connection: %+v", before)
		}
	}
}

func TestAliasInAnswer(t *testing.T) {
	w := newWorld(lists(t, "evil.example.org"))
	w.see("10.0.0.5", "10.0.0.1", flow.Record{DstPort: 53, Proto: 17}, func(b *flow.Batch, r *flow.Record, e *detect.Event) {
		alias := flow.Answer{Type: 5, Name: b.AddName([]byte("c2.evil.example.org"))}
		w.question("innocent.example.net", alias, flow.Answer{Type: 1, Addr: ip(bad)})(b, r, e)
	})
	w.see("10.0.0.5", bad, tcp, func(_ *flow.Batch, _ *flow.Record, e *detect.Event) {
		e.Name, e.NameFrom = w.names.ID([]byte("innocent.example.net")), detect.NameLookup
	})
	all := w.findings()
	if len(all) != 1 || value(all[0], "established") != true || value(all[0], "match") != "zone" {
		t.Errorf("%+v", all)
	}
}

// An address that many use is marked down, a bot army is not, a name never.
func TestPopular(t *testing.T) {
	contact := func(w *world, hosts int, with func(*flow.Batch, *flow.Record, *detect.Event)) detect.Finding {
		for i := range hosts {
			w.see(fmt.Sprintf("10.0.%d.%d", i/250, i%250+1), bad, tcp, with)
		}
		return w.findings()[0]
	}
	w := newWorld(lists(t, bad))
	w.hosts = 100
	if f := contact(w, 90, nil); detect.LevelOf(f.Score) > detect.Medium || !strings.Contains(f.Why.EN, "against it") {
		t.Errorf("90 of 100 machines: %.2f %s", f.Score, f.Why.EN)
	}
	w = newWorld(lists(t, bad))
	w.hosts = 200
	if f := contact(w, 40, nil); detect.LevelOf(f.Score) < detect.High {
		t.Errorf("40 bots of 200 machines: %.2f", f.Score)
	}
	w = newWorld(lists(t, "evil.example.org"))
	w.hosts = 100
	if f := contact(w, 90, w.sni("evil.example.org")); detect.LevelOf(f.Score) < detect.High {
		t.Errorf("a name that 90 of 100 machines use: %.2f", f.Score)
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(lists(t, "ip,expires\n"+bad+",2023-11-14\n"))
	r := tcp
	r.First = time.Date(2023, 11, 15, 0, 0, 0, 0, time.UTC).UnixNano()
	w.see("10.0.0.5", bad, r, nil)
	if f := w.findings(); len(f) != 0 {
		t.Errorf("an expired indicator speaks: %+v", f)
	}
	r.First--
	w.see("10.0.0.5", bad, r, nil)
	if f := w.findings(); len(f) != 1 {
		t.Error("an indicator is silent on its last day")
	}
}

// Several lists about one address are one indicator; several indicators about the
// same two ends are one finding.
func TestSeveralLists(t *testing.T) {
	digest := strings.Repeat("ab", 20)
	s := lists(t, bad+"\nevil.example.org\n", "ip,description\n"+bad+",second\n"+bad+",again\n", bad+" third\n198.51.100.0/24\n"+digest+"\n")
	if s.Len() != 4 {
		t.Errorf("%d indicators", s.Len())
	}
	w := newWorld(s)
	w.see("10.0.0.5", bad, tcp, func(b *flow.Batch, r *flow.Record, _ *detect.Event) {
		r.TLS = b.AddTLS(flow.TLS{Digest: b.AddText([]byte(digest))})
	})
	all := w.findings()
	if len(all) != 1 || value(all[0], "also") == nil {
		t.Fatalf("%+v", all)
	}
	if also := fmt.Sprint(value(all[0], "also"), value(all[0], "indicator")); !strings.Contains(also, bad) || !strings.Contains(also, digest) {
		t.Error(also)
	}
	if d := cmp.Diff([]int{2, 0, 2}, []int{s.Lists()[0].Indicators, s.Lists()[1].Indicators, s.Lists()[2].Indicators}); d != "" {
		t.Error(d)
	}
	n := s.addr(ip(bad))
	if e := s.entries[n]; e.lists != 3 || string(s.bytes(e.about)) != "second" || e.line != 1 {
		t.Errorf("%+v", e)
	}
}

// Snapshots of an open exchange are one exchange with its newest counters.
func TestSnapshots(t *testing.T) {
	w := newWorld(lists(t, bad))
	r := tcp
	r.First, r.Kind = w.now, flow.KindSnapshot
	for i := range 3 {
		r.SrcBytes, r.DstBytes = uint64(100*(i+1)), uint64(1000*(i+1))
		w.see("10.0.0.5", bad, r, nil)
	}
	f := w.findings()[0]
	if f.Count != 1 || value(f, "src_bytes") != int64(300) || value(f, "dst_bytes") != int64(3000) {
		t.Errorf("%+v", f)
	}
	r.Kind, r.SrcBytes, r.DstBytes = flow.KindFlow, 400, 4000
	w.see("10.0.0.5", bad, r, nil)
	if f := w.findings()[0]; f.Count != 1 || value(f, "src_bytes") != int64(400) {
		t.Errorf("after its end: %+v", f)
	}
}

// Findings of one detector are those of two that saw half each.
func TestMerge(t *testing.T) {
	set := lists(t, bad+"\n198.51.100.0/24\nevil.example.org\n")
	rapid.Check(t, func(rt *rapid.T) {
		whole, parts := newWorld(set), [2]*world{newWorld(set), newWorld(set)}
		parts[1].names.ID([]byte("shift.example.net")) // numbers differ between engines
		for i := range rapid.IntRange(1, 30).Draw(rt, "records") {
			src := fmt.Sprintf("10.0.0.%d", rapid.IntRange(1, 3).Draw(rt, "src"))
			dst := rapid.SampledFrom([]string{bad, "198.51.100.9", "203.0.113.1"}).Draw(rt, "dst")
			r := rapid.SampledFrom([]flow.Record{tcp, attempt()}).Draw(rt, "record")
			r.First = 1_700_000_000e9 + int64(i)*1e9
			named := rapid.Bool().Draw(rt, "named")
			for _, w := range []*world{whole, parts[rapid.IntRange(0, 1).Draw(rt, "part")]} {
				var with func(*flow.Batch, *flow.Record, *detect.Event)
				if named {
					with = w.sni("evil.example.org")
				}
				w.see(src, dst, r, with)
			}
		}
		ctx := parts[0].context()
		ctx.Translate = func(id detect.NameID) detect.NameID { return parts[0].names.ID([]byte(parts[1].names.Text(id))) }
		parts[0].addrs.Merge(parts[1].addrs)
		parts[0].d.Merge(parts[1].d, ctx)
		got, want := parts[0].d.Findings(ctx), whole.findings()
		for i := range got {
			got[i].Strip = nil
		}
		for i := range want {
			want[i].Strip = nil
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatal("-want +got\n", d)
		}
	})
}

// A flood of scanners cannot push out a machine of ours that talks to a bad one, and
// takes no more memory than the table has.
func TestFlood(t *testing.T) {
	w := newWorld(lists(t, "198.51.100.0/24\n2001:db8::/32\n"))
	cfg := DefaultConfig()
	cfg.Contacts = 256
	w.d = New(cfg, w.d.set)
	w.see("10.0.0.5", bad, tcp, nil)
	for i := range 20_000 {
		w.see(fmt.Sprintf("2001:db8::%x", i+1), "10.0.0.9", attempt(), nil)
	}
	all := w.findings()
	if len(all) > 256 || all[0].Src != ip("10.0.0.5") {
		t.Errorf("%d findings, first %+v", len(all), all[0].Src)
	}
}

func TestNoAllocations(t *testing.T) {
	w := newWorld(lists(t, bad+"\nevil.example.org\n198.51.100.0/25\n"))
	b := &flow.Batch{}
	r := tcp
	r.Src, r.Dst = ip("10.0.0.5"), ip("203.0.113.9")
	r.TLS = b.AddTLS(flow.TLS{SNI: b.AddName([]byte("a.b.honest.example.net"))})
	hit := r
	hit.Dst = ip(bad)
	b.Records = append(b.Records, r, hit)
	n := testing.AllocsPerRun(1000, func() {
		for i := range b.Records {
			w.d.Observe(&detect.Event{Batch: b, Rec: &b.Records[i], TLS: &b.TLS[0], Name: 7, NameFrom: detect.NameSNI, SrcDomestic: true})
		}
	})
	if n > 0 {
		t.Errorf("%g allocations for two events", n)
	}
}

func TestConfig(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{}).Validate(); len(err) != 3 || err[0].Key != "contacts" {
		t.Error(err)
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := LoadLists([]string{"/nowhere"}, nil); fault.KindOf(err) != fault.NotFound || fault.Hint(err) == "" {
		t.Error(err)
	}
	if _, err := LoadLists([]string{t.TempDir()}, nil); err == nil {
		t.Error("a folder was read as a list")
	}
}

// The oracle of Set.name reads every listed name.
func TestNameLookupAgreesWithScan(t *testing.T) {
	labels := []string{"a", "b", "evil", "example", "org", "net"}
	gen := rapid.Custom(func(rt *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(labels), 1, 4).Draw(rt, "labels"), ".") + ".example.org"
	})
	rapid.Check(t, func(rt *rapid.T) {
		listed := rapid.SliceOfN(gen, 1, 8).Draw(rt, "listed")
		set := read(t, strings.Join(listed, "\n"))
		name := gen.Draw(rt, "name")
		want := ""
		for _, l := range listed {
			if (name == l || strings.HasSuffix(name, "."+l)) && len(l) > len(want) {
				want = l
			}
		}
		got := ""
		if n := set.name([]byte(name)); n != 0 {
			got = string(set.bytes(set.entries[n].value))
		}
		if got != want {
			rt.Fatalf("%s: got %q, want %q of %q", name, got, want, listed)
		}
	})
}

// read makes a set without files.
func read(t testing.TB, text string) *Set {
	b := NewBuilder(nil)
	if err := b.Begin("list"); err != nil {
		t.Fatal(err)
	}
	if err := indicator.Read(strings.NewReader(text), "list", &fault.Skips{Strict: true}, b.Add); err != nil {
		t.Fatal(err)
	}
	return b.Set()
}

// million writes a list of a million indicators: addresses, prefixes, names.
func million(b testing.TB) string {
	path := filepath.Join(b.TempDir(), "million.txt")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	x := uint64(1)
	for i := range 1_000_000 {
		x = detect.Mix(x + uint64(i) + 0x9e3779b97f4a7c15)
		switch {
		case i%10 < 6:
			fmt.Fprintf(f, "%d.%d.%d.%d\t%d\n", 11+x%80, x>>8&255, x>>16&255, x>>24&255, x>>32%10+1)
		case i%10 < 7:
			fmt.Fprintf(f, "%d.%d.%d.0/24\n", 11+x%80, x>>8&255, x>>16&255)
		default:
			fmt.Fprintf(f, "h%x.d%x.example.org,dropper %d\n", x&0xffff, x>>16&0xffffff, i%50)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkMillion(b *testing.B) {
	path := million(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	set, err := LoadLists([]string{path}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("loaded %d in %s", set.Len(), time.Since(began))
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Logf("%d MiB", (after.HeapAlloc-before.HeapAlloc)>>20)
	addrs := make([]flow.Addr, 1<<16)
	names := make([][]byte, 1<<12)
	x := uint64(7)
	for i := range addrs {
		x = detect.Mix(x + 1)
		addrs[i] = flow.Addr4([4]byte{byte(11 + x%80), byte(x >> 8), byte(x >> 16), byte(x >> 24)})
	}
	for i := range names {
		names[i] = []byte(fmt.Sprintf("www%d.host%d.example.net", i%7, i))
	}
	b.Run("address", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			set.addr(addrs[i&(1<<16-1)])
		}
	})
	b.Run("name", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			set.name(names[i&(1<<12-1)])
		}
	})
	runtime.KeepAlive(set)
}

// What feeds and warning lists say beside the indicator moves the score, and is said.
func TestFeedWords(t *testing.T) {
	base := indicator.Indicator{Kind: indicator.Address, Prefix: netip.MustParsePrefix(bad + "/32"), Confidence: indicator.Unknown}
	score := func(change func(i *indicator.Indicator), guard Guard) detect.Finding {
		b := NewBuilder(guard)
		if err := b.Begin("feed.json"); err != nil {
			t.Fatal(err)
		}
		i := base
		change(&i)
		if err := b.Add(&i, 7); err != nil {
			t.Fatal(err)
		}
		w := newWorld(b.Set())
		w.see("10.0.0.5", bad, tcp, nil)
		all := w.findings()
		if len(all) != 1 {
			t.Fatalf("%+v", all)
		}
		return all[0]
	}
	plain := score(func(*indicator.Indicator) {}, nil).Score
	for name, c := range map[string]struct {
		change func(i *indicator.Indicator)
		guard  Guard
		by     float64
		says   string
		fact   string
	}{
		"A1": {func(i *indicator.Indicator) {
			i.Voice = indicator.Voice{Feed: "CERT", Reliability: 'A', Credibility: 1}
		}, nil, 0.04, "CERT, graded A1", "reliability"},
		"D4":       {func(i *indicator.Indicator) { i.Voice = indicator.Voice{Feed: "X", Reliability: 'D', Credibility: 4} }, nil, -0.30, "graded only D4", "credibility"},
		"partial":  {func(i *indicator.Indicator) { i.Partial = true }, nil, -0.10, "other conditions", ""},
		"port":     {func(i *indicator.Indicator) { i.Port = 4444 }, nil, -0.15, "with port 4444", "listed_port"},
		"its port": {func(i *indicator.Indicator) { i.Port = 443 }, nil, 0, "", "listed_port"},
		"warned":   {func(*indicator.Indicator) {}, guarded{"resolvers", true}, -0.30, "resolvers", "warning_list"},
		"around":   {func(*indicator.Indicator) {}, guarded{"cloud", false}, -0.15, "cloud", "warning_list"},
		"terms": {func(i *indicator.Indicator) {
			i.Voice = indicator.Voice{Licence: "CC0", TLP: indicator.Green}
			i.Since = 1_699_000_000e9
		}, nil, 0, "", "listed_days"},
		"large": {func(i *indicator.Indicator) {
			i.Kind, i.Prefix = indicator.Prefix, netip.MustParsePrefix("198.48.0.0/12")
		}, nil, scorePrefix - 20*scoreBit - scoreAddress - 0.24, "large", ""},
	} {
		f := score(c.change, c.guard)
		if got := f.Score - plain; got < c.by-0.001 || got > c.by+0.001 {
			t.Errorf("%s: %+.3f, want %+.3f", name, got, c.by)
		}
		if !strings.Contains(f.Why.EN, c.says) {
			t.Errorf("%s: %q does not say %q", name, f.Why.EN, c.says)
		}
		if c.fact != "" && value(f, c.fact) == nil {
			t.Errorf("%s: no %s in %+v", name, c.fact, f.Evidence)
		}
	}
}

type guarded struct {
	list  string
	whole bool
}

func (g guarded) Judge(*indicator.Indicator) (string, bool) { return g.list, g.whole }

// Of two voices that of the better grade speaks, whatever their order; the narrower
// marking stays.
func TestVoices(t *testing.T) {
	better := indicator.Voice{Feed: "A", Reliability: 'A', TLP: indicator.Clear}
	worse := indicator.Voice{Feed: "D", Reliability: 'D', TLP: indicator.Amber}
	for _, order := range [][]indicator.Voice{{better, worse}, {worse, better}} {
		b := NewBuilder(nil)
		for n, v := range order {
			if err := b.Begin(fmt.Sprint(n)); err != nil {
				t.Fatal(err)
			}
			i := indicator.Indicator{Kind: indicator.Name, Text: "evil.example.org", Voice: v}
			if err := b.Add(&i, 1); err != nil {
				t.Fatal(err)
			}
		}
		s := b.Set()
		got := s.voices[s.entries[1].voice]
		if got.Feed != "A" || got.TLP != indicator.Amber || s.entries[1].lists != 2 {
			t.Errorf("%+v", got)
		}
	}
}
