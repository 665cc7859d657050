package indicator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/internal/fault"
)

// show writes an indicator shortly: kind, value, then what is known about it.
func show(i *Indicator) string {
	s := i.Kind.String() + " " + i.Text
	if i.Kind <= Prefix {
		s = i.Kind.String() + " " + i.Prefix.String()
	}
	if i.FromURL {
		s += " url"
	}
	if i.Description != "" {
		s += " d=" + i.Description
	}
	if i.Source != "" {
		s += " s=" + i.Source
	}
	if i.Confidence != Unknown {
		s += fmt.Sprintf(" c=%d", i.Confidence)
	}
	if i.Lists != 0 {
		s += fmt.Sprintf(" n=%d", i.Lists)
	}
	if i.Expires != 0 {
		s += " x=" + time.Unix(0, i.Expires).UTC().Format(time.RFC3339)
	}
	return s
}

// readAll gives what stands in text: indicators as "line: …", skipped lines as
// "line! key of the reason".
func readAll(t testing.TB, text string) []string {
	t.Helper()
	var got []string
	skips := &fault.Skips{}
	err := Read(strings.NewReader(text), "LIST", skips, func(i *Indicator, line int64) error {
		got = append(got, fmt.Sprintf("%d: %s", line, show(i)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range skips.First {
		s := e.Error()
		if fault.Hint(e) == "" || strings.Contains(s, "indicator.fault") {
			t.Errorf("%v has no sentence", e)
		}
		got = append(got, s[strings.Index(s, "LIST:")+len("LIST:"):])
	}
	return got
}

func TestRead(t *testing.T) {
	sha1, sha256, md5 := strings.Repeat("ab", 20), strings.Repeat("cd", 32), strings.Repeat("ef", 16)
	const (
		nothing = ": there is no indicator in this line"
		private = ": a private or local address is nobody's in particular"
		wide    = ": the prefix is so wide that it would accuse everybody"
		suffix  = ": a top-level domain or other public suffix would accuse everybody beneath it"
	)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain": {"\ufeff# comment\n; other\n// third\n\n198.51.100.7\r\n2001:db8::7\n198.51.100.0/24\n::ffff:198.51.100.8\n198.51.100.9/32\n198.51.100.77/24\n",
			[]string{"5: address 198.51.100.7/32", "6: address 2001:db8::7/128", "7: prefix 198.51.100.0/24", "8: address 198.51.100.8/32", "9: address 198.51.100.9/32", "10: prefix 198.51.100.0/24"}},
		"names": {"Evil.Example.ORG.\n*.evil.example.net\n.evil.example.com\nevil.bazar\nxn--bcher-kva.example.org\nbücher.example.org\nevil.example.org:8080\n||ads.example.org^\n",
			[]string{"1: name evil.example.org", "2: name evil.example.net", "3: name evil.example.com", "4: name evil.bazar", "5: name xn--bcher-kva.example.org", "6: name xn--bcher-kva.example.org", "7: name evil.example.org", "8: name ads.example.org"}},
		"fingerprints": {sha1 + "\n" + strings.ToUpper(sha256) + "\n" + md5 + "\nSHA1:" + sha1 + "\nab:" + strings.Repeat("ab:", 18) + "ab\nt13d1516h2_8daaf6152771_e5627efa2ab1\n",
			[]string{"1: certificate " + sha1, "2: certificate " + sha256, "3: ja3 " + md5, "4: certificate " + sha1, "5: certificate " + sha1, "6: ja4 t13d1516h2_8daaf6152771_e5627efa2ab1"}},
		"defanged": {"198.51.100[.]7\n198[.]51[.]100[.]8\nevil[.]example(.)org\nhxxp://evil[.]example[.]org/a/b?c\nhxxps[://]evil[dot]example.org\n2001[:]db8[:][:]9\n",
			[]string{"1: address 198.51.100.7/32", "2: address 198.51.100.8/32", "3: name evil.example.org", "4: name evil.example.org url", "5: name evil.example.org", "6: address 2001:db8::9/128"}},
		"URLs": {"http://u:p@evil.example.org:81/x\nhttps://198.51.100.7/\nhttp://[2001:db8::7]:80/x\nevil.example.org/path\ntcp://198.51.100.8:4444\n198.51.100[.]9:8081/x\n198.51.100.10/x.sh\n",
			[]string{"1: name evil.example.org url", "2: address 198.51.100.7/32", "3: address 2001:db8::7/128", "4: name evil.example.org url", "5: address 198.51.100.8/32", "6: address 198.51.100.9/32", "7: address 198.51.100.10/32"}},
		"ports":            {"198.51.100.7:443\n[2001:db8::7]:443\n", []string{"1: address 198.51.100.7/32", "2: address 2001:db8::7/128"}},
		"counts":           {"# IP\tnumber of (black)lists\n#\n198.51.100.7\t10\n198.51.100.8\t1\n", []string{"3: address 198.51.100.7/32 n=10", "4: address 198.51.100.8/32 n=1"}},
		"counts, no title": {"198.51.100.7\t10\n198.51.100.8 3\n", []string{"1: address 198.51.100.7/32 n=10", "2: address 198.51.100.8/32 n=3"}},
		"words after it":   {"198.51.100.0/24 ; SBL123\n198.51.100.7, a server, loud\nevil.example.org - dropper # new\n\"198.51.100.8\",\"x\"\n", []string{"1: prefix 198.51.100.0/24 d=SBL123", "2: address 198.51.100.7/32 d=a server, loud", "3: name evil.example.org d=dropper # new", `4: address 198.51.100.8/32 d="x"`}},
		"hosts file": {"127.0.0.1 localhost\n::1 ip6-localhost\n255.255.255.255 broadcasthost\nff02::1 ip6-allnodes\n0.0.0.0 evil.example.org\n127.0.0.1\ta.example.net b.example.net # family\n",
			[]string{"5: name evil.example.org", "6: name a.example.net d=family", "6: name b.example.net d=family"}},
		"CSV": {"indicator,description,source,confidence,expires\n198.51.100.7,\"bot, \"\"loud\"\"\",ISAC,80,2027-03-31\nevil.example.org,,,high,\n2001:db8::/32,x,y,0.5,2027-01-02T03:04:05Z\n",
			[]string{`2: address 198.51.100.7/32 d=bot, "loud" s=ISAC c=80 x=2027-04-01T00:00:00Z`, "3: name evil.example.org c=90", "4: prefix 2001:db8::/32 d=x s=y c=50 x=2027-01-02T03:04:05Z"}},
		"title in a comment": {"################\n# first_seen,dst_ip,dst_port,malware\n################\n\"2026-01-01 00:00:00\",\"198.51.100.7\",\"443\",\"Name\"\n", []string{"4: address 198.51.100.7/32 d=Name"}},
		"several columns":    {"url;host;ip\nhttp://evil.example.org/x;evil.example.org;198.51.100.7\n-;-;198.51.100.8\n", []string{"2: name evil.example.org url", "2: name evil.example.org", "2: address 198.51.100.7/32", "3: address 198.51.100.8/32"}},
		"one column":         {"domain\nevil.example.org\nevil.bazar\n", []string{"2: name evil.example.org", "3: name evil.bazar"}},
		"title later":        {"Indicators of the campaign\n\nIP address\tTimeframe\tCharacterization\n198.51.100[.]7\tDec 5, 2023\tCallback Server\n", []string{"4: address 198.51.100.7/32 d=Callback Server", "1 " + "X"}},
		"title in between":   {"198.51.100.7\nip,comment\n198.51.100.8,x\n", []string{"1: address 198.51.100.7/32", "3: address 198.51.100.8/32 d=x"}},
		"other order":        {"2026-01-01,198.51.100.7,bot\n", []string{"1: address 198.51.100.7/32 d=2026-01-01 bot"}},
		"refused": {"10.0.0.1\n192.168.1.0/24\n127.0.0.1\nfe80::1\nff02::1\n0.0.0.0\n100.64.0.0/10\n10.0.0.0/7\n0.0.0.0/0\n::/0\n",
			[]string{"1" + private, "2" + private, "3" + private, "4" + private, "5" + private, "6" + private, "7" + private, "8" + wide, "9" + wide, "10" + wide}},
		"swallows private": {"192.0.0.0/9\n172.0.0.0/9\n2000::/3\n", []string{"1" + private, "2" + private, "3" + wide}},
		"suffixes":         {"com\nco.jp\nCO.JP.\n*.jp\ngithub.io\nlocalhost\nevil.github.io\n", []string{"7: name evil.github.io", "1" + suffix, "2" + suffix, "3" + suffix, "4" + suffix, "5" + suffix, "6" + suffix}},
		"not one":          {"a b c\nH:\\x\\y.pdb\n1.2.3\n1.2.3.4.5\n..\na..example.org\n-\n\x00\x01\n" + strings.Repeat("a", 64) + ".example.org\nfile one.pdb\n", nil},
		"expiry":           {"ip,expires\n198.51.100.7,soon\n", []string{"2 (field expires): the expiry is not a time"}},
	} {
		got := readAll(t, c.text)
		if name == "not one" {
			if len(got) != 10 {
				t.Errorf("%s: %q", name, got)
			}
			continue
		}
		for i, s := range c.want {
			if s == "1 X" {
				c.want[i] = "1" + nothing
			}
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

func TestLongLine(t *testing.T) {
	got := readAll(t, "198.51.100.7\n"+strings.Repeat("x", 5*maxLine)+"\n198.51.100.8")
	if len(got) != 3 || got[1] != "3: address 198.51.100.8/32" || !strings.HasPrefix(got[2], "2: the line is longer") {
		t.Errorf("%q", got)
	}
}

func TestStrict(t *testing.T) {
	err := Read(strings.NewReader("198.51.100.7\nnonsense here\n"), "list", &fault.Skips{Strict: true}, func(*Indicator, int64) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "list:2") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add("ip,description\n198.51.100.7,x\n")
	f.Add("# IP\tn\n198.51.100.7\t10\nhxxp://a[.]example(.)org/x\n\"\"\"\n")
	f.Add("ip\nx://\n://\nx:///a\nurl:\n/\n:1\n[\n")
	f.Add("0.0.0.0 a.example.org\n||x^\n[::1]:80\n")
	f.Fuzz(func(t *testing.T, text string) {
		err := Read(strings.NewReader(text), "list", &fault.Skips{}, func(i *Indicator, line int64) error {
			if i.Kind <= Prefix != i.Prefix.IsValid() || i.Kind > Prefix && (i.Text == "" || i.Text != strings.ToLower(i.Text)) || line < 1 {
				t.Errorf("%+v", i)
			}
			if i.Confidence < Unknown || i.Confidence > 100 || strings.ContainsAny(i.Description+i.Source, "\x00\x1b\n") {
				t.Errorf("%+v", i)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Every published list at hand gives what a count of its lines says.
func TestPublishedLists(t *testing.T) {
	dir := os.Getenv("NOROSHI_DATA")
	if dir == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	for pattern, most := range map[string]float64{"known-bad-ipsum/ipsum.txt": 0, "c2-tracker/data/*.txt": 0, "botnet-tiers/*.txt": 0.7} {
		files, _ := filepath.Glob(filepath.Join(dir, "detection", pattern))
		if len(files) == 0 {
			t.Fatalf("no %s", pattern)
		}
		for _, path := range files {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			n, skips := 0, &fault.Skips{}
			began := time.Now()
			if err := Read(f, path, skips, func(*Indicator, int64) error { n++; return nil }); err != nil {
				t.Error(err)
			}
			f.Close()
			if n > 10_000 || testing.Verbose() {
				t.Logf("%s: %d indicators, %d lines skipped, %s", filepath.Base(path), n, skips.Count, time.Since(began))
			}
			if n == 0 || float64(skips.Count) > most*float64(n+int(skips.Count)) {
				t.Errorf("%s: %d indicators, %d lines skipped: %v", filepath.Base(path), n, skips.Count, skips.First)
			}
		}
	}
}

// zeros is an input without end, such as a device.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestEndlessLine(t *testing.T) {
	err := Read(zeros{}, "zero", &fault.Skips{}, func(*Indicator, int64) error { return nil })
	if err == nil || fault.Hint(err) == "" {
		t.Errorf("%v; want an error with a hint", err)
	}
}
