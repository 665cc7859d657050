package dnstunnel

import (
	"strings"
	"testing"
)

func TestPrice(t *testing.T) {
	cases := []struct {
		prefix    string
		low, high float32 // bits
		written   alphabet
		address   bool
	}{
		{"www", 0, 4, wordy, false},
		{"mail.static-content.images", 0, 40, wordy, false},
		{"array507.prod.do.dsp.mp", 0, 40, letters32, false},
		{"ijlsz7mc6kgwwkrvqppiapcvcdhq", 120, 145, letters32, false},
		{"6dde0175375169c68f.t", 60, 80, hexadecimal, false},
		{"9f1c2e5a-7b3d-4c8e-a1f0-5d6e7c8b9a0f", 60, 145, hexadecimal, false},
		{`\200\201\202\203\204\205\206\207`, 50, 60, raw, false},
		{"\xc3\xa9\x90\x81\x82\x83\x84\x85", 50, 60, raw, false},
		{"1.2.3.4", 0, 10, wordy, true},
		{"ip-10-20-30-40.region", 0, 24, wordy, true},
		{"8.0.0.0.0.0.0.0.f.f.0.2", 0, 24, wordy, true},
		{"gq5v+k29aba/xyzzyqw==", 80, 120, letters64, false},
		{"", 0, 0, wordy, false},
		{"...", 0, 0, wordy, false},
	}
	for _, c := range cases {
		p := priceOf([]byte(c.prefix))
		if p.bits < c.low || p.bits > c.high || p.address != c.address || p.bits > 24 && p.written != c.written {
			t.Errorf("priceOf(%q) = %+v, want %v to %v bits in %v, address %v", c.prefix, p, c.low, c.high, c.written, c.address)
		}
	}
}

func TestSplit(t *testing.T) {
	const data = "ijlsz7mc6kgwwkrvqppiapcvcdhq"
	cases := []struct {
		name, zone   string
		zoneless, ok bool
	}{
		{data + ".t.example.co.jp", "example.co.jp", false, true},
		{data + ".example.com", "example.com", false, true},
		{data + ".com", "", false, false},
		{data + ".co.jp", "", false, false},
		{"mail.example.com", "", false, false},
		{data, "", false, false},
		{"", "", false, false},
		{".", "", false, false},
		{"4.3.2.1.in-addr.arpa", "", false, false},
		{"4.3.2.1.list.example", "list.example", false, true},
		{"lead.546b03f50000000000a6", "", true, true},
		{data + ".b.xn--p1ai", "b.xn--p1ai", false, true},
	}
	for _, c := range cases {
		zoneless, ok := strange([]byte(c.name))
		at := 0
		if ok && !zoneless {
			at, ok = split([]byte(c.name))
		}
		if zoneless != c.zoneless || ok != c.ok || ok && !zoneless && c.name[at:] != c.zone {
			t.Errorf("%q: %d %v %v, want %q %v %v", c.name, at, zoneless, ok, c.zone, c.zoneless, c.ok)
		}
	}
}

// TestEnding compares the common ending, kept byte by byte, with one found by
// splitting into labels.
func TestEnding(t *testing.T) {
	cases := [][]string{
		{"a.t.example.com", "b.t.example.com", "c.t.example.com"},
		{"a.t.example.com", "b.u.example.com"},
		{"x.at.example.com", "y.bt.example.com"},
		{"a.b.c.t.example.com", "t.example.com", "q.t.example.com"},
		{strings.Repeat("z", 63) + "." + strings.Repeat("y", 63) + ".t.example.com", "k.t.example.com"},
	}
	for _, names := range cases {
		var p pair
		p.startEnding([]byte(names[0]))
		want := strings.Split(names[0], ".")[1:]
		for _, n := range names[1:] {
			p.keepEnding([]byte(n))
			have := strings.Split(n, ".")
			for len(want) > 0 && !strings.HasSuffix("."+strings.Join(have, "."), "."+strings.Join(want, ".")) {
				want = want[1:]
			}
		}
		if got := string(p.zoneName[:p.zoneLen]); got != strings.Join(want, ".") {
			t.Errorf("%q: ending %q, want %q", names, got, strings.Join(want, "."))
		}
	}
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"a.b.example.com", `\255\000.x.example`, "....", "1.2.3.4.in-addr.arpa", "-._-=+.jp", `\25`, "xn--.xn--", "\x00.\xff"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if len(first) > 1000 || len(second) > 1000 {
			return
		}
		d := New(Config{Pairs: 8, Window: 1e9 * 3600, MinNames: 4})
		s := newStream(d)
		for _, n := range []string{first, second, first} {
			s.ask(ask{src: host(1), name: n})
			s.visit(host(1), n)
		}
		d.Findings(s.context())
		p := priceOf([]byte(first))
		if p.bits < 0 || p.bits > float32(len(first))*7 || p.bits != p.bits {
			t.Errorf("priceOf(%q) = %v bits", first, p.bits)
		}
	})
}
