package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/share/stix/check"
)

// examples gives the folder of the shared examples, or skips.
func examples(t *testing.T) string {
	t.Helper()
	root := os.Getenv("NOROSHI_DATA")
	if root == "" {
		if os.Getenv("NOROSHI_REQUIRE_SHARED") == "1" {
			t.Fatal("NOROSHI_DATA is not set")
		}
		t.Skip("NOROSHI_DATA is not set")
	}
	return filepath.Join(root, "sharing", "stix-examples")
}

// TestExamples: the standard's own examples are valid.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(examples(t), "examples", "example_json", "*.json"))
	if err != nil || len(files) < 11 {
		t.Fatalf("%d examples, want at least 11 (%v)", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range check.Bundle(text) {
			t.Errorf("%s: %v", filepath.Base(name), c)
		}
	}
}

// whole is a small bundle that is valid.
const whole = `{"type":"bundle","id":"bundle--44af6c39-c09b-49c5-9de2-394224b04982","objects":[
{"type":"identity","spec_version":"2.1","id":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111","created":"2026-11-20T08:00:00.000Z","modified":"2026-11-20T08:00:00.000Z","name":"A","identity_class":"system","object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]},
{"type":"indicator","spec_version":"2.1","id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created_by_ref":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111","created":"2026-11-20T08:00:00.000Z","modified":"2026-11-20T08:00:00.000Z","confidence":80,"pattern":"[ipv4-addr:value = '198.51.100.3']","pattern_type":"stix","valid_from":"2026-11-20T08:00:00Z"},
{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"},
{"type":"network-traffic","id":"network-traffic--d81f86b9-975b-4c0b-875e-810c5ad45a4f","dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","dst_port":443,"protocols":["tcp"]},
{"type":"relationship","spec_version":"2.1","id":"relationship--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created":"2026-11-20T08:00:00.000Z","modified":"2026-11-20T08:00:00.000Z","relationship_type":"related-to","source_ref":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","target_ref":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111"}]}`

// TestCheckBites: each change makes the bundle invalid (or, marked ~, ill-advised),
// and the complaint says so.
func TestCheckBites(t *testing.T) {
	if got := check.Bundle([]byte(whole)); len(got) != 0 {
		t.Fatalf("the whole bundle is judged %v", got)
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"not JSON", `{"type":"bundle"`, `{`, "no JSON object"},
		{"behind the end", `f01faf20d111"}]}`, `f01faf20d111"}]} x`, "something stands behind"},
		{"not a bundle", `"type":"bundle"`, `"type":"sack"`, "not bundle"},
		{"more than a bundle", `"type":"bundle"`, `"type":"bundle","spec_version":"2.0"`, "no such property"},
		{"empty list", `"objects":[`, `"objects":[],"x":[`, "must be a list that is not empty"},
		{"unknown type", `"type":"identity"`, `"type":"person"`, "no type"},
		{"wrong id", `"id":"identity--1621d4d4`, `"id":"indicator--1621d4d4`, "no id of a identity"},
		{"id without UUID", `"id":"network-traffic--d81f86b9-975b-4c0b-875e-810c5ad45a4f"`, `"id":"network-traffic--1"`, "is not type--UUID"},
		{"twice", `"id":"indicator--d81f86b9-975b-4c0b-875e-810c5ad45a4f","created_by`, `"id":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111","created_by`, "stands twice"},
		{"~version 1 UUID", `"id":"network-traffic--d81f86b9-975b-4c0b`, `"id":"network-traffic--d81f86b9-975b-1c0b`, "version 1"},
		{"~wrong derived id", `198.51.100.3"}`, `198.51.100.4"}`, "made from its properties"},
		{"missing name", `"name":"A",`, ``, "name (identity--1621d4d4-b67d-41e3-9670-f01faf20d111): is missing"},
		{"empty name", `"name":"A"`, `"name":""`, "must not be empty"},
		{"custom property", `"name":"A"`, `"name":"A","x_mine":1`, "no such property"},
		{"wrong version", `{"type":"identity","spec_version":"2.1"`, `{"type":"identity","spec_version":"2.0"`, "enumeration spec-version"},
		{"time without zone", `"valid_from":"2026-11-20T08:00:00Z"`, `"valid_from":"2026-11-20T08:00:00"`, "is no time"},
		{"time with offset", `"valid_from":"2026-11-20T08:00:00Z"`, `"valid_from":"2026-11-20T08:00:00+09:00"`, "is no time"},
		{"no such day", `"valid_from":"2026-11-20T08:00:00Z"`, `"valid_from":"2026-11-31T08:00:00Z"`, "is no time"},
		{"ends as it begins", `"valid_from":`, `"valid_until":"2026-11-20T08:00:00Z","valid_from":`, "lies before"},
		{"modified before", `"modified":"2026-11-20T08:00:00.000Z","confidence"`, `"modified":"2026-11-19T08:00:00.000Z","confidence"`, "lies before created"},
		{"too sure", `"confidence":80`, `"confidence":101`, "between 0 and 100"},
		{"half sure", `"confidence":80`, `"confidence":0.5`, "whole number"},
		{"a list that is none", `"protocols":["tcp"]`, `"protocols":"tcp"`, "must be a list"},
		{"traffic without ends", `"dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",`, ``, "src_ref or dst_ref"},
		{"wrong end", `"dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"`, `"dst_ref":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111"`, "must be a ipv4-addr"},
		{"port", `"dst_port":443`, `"dst_port":65536`, "between 0 and 65535"},
		{"not an address", `"value":"198.51.100.3"`, `"value":"198.51.100.300"`, "no address"},
		{"other family", `"value":"198.51.100.3"`, `"value":"2001:db8::1"`, "other family"},
		{"~lost reference", `"target_ref":"identity--1621d4d4`, `"target_ref":"identity--2621d4d4`, "not in the bundle"},
		{"relationship to a marking", `"target_ref":"identity--1621d4d4-b67d-41e3-9670-f01faf20d111"`, `"target_ref":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"`, "cannot end at"},
		{"~vocabulary", `"identity_class":"system"`, `"identity_class":"robot"`, "vocabulary identity-class"},
		{"pattern", `[ipv4-addr:value = '198.51.100.3']`, `[ipv4-addr:value = ]`, "is no value"},
		{"wrong marking", `"object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]`, `"object_marking_refs":["identity--1621d4d4-b67d-41e3-9670-f01faf20d111"]`, "must be a marking-definition"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name, advice := strings.CutPrefix(tt.name, "~")
			if !strings.Contains(whole, tt.old) {
				t.Fatalf("%s: %q is not in the bundle", name, tt.old)
			}
			got := check.Bundle([]byte(strings.Replace(whole, tt.old, tt.new, 1)))
			i := slices.IndexFunc(got, func(c check.Complaint) bool { return strings.Contains(c.String(), tt.want) })
			if i < 0 || got[i].Must == advice {
				t.Errorf("want a complaint %q (must %v), got %v", tt.want, !advice, got)
			}
		})
	}
}

