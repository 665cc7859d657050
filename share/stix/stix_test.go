package stix_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/share"
	"github.com/noroshi-acd/noroshi/share/stix"
	"github.com/noroshi-acd/noroshi/share/stix/check"
)

// TestObservableID: the examples of the standard and of RFC 9562.
func TestObservableID(t *testing.T) {
	if got := stix.UUID5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", []byte("www.example.com")); got != "2ed6657d-e927-568b-95e1-2665a8aea6a2" {
		t.Errorf("the UUID of RFC 9562, A.4 comes out as %s", got)
	}
	// The ids in the examples of STIX 2.1, Errata 01.
	for want, x := range map[string]struct{ kind, value string }{
		"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4":   {"ipv4-addr", "198.51.100.3"},
		"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7": {"domain-name", "example.com"},
	} {
		if got := stix.ObservableID(x.kind, map[string]any{"value": x.value}); got != want {
			t.Errorf("the id of %s is %s, want %s", x.value, got, want)
		}
	}
}

// finding makes one that has everything.
func finding(kind detect.Kind, change func(*share.Finding)) share.Finding {
	f := share.Finding{
		Rank: 1, ID: string(kind) + "-1", Kind: kind, Level: detect.High, Score: 0.9, Class: direction.Outbound, Src: "10.0.0.1",
		Dst: "203.0.113.9", Port: 443, Proto: "tcp", First: int64(time.Hour), Last: int64(2 * time.Hour), Count: 30,
		Why: i18n.Text{JA: "理由", EN: "why"}, Attack: []string{"T1071.001", "T9999"},
	}
	if change != nil {
		change(&f)
	}
	return f
}

// bundle writes r and gives its objects by type; the bundle must be valid.
func bundle(t *testing.T, findings ...share.Finding) map[string][]map[string]any {
	t.Helper()
	r := &share.Result{Made: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), Marking: share.Amber, Findings: findings}
	var a, b bytes.Buffer
	for _, w := range []*bytes.Buffer{&a, &b} {
		if err := stix.Write(w, r); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same analysis gives two different bundles")
	}
	for _, c := range check.Bundle(a.Bytes()) {
		t.Errorf("%v", c)
	}
	var x struct{ Objects []map[string]any }
	if err := json.Unmarshal(a.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	by := map[string][]map[string]any{}
	for _, o := range x.Objects {
		by[o["type"].(string)] = append(by[o["type"].(string)], o)
		if marks := fmt.Sprint(o["object_marking_refs"]); o["type"] != "marking-definition" && !strings.Contains(marks, "f88d31f6") {
			t.Errorf("%s is not marked: %s", o["id"], marks)
		}
	}
	return by
}

// TestPatterns: others are told the attacker's end and nobody else's.
func TestPatterns(t *testing.T) {
	for _, tt := range []struct {
		name string
		kind detect.Kind
		set  func(*share.Finding)
		want string // the pattern, empty for no indicator
	}{
		{"an address", detect.Beacon, nil, "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]"},
		{"any port", detect.Beacon, func(f *share.Finding) { f.Port = 0 }, "[ipv4-addr:value = '203.0.113.9']"},
		{"a name", detect.Beacon, func(f *share.Finding) { f.Name = "c2.example.com" }, "[domain-name:value = 'c2.example.com']"},
		{"IPv6", detect.Beacon, func(f *share.Finding) { f.Dst, f.Port = "2600::1", 0 }, "[ipv6-addr:value = '2600::1']"},
		{"a hostile name", detect.Beacon, func(f *share.Finding) { f.Name = `x'] OR [url:value = 'y` }, "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]"},
		{"a private server", detect.Beacon, func(f *share.Finding) { f.Dst = "192.168.1.1" }, ""},
		{"a covered server", detect.Beacon, func(f *share.Finding) { f.Dst, f.Src = "domestic-0123456789ab", "domestic-ba9876543210" }, ""},
		{"a bot's victims", detect.Scan, nil, ""},
		{"a scanner abroad", detect.Scan, func(f *share.Finding) { f.Class, f.Src, f.Dst = direction.Inbound, "203.0.113.9", "10.0.0.1" }, "[ipv4-addr:value = '203.0.113.9']"},
		{"an unsure scanner abroad", detect.Scan, func(f *share.Finding) {
			f.Class, f.Src, f.Dst, f.Level = direction.Inbound, "203.0.113.9", "10.0.0.1", detect.Medium
		}, ""},
		{"our server, called from abroad", detect.Beacon, func(f *share.Finding) { f.Class, f.Src, f.Dst = direction.Inbound, "203.0.113.9", "198.51.100.1" }, "[ipv4-addr:value = '203.0.113.9']"},
		{"unusual hours", detect.OddHours, nil, ""},
		{"a flood's victim", detect.OddVolume, func(f *share.Finding) { f.Attack = []string{"T1498.001"} }, ""},
		{"many machines", detect.FanIn, func(f *share.Finding) { f.Src, f.Sources = "", []string{"10.0.0.1", "10.0.0.2"} }, "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '203.0.113.9' AND network-traffic:dst_port = 443]"},
		{"nothing known", detect.DGA, func(f *share.Finding) { f.Src, f.Dst, f.Attack = "", "", nil }, ""},
		{"absurd times", detect.Beacon, func(f *share.Finding) { f.First, f.Last, f.Count, f.Port = 5, -1<<62, -3, 0 }, "[ipv4-addr:value = '203.0.113.9']"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			by := bundle(t, finding(tt.kind, tt.set))
			got := ""
			if x := by["indicator"]; len(x) == 1 {
				got = x[0]["pattern"].(string)
				if err := check.Pattern(got); err != nil {
					t.Error(err)
				}
			}
			if got != tt.want {
				t.Errorf("the pattern is %q, want %q", got, tt.want)
			}
			if n := len(by["indicator"]) + len(by["note"]); n != 1 {
				t.Errorf("the finding is told %d times", n)
			}
			if len(by["sighting"]) != len(by["indicator"]) || len(by["report"]) != 1 || len(by["malware"]) != 0 {
				t.Errorf("%d sightings, %d reports, %d malware", len(by["sighting"]), len(by["report"]), len(by["malware"]))
			}
		})
	}
}

// TestWhole: two findings about one server share its observables, and the report
// refers to everything.
func TestWhole(t *testing.T) {
	by := bundle(t, finding(detect.Beacon, nil), finding(detect.LongLived, nil), finding(detect.Scan, nil))
	if n := len(by["ipv4-addr"]); n != 2 {
		t.Errorf("%d addresses, want 2", n)
	}
	all := 0
	for kind, list := range by {
		if kind != "report" && kind != "marking-definition" {
			all += len(list)
		}
	}
	refs := by["report"][0]["object_refs"].([]any)
	if len(refs) != all {
		t.Errorf("the report refers to %d of %d objects", len(refs), all)
	}
	var numbers []string
	for _, o := range by["attack-pattern"] {
		numbers = append(numbers, o["external_references"].([]any)[0].(map[string]any)["external_id"].(string)+" "+o["name"].(string))
	}
	if want := []string{"T1071.001 Web Protocols", "T9999 T9999"}; !slices.Equal(numbers, want) {
		t.Errorf("techniques %q, want %q", numbers, want)
	}
}

// TestNothingFound: an analysis without findings is a valid bundle too.
func TestNothingFound(t *testing.T) {
	by := bundle(t)
	if len(by["indicator"]) != 0 || len(by["report"]) != 1 {
		t.Errorf("%d indicators, %d reports", len(by["indicator"]), len(by["report"]))
	}
}
