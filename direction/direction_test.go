package direction

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/direction/table"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

func ip(s string) flow.Addr { return flow.AddrFrom(netip.MustParseAddr(s)) }

func file(t testing.TB, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func made(t testing.TB, o Options) *Table {
	t.Helper()
	d, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// firstOf gives an address of a country by the built-in table, so that tests name
// none that somebody has.
func firstOf(t testing.TB, country string) (v4, v6 netip.Addr) {
	t.Helper()
	b, err := table.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range b.V4.Country {
		if b.Countries[c] == country && b.V4.Last[i]-b.V4.First[i] > 1<<12 {
			v4 = point4(b.V4.First[i]).addr().Unmap()
			break
		}
	}
	for i, c := range b.V6.Country {
		if b.Countries[c] == country {
			v6 = point{b.V6.First[i], 0}.addr()
			break
		}
	}
	if !v4.IsValid() || !v6.IsValid() {
		t.Fatalf("no rows for %s", country)
	}
	return v4, v6
}

func TestSpecialAddresses(t *testing.T) {
	d := made(t, Options{})
	for _, c := range []struct {
		addr    string
		side    Side
		meaning string
		private bool
	}{
		{"10.1.2.3", SideDomestic, "private", true},
		{"172.16.0.1", SideDomestic, "private", true},
		{"172.31.255.255", SideDomestic, "private", true},
		{"192.168.1.1", SideDomestic, "private", true},
		{"100.64.0.1", SideDomestic, "shared", true},
		{"100.127.255.255", SideDomestic, "shared", true},
		{"127.0.0.1", SideDomestic, "loopback", true},
		{"169.254.10.10", SideDomestic, "link-local", true},
		{"0.0.0.0", SideDomestic, "this-network", true},
		{"192.0.0.2", SideDomestic, "provider", true},
		{"192.0.0.8", SideUnknown, "protocol", false},
		{"192.0.0.9", SideUnknown, "anycast", false},
		{"224.0.0.251", SideDomestic, "multicast", true},
		{"239.255.255.250", SideDomestic, "multicast", true},
		{"255.255.255.255", SideDomestic, "broadcast", true},
		{"255.255.255.254", SideUnknown, "reserved", false},
		{"240.0.0.1", SideUnknown, "reserved", false},
		{"192.0.2.1", SideUnknown, "documentation", false},
		{"198.51.100.1", SideUnknown, "documentation", false},
		{"203.0.113.1", SideUnknown, "documentation", false},
		{"198.18.0.1", SideUnknown, "benchmark", false},
		{"192.88.99.1", SideUnknown, "anycast", false},
		{"::", SideUnknown, "unspecified", false},
		{"::1", SideDomestic, "loopback", true},
		{"fe80::1", SideDomestic, "link-local", true},
		{"fec0::1", SideDomestic, "private", true},
		{"fd00::1", SideDomestic, "private", true},
		{"fcff::1", SideDomestic, "private", true},
		{"ff02::fb", SideDomestic, "multicast", true},
		{"2001:db8::1", SideUnknown, "documentation", false},
		{"3fff:fff::1", SideUnknown, "documentation", false},
		{"100::1", SideUnknown, "discard", false},
		{"2001:2::1", SideUnknown, "benchmark", false},
		{"4000::1", SideUnknown, "reserved", false},
		{"1::1", SideUnknown, "reserved", false},
		{"fe00::1", SideUnknown, "reserved", false},
	} {
		a := ip(c.addr)
		got := d.Decide(a)
		if got.Side != c.side || got.Row.meaning != c.meaning || got.Row.Source != SourceSpecial || !got.Row.Prefix.Contains(a.Netip()) {
			t.Errorf("%s: %s %+v, want %s %s", c.addr, got.Side, got.Row, c.side, c.meaning)
		}
		if Private(a) != c.private {
			t.Errorf("Private(%s) = %v", c.addr, !c.private)
		}
	}
}

// Private is a hand-written copy of the firm domestic rows; they must not part.
func TestPrivateAgreesWithRegistry(t *testing.T) {
	want := func(p point) bool {
		s := specialOf(p)
		return s != nil && s.firm && s.side == SideDomestic
	}
	check := func(p point) {
		a := flow.Addr(p.addr().As16())
		if Private(a) != want(p) {
			t.Fatalf("Private(%s) = %v", a, !want(p))
		}
	}
	for _, s := range specials() {
		first, last := bounds(s.prefix)
		check(first)
		check(last)
		if after, more := last.next(); more {
			check(after)
		}
		if first != (point{}) {
			check(point{first.hi - b2u(first.lo == 0), first.lo - 1})
		}
	}
	rapid.Check(t, func(rt *rapid.T) { check(addrGen().Draw(rt, "addr")) })
}

func b2u(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// addrGen draws addresses of every interesting sort.
func addrGen() *rapid.Generator[point] {
	v4 := rapid.Custom(func(t *rapid.T) point { return point4(rapid.Uint32().Draw(t, "v4")) })
	v6 := rapid.Custom(func(t *rapid.T) point {
		return point{rapid.Uint64().Draw(t, "hi")>>3 | 1<<61, rapid.Uint64().Draw(t, "lo")}
	})
	near := rapid.Custom(func(t *rapid.T) point {
		all := specials()
		first, last := bounds(all[rapid.IntRange(0, len(all)-1).Draw(t, "row")].prefix)
		p := rapid.SampledFrom([]point{first, last}).Draw(t, "end")
		p.lo += uint64(rapid.Int64Range(-2, 2).Draw(t, "off"))
		return p
	})
	wrap := rapid.Custom(func(t *rapid.T) point {
		v := uint64(rapid.Uint32().Draw(t, "inner"))
		return rapid.SampledFrom([]point{
			{0, v}, {0, 0xffff_0000_0000_0000 | v}, {0x64_ff9b << 32, v}, {0x64_ff9b_0001 << 16, v},
			{0x64_ff9b_0001<<16 | v>>16, v & 0xffff << 40}, {0x2002<<48 | v<<16, 1}, {0x2001<<48 | v, v},
		}).Draw(t, "form")
	})
	return rapid.OneOf(v4, v6, near, wrap)
}

// slowSide is the oracle: it reads every rule in turn, one row after the other.
func slowSide(d *Table, o Options, entries []listEntry, p point) Side {
	in := func(prefix netip.Prefix) bool {
		first, last := bounds(prefix)
		return p.compare(first) >= 0 && p.compare(last) <= 0
	}
	var row *special
	for i, s := range specials() {
		if in(s.prefix) && !p.is4() || p.is4() && s.prefix.Addr().Is4() && in(s.prefix) {
			if row == nil || s.prefix.Bits() > row.prefix.Bits() {
				row = &specials()[i]
			}
		}
	}
	if row != nil && row.form != formNone {
		return d.decideEmbedded(row, p).Side
	}
	if row != nil && row.firm {
		return row.side
	}
	best, side := -1, SideUnknown
	for _, e := range entries {
		if e.prefix.Addr().Is4() != p.is4() {
			continue
		}
		bits := e.prefix.Bits()
		if e.prefix.Addr().Is4() {
			bits += 96
		}
		rank := map[Side]int{SideForeign: 0, SideUnknown: 1, SideDomestic: 2}
		if in(e.prefix) && (bits > best || bits == best && rank[e.side] > rank[side]) {
			best, side = bits, e.side
		}
	}
	switch {
	case best >= 0:
		return side
	case row != nil:
		return row.side
	}
	b := d.builtin
	country := ""
	if p.is4() {
		for i, first := range b.V4.First {
			if first <= uint32(p.lo) && uint32(p.lo) <= b.V4.Last[i] {
				country = b.Countries[b.V4.Country[i]]
			}
		}
	} else {
		for i, first := range b.V6.First {
			if first <= p.hi && p.hi <= b.V6.Last[i] {
				country = b.Countries[b.V6.Country[i]]
			}
		}
	}
	switch {
	case country == "":
		return SideUnknown
	case strings.Contains(strings.Join(o.Domestic, ","), country):
		return SideDomestic
	}
	return SideForeign
}

func TestSideAgreesWithLinearScan(t *testing.T) {
	jp4, jp6 := firstOf(t, "JP")
	us4, us6 := firstOf(t, "US")
	pool := []string{"0.0.0.0/0", "::/0", "128.0.0.0/1", "203.0.113.0/24", "203.0.113.128/25", "2001:db8::/32", "240.0.0.0/4", "2000::/3", "2002::/16", "64:ff9b::/96"}
	for _, a := range []netip.Addr{jp4, jp6, us4, us6} {
		for _, bits := range []int{8, 15, 24, 30, 32} {
			p, _ := a.Prefix(bits)
			pool = append(pool, p.String())
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var texts [3]strings.Builder
		var entries []listEntry
		for range rapid.IntRange(0, 12).Draw(rt, "entries") {
			kind := rapid.IntRange(0, 2).Draw(rt, "kind")
			p := netip.MustParsePrefix(rapid.SampledFrom(pool).Draw(rt, "prefix"))
			if p.Bits() < 30 && rapid.Bool().Draw(rt, "narrow") {
				p = netip.PrefixFrom(p.Addr(), p.Bits()+2)
			}
			if kind != 0 && local(p) != nil {
				continue
			}
			fmt.Fprintf(&texts[kind], "%s\n", p)
			entries = append(entries, listEntry{prefix: p, side: listKinds[kind].side})
		}
		o := Options{Domestic: rapid.SampledFrom([][]string{{"JP"}, {"KR", "TW"}, {"US"}}).Draw(rt, "home"),
			DomesticLists: []string{file(t, "d", texts[0].String())}, AnycastLists: []string{file(t, "a", texts[1].String())}, ForeignLists: []string{file(t, "f", texts[2].String())}}
		d := made(t, o)
		for range 8 {
			p := addrGen().Draw(rt, "addr")
			if len(entries) > 0 && rapid.Bool().Draw(rt, "at a border") {
				first, last := bounds(entries[rapid.IntRange(0, len(entries)-1).Draw(rt, "entry")].prefix)
				p = rapid.SampledFrom([]point{first, last}).Draw(rt, "end")
				p.lo += uint64(rapid.Int64Range(-1, 1).Draw(rt, "off"))
			}
			a := flow.Addr(p.addr().As16())
			got, decided, want := d.Side(a), d.Decide(a), slowSide(d, o, entries, p)
			if got != want || decided.Side != want {
				rt.Fatalf("%s: Side %s, Decide %s (%+v), linear scan %s", a, got, decided.Side, decided.Row, want)
			}
			if r := decided.Row; r.Source != SourceNone && !decided.Via.IsValid() && (!r.Prefix.Contains(a.Netip()) || r.Prefix != r.Prefix.Masked()) {
				rt.Fatalf("%s is not in the prefix of its row %+v", a, r)
			}
		}
	})
}

// All hostile ways of writing a domestic address, and of hiding it.
func TestInvariant06_HostileAddressesNeverTurnDomesticIntoForeign(t *testing.T) {
	jp, jp6 := firstOf(t, "JP")
	us, us6 := firstOf(t, "US")
	inner := func(a netip.Addr) uint64 { b := a.As4(); return uint64(binary.BigEndian.Uint32(b[:])) }
	forms := map[string]func(v uint64) point{
		"mapped":         func(v uint64) point { return point{0, 0xffff<<32 | v} },
		"NAT64":          func(v uint64) point { return point{0x64_ff9b << 32, v} },
		"local NAT64/48": func(v uint64) point { return point{0x64_ff9b_0001<<16 | v>>16, v & 0xffff << 40} },
		"local NAT64/56": func(v uint64) point { return point{0x64_ff9b_0001<<16 | v>>24, v & 0xffffff << 32} },
		"local NAT64/64": func(v uint64) point { return point{0x64_ff9b_0001 << 16, v << 24} },
		"local NAT64/96": func(v uint64) point { return point{0x64_ff9b_0001 << 16, v} },
		"6to4":           func(v uint64) point { return point{0x2002<<48 | v<<16, 1} },
		"Teredo client":  func(v uint64) point { return point{0x2001<<48 | inner(us), 0xffff_ffff&^v | 0x8000<<48} },
		"Teredo server":  func(v uint64) point { return point{0x2001<<48 | v, 0xffff_ffff &^ inner(us)} },
		"translated":     func(v uint64) point { return point{0, 0xffff_0000_0000_0000 | v} },
		"compatible":     func(v uint64) point { return point{0, v} },
	}
	wide := file(t, "foreign", "0.0.0.0/0\n::/0\n64:ff9b::/96\n2002::/16\n")
	narrow := file(t, "domestic", jp.String()+"\n"+jp6.String()+"\n")
	plain := made(t, Options{})
	lied := made(t, Options{ForeignLists: []string{wide}, DomesticLists: []string{narrow}})
	for name, form := range forms {
		for _, c := range []struct {
			inner string
			want  Side
		}{{jp.String(), SideDomestic}, {"10.0.0.1", SideDomestic}, {"192.168.0.1", SideDomestic}, {"203.0.113.7", SideUnknown}, {us.String(), SideForeign}} {
			a := flow.Addr(form(inner(netip.MustParseAddr(c.inner))).addr().As16())
			want := c.want
			if name == "compatible" && want == SideForeign {
				want = SideUnknown // a form that nobody may use says nothing
			}
			if got := plain.Decide(a); got.Side != want || plain.Side(a) != want {
				t.Errorf("%s of %s (%s): %s by %+v, want %s", name, c.inner, a, got.Side, got.Row, want)
			}
			if got := lied.Side(a); c.want == SideDomestic && got != SideDomestic {
				t.Errorf("%s of %s with everything listed as foreign: %s", name, c.inner, got)
			}
		}
	}
	// A more specific prefix counts and no more than it; the hole has sharp edges.
	hole, _ := jp.Prefix(30)
	around, _ := jp.Prefix(20)
	holed := made(t, Options{DomesticLists: []string{file(t, "d", around.String())}, ForeignLists: []string{file(t, "f", hole.String())}})
	first, last := bounds(hole)
	after, _ := last.next()
	for p, want := range map[point]Side{first: SideForeign, last: SideForeign, after: SideDomestic} {
		if got := holed.Side(flow.Addr(p.addr().As16())); got != want {
			t.Errorf("%s around the hole %s: %s, want %s", p.addr(), hole, got, want)
		}
	}
	// The same prefix in both lists is domestic; one that is served from many places
	// is unknown, and unknown makes the class unknown, which an edge drops.
	both := made(t, Options{DomesticLists: []string{file(t, "d", us.String())}, ForeignLists: []string{file(t, "f", us.String())}, AnycastLists: []string{file(t, "a", us.String()+"\n"+us6.String())}})
	if got := both.Side(flow.AddrFrom(us)); got != SideDomestic {
		t.Errorf("an address in all lists: %s", got)
	}
	if got := both.Of(flow.AddrFrom(us6), flow.AddrFrom(us6)); got != Unknown {
		t.Errorf("anycast to anycast: %s", got)
	}
}

func TestListsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int64
		kind fault.Kind
		say  string
	}{
		"not an address":  {"# ours\n\n203.0.113.0/24\nexample.org\n", 4, fault.Invalid, "example.org"},
		"bits set":        {"203.0.113.7/24", 1, fault.Invalid, "203.0.113.7/24"},
		"too long prefix": {"203.0.113.0/33", 1, fault.Invalid, "203.0.113.0/33"},
		"zone":            {"fe80::1%eth0", 1, fault.Invalid, "fe80::1"},
		"private":         {"10.0.0.0/24", 1, fault.Invalid, "10.0.0.0/8"},
		"mapped private":  {"::ffff:10.0.0.0/120", 1, fault.Invalid, "10.0.0.0/8"},
		"unique local":    {"fd00::/64", 1, fault.Invalid, "fc00::/7"},
		"long line":       {"203.0.113.0/24\n" + strings.Repeat("x", maxListLine+1), 2, fault.Limit, "4,096"},
		"zero bytes":      {"\x00\x00", 1, fault.Invalid, "neither"},
	} {
		path := file(t, "list", c.text)
		_, err := New(Options{ForeignLists: []string{path}})
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if !strings.Contains(err.Error(), fmt.Sprintf("%s:%d", path, c.line)) || !strings.Contains(err.Error(), c.say) || fault.KindOf(err) != c.kind || fault.Hint(err) == "" {
			t.Errorf("%s: %v (kind %d, hint %q)", name, err, fault.KindOf(err), fault.Hint(err))
		}
	}
	for _, o := range []Options{{Domestic: []string{"jp"}}, {Domestic: []string{"QQ"}}, {DomesticLists: []string{"/nowhere"}}, {MMDB: "/nowhere"}} {
		if _, err := New(o); err == nil || fault.Hint(err) == "" || strings.Contains(err.Error(), "direction.") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestListsAreRead(t *testing.T) {
	path := file(t, "mine.txt", "\ufeff# our branch offices\r\n198.51.100.0/24 Osaka # north\r\n\r\n2001:db8:1::/48;Tokyo\n203.0.113.5,lab\n::ffff:203.0.113.6\n")
	d := made(t, Options{DomesticLists: []string{path}})
	for addr, want := range map[string]Row{
		"198.51.100.9":  {Line: 2, Note: "Osaka # north", Prefix: netip.MustParsePrefix("198.51.100.0/24")},
		"2001:db8:1::9": {Line: 4, Note: "Tokyo", Prefix: netip.MustParsePrefix("2001:db8:1::/48")},
		"203.0.113.5":   {Line: 5, Note: "lab", Prefix: netip.MustParsePrefix("203.0.113.5/32")},
		"203.0.113.6":   {Line: 6, Prefix: netip.MustParsePrefix("203.0.113.6/32")},
	} {
		got := d.Decide(ip(addr))
		want.Source, want.Table, want.Date = SourceDomestic, path, got.Row.Date
		if got.Side != SideDomestic || got.Row != want {
			t.Errorf("%s: %s %+v, want %+v", addr, got.Side, got.Row, want)
		}
	}
}

func TestBuiltinRow(t *testing.T) {
	jp4, jp6 := firstOf(t, "JP")
	d := made(t, Options{})
	b, _ := table.Builtin()
	for _, a := range []netip.Addr{jp4, jp6} {
		got := d.Decide(flow.AddrFrom(a))
		r := got.Row
		if got.Side != SideDomestic || r.Country != "JP" || r.Source != SourceBuiltin || r.Line == 0 || r.Date != b.Date || r.Prefix.Addr() != a {
			t.Errorf("%s: %+v", a, got)
		}
		for _, l := range []i18n.Lang{i18n.EN, i18n.JA} {
			if s := got.Why().In(l); !strings.Contains(s, r.Prefix.String()) || !strings.Contains(s, "JP") || !strings.Contains(s, r.Date.Format("2006-01-02")) || strings.Contains(s, "{") {
				t.Errorf("%s says %q", l, s)
			}
		}
	}
	if got := made(t, Options{Domestic: []string{"KR", "TW"}}).Side(flow.AddrFrom(jp4)); got != SideForeign {
		t.Errorf("a Japanese address seen from Korea and Taiwan: %s", got)
	}
}

// Every way to decide has its sentence, in both languages.
func TestWhySpeaks(t *testing.T) {
	us4, _ := firstOf(t, "US")
	d := made(t, Options{AnycastLists: []string{file(t, "a", us4.String()+" root server")}, ForeignLists: []string{file(t, "f", "203.0.113.0/24")}})
	for _, a := range []string{"10.0.0.1", "::1", "64:ff9b::a00:1", "2001::1", "203.0.113.1", us4.String(), "2a7f:ffff::1", "240.0.0.1"} {
		why := d.Decide(ip(a)).Why()
		for _, s := range []string{why.JA, why.EN} {
			if s == "" || strings.Contains(s, "direction.") || strings.ContainsAny(s, "{}") {
				t.Errorf("%s: %q", a, s)
			}
		}
	}
	for _, s := range specials() {
		if text := i18n.Both("direction.special." + s.meaning); strings.Contains(text.EN+text.JA, "direction.") {
			t.Errorf("no sentence for %s", s.meaning)
		}
	}
	for c := range Class(Classes) {
		if strings.Contains(c.Text().JA, ".") {
			t.Errorf("no word for class %s", c)
		}
	}
}

func TestClassOf(t *testing.T) {
	got := map[string]string{}
	for s := SideUnknown; s <= SideForeign; s++ {
		for e := SideUnknown; e <= SideForeign; e++ {
			got[s.String()+" to "+e.String()] = ClassOf(s, e).String()
		}
	}
	want := map[string]string{
		"unknown to unknown": "unknown", "unknown to domestic": "unknown", "unknown to foreign": "unknown",
		"domestic to unknown": "unknown", "domestic to domestic": "domestic", "domestic to foreign": "outbound",
		"foreign to unknown": "unknown", "foreign to domestic": "inbound", "foreign to foreign": "transit",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error("-want +got\n", d)
	}
	var n, m Counts
	n.Add(Inbound)
	m.Add(Inbound)
	n.Merge(&m)
	if n.Total() != 2 || n[Inbound] != 2 {
		t.Error(n)
	}
}

func TestParseCountries(t *testing.T) {
	if got, err := ParseCountries("kr, TW"); err != nil || !cmp.Equal(got, []string{"KR", "TW"}) {
		t.Error(got, err)
	}
	for _, s := range []string{"", "JPN", "J", "JP,", "日本"} {
		if got, err := ParseCountries(s); err == nil {
			t.Errorf("%q gave %v", s, got)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add("203.0.113.0/24 x\n::/0\n")
	f.Add("10.0.0.0/8\xff;\x00")
	f.Fuzz(func(t *testing.T, text string) {
		l := &lists{files: make([]listFile, 1)}
		if l.read(strings.NewReader(text), "list", SideForeign) != nil {
			return
		}
		for _, e := range l.entries {
			if e.line < 1 || local(e.prefix) != nil || e.prefix != e.prefix.Masked() {
				t.Fatalf("accepted %+v", e)
			}
		}
	})
}

func addresses(n int, v6 bool) []flow.Addr {
	all := make([]flow.Addr, n)
	x := uint64(88172645463325252)
	for i := range all {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		if v6 {
			all[i] = flow.Addr(point{x>>3 | 1<<61, x * 31}.addr().As16())
			all[i][0], all[i][1] = 0x2a+byte(x>>40&1)*0xfa, byte(x>>50&7)
		} else {
			all[i] = flow.Addr(point4(uint32(x)).addr().As16())
		}
	}
	return all
}

func BenchmarkSide(b *testing.B) {
	d := made(b, Options{})
	for _, v6 := range []bool{false, true} {
		all := addresses(1<<20, v6)
		b.Run(map[bool]string{false: "IPv4", true: "IPv6"}[v6], func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.Side(all[i&(1<<20-1)])
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		made(b, Options{})
	}
}

func BenchmarkDecide(b *testing.B) {
	d := made(b, Options{})
	all := addresses(1<<16, false)
	for i := 0; b.Loop(); i++ {
		d.Decide(all[i&(1<<16-1)])
	}
}

// The index holds only what a look-up needs.
func TestMemory(t *testing.T) {
	x := made(t, Options{}).index
	bytes := 8*len(x.bucket6) + 4*len(x.bucket4) + 4*len(x.fine) + 16*len(x.start6) + 4*len(x.start4) + len(x.side4) + len(x.side6)
	t.Logf("%d and %d segments, %d fine tables, %d bytes", len(x.start4), len(x.start6), len(x.fine)/(fineSlots+1), bytes)
	if bytes > 8<<20 {
		t.Error("the index is too large")
	}
}
