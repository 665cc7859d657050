package i18n

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestEscapeJSON(t *testing.T) {
	for in, want := range map[string]string{
		"{\n \"a\": \"日本\"\n}": "{\n \"a\": \"日本\"\n}", "\"\u202ex\"": `"\u202ex"`, "\"\U000e0041\"": `"\udb40\udc41"`, "\"\u0085\x7f\"": `"\u0085\u007f"`,
	} {
		if got := string(EscapeJSON([]byte(in))); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		doc, err := json.Marshal(s)
		var back string
		if err != nil || json.Unmarshal(EscapeJSON(doc), &back) != nil || json.Unmarshal(doc, &s) != nil || back != s {
			t.Fatalf("%q became %q", s, back)
		}
	})
}
