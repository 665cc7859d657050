package filter

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

var classes = Options{
	Classes: []string{"unknown", "transit", "inbound", "outbound", "domestic"},
	Class:   func(src, dst flow.Addr) int { return 1 + int(src[15]&1) + int(dst[15]&1)*2 },
}

// sample makes records that conditions of the tests can tell apart.
func sample(rnd *rand.Rand, n int) *flow.Batch {
	b := &flow.Batch{}
	names := []string{"a.example.org", "example.org", "b.example.net", "Mixed.Example.org", ""}
	pick := func() []byte { return []byte(names[rnd.IntN(len(names))]) }
	addr := func() flow.Addr {
		if rnd.IntN(3) == 0 {
			return flow.AddrFrom(netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 7: byte(rnd.IntN(3)), 15: byte(rnd.IntN(4))}))
		}
		return flow.Addr4([4]byte{10, 0, byte(rnd.IntN(3)), byte(rnd.IntN(4))})
	}
	ports := []uint16{0, 53, 80, 443, 1023, 1024, 8080, 65535}
	for range n {
		r := flow.Record{
			Src: addr(), Dst: addr(), SrcPort: ports[rnd.IntN(len(ports))], DstPort: ports[rnd.IntN(len(ports))],
			Proto: []uint8{6, 6, 17, 1, 58, 47}[rnd.IntN(6)], First: int64(rnd.IntN(5)) * 1e9, SrcFlags: uint8(rnd.IntN(64)), DstFlags: uint8(rnd.IntN(64)),
			SrcBytes: uint64(rnd.IntN(4)) * 1000, DstBytes: uint64(rnd.IntN(4)) * 1000, SrcPackets: uint64(rnd.IntN(5)), DstPackets: uint64(rnd.IntN(5)),
			Kind: flow.Kind(rnd.IntN(5)), State: flow.State(rnd.IntN(5)), Service: flow.Service(rnd.IntN(20)),
		}
		r.Last = r.First + int64(rnd.IntN(5))*60e9
		if rnd.IntN(2) == 0 {
			r.Host = b.AddName(pick())
		}
		if rnd.IntN(2) == 0 {
			r.DNS = b.AddDNS(flow.DNS{Question: b.AddName(pick())})
		}
		if rnd.IntN(2) == 0 {
			r.TLS = b.AddTLS(flow.TLS{SNI: b.AddText(pick()), JA4: b.AddText([]byte("t13d1516h2_8daaf6152771"))})
		}
		b.Records = append(b.Records, r)
	}
	return b
}

// slow is a condition as a person would check it.
type slow func(b *flow.Batch, r *flow.Record) bool

// sides gives the words for a side, and what of a record they are about.
func sides(t *rapid.T, of func(r *flow.Record) (src, dst bool)) (string, slow) {
	switch rapid.SampledFrom([]string{"", "any", "src", "dst", "src or dst", "src and dst"}).Draw(t, "side") {
	case "src":
		return "src ", func(_ *flow.Batch, r *flow.Record) bool { s, _ := of(r); return s }
	case "dst":
		return "dst ", func(_ *flow.Batch, r *flow.Record) bool { _, d := of(r); return d }
	case "src and dst":
		return "src and dst ", func(_ *flow.Batch, r *flow.Record) bool { s, d := of(r); return s && d }
	case "any":
		return "any ", func(_ *flow.Batch, r *flow.Record) bool { s, d := of(r); return s || d }
	case "src or dst":
		return "SRC OR DST ", func(_ *flow.Batch, r *flow.Record) bool { s, d := of(r); return s || d }
	}
	return "", func(_ *flow.Batch, r *flow.Record) bool { s, d := of(r); return s || d }
}

