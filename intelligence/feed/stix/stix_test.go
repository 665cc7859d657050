package stix

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// short writes an indicator in a line.
func short(i *indicator.Indicator) string {
	s := i.Kind.String() + " " + i.Text
	if i.Kind <= indicator.Prefix {
		s = i.Kind.String() + " " + i.Prefix.String()
	}
	if i.Port != 0 {
		s += fmt.Sprintf(" port %d", i.Port)
	}
	if i.Partial {
		s += " partial"
	}
	if i.FromURL {
		s += " page"
	}
	return s
}

func TestPatterns(t *testing.T) {
	digest := strings.Repeat("ab", 32)
	for pattern, want := range map[string][]string{
		"[ipv4-addr:value = '198.51.100.7']":                                            {"address 198.51.100.7/32"},
		"[ipv4-addr:value = '198.51.100.0/24']":                                         {"prefix 198.51.100.0/24"},
		"[ipv4-addr:value ISSUBSET '198.51.100.0/24']":                                  {"prefix 198.51.100.0/24"},
		"[ipv4-addr:value ISSUPERSET '198.51.100.0/24']":                                {"-unsupported"},
		"[ipv6-addr:value = '2001:db8::1']":                                             {"address 2001:db8::1/128"},
		"[domain-name:value = 'Evil.example.org']":                                      {"name evil.example.org"},
		"[domain-name:value IN ('a.example.org', 'b.example.org', 'com')]":              {"name a.example.org", "name b.example.org", "-suffix"},
		"[url:value = 'http://evil.example.org/x?y']":                                   {"name evil.example.org page"},
		"[url:value = 'http://198.51.100.7:8080/x']":                                    {"address 198.51.100.7/32"},
		"[x509-certificate:hashes.'SHA-256' = '" + digest + "']":                        {"certificate " + digest},
		"[x509-certificate:hashes.MD5 = '" + digest[:32] + "']":                         {"-unsupported"},
		"[file:hashes.'SHA-256' = '" + digest + "']":                                    {"-file"},
		"[file:hashes.MD5 = 'x' OR ipv4-addr:value = '198.51.100.7']":                   {"address 198.51.100.7/32", "-file"},
		"[ipv4-addr:value = '198.51.100.7' OR domain-name:value = 'evil.example.org']":  {"address 198.51.100.7/32", "name evil.example.org"},
		"[ipv4-addr:value = '198.51.100.7' AND domain-name:value = 'evil.example.org']": {"name evil.example.org partial"},
		"[ipv4-addr:value = '198.51.100.7' AND file:name = 'x']":                        {"address 198.51.100.7/32 partial", "-file"},
		"[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 4444 AND network-traffic:protocols[*] = 'tcp']": {"address 198.51.100.7/32 port 4444"},
		"[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '198.51.100.7']":                               {"address 198.51.100.7/32"},
		"[network-traffic:dst_port = 4444]":                                                                  {"-unsupported"},
		"[network-traffic:dst_port = 4444 OR ipv4-addr:value = '198.51.100.7']":                              {"address 198.51.100.7/32", "-unsupported"},
		"[ipv4-addr:value != '198.51.100.7']":                                                                {"-unsupported"},
		"[NOT ipv4-addr:value = '198.51.100.7']":                                                             nil,
		"[ipv4-addr:value NOT = '198.51.100.7']":                                                             {"-unsupported"},
		"[domain-name:value LIKE '%.example.org']":                                                           {"-unsupported"},
		"[ipv4-addr:value = '198.51.100.7'] FOLLOWEDBY [ipv4-addr:value = '198.51.100.8'] WITHIN 60 SECONDS": {"address 198.51.100.7/32 partial", "address 198.51.100.8/32 partial"},
		"([ipv4-addr:value = '198.51.100.7'] OR [ipv4-addr:value = '198.51.100.8']) REPEATS 5 TIMES":         {"address 198.51.100.7/32 partial", "address 198.51.100.8/32 partial"},
		// AND binds tighter than OR.
		"[ipv4-addr:value = '198.51.100.7' OR ipv4-addr:value = '198.51.100.8' AND network-traffic:dst_port = 99]":   {"address 198.51.100.7/32", "address 198.51.100.8/32 port 99"},
		"[(ipv4-addr:value = '198.51.100.7' OR ipv4-addr:value = '198.51.100.8') AND network-traffic:dst_port = 99]": {"address 198.51.100.7/32 port 99", "address 198.51.100.8/32 port 99"},
		"[ipv4-addr:value = '10.0.0.1']":       {"-private"},
		"[ipv4-addr:value = '8.0.0.0/8']":      {"-wide"},
		"[ipv4-addr:value = '250.1.2.3']":      {"-private"},
		"[domain-name:value = 'evil\\'.x']":    {"-nothing"},
		"[EXISTS ipv4-addr:value]":             {"-unsupported"},
		"[email-addr:value = 'a@example.org']": {"-unsupported"},
		"[ipv4-addr:value = '198.51.100.7'":    nil,
		"ipv4-addr:value = '198.51.100.7'":     nil,
		"":                                     nil,
		"[]":                                   nil,
		strings.Repeat("(", 100_000):           nil,
		strings.Repeat("(", 200) + "[a:b = 'c']" + strings.Repeat(")", 200): nil,
	} {
		o, err := read(pattern)
		if (err != nil) != (want == nil) {
			t.Errorf("%.60s: %v", pattern, err)
			continue
		}
		var got []string
		for i := range o.any {
			got = append(got, short(&o.any[i]))
		}
		for _, r := range o.refused {
			got = append(got, "-"+r)
		}
		if d := cmp.Diff(want, got); d != "" && err == nil {
			t.Errorf("%s: -want +got\n%s", pattern, d)
		}
	}
}

