package criteria

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseGivesTheOnlySpelling(t *testing.T) {
	for text, want := range map[string]string{
		"dst_port in {443}":                                                     "dst_port in {443}",
		"dst_port in {444, 443, 445-450}":                                       "dst_port in {443-450}",
		"dst in {192.0.2.0/25, 192.0.2.128/25}":                                 "dst in {192.0.2.0/24}",
		"dst in {192.0.2.1, 192.0.2.2, 192.0.2.3}":                              "dst in {192.0.2.1, 192.0.2.2/31}",
		"dst in {2001:db8::/32, 198.51.100.7}":                                  "dst in {198.51.100.7, 2001:db8::/32}",
		"tls.sni in {a.example, *.example, b.c.example}":                        "tls.sni in {*.example}",
		"tls.sni in {example, *.example}":                                       "tls.sni in {*.example, example}",
		"src in {192.0.2.1} or dst in {192.0.2.1}":                              "dst in {192.0.2.1} or src in {192.0.2.1}",
		"dst in {192.0.2.1} or dst in {192.0.2.0}":                              "dst in {192.0.2.0/31}",
		"dst_port in {80} and (dst in {192.0.2.1} or src in {192.0.2.9})":       "dst in {192.0.2.1} and dst_port in {80} or dst_port in {80} and src in {192.0.2.9}",
		"dst_port in {80-90} and dst_port in {85-99}":                           "dst_port in {85-90}",
		"dst_port in {80} or dst_port in {80} and proto in {6}":                 "dst_port in {80}",
		"proto in {6} and (dst_port in {1} or proto in {17}) or proto in {132}": "dst_port in {1} and proto in {6} or proto in {132}",
	} {
		c, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := c.String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if _, err := ParseExact(want); err != nil {
			t.Errorf("%s is not exact: %v", want, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "dst", "dst in", "dst in {}", "dst in {192.0.2.1", "dst in {192.0.2.1/24}", "dst in {::ffff:192.0.2.1}", "dst in {fe80::1%eth0}",
		"dst in {192.0.2.01}", "dst_port in {65536}", "dst_port in {80-}", "dst_port in {90-80}", "dst_port in {080}", "dst_port in {+80}",
		"host in {*}", "host in {*.}", "host in {A.example}", "host in {a..example}", "host in {-a.example}", "tls.ja4 in {T13D}",
		"subject in {x}", "dst in {192.0.2.1} dst in {192.0.2.2}", "dst in {192.0.2.1} or", "(dst in {192.0.2.1}", "dst in {192.0.2.1})",
		"proto in {6} and proto in {17}", "tls.names in {a.example} and tls.names in {b.example}", "not dst in {192.0.2.1}",
		strings.Repeat("(", 40) + "proto in {6}" + strings.Repeat(")", 40),
		"dst_port in {1" + strings.Repeat(",1", MaxValues) + "}",
		strings.Repeat("(src_port in {1} or dst_port in {2}) and ", 1) + strings.Repeat("(src_bytes in {1} or dst_bytes in {2}) and (src_packets in {1} or dst_packets in {2}) and (host in {a.b} or tls.sni in {a.b}) and (proto in {1} or state in {1}) and (service in {1} or dns.type in {1}) and ", 1) + "(dns.rcode in {1} or signature in {1})",
		strings.Repeat(" ", MaxText+1),
	} {
		if c, err := Parse(text); err == nil {
			t.Errorf("%.60s was read as %s", text, c)
		} else if _, ok := err.(*Error); !ok {
			t.Errorf("%.60s: the error is a %T", text, err)
		}
	}
}

// TestFieldsAreOfTheRecord: no criterion speaks of what a record cannot hold.
func TestFieldsAreOfTheRecord(t *testing.T) {
	text, err := os.ReadFile("../../../flow/fields.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		part, last := "Record", f.name
		if head, rest, ok := strings.Cut(f.name, "."); ok {
			part, last = strings.ToUpper(head), rest
		}
		if _, inner, ok := strings.Cut(last, "answers."); ok {
			part, last = "Answer", inner
		}
		found := false
		for block := range strings.SplitSeq(string(text), "[[field]]") {
			found = found || strings.Contains(block, fmt.Sprintf("struct = %q", part)) && strings.Contains(block, fmt.Sprintf("\nname = %q", last))
		}
		if !found {
			t.Errorf("%s is no field of %s in flow/fields.toml", f.name, part)
		}
	}
	if !slices.IsSortedFunc(fields, func(a, b field) int { return strings.Compare(a.name, b.name) }) {
		t.Error("the fields are not in order")
	}
}

// The oracle: a small world of records, and what a text means for each, read anew and
// slowly from the canonical text.

var (
	worldAddrs = []string{"192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.3.0", "2001:db8::1"}
	worldNames = []string{"example", "a.example", "b.a.example", "xa.example", "c.other"}
)

type record struct {
	dst   string
	port  uint64
	sni   string
	names []string
}

func world() []record {
	var all []record
	for _, a := range worldAddrs {
		for port := range uint64(5) {
			for _, n := range worldNames {
				for _, names := range [][]string{nil, {"a.example"}, {"b.a.example", "c.other"}} {
					all = append(all, record{a, port, n, names})
				}
			}
		}
	}
	return all
}

// meets reads the text by splitting it, and looks at each value by itself.
func (r record) meets(text string) bool {
	for one := range strings.SplitSeq(text, " or ") {
		ok := true
		for cond := range strings.SplitSeq(one, " and ") {
			name, list, _ := strings.Cut(strings.TrimSuffix(cond, "}"), " in {")
			met := false
			for v := range strings.SplitSeq(list, ", ") {
				met = met || r.has(name, v)
			}
			ok = ok && met
		}
		if ok {
			return true
		}
	}
	return false
}

func (r record) has(name, v string) bool {
	is := func(n string) bool { return n == v || strings.HasPrefix(v, "*.") && strings.HasSuffix(n, v[1:]) }
	switch name {
	case "dst":
		if !strings.Contains(v, "/") {
			return r.dst == v
		}
		a, err := netip.ParseAddr(r.dst)
		return err == nil && netip.MustParsePrefix(v).Contains(a)
	case "dst_port":
		var a, b uint64
		if n, _ := fmt.Sscanf(v, "%d-%d", &a, &b); n == 1 {
			b = a
		}
		return a <= r.port && r.port <= b
	case "tls.sni":
		return is(r.sni)
	case "tls.names":
		return slices.ContainsFunc(r.names, is)
	}
	return false
}

func anyCondition(t *rapid.T) string {
	list := func(values ...string) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(values), 1, 4).Draw(t, "values"), ", ")
	}
	switch rapid.IntRange(0, 3).Draw(t, "field") {
	case 0:
		return "dst in {" + list("192.0.2.0", "192.0.2.1", "192.0.2.2/31", "192.0.2.0/30", "192.0.2.0/23", "0.0.0.0/0", "::/0", "2001:db8::1") + "}"
	case 1:
		return "dst_port in {" + list("0", "1", "2", "3", "0-1", "2-4", "1-3") + "}"
	case 2:
		return "tls.sni in {" + list("example", "*.example", "a.example", "*.a.example", "b.a.example", "c.other") + "}"
	}
	return "tls.names in {" + list("a.example", "*.example", "c.other", "*.other") + "}"
}

