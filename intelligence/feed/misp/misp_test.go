package misp

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/intelligence/feed/walk"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

func events(t testing.TB, text string) (got []string, all []indicator.Indicator) {
	t.Helper()
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	err := Read(open, "e.json", walk.Out{
		Take: func(i *indicator.Indicator, at fault.Place) error {
			s := fmt.Sprintf("%d %s %s", at.Line, i.Kind, i.Text)
			if i.Kind <= indicator.Prefix {
				s += i.Prefix.String()
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
			got, all = append(got, s), append(all, *i)
			return nil
		},
		Refuse: func(reason string, at fault.Place) error {
			got = append(got, fmt.Sprintf("%d -%s", at.Line, reason))
			return nil
		},
	})
	if err != nil {
		got = append(got, err.Error())
	}
	return got, all
}

var (
	sha1 = strings.Repeat("ab", 20)
	md5  = strings.Repeat("cd", 16)
)

func sample() string {
	return `{"Event":{"uuid":"5f0c2b6e-0000-4000-8000-000000000001","Attribute":[
{"type":"ip-dst","value":"198.51.100.7","to_ids":true,"comment":"loader","timestamp":"1767312000","Tag":[{"name":"admiralty-scale:information-credibility=\"3\""}]},
{"type":"ip-dst|port","value":"198.51.100.8|4444","to_ids":true},
{"type":"ip-src","value":"198.51.100.0/24","to_ids":"1"},
{"type":"domain","value":"evil[.]example.org","to_ids":true},
{"type":"hostname|port","value":"c2.example.org|8443","to_ids":true},
{"type":"domain|ip","value":"both.example.org|198.51.100.9","to_ids":true},
{"type":"url","value":"http://page.example.org/x","to_ids":true},
{"type":"ja3-fingerprint-md5","value":"` + md5 + `","to_ids":true},
{"type":"x509-fingerprint-sha1","value":"` + sha1 + `","to_ids":true},
{"type":"x509-fingerprint-md5","value":"` + md5 + `","to_ids":true},
{"type":"md5","value":"` + md5 + `","to_ids":true},
{"type":"ip-dst","value":"198.51.100.20","to_ids":false},
{"type":"ip-dst","value":"198.51.100.21"},
{"type":"ip-dst","value":"198.51.100.22","to_ids":true,"deleted":true},
{"type":"ip-dst","value":"192.168.1.1","to_ids":true},
{"type":"domain","value":"198.51.100.23","to_ids":true},
{"type":["x"]},
7],
"Object":[
{"name":"ip-port","comment":"relay","Attribute":[
 {"type":"ip-dst","object_relation":"ip","value":"198.51.100.30","to_ids":true},
 {"type":"port","object_relation":"dst-port","value":9001,"to_ids":false}]},
{"name":"gone","deleted":true,"Attribute":[{"type":"ip-dst","value":"198.51.100.31","to_ids":true}]}],
"Orgc":{"name":"CERT"},"info":"Botnet of\ntoday","timestamp":"1767225600","Tag":[{"name":"tlp:amber"},{"name":"tlp:green"},{"name":"admiralty-scale:source-reliability=\"b\""}]}}`
}

func TestEvent(t *testing.T) {
	got, all := events(t, sample())
	want := []string{
		"2 address 198.51.100.7/32", "3 address 198.51.100.8/32 port 4444", "4 prefix 198.51.100.0/24", "5 name evil.example.org",
		"6 name c2.example.org port 8443", "7 name both.example.org", "7 address 198.51.100.9/32 partial", "8 name page.example.org page",
		"9 ja3 " + md5, "10 certificate " + sha1, "11 -unsupported", "12 -file", "13 -context", "14 -context", "15 -deleted", "16 -private",
		"17 -unsupported", "18 -form", "19 -form", "21 address 198.51.100.30/32 port 9001", "21 -unsupported", "24 -deleted",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal("-want +got\n", d)
	}
	first, second := all[0], all[1]
	if first.Source != "CERT" || first.Description != "loader" || first.Since != 1767312000e9 ||
		first.Voice != (indicator.Voice{TLP: indicator.Amber, Reliability: 'B', Credibility: 3}) {
		t.Errorf("%+v", first)
	}
	if second.Description != "Botnet of today" || second.Since != 1767225600e9 || second.Voice.Credibility != 0 {
		t.Errorf("%+v", second)
	}
}

func TestForms(t *testing.T) {
	one := `{"Event":{"Attribute":[{"type":"ip-dst","value":"198.51.100.7","to_ids":true}],"Orgc":{"name":"A"}}}`
	two := `{"Event":{"Attribute":[{"type":"ip-dst","value":"198.51.100.8","to_ids":true}],"Orgc":{"name":"B"}}}`
	for name, text := range map[string]string{"list": "[" + one + "," + two + "]", "response": `{"response":[` + one + "," + two + `]}`} {
		_, all := events(t, text)
		if len(all) != 2 || all[0].Source != "A" || all[1].Source != "B" {
			t.Errorf("%s: %+v", name, all)
		}
	}
	if got, _ := events(t, `{"response":{"Attribute":[{"type":"ip-dst","value":"198.51.100.7","to_ids":true}]}}`); len(got) != 1 {
		t.Errorf("attributes alone: %q", got)
	}
	for text, want := range map[string]string{`{"Event":[]}`: "1 -form", `{"Event":{"Attribute":{}}}`: "1 -form", `{"Event":{`: "reading JSON: e.json:1 (field Event): the document ends too early"} {
		if got, _ := events(t, text); strings.Join(got, "|") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

// A manifest must not lead out of its folder.
func TestManifest(t *testing.T) {
	refused := 0
	text := `{"5f0c2b6e-0000-4000-8000-000000000001":{"info":"x"},"../../etc/passwd":{},"5f0c2b6e-0000-4000-8000-000000000001/..":{},"5f0c2b6e-0000-4000-8000-000000000002":1}`
	names, err := Events(strings.NewReader(text), "manifest.json", func(reason string, _ fault.Place) error {
		if reason != "manifest" {
			t.Error(reason)
		}
		refused++
		return nil
	})
	want := []string{"5f0c2b6e-0000-4000-8000-000000000001.json", "5f0c2b6e-0000-4000-8000-000000000002.json"}
	if d := cmp.Diff(want, names); d != "" || err != nil || refused != 2 {
		t.Errorf("%v, %d refused\n%s", err, refused, d)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample())
	f.Add(`{"response":{"Attribute":[{"type":"domain|ip","value":"|","to_ids":1}]}}`)
	f.Fuzz(func(t *testing.T, s string) {
		_, all := events(t, s)
		for i := range all {
			if x := &all[i]; x.Kind <= indicator.Prefix != x.Prefix.IsValid() {
				t.Errorf("%+v", x)
			}
		}
	})
}

func FuzzEvents(f *testing.F) {
	f.Add(`{"5f0c2b6e-0000-4000-8000-000000000001":{}}`)
	f.Add(`{"../x":[`)
	f.Fuzz(func(t *testing.T, s string) {
		names, _ := Events(strings.NewReader(s), "m", func(string, fault.Place) error { return nil })
		for _, n := range names {
			if strings.ContainsAny(n, `/\`) || len(n) != 41 {
				t.Errorf("%q", n)
			}
		}
	})
}

func FuzzLooks(f *testing.F) {
	f.Add([]byte(`{"Event":{`))
	f.Add([]byte(`{"type":"bundle","objects":[`))
	f.Fuzz(func(_ *testing.T, b []byte) { Looks(b) })
}
