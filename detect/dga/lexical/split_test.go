package lexical

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/publicsuffix"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

func TestSplit(t *testing.T) {
	for name, want := range map[string]string{
		"example.com":                         "example|com",
		"www.example.co.uk":                   "example|co.uk",
		"a.b.c.example.ne.jp":                 "example|ne.jp",
		"abc.bit":                             "abc|bit",
		"d111111abcdef8.cloudfront.net":       "d111111abcdef8|cloudfront.net|private",
		"host.dyndns.org":                     "host|dyndns.org|private",
		"xn--e1afmkfd.xn--p1ai":               "xn--e1afmkfd|xn--p1ai",
		strings.Repeat("a", 60) + ".com":      strings.Repeat("a", 60) + "|com",
		strings.Repeat("abcd.", 40) + "ab.de": "ab|de",
		"localhost":                           "",
		"printer.local":                       "",
		"xkqpvbn.corp":                        "",
		"1.2.0.192.in-addr.arpa":              "",
		"192.0.2.1":                           "",
		"com":                                 "",
		"co.uk":                               "",
		".com":                                "",
		"..com":                               "",
		"a..":                                 "",
		"":                                    "",
		strings.Repeat("a", 64) + ".com":      "",
		strings.Repeat("abcd.", 60) + "com":   "",
	} {
		got := ""
		if p, ok := Split([]byte(name)); ok {
			got = string(p.Label) + "|" + string(p.Suffix)
			if p.Private {
				got += "|private"
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestSplitOracle compares with the library's own answer.
func TestSplitOracle(t *testing.T) {
	label := rapid.StringMatching(`[a-z][a-z0-9]{0,8}`)
	suffix := rapid.SampledFrom(strings.Fields("com net co.uk jp co.jp tokyo.jp github.io de com.br ck www.ck"))
	rapid.Check(t, func(t *rapid.T) {
		labels := rapid.SliceOfN(label, 1, 4).Draw(t, "labels")
		name := strings.Join(labels, ".") + "." + suffix.Draw(t, "suffix")
		want, err := publicsuffix.EffectiveTLDPlusOne(name)
		p, ok := Split([]byte(name))
		if ok != (err == nil) || ok && string(p.Site) != want {
			t.Fatalf("%s: got %q %v, want %q %v", name, p.Site, ok, want, err)
		}
	})
}

func TestScoreKnowsNoise(t *testing.T) {
	for name, made := range map[string]bool{
		"xkqpvbnrtzwq.com": true, "qzxwvkjhgtpl.net": true, "a3f8c1e97b0d44e2aa10.info": true,
		"weather.com": false, "tokyo-station.jp": false, "hospital.org": false,
		"xn--fiqs8sxkqpvbn.com": false, "xkqpvbnrtzw.local": false, "xkqpvbnrtzw": false,
	} {
		if z := Score([]byte(name)); (z > Sure) != made {
			t.Errorf("%s scores %.2f", name, z)
		}
	}
}

func TestModelFile(t *testing.T) {
	m := shared()
	if again := m.Append(nil); !bytes.Equal(again, embedded) {
		t.Error("the model is not written as it was read")
	}
	for _, bad := range [][]byte{nil, embedded[:100], embedded[:len(embedded)-1], append([]byte("x"), embedded[1:]...)} {
		if _, err := Read(bad); err == nil || fault.KindOf(err) != fault.Invalid {
			t.Errorf("%d bytes were read: %v", len(bad), err)
		}
	}
	nan := bytes.Clone(embedded)
	copy(nan[len(magic):], []byte{0, 0, 0xc0, 0x7f})
	if _, err := Read(nan); err == nil {
		t.Error("a parameter that is no number was read")
	}
}

// TestGroupsOracle compares the rolling letter groups with cutting them out.
func TestGroupsOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		label := []byte(rapid.StringMatching(`[a-z0-9-]{1,63}`).Draw(t, "label"))
		var f Features
		f.Extract(label, []byte("com"))
		padded := []uint8{border}
		for _, c := range label {
			padded = append(padded, codeOf(c))
		}
		padded = append(padded, border)
		want := map[uint32]int{}
		for i := range padded {
			for k := shortest; k <= longest && i+k <= len(padded); k++ {
				h := uint32(0x811c9dc5)
				for _, c := range padded[i : i+k] {
					h = (h ^ uint32(c)) * 0x01000193
				}
				want[row(mix32(h+uint32(k-1)))]++
			}
		}
		got := map[uint32]int{}
		for _, r := range f.Row[:f.End[1]] {
			got[r]++
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

func TestScorePartsAllocatesNothing(t *testing.T) {
	p, _ := Split([]byte("xkqpvbnrtzwq.com"))
	if n := testing.AllocsPerRun(100, func() { ScoreParts(&p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzScore(f *testing.F) {
	for _, s := range []string{"", ".", "a.b", "xn--.com", "\x00\xff.com", strings.Repeat("9", 300), "a.b.c.d.e.f.g.kawasaki.jp"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, name []byte) {
		z := Score(name)
		if !(z >= -Bound && z <= Bound) || z != Score(name) {
			t.Errorf("%q scores %v", name, z)
		}
		if p, ok := Split(name); ok && (len(p.Label) == 0 || !bytes.HasSuffix(name, p.Site) || string(p.Site) != string(p.Label)+"."+string(p.Suffix)) {
			t.Errorf("%q was split into %q", name, p.Site)
		}
	})
}