// bundle reads a document and gives what was taken and refused, in their order.
func bundle(t testing.TB, text string) (got []string, all []indicator.Indicator) {
	t.Helper()
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	err := Read(open, "b.json", walk.Out{
		Take: func(i *indicator.Indicator, at fault.Place) error {
			got, all = append(got, fmt.Sprintf("%d %s", at.Line, short(i))), append(all, *i)
			return nil
		},
		Refuse: func(reason string, at fault.Place) error {
			got = append(got, fmt.Sprintf("%d -%s %s", at.Line, reason, at.Field))
			return nil
		},
	})
	if err != nil {
		got = append(got, err.Error())
	}
	return got, all
}

const sample = `{"type":"bundle","id":"bundle--1","objects":[
{"type":"indicator","id":"indicator--1","created_by_ref":"identity--1","created":"2026-01-02T03:04:05Z","modified":"2026-01-02T03:04:05.678Z","name":"Loader\nC2","confidence":85,"valid_from":"2026-01-02T00:00:00Z","valid_until":"2026-07-01T00:00:00Z","pattern_type":"stix","pattern":"[ipv4-addr:value = '198.51.100.7']","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","marking-definition--x"]},
{"type":"indicator","id":"indicator--2","revoked":true,"modified":"2026-01-03T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.8']"},
{"type":"indicator","id":"indicator--3","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.9']"},
{"type":"indicator","id":"indicator--3","modified":"2026-01-04T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.10']"},
{"type":"indicator","id":"indicator--4","modified":"2026-01-01T00:00:00Z","pattern":"[ipv4-addr:value = '198.51.100.11']"},
{"type":"indicator","id":"indicator--4","modified":"2026-01-04T00:00:00Z","revoked":true,"pattern":"[ipv4-addr:value = '198.51.100.11']"},
{"type":"indicator","id":"indicator--5","indicator_types":["benign"],"pattern":"[ipv4-addr:value = '198.51.100.12']"},
{"type":"indicator","id":"indicator--6","pattern_type":"sigma","pattern":"title: x"},
{"type":"indicator","id":"indicator--7","pattern":"[nonsense"},
{"type":"indicator","id":"indicator--8","pattern":7},
5,
{"type":"malware","id":"malware--1","name":7},
{"type":"identity","id":"identity--1","name":"ISAC"},
{"type":"marking-definition","id":"marking-definition--x","name":"TLP:AMBER+STRICT","extensions":{"extension-definition--y":{"extension_type":"property-extension","tlp_2_0":"amber+strict"}}}
]}`

func TestBundle(t *testing.T) {
	got, all := bundle(t, sample)
	want := []string{
		"2 address 198.51.100.7/32",
		"3 -revoked objects[1]", "4 -old objects[2]", "5 address 198.51.100.10/32", "6 -revoked objects[4]", "7 -revoked objects[5]",
		"8 -benign objects[6]", "9 -language objects[7].pattern", "10 -pattern objects[8].pattern", "11 -form objects[9]", "12 -form objects[10]",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal("-want +got\n", d)
	}
	i := all[0]
	if i.Description != "Loader C2" || i.Source != "ISAC" || i.Confidence != 85 || i.Voice.TLP != indicator.AmberStrict || i.Since != 1767312000e9 || i.Expires != 1782864000e9 {
		t.Errorf("%+v", i)
	}
	if all[1].Confidence != indicator.Unknown || all[1].Voice.TLP != indicator.Unmarked {
		t.Errorf("%+v", all[1])
	}
}

func TestOddDocuments(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                   "1 -form ",
		`{"objects":{}}`:       "1 -form objects",
		`{"objects":[{"type":`: "reading JSON: b.json:1 (field objects[0]): the document ends too early",
		`{"type":"bundle"}`:    "",
	} {
		got, _ := bundle(t, text)
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%s: %q, want %q", text, s, want)
		}
	}
}

// The standard's own examples hold indicators that we must be able to read, and others
// that we must know not to be for us; none may count as damaged but one.
func TestExamples(t *testing.T) {
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	files, _ := filepath.Glob(filepath.Join(root, "sharing/stix-examples/examples/*/*.json"))
	if len(files) == 0 {
		t.Fatal("no examples")
	}
	taken := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, all := bundle(t, string(b))
		taken += len(all)
		for _, g := range got {
			if strings.Contains(g, "-form") || strings.Contains(g, "-pattern") || strings.Contains(g, "reading") {
				t.Errorf("%s: %s", filepath.Base(f), g)
			}
		}
	}
	if taken < 50 {
		t.Errorf("%d indicators", taken)
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"[ipv4-addr:value = '198.51.100.7' AND network-traffic:dst_port = 1] OR [domain-name:value IN ('a.example.org')]", "[(a:b='c')]REPEATS 1 TIMES", "[x509-certificate:hashes.'SHA-1'='", "('"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, err := read(s)
		if err == nil && len(o.any)+len(o.refused) == 0 {
			t.Errorf("%q is a pattern and comes to nothing", s)
		}
		for i := range o.any {
			if x := &o.any[i]; x.Kind <= indicator.Prefix != x.Prefix.IsValid() {
				t.Errorf("%q: %+v", s, x)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Add(`{"objects":[{"type":"indicator","pattern":"[`)
	f.Fuzz(func(t *testing.T, s string) { bundle(t, s) })
}