// TestExtensionBringsProperties: what an extension declares is no fault.
func TestExtensionBringsProperties(t *testing.T) {
	text := strings.Replace(whole, `"name":"A"`, `"name":"A","mine":1,"extensions":{"extension-definition--d81f86b9-975b-4c0b-875e-810c5ad45a4f":{"extension_type":"toplevel-property-extension"}}`, 1)
	if got := check.Bundle([]byte(text)); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestPattern(t *testing.T) {
	for text, good := range map[string]bool{
		"[ipv4-addr:value = '198.51.100.3']":                                                          true,
		"[file:hashes.'SHA-256' = 'aa' AND file:size > 10]":                                           true,
		"[a:b = 1] FOLLOWEDBY ([c:d LIKE 'x%'] OR [e:f IN ('a', 'b')]) WITHIN 300 SECONDS":            true,
		"[a:b NOT MATCHES '^x' OR (a:c[0].d != true AND EXISTS a:e)]":                                 true,
		"[a:b = 'it\\'s'] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z' REPEATS 5 TIMES": true,
		"[network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24']":                                  true,
		"": false, "[]": false, "[a:b]": false, "[a:b = ]": false, "[a:b = 'x'": false, "a:b = 'x'": false, "[a:b = 'x'] AND": false,
		"[a:b = 'x]": false, "[b = 'x']": false, "[a:b = 'x'] [c:d = 'y']": false, "[a:b IN 'x']": false, "[a:b = 'x'] WITHIN 5": false, "[a:b = $]": false,
	} {
		if err := check.Pattern(text); (err == nil) != good {
			t.Errorf("Pattern(%q) = %v", text, err)
		}
	}
	if err := check.Pattern(strings.Repeat("(", 1e5)); err == nil {
		t.Error("a hundred thousand brackets are a pattern")
	}
}

func FuzzBundle(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"objects":[{"type":"file","hashes":{"MD5":[]}},3]}`))
	f.Fuzz(func(_ *testing.T, text []byte) { check.Bundle(text) })
}

func FuzzPattern(f *testing.F) {
	f.Add("[a:b = 'x'] AND ([c:d IN (1, 2)])")
	f.Add("[a:b = t'")
	f.Fuzz(func(_ *testing.T, text string) { _ = check.Pattern(text) })
}
