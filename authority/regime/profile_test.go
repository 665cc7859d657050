package regime_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/regime"
	"github.com/noroshi-acd/noroshi/authority/regime/regimetest"
)

func TestProfilesByHandAreCanonical(t *testing.T) {
	for _, text := range []string{regimetest.Collection, regimetest.Police} {
		p, err := regime.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		again, err := paper.Marshal(p)
		if err != nil || string(again) != text {
			t.Errorf("written again as %s, %v", again, err)
		}
	}
}

// TestInvariant30_EveryFieldIsInTheHash: a profile that differs in anything is another.
func TestInvariant30_EveryFieldIsInTheHash(t *testing.T) {
	whole, err := regime.Parse([]byte(regimetest.Police))
	if err != nil {
		t.Fatal(err)
	}
	first, err := whole.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{`"6-2"`, `"6-3"`}, {`"danger"`, `"dangers"`}, {`"directions":[]`, `"directions":["transit"]`}, {`"confirm",`, ``},
		{`2026-01-01`, `2026-01-02`}, {`lab/police`, `lab/police2`}, {`"access",`, ``}, {`"k":3`, `"k":2`}, {`"role":"minister"`, `"role":"minister2"`},
		{`the danger is grave`, `the danger is small`}, {`1209600`, `1209601`}, {`immediate`, `order`}, {`"named_people":true`, `"named_people":false`},
		{`"ordinary":true`, `"ordinary":false`}, {`"on_refusal":"stop"`, `"on_refusal":"stop-erase"`}, {`"role":"chief"`, `"role":"chief2"`},
		{`"purposes":["botnet"]`, `"purposes":["botnets"]`}, {`"regime":"lab"`, `"regime":"lab2"`}, {`"regime":"lab"`, `"regime":"lab","until":"2030-01-01T00:00:00Z"`},
		{`"regime":"lab"`, `"regime":"lab","rules":"sha256:` + strings.Repeat("0", 64) + `"`},
		{`"k":1,"on_refusal"`, `"k":1,"notice_within_s":60,"on_refusal"`}, {`"instrument":`, `"holder_signs":true,"instrument":`},
	} {
		text := strings.Replace(regimetest.Police, change[0], change[1], 1)
		if text == regimetest.Police {
			t.Fatalf("%q is not in the profile", change[0])
		}
		p, err := regime.Parse([]byte(text))
		if err != nil {
			t.Errorf("%v: %v", change, err)
			continue
		}
		if d, err := p.Digest(); err != nil || d == first {
			t.Errorf("%v: the digest stays %s, %v", change, d, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, change := range map[string][2]string{
		"no path":               {`"ordinary":true,"urgent":{"after":"prompt-notice","k":1,"on_refusal":"stop","role":"chief"}`, `"ordinary":false`},
		"two locks of one role": {`"role":"minister"`, `"role":"member"`},
		"a lock of no key":      {`"k":3`, `"k":0`},
		"no locks":              {regimetest.Police[strings.Index(regimetest.Police, `[{"k":1`):strings.Index(regimetest.Police, `,"longest_s"`)], `[]`},
		"confirm without time":  {`prompt-notice`, `confirm`},
		"notice with confirm":   {`"after":"prompt-notice",`, `"after":"prompt-notice","confirm_within_s":5,`},
		"another refusal":       {`"on_refusal":"stop"`, `"on_refusal":"go-on"`},
		"unknown kind":          {`"access"`, `"abolish"`},
		"domestic":              {`"directions":[]`, `"directions":["domestic"]`},
		"effects out of order":  {`"confirm","delete"`, `"delete","confirm"`},
		"twice":                 {`"confirm",`, `"confirm","confirm",`},
		"no time":               {`1209600`, `0`},
		"too much time":         {`1209600`, `99999999`},
		"another mode":          {`immediate`, `whenever`},
		"unknown member":        {`"regime":"lab"`, `"regime":"lab","zeal":1`},
		"without standard":      {`"en":"the danger is grave"`, `"en":" "`},
		"ended before":          {`"regime":"lab"`, `"regime":"lab","until":"2025-01-01T00:00:00Z"`},
	} {
		text := strings.Replace(regimetest.Police, change[0], change[1], 1)
		if text == regimetest.Police {
			t.Fatalf("%s: %q is not in the profile", name, change[0])
		}
		if _, err := regime.Parse([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(regimetest.Collection))
	f.Add([]byte(regimetest.Police))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := regime.Parse(data)
		if err != nil {
			return
		}
		if again, err := paper.Marshal(p); err != nil || string(again) != string(data) {
			t.Fatalf("%q is written again as %q, %v", data, again, err)
		}
	})
}
