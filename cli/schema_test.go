package cli_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestDocumentMeetsItsSchema holds what analyze --json prints against the published
// schema, in which for this test nothing may stand that it does not name.
func TestDocumentMeetsItsSchema(t *testing.T) {
	text, err := os.ReadFile("../docs/spec/analyze.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(parsed)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("analyze.json", parsed); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("analyze.json")
	if err != nil {
		t.Fatal(err)
	}
	s := newStage(t)
	s.play()
	logs := s.write(t)
	s.file(t, "logs/broken.log", "#separator \\x09\n#path\tconn\n#fields\tts\tuid\tid.orig_h\nx\ty\tz\n")
	s.file(t, "logs/empty", "")
	s.file(t, "logs/\x1b[2J\u202e\xff.txt", "no log")
	bad := s.file(t, "bad.txt", "198.51.100.77\nnonsense\n192.0.2.44\n")
	allow := s.file(t, "allow.toml", "[[allow]]\nsrc = \"203.0.113.5\"\nreason = \"ours\"\nexpires = 2199-12-31\n[[allow]]\nsrc = \"203.0.113.6\"\nreason = \"was ours\"\nexpires = 2020-12-31\n")
	base := append([]string{"analyze", logs, "--json"}, s.border(t)...)
	for name, tt := range map[string]struct {
		args   []string
		member string // that must be there
	}{
		"plain": {nil, `"findings"`}, "all": {[]string{"--min-level", "low"}, `"low"`}, "edge": {[]string{"--as-edge"}, `"edge"`},
		"known-bad": {[]string{"--known-bad", bad}, `"known_bad"`}, "allow": {[]string{"--allow", allow}, `"expired": true`},
		"all at once": {[]string{"--as-edge", "--known-bad", bad, "--allow", allow, "--min-level", "low", "--lang", "ja"}, `"hidden"`},
		"period":      {[]string{"--since", "2026-11-20T01:00", "--until", "2026-11-20T02:00"}, `"records_outside_period"`},
		"nothing":     {[]string{"--until", "1999-01-01"}, `"findings": []`},
	} {
		t.Run(name, func(t *testing.T) {
			status, out, errs := run(t, append(base, tt.args...)...)
			if status > 1 || !strings.Contains(out, tt.member) {
				t.Fatalf("status %d, no %s: %s", status, tt.member, errs)
			}
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
			if err == nil {
				err = schema.Validate(doc)
			}
			if err != nil {
				t.Errorf("%#v", err)
			}
			for _, r := range out {
				if r != '\n' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
					t.Errorf("the document holds %U", r)
				}
			}
		})
	}
	if _, out, _ := run(t, append(base, "--explain", "1")...); !json.Valid([]byte(out)) {
		t.Errorf("one finding as JSON: %s", out)
	}
}

// closeObjects makes every object of a schema refuse members that it does not name.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := v["properties"]; ok && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			closeObjects(x)
		}
	case []any:
		for _, x := range v {
			closeObjects(x)
		}
	}
}