func compared(a float64, op string, b float64) bool {
	return map[string]bool{"=": a == b, "==": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[op]
}

func drawOp(t *rapid.T) string {
	return rapid.SampledFrom([]string{"=", "==", "!=", "<", "<=", ">", ">="}).Draw(t, "comparison")
}

func drawAddr(t *rapid.T) (string, slow) {
	var all []netip.Prefix
	var words []string
	for range rapid.IntRange(1, 3).Draw(t, "nets") {
		p := netip.MustParsePrefix(rapid.SampledFrom([]string{"10.0.0.0/24", "10.0.1.2/32", "0.0.0.0/0", "10.0.0.0/23", "2001:db8::/64", "2001:db8:0:1::/62", "::/0", "2001:db8::3/128", "10.0.2.3/32"}).Draw(t, "net"))
		all = append(all, p)
		words = append(words, strings.TrimSuffix(strings.TrimSuffix(p.String(), "/32"), "/128"))
	}
	in := func(a flow.Addr) bool {
		for _, p := range all {
			if p.Contains(a.Netip()) {
				return true
			}
		}
		return false
	}
	side, f := sides(t, func(r *flow.Record) (bool, bool) { return in(r.Src), in(r.Dst) })
	return side + rapid.SampledFrom([]string{"host ", "net ", "ip in "}).Draw(t, "word") + strings.Join(words, ", "), f
}

func drawPort(t *rapid.T) (string, slow) {
	low := rapid.SampledFrom([]int{0, 53, 443, 1024, 65535}).Draw(t, "port")
	ported := func(r *flow.Record) bool { return r.Proto != 1 && r.Proto != 58 }
	op := rapid.SampledFrom([]string{"", "<", "<=", ">", ">=", "list", "!="}).Draw(t, "form")
	in := func(p uint16) bool { return compared(float64(p), op, float64(low)) }
	text := fmt.Sprintf("port %s %d", op, low)
	switch op {
	case "list":
		text, in = fmt.Sprintf("port in [%d 80-1023, 8080]", low), func(p uint16) bool { return int(p) == low || p >= 80 && p <= 1023 || p == 8080 }
	case "", "!=":
		in = func(p uint16) bool { return int(p) == low }
	}
	side, f := sides(t, func(r *flow.Record) (bool, bool) { return ported(r) && in(r.SrcPort), ported(r) && in(r.DstPort) })
	if op == "!=" {
		return side + text, func(b *flow.Batch, r *flow.Record) bool { return !f(b, r) }
	}
	return side + text, f
}

func drawMeasure(t *rapid.T) (string, slow) {
	op := drawOp(t)
	d := func(r *flow.Record) float64 { return time.Duration(r.Last - r.First).Seconds() }
	ratio := func(a uint64, b float64) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / b
	}
	x := rapid.SampledFrom([]struct {
		text, value string
		n           float64
		of          func(r *flow.Record) float64
	}{
		{"bytes", "2k", 2000, func(r *flow.Record) float64 { return float64(r.SrcBytes + r.DstBytes) }},
		{"src bytes", "0.001M", 1000, func(r *flow.Record) float64 { return float64(r.SrcBytes) }},
		{"dst packets", "0", 0, func(r *flow.Record) float64 { return float64(r.DstPackets) }},
		{"packets", "4", 4, func(r *flow.Record) float64 { return float64(r.SrcPackets + r.DstPackets) }},
		{"duration", "1m60s", 120, d},
		{"duration", "180", 180, d},
		{"bpp", "500B", 500, func(r *flow.Record) float64 { return ratio(r.SrcBytes+r.DstBytes, float64(r.SrcPackets+r.DstPackets)) }},
		{"bps", "400", 400, func(r *flow.Record) float64 { return ratio(8*(r.SrcBytes+r.DstBytes), d(r)) }},
		{"pps", "0.05", 0.05, func(r *flow.Record) float64 { return ratio(r.SrcPackets+r.DstPackets, d(r)) }},
		{"first", "1970-01-01T00:00:02Z", 2, func(r *flow.Record) float64 { return float64(r.First) / 1e9 }},
		{"last", "1970-01-01T09:02:00+09:00", 120, func(r *flow.Record) float64 { return float64(r.Last) / 1e9 }},
	}).Draw(t, "measure")
	return x.text + op + x.value, func(_ *flow.Batch, r *flow.Record) bool { return compared(x.of(r), op, x.n) }
}

func drawWord(t *rapid.T) (string, slow) {
	name := func(g string) slow {
		return func(b *flow.Batch, r *flow.Record) bool {
			all := []string{b.String(r.Host)}
			if d := b.DNSOf(r); d != nil {
				all = append(all, b.String(d.Question))
			}
			if x := b.TLSOf(r); x != nil {
				all = append(all, b.String(x.SNI))
			}
			for _, s := range all {
				if ok, err := path.Match(g, strings.ToLower(s)); s != "" && ok && err == nil {
					return true
				}
			}
			return false
		}
	}
	const fourth = 3
	x := rapid.SampledFrom([]struct {
		text string
		of   slow
	}{
		{"tcp", func(_ *flow.Batch, r *flow.Record) bool { return r.Proto == 6 }},
		{"proto udp, 47", func(_ *flow.Batch, r *flow.Record) bool { return r.Proto == 17 || r.Proto == 47 }},
		{"ipv6", func(_ *flow.Batch, r *flow.Record) bool { return !r.Src.Is4() }},
		{"inet", func(_ *flow.Batch, r *flow.Record) bool { return r.Src.Is4() }},
		{"src flags S", func(_ *flow.Batch, r *flow.Record) bool { return r.SrcFlags&flow.SYN != 0 }},
		{"dst flags SA/SAR", func(_ *flow.Batch, r *flow.Record) bool {
			return r.DstFlags&flow.SYN != 0 && r.DstFlags&flow.ACK != 0 && r.DstFlags&flow.RST == 0
		}},
		{"flags fp", func(_ *flow.Batch, r *flow.Record) bool {
			f := r.SrcFlags | r.DstFlags
			return f&flow.FIN != 0 && f&flow.PSH != 0
		}},
		{"state attempt, refused", func(_ *flow.Batch, r *flow.Record) bool {
			return r.State == flow.StateAttempt || r.State == flow.StateRefused
		}},
		{"service != tls", func(_ *flow.Batch, r *flow.Record) bool { return r.Service != flow.ServiceTLS }},
		{"kind [dns facts]", func(_ *flow.Batch, r *flow.Record) bool { return r.Kind >= flow.KindDNS }},
		{"direction outbound", func(_ *flow.Batch, r *flow.Record) bool { return classes.Class(r.Src, r.Dst) == fourth }},
		{`name "*.example.org"`, name("*.example.org")},
		{`name A.EXAMPLE.org`, name("a.example.org")},
		{`name b.*.n?t`, name("b.*.n?t")},
		{`name *example*`, name("*example*")},
		{`question "?.*"`, func(b *flow.Batch, r *flow.Record) bool {
			return r.DNS != 0 && strings.Index(b.String(b.DNSOf(r).Question), ".") == 1
		}},
		{`ja4 "t13d*"`, func(_ *flow.Batch, r *flow.Record) bool { return r.TLS != 0 }},
	}).Draw(t, "word")
	return x.text, x.of
}

