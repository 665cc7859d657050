package exchange_test

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/noroshi-acd/noroshi/flow/exchange"
)

// TestNamesAgainstOracle compares the tables with those of another implementation.
func TestNamesAgainstOracle(t *testing.T) {
	known := 0
	for n, name := range dns.TypeToString {
		if got, ok := exchange.RRType([]byte(name)); ok {
			known++
			if got != n {
				t.Errorf("RRType(%s) = %d, want %d", name, got, n)
			}
		}
	}
	if known < 35 {
		t.Errorf("only %d types are known", known)
	}
	known = 0
	for name, n := range dns.StringToRcode {
		if got, ok := exchange.Rcode([]byte(name)); ok {
			known++
			if got != uint16(n) {
				t.Errorf("Rcode(%s) = %d, want %d", name, got, n)
			}
		}
	}
	if known < 15 {
		t.Errorf("only %d codes are known", known)
	}
	if _, ok := exchange.RRType(nil); ok {
		t.Error("no name is a type")
	}
}
