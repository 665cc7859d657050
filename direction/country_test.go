package direction_test

import (
	"testing"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// TestCountryOf: the country is that of the deciding row, whatever is domestic.
func TestCountryOf(t *testing.T) {
	table, err := direction.New(direction.Options{Domestic: []string{"JP"}})
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[[4]byte]string{{10, 1, 2, 3}: "", {127, 0, 0, 1}: "", {0, 1, 2, 3}: ""} {
		if got := table.CountryOf(flow.Addr4(a)); got != want {
			t.Errorf("%v: %q, want %q", a, got, want)
		}
	}
	named := 0
	for i := range 200 {
		a := flow.Addr4([4]byte{byte(20 + i), 77, 3, 9})
		d := table.Decide(a)
		if got := table.CountryOf(a); got != d.Row.Country || got != "" && (got == "JP") != (d.Side == direction.SideDomestic) {
			t.Errorf("%s: %q, the row says %+v", a, got, d)
		} else if got != "" {
			named++
		}
	}
	if named < 100 {
		t.Errorf("only %d of 200 addresses have a country", named)
	}
}