// drawFilter makes a filter and, beside it, what it means.
func drawFilter(t *rapid.T, depth int) (string, slow) {
	form := rapid.IntRange(0, 7).Draw(t, "form")
	if depth == 0 {
		form %= 4
	}
	switch form {
	case 0:
		return drawAddr(t)
	case 1:
		return drawPort(t)
	case 2:
		return drawMeasure(t)
	case 3:
		return drawWord(t)
	case 4:
		s, f := drawFilter(t, depth-1)
		return rapid.SampledFrom([]string{"not (", "!("}).Draw(t, "not") + s + ")", func(b *flow.Batch, r *flow.Record) bool { return !f(b, r) }
	}
	and := form == 5
	words := []string{" or ", " || ", "\nOR "}
	if and {
		words = []string{" and ", " && ", " AND\t"}
	}
	var parts []string
	var kids []slow
	for range rapid.IntRange(2, 4).Draw(t, "parts") {
		s, f := drawFilter(t, depth-1)
		parts, kids = append(parts, "("+s+")"), append(kids, f)
	}
	return strings.Join(parts, rapid.SampledFrom(words).Draw(t, "joined by")), func(b *flow.Batch, r *flow.Record) bool {
		n := 0
		for _, k := range kids {
			if k(b, r) {
				n++
			}
		}
		return n == len(kids) || !and && n > 0
	}
}

// TestAgainstMeaning compares compiled filters with what their parts mean.
func TestAgainstMeaning(t *testing.T) {
	b := sample(rand.New(rand.NewPCG(3, 4)), 300)
	rapid.Check(t, func(t *rapid.T) {
		text, want := drawFilter(t, 3)
		match, err := Parse(text, classes)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i := range b.Records {
			r := &b.Records[i]
			if got := match(b, r); got != want(b, r) {
				t.Fatalf("%s: %v for %+v", text, got, *r)
			}
		}
	})
}

