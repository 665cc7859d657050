package judge_test

import (
	"encoding/json"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/regime/compile"
	"github.com/noroshi-acd/noroshi/authority/regime/judge"
	"github.com/noroshi-acd/noroshi/content"
)

// TestDoubtsLeaveNothingOut: every fact of the law that ships whose mark is R or U is among
// the doubts with that mark and its citations, as often as it stands there: a packet and an
// answer that list the doubts have all.
func TestDoubtsLeaveNothingOut(t *testing.T) {
	b, err := compile.Load(content.Law())
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, i := range b.Instruments {
		e, err := judge.Compile(i.Rules, b.Calendars...)
		if err != nil {
			t.Fatal(err)
		}
		var all any
		if err := json.Unmarshal(written(t, i.Rules), &all); err != nil {
			t.Fatal(err)
		}
		left := map[string]int{}
		unsure(all, left)
		for _, d := range e.Doubts() {
			left[spell(t, string(d.Mark), d.Cite)]--
		}
		for s, n := range left {
			if tried++; n > 0 {
				t.Errorf("%s: %d times %s is in no doubt", i.Rules.ID, n, s)
			}
		}
	}
	if tried < 200 {
		t.Errorf("only %d facts were looked for", tried)
	}
}

func spell(t *testing.T, mark string, cite any) string {
	t.Helper()
	c, err := json.Marshal(cite)
	if err != nil {
		t.Fatal(err)
	}
	return mark + " " + string(c)
}

// unsure counts what has the mark R or U.
func unsure(v any, count map[string]int) {
	switch v := v.(type) {
	case map[string]any:
		if m, _ := v["mark"].(string); m == "R" || m == "U" {
			c, err := json.Marshal(v["cite"])
			if err != nil {
				panic(err) // it was read from JSON
			}
			count[m+" "+string(c)]++
		}
		for _, x := range v {
			unsure(x, count)
		}
	case []any:
		for _, x := range v {
			unsure(x, count)
		}
	}
}
