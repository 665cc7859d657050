package veil

import (
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// split takes 198.51.100.0/24 and 2001:db8:f::/48 for foreign, 192.0.2.0/24 for
// unknown, the rest for domestic.
type split struct{}

func (split) Side(a flow.Addr) direction.Side {
	p := a.Netip()
	switch {
	case netip.MustParsePrefix("198.51.100.0/24").Contains(p), netip.MustParsePrefix("2001:db8:f::/48").Contains(p):
		return direction.SideForeign
	case netip.MustParsePrefix("192.0.2.0/24").Contains(p):
		return direction.SideUnknown
	}
	return direction.SideDomestic
}

func TestAddr(t *testing.T) {
	v := New(split{})
	home := flow.AddrFrom(netip.MustParseAddr("203.0.113.7"))
	abroad := flow.AddrFrom(netip.MustParseAddr("198.51.100.7"))
	if got := v.Addr(home); !strings.HasPrefix(got, mark) || got != v.Addr(home) || got == New(split{}).Addr(home) {
		t.Errorf("domestic: %q; want a name that stays within a veil and differs between two", got)
	}
	if got := v.Addr(abroad); got != "198.51.100.7" {
		t.Errorf("foreign: %q", got)
	}
	if got := v.Addr(flow.Addr{}); got != "" {
		t.Errorf("zero: %q", got)
	}
	var none *Veil
	if none.Addr(home) != "203.0.113.7" || none.Text("203.0.113.7") != "203.0.113.7" || none.ID("beacon-1") != "beacon-1" {
		t.Error("no veil must show everything")
	}
}

func TestText(t *testing.T) {
	v := New(split{})
	name := func(s string) string { return v.Addr(flow.AddrFrom(netip.MustParseAddr(s))) }
	h, u, six := name("203.0.113.7"), name("192.0.2.9"), name("2001:db8::7")
	for s, want := range map[string]string{
		"":                                "",
		"203.0.113.7":                     h,
		"203.0.113.7 calls 198.51.100.7.": h + " calls 198.51.100.7.",
		"[203.0.113.7]:443":               "[" + h + "]:443",
		"203.0.113.7:443, 192.0.2.9.":     h + ":443, " + u + ".",
		"x203.0.113.7y.example":           "x" + h + "y.example",
		"ip-203-0-113-7.example":          "ip-" + h + ".example",
		"203.000.113.007":                 h,
		"9.198.51.100.7":                  name("9.198.51.100") + ".7",
		"198.51.100.7.203.0.113.7":        "198." + name("51.100.7.203") + ".0.113.7",
		"7.113.0.203.in-addr.arpa":        h + ".in-addr.arpa",
		"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.f.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
		"7.100.51.198.in-addr.arpa":           "7.100.51.198.in-addr.arpa",
		"113.0.203.IN-ADDR.arpa":              name("203.0.113.0") + ".in-addr.arpa",
		"2001:db8::7":                         six,
		"2001:DB8:0:0:0:0:0:7":                six,
		"2001:db8::7 と 2001:db8:f::1":         six + " と 2001:db8:f::1",
		"[2001:db8::7]:443":                   "[" + six + "]:443",
		"at 2001:db8::7: it":                  "at " + six + ": it",
		"::ffff:203.0.113.7":                  h,
		"::ffff:198.51.100.7":                 "::ffff:198.51.100.7",
		"192.0.2.9は203.0.113.7を":              u + "は" + h + "を",
		"between 12:30:45 and 1.2.3 on 11-20": "between 12:30:45 and 1.2.3 on 11-20",
		"2026-11-20T08:00:00.000Z":            "2026-11-20T08:00:00.000Z",
		"7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa": six + ".ip6.arpa",
	} {
		if got := v.Text(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
	if got := v.Both(i18n.Text{JA: "203.0.113.7は", EN: "203.0.113.7 is"}); got.JA != h+"は" || got.EN != h+" is" {
		t.Errorf("both: %+v", got)
	}
}

// TestInvariant06_NoAddressPasses: wherever a domestic or unknown address stands in
// a text, it stands there no longer.
func TestInvariant06_NoAddressPasses(t *testing.T) {
	v := New(split{})
	rapid.Check(t, func(t *rapid.T) {
		var a netip.Addr
		if rapid.Bool().Draw(t, "six") {
			a = netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "a")))
		} else {
			a = netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "a")))
		}
		if a = a.Unmap(); a.IsUnspecified() || (split{}).Side(flow.AddrFrom(a)) == direction.SideForeign {
			t.Skip()
		}
		around := rapid.StringMatching(`[ a-z\[\]()、は/%_"]{0,6}`)
		s := around.Draw(t, "before") + " " + a.String() + around.Draw(t, "after")
		if !a.Is4() { // a letter a-f would make it another address
			s = " " + a.String() + " " + around.Draw(t, "after")
		}
		if got := v.Text(s); strings.Contains(got, a.String()) {
			t.Fatalf("%q shows in %q", a, got)
		}
	})
}

func TestID(t *testing.T) {
	v := New(split{})
	a, b := v.ID("long-lived-0123456789ab"), v.ID("long-lived-0123456789ac")
	if a == b || !strings.HasPrefix(a, "long-lived-") || len(a) != len("long-lived-0123456789ab") || a != v.ID("long-lived-0123456789ab") {
		t.Errorf("%q, %q", a, b)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"203.0.113.7", "::1", ":::::::", "1.1.1.1.1.in-addr.arpa", "f.ip6.arpa", strings.Repeat("1:", 3000)} {
		f.Add(s)
	}
	v := New(split{})
	f.Fuzz(func(t *testing.T, s string) {
		if got := v.Text(s + " 203.0.113.7 2001:db8::7"); strings.Contains(got, "203.0.113.7 ") || strings.HasSuffix(got, "2001:db8::7") {
			t.Errorf("%q: %q", s, got)
		}
	})
}
