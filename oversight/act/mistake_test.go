package act_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/oversight/act"
)

// TestInvariant26_NoErrorOfTheFutureAndNoneWithoutAClock: an error happens, is found, and
// then is reported, in this order; its clock leaves time to answer, and ends.
func TestInvariant26_NoErrorOfTheFutureAndNoneWithoutAClock(t *testing.T) {
	const at paper.Time = 1795402800
	good := act.Mistake{At: at, Body: "agency", Due: at + 1, Found: at, Happened: at, ID: "error/1", Kind: "k", Outline: "x"}
	for name, c := range map[string]struct {
		change func(*act.Mistake)
		ok     bool
	}{
		"at once":              {func(*act.Mistake) {}, true},
		"found before it was":  {func(m *act.Mistake) { m.Happened = m.Found + 1 }, false},
		"found later than now": {func(m *act.Mistake) { m.Found, m.Due = m.At+1, m.At+10 }, false},
		"no time to answer":    {func(m *act.Mistake) { m.Due = m.Found }, false},
		"no clock":             {func(m *act.Mistake) { m.Due = 0 }, false},
		"the longest clock":    {func(m *act.Mistake) { m.Due = m.Found + act.MostAnswerS }, true},
		"a longer clock":       {func(m *act.Mistake) { m.Due = m.Found + act.MostAnswerS + 1 }, false},
	} {
		m := good
		c.change(&m)
		if err := m.Check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
