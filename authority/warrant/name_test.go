package warrant_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
)

// TestNoAddressPassesForAName: an address written as a host name would escape whatever
// holds addresses against one another, the rule about undecided urgent warrants first.
func TestNoAddressPassesForAName(t *testing.T) {
	w := must(warranttest.New(trust.Lab))(t)
	for name, good := range map[string]bool{
		"c2.example": true, "4.example": true, "c2.xn--wgbh1c": true,
		"192.0.2.7": false, "192.0.519": false, "192.0.2.0x7": false, "0xc0.0x0207": false, "host.1": false,
	} {
		x := w.PoliceWarrant()
		x.Scope.Targets = []warrant.Target{{Kind: warrant.Name, Value: name}}
		in := must(w.Input(must(w.Seal(x))(t)))(t)
		in.Use.Target = &x.Scope.Targets[0]
		_, l := warrant.Check(in)
		if unmet.List(l).Has("target-form") == good || good && len(l) > 0 {
			t.Errorf("%s: %v", name, unmet.List(l))
		}
	}
}
