package verify_test

import (
	"strings"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/ledger/verify"
	"github.com/noroshi-acd/noroshi/ledger/verify/archive"
	"github.com/noroshi-acd/noroshi/ledger/verify/verifytest"
)

// BenchmarkOpened verifies opened acts without their payloads; bench has the figure.
func BenchmarkOpened(b *testing.B) {
	m, err := verifytest.Make(verifytest.Options{Minutes: 1, Queries: 25000, Seed: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	opened := archive.NewMemory(map[string][]byte{})
	for _, name := range m.Export.Names() {
		if !strings.HasPrefix(name, m.Acts.Dir()+"content/") {
			opened.Set(name, m.Export.Get(name))
		}
	}
	n := len(m.Acts.Entries) + len(m.Decisions.Entries)
	b.ReportAllocs()
	for b.Loop() {
		r, err := verify.Run(b.Context(), verify.Options{FS: opened, Mode: verify.Public, Root: m.Root, Fresh: time.Hour, Now: m.End.Time()})
		if err != nil || !r.Right {
			b.Fatal(err, shown(r))
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "entries/s")
}
