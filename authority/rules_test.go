package authority_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/authoritytest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// TestInvariant30_AnApplicationIsJudgedByTheRulesItNames: rules that are not those of the
// profile that an application names, and rules that nobody has, judge nothing.
func TestInvariant30_AnApplicationIsJudgedByTheRulesItNames(t *testing.T) {
	b := &bench{t, officeWith(t, authoritytest.Options{})}
	good := b.Collection(1, b.Now())
	police := b.Police(2, b.Now())
	for name, rules := range map[string]paper.Digest{"another instrument's": police.Rules, "nobody's": paper.DigestOf([]byte("rules that nobody has"))} {
		a := *good
		a.Rules = rules
		if r, err := b.Desk.Submit(t.Context(), b.sealed(b.Sign(&a))); err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s rules: %+v %v", name, r, err)
		}
	}
	b.submit(good)
}