func anyText(t *rapid.T) string {
	var cases []string
	for range rapid.IntRange(1, 3).Draw(t, "cases") {
		var parts []string
		seen := map[string]bool{}
		for range rapid.IntRange(1, 3).Draw(t, "conditions") {
			c := anyCondition(t)
			if f, _, _ := strings.Cut(c, " "); f == "tls.names" && seen[f] {
				continue
			} else {
				seen[f] = true
			}
			parts = append(parts, c)
		}
		cases = append(cases, strings.Join(parts, " and "))
	}
	return strings.Join(cases, " or ")
}

func TestMeaningAgainstOracle(t *testing.T) {
	records := world()
	covered := 0
	rapid.Check(t, func(t *rapid.T) {
		text, other := anyText(t), anyText(t)
		c, err := Parse(text)
		if err != nil {
			for _, r := range records {
				if r.meets(text) {
					t.Fatalf("%s is refused (%v), and %v meets it", text, err, r)
				}
			}
			return
		}
		for _, r := range records {
			if r.meets(text) != r.meets(c.String()) {
				t.Fatalf("%s became %s, which is another thing for %v", text, c, r)
			}
		}
		again, err := Parse(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%s is read again as %v, %v", c, again, err)
		}
		if !Covers(c, c) {
			t.Fatalf("%s does not hold itself", c)
		}
		o, err := Parse(other)
		if err != nil {
			return
		}
		if Covers(c, o) {
			covered++
			for _, r := range records {
				if r.meets(other) && !r.meets(text) {
					t.Fatalf("%s is said to hold %s, but not %v", c, o, r)
				}
			}
		}
	})
	if covered == 0 {
		t.Error("no case in which one held the other was tried")
	}
}

