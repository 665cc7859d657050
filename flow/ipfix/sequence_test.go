package ipfix

import (
	"math/rand/v2"
	"testing"
)

// TestCounting plays exporters that count in each way, with and without loss.
func TestCounting(t *testing.T) {
	for _, c := range []struct {
		name    string
		version uint16
		way     Counting
		drop    float64 // share of messages lost
		want    Counting
	}{
		{"IPFIX", v10, CountsRecords, 0, CountsRecords},
		{"IPFIX, lossy", v10, CountsRecords, 0.05, CountsRecords},
		{"softflowd", v10, CountsAfter, 0, CountsAfter},
		{"softflowd, lossy", v10, CountsAfter, 0.05, CountsAfter},
		{"options not counted", v10, CountsFlows, 0, CountsFlows},
		{"v9", v9, CountsMessages, 0, CountsMessages},
		{"v9, lossy", v9, CountsMessages, 0.1, CountsMessages},
		{"v9 that counts records", v9, CountsAfter, 0, CountsAfter},
		{"v5, lossy", v5, CountsRecords, 0.02, CountsRecords},
		{"random numbers", v10, CountsUnknown, 0, CountsUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			var s sequence
			var lost uint64
			number := uint32(1<<32 - 3000) // runs over
			for i := range 1000 {
				m := message{flows: uint32(1 + r.IntN(20)), whole: true}
				m.records = m.flows
				if i%10 == 0 {
					m.records++ // of an option
				}
				if c.way == CountsAfter {
					number += m.flows
				}
				m.number = number
				switch c.way {
				case CountsRecords:
					number += m.records
				case CountsFlows:
					number += m.flows
				case CountsMessages:
					number++
				case CountsUnknown:
					number = r.Uint32()
				}
				if i > 0 && i < 999 && r.Float64() < c.drop {
					lost += uint64(m.units(c.way))
					continue
				}
				s.next(m)
			}
			n, way := s.lost(c.version)
			if n != lost || way != c.want {
				t.Errorf("lost %d by counting %d, want %d by %d", n, way, lost, c.want)
			}
		})
	}
}

// TestLateAndRestarted: what only comes late is not lost, nor is anything when an
// exporter starts again.
func TestLateAndRestarted(t *testing.T) {
	var s sequence
	for _, n := range []uint32{0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 1_000_000_000, 1_000_000_001, 10, 11, 12} {
		s.next(message{number: n, records: 20, flows: 20, whole: true})
	}
	if n, way := s.lost(v9); n != 0 || way != CountsMessages {
		t.Errorf("lost %d by counting %d", n, way)
	}
}
