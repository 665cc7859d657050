package warrant_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/authority/warrant/criteria"
	"pgregory.net/rapid"
)

// TestCriteriaAgainstTheSecondVerifier: what one verifier takes for narrower, the other
// does, also where only several cases together hold one.
func TestCriteriaAgainstTheSecondVerifier(t *testing.T) {
	values := map[string][]string{
		"dst":      {"192.0.2.0", "192.0.2.1", "192.0.2.2/31", "192.0.2.0/30", "192.0.2.0/28", "2001:db8::/127", "2001:db8::1"},
		"dst_port": {"0", "1", "3", "0-1", "2-4", "1-3"},
		"tls.sni":  {"example", "*.example", "a.example", "*.a.example", "b.a.example"},
	}
	text := func(t *rapid.T) string {
		var all []string
		for range rapid.IntRange(1, 3).Draw(t, "cases") {
			var one []string
			for _, f := range []string{"dst", "dst_port", "tls.sni"} {
				if rapid.Bool().Draw(t, f) {
					one = append(one, f+" in {"+strings.Join(rapid.SliceOfN(rapid.SampledFrom(values[f]), 1, 3).Draw(t, "values"), ", ")+"}")
				}
			}
			if len(one) > 0 {
				all = append(all, strings.Join(one, " and "))
			}
		}
		return strings.Join(all, " or ")
	}
	parse := func(text string) *criteria.Criteria {
		c, err := criteria.Parse(text)
		if err != nil {
			return nil
		}
		return c
	}
	same := func(t interface{ Fatalf(string, ...any) }, parent, child string) bool {
		p, c := parse(parent), parse(child)
		if p == nil || c == nil {
			return false
		}
		first, second := criteria.Covers(p, c), textInside(p.String(), c.String())
		if first != second {
			t.Fatalf("%s holds %s: %v, to the second verifier %v", p, c, first, second)
		}
		return first
	}
	rapid.Check(t, func(t *rapid.T) {
		parent, child := text(t), text(t)
		same(t, parent, child)
		same(t, parent, "("+parent+") and ("+child+")")
	})
	if !same(t, "dst in {192.0.2.0} or dst in {192.0.2.1} and dst_port in {0}", "dst in {192.0.2.0/31} and dst_port in {0}") {
		t.Error("two cases together hold the child's, and neither verifier says so")
	}
}