// TestCoversIsComplete goes through a world that has a record for each piece into which
// the conditions of anyCondition can cut it, records without a value among them: there
// the answer must be exact.
func TestCoversIsComplete(t *testing.T) {
	var records []record
	for _, dst := range append([]string{"", "198.51.100.1", "2001:db8::2"}, worldAddrs...) {
		for _, port := range []uint64{0, 1, 2, 3, 4, 5, 99} {
			for _, sni := range append([]string{"", "z.a.example"}, worldNames...) {
				records = append(records, record{dst: dst, port: port, sni: sni})
			}
		}
	}
	check := func(parent, child string) (covered, alone bool, err error) {
		p, err := Parse(parent)
		if err != nil || strings.Contains(parent+child, "tls.names") {
			return false, false, nil
		}
		c, err := Parse(child)
		if err != nil {
			return false, false, nil
		}
		want := !slices.ContainsFunc(records, func(r record) bool { return r.meets(c.String()) && !r.meets(p.String()) })
		if got := Covers(p, c); got != want {
			return got, false, fmt.Errorf("%s holds %s: %v, want %v", p, c, got, want)
		}
		return want, !slices.ContainsFunc(c.cases, func(o oneCase) bool {
			return !slices.ContainsFunc(p.cases, func(p oneCase) bool { return p.covers(o) })
		}), nil
	}
	for _, tt := range []struct {
		parent, child string
		want          bool
	}{
		{"dst in {192.0.2.0} or dst in {192.0.2.1} and dst_port in {0}", "dst in {192.0.2.0/31} and dst_port in {0}", true},
		{"dst in {192.0.2.0} or dst in {192.0.2.1} and dst_port in {0}", "dst in {192.0.2.0/31} and dst_port in {0-1}", false},
		{"dst in {192.0.2.0/31} and dst_port in {0-2} or dst in {192.0.2.0/30} and dst_port in {3-4}", "dst in {192.0.2.1} and dst_port in {1-4}", true},
		{"dst in {192.0.2.0/31} and dst_port in {0-2} or dst in {192.0.2.0/30} and dst_port in {3-4}", "dst in {192.0.2.1, 192.0.2.2} and dst_port in {1-4}", false},
		{"tls.sni in {a.example} and dst_port in {1} or tls.sni in {*.a.example}", "tls.sni in {a.example, b.a.example} and dst_port in {1}", true},
		{"tls.sni in {a.example} and dst_port in {1} or tls.sni in {*.a.example}", "tls.sni in {*.example} and dst_port in {1}", false},
		{"dst in {0.0.0.0/0} and dst_port in {1} or dst in {::/0} and dst_port in {2}", "dst_port in {1}", false}, // a record without an address
	} {
		if got, alone, err := check(tt.parent, tt.child); err != nil || got != tt.want || alone && tt.want {
			t.Errorf("%s holds %s: %v (one case alone: %v), %v", tt.parent, tt.child, got, alone, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		parent, child := anyText(t), anyText(t)
		if rapid.Bool().Draw(t, "narrower") {
			child = "(" + parent + ") and (" + child + ")"
		}
		if _, _, err := check(parent, child); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCoversIsBounded asks what takes the most: many cases, each with its own edges on
// every field.
func TestCoversIsBounded(t *testing.T) {
	var parent, child []string
	for _, f := range []string{"dns.rcode", "dns.type", "dst_bytes", "dst_packets", "dst_port", "src_bytes", "src_packets", "src_port"} {
		child = append(child, f+" in {0-60000}")
	}
	for i := range MaxCases {
		var one []string
		for j, f := range []string{"dns.rcode", "dns.type", "dst_bytes", "dst_packets", "dst_port", "src_bytes", "src_packets", "src_port"} {
			if i%8 == j {
				one = append(one, fmt.Sprintf("%s in {%d-60000}", f, i/8))
			} else {
				one = append(one, fmt.Sprintf("%s in {0-%d, %d-60000}", f, 100*i+j, 100*i+j+2))
			}
		}
		parent = append(parent, strings.Join(one, " and "))
	}
	p, err := Parse(strings.Join(parent, " or "))
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(strings.Join(child, " and "))
	if err != nil {
		t.Fatal(err)
	}
	if Covers(p, c) {
		t.Error("zero on every field lies in no case of the parent, and the child has it")
	}
}

func TestCoversIsTransitive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c [3]*Criteria
		base := anyText(t)
		for i := range c {
			text := base
			if i > 0 {
				text = "(" + base + ") and " + anyCondition(t)
			}
			var err error
			if c[i], err = Parse(text); err != nil {
				return
			}
			base = c[i].String()
			if strings.Contains(base, "tls.names") {
				return
			}
		}
		if !Covers(c[0], c[1]) || !Covers(c[1], c[2]) || !Covers(c[0], c[2]) {
			t.Fatalf("%s\n%s\n%s: each is the one before and more", c[0], c[1], c[2])
		}
	})
}

func TestInside(t *testing.T) {
	c, err := Parse("dst in {192.0.2.0/24} and dst_port in {443} or tls.sni in {*.bad.example}")
	if err != nil {
		t.Fatal(err)
	}
	for selector, ok := range map[string]bool{
		"dst in {192.0.2.7} and dst_port in {443}":                  true,
		"dst in {192.0.2.7} and dst_port in {443} and proto in {6}": true,
		"tls.sni in {c2.bad.example}":                               true,
		"dst in {192.0.2.7}":                                        false,
		"tls.sni in {bad.example}":                                  false,
		"tls.sni in {xbad.example}":                                 false,
		"dst_port in {443} and dst in {192.0.2.7}":                  false, // not the only spelling
		"proto in {6} or tls.sni in {c2.bad.example}":               false,
	} {
		if err := Inside(selector, c); (err == nil) != ok {
			t.Errorf("%s: %v", selector, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("dst in {192.0.2.0/24} and dst_port in {443} or tls.sni in {*.bad.example}")
	f.Add("(src_port in {1-5} or dst_bytes in {2}) and (proto in {6} or host in {a.b})")
	f.Add("dst in {::/0, 0.0.0.0/0}")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if err != nil {
			return
		}
		again, err := ParseExact(c.String())
		if err != nil || !Covers(c, again) || !Covers(again, c) {
			t.Fatalf("%q became %q, which is read as %v, %v", text, c, again, err)
		}
	})
}
