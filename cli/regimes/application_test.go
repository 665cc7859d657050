package regimes

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/internal/i18n"
	"github.com/noroshi-acd/noroshi/internal/usage"
)

// TestCheckReadsApplications: a signed application and an unsigned one get the same
// answer, from the law that they name.
func TestCheckReadsApplications(t *testing.T) {
	c, err := authoritytest.NewCountry()
	if err != nil {
		t.Fatal(err)
	}
	a := c.Collection(1, warranttest.Now)
	a.Instrument = "jp-gg"
	signed, err := c.Sign(a)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := signed.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := paper.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for name, text := range map[string][]byte{"signed": envelope, "unsigned": plain} {
		out, err := do(i18n.EN, string(text), "check", "-", "--json")
		var status usage.Status
		if !errors.As(err, &status) || status != 1 {
			t.Fatalf("%s: %v %s", name, err, out)
		}
		var got checked
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, m := range got.Unmet {
			codes = append(codes, m.Code)
		}
		for _, want := range []string{"rule-not-in-force", "rule-finding"} {
			if !slices.Contains(codes, want) {
				t.Errorf("%s: %q lacks %s", name, codes, want)
			}
		}
		answers = append(answers, out)
	}
	if answers[0] != answers[1] {
		t.Errorf("a signature changes the answer:\n%s\n%s", answers[0], answers[1])
	}
	if _, err := do(i18n.EN, string(envelope[:len(envelope)/2]), "check", "-"); err == nil {
		t.Error("half an envelope is taken")
	}
}