// TestBinding: and binds more closely than or, not more closely than and.
func TestBinding(t *testing.T) {
	b := sample(rand.New(rand.NewPCG(5, 6)), 300)
	for text, same := range map[string]string{
		"tcp or udp and port 53":           "tcp or (udp and port 53)",
		"not tcp and port 53":              "(not tcp) and port 53",
		"src 10.0.0.1 or dst 10.0.0.2":     "src host 10.0.0.1 or dst host 10.0.0.2",
		"net ::ffff:10.0.0.0/120":          "net 10.0.0.0/24",
		"net 10.0.0.77/24":                 "net 10.0.0.0/24",
		"time >= 2":                        "first >= 1970-01-01T00:00:02",
		"first < 1970-01-02":               "first < 86400",
		"bytes > 1Ki":                      "bytes > 1024",
		"":                                 "bytes >= 0",
		"proto=tcp and\u3000dst port==443": "tcp and dst port 443",
		"not not tcp":                      "tcp",
		"port < 0":                         "tcp and udp",
		"net 10.0.0.0/24, 10.0.1.1 and port 53,80": "(net 10.0.0.0/24 or host 10.0.1.1) and (port 53 or port 80)",
	} {
		x, err := Parse(text, classes)
		y, err2 := Parse(same, classes)
		if err != nil || err2 != nil {
			t.Errorf("%q: %v %v", text, err, err2)
			continue
		}
		for i := range b.Records {
			if r := &b.Records[i]; x(b, r) != y(b, r) {
				t.Errorf("%q is not %q for %+v", text, same, *r)
				break
			}
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ text, mark, want string }{
		{"tcp and dst prot 443", "            ^^^^", `"prot" begins no condition`},
		{"tcp port 443", "    ^^^^", `"port" cannot stand here`},
		{"tcp and", "       ^", "the filter ends too early"},
		{"(tcp or udp", "^", "the parenthesis is not closed"},
		{"tcp)", "   ^", `")" cannot stand here`},
		{"and tcp", "^^^", `a condition is missing before "and"`},
		{"src duration > 5m", "^^^", "duration is not of one end"},
		{"host 10.0.0.256", "     ^^^^^^^^^^", "neither an address nor a prefix"},
		{"port 70000", "     ^^^^^", "not a port"},
		{"port 90-80", "     ^^^^^", "not a port"},
		{"bytes 5", "      ^", "a comparison is missing"},
		{"bytes > 5Q", "        ^^", "not a number"},
		{"bytes > i", "        ^", "not a number"},
		{"duration > 5x", "           ^^", "not a length of time"},
		{`duration > ""`, "           ^^", "not a length of time"},
		{"first > noon", "        ^^^^", "not a time"},
		{"flags Q", "      ^", "not a set of TCP flags"},
		{"flags S,A", "        ^", "not a set of TCP flags"},
		{"flags SA/S", "      ^^^^", "not a set of TCP flags"},
		{"state up", "      ^^", `no such word as "up"`},
		{"proto foo", "      ^^^", `no protocol "foo"`},
		{`name "x`, "     ^^", "a quotation mark is not closed"},
		{"port [80, 443", "             ^", "the filter ends too early"},
		{"name (x)", "     ^", "a value is missing"},
		{"サーバー and tcp", "^^^^^^^^", "begins no condition"},
		{"host 10.0.0.1 and\x1b[31m", "", "cannot stand here"},
		{strings.Repeat("(", 200) + "tcp", "", "lie more than 100 deep"},
		{strings.Repeat("tcp or ", 10_000), "", "longer than 65,536 bytes"},
		{strings.Repeat("tcp or ", 20) + "bad", "", "begins no condition"},
	} {
		_, err := Parse(tt.text, classes)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.want) || fault.Hint(err) == "" {
			t.Errorf("%.40q: %v, want %q with a hint", tt.text, err, tt.want)
			continue
		}
		lines := strings.Split(e.Mark(), "\n")
		if len(lines) != 3 || strings.ContainsAny(e.Mark(), "\x1b\r") || len([]rune(lines[0])) > 78 {
			t.Errorf("%.40q: mark %q", tt.text, e.Mark())
		}
		if tt.mark != "" && lines[1] != "  "+tt.mark {
			t.Errorf("%q: mark\n%s\nwant\n  %s", tt.text, e.Mark(), tt.mark)
		}
	}
	if _, err := Parse("direction outbound", Options{}); err == nil {
		t.Error("a direction without a border was accepted")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`proto tcp and dst port 443 and src net 10.0.0.0/8 and bytes > 1M and duration > 5m and name "*.example.org" and direction outbound and not ja4 "t13d*"`,
		"port in [80 443] or (src and dst net 10.0.0.0/8, ::1)", "not !flags S/SA", "a\xff\xfe\"", "src or dst port >= 1"} {
		f.Add(s)
	}
	b := sample(rand.New(rand.NewPCG(7, 8)), 20)
	f.Fuzz(func(t *testing.T, text string) {
		match, err := Parse(text, classes)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || strings.Count(e.Mark(), "\n") != 2 || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Fatalf("%q", err)
			}
			return
		}
		for i := range b.Records {
			match(b, &b.Records[i])
		}
	})
}

// BenchmarkMatch asks filters of one batch again and again.
func BenchmarkMatch(b *testing.B) {
	batch := sample(rand.New(rand.NewPCG(1, 2)), flow.BatchSize)
	for name, text := range map[string]string{
		"short": "proto tcp and dst port 443",
		"usual": "proto tcp and dst port 443, 8080 and src net 10.0.0.0/8 and bytes > 1k",
		"asked": `proto tcp and dst port 443 and src net 10.0.0.0/8 and bytes > 1M and duration > 5m and name "*.example.org" and direction outbound and not ja4 "t13d*"`,
		"long":  `(proto tcp or udp) and not dst port 53 and src net 10.0.0.0/8, 2001:db8::/32 and bytes >= 0 and duration < 1h and not name "*.example.com" and not ja4 "t12*"`,
	} {
		match, err := Parse(text, classes)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for i := range batch.Records {
					if match(batch, &batch.Records[i]) {
						n++
					}
				}
			}
			b.ReportMetric(float64(b.N)*flow.BatchSize/b.Elapsed().Seconds()/1e6, "Mrecords/s")
		})
	}
}
