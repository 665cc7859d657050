package infrastructure_test

import (
	"strings"
	"testing"

	"github.com/noroshi-acd/noroshi/infrastructure"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// TestEveryClassIsSaid: each tier and class has a name and a first step in both
// languages.
func TestEveryClassIsSaid(t *testing.T) {
	said := func(what string, x i18n.Text) {
		if x.JA == "" || x.EN == "" || strings.HasPrefix(x.EN, "infrastructure.") || strings.HasPrefix(x.JA, "infrastructure.") {
			t.Errorf("%s: %+v", what, x)
		}
	}
	for _, x := range infrastructure.Tiers() {
		said(string(x), x.Text())
		said(string(x), infrastructure.FirstStep(x, infrastructure.Clear))
	}
	for _, x := range infrastructure.Greys() {
		said(string(x), x.Text())
		said(string(x), infrastructure.FirstStep(infrastructure.Relay, x))
	}
}

func FuzzParseSeed(f *testing.F) {
	for _, s := range []string{"192.0.2.1", "2001:db8::1", "C2.Example.", "fe80::1%eth0", "", "x", "a b.example", "::ffff:192.0.2.1", "::", "::%0", "0.0.0.0.", "192.0.2.1.", "a.b\u00a0."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		seed, ok := infrastructure.ParseSeed(s)
		if ok == (seed.Addr.IsZero() && seed.Name == "") {
			t.Errorf("%q: %+v %v", s, seed, ok)
		}
		if again, fine := infrastructure.ParseSeed(seed.Name); seed.Name != "" && (!fine || again != seed) {
			t.Errorf("%q gives %+v, and that %+v", s, seed, again)
		}
	})
}
