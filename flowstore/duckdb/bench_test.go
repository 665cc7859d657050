//go:build linux && cgo

package duckdb

import (
	"testing"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flowstore"
	"github.com/noroshi-acd/noroshi/flowstore/flowstoretest"
)

// BenchmarkPut stores batches of 5,000 records, each durable, and sorts them at the end.
func BenchmarkPut(b *testing.B) {
	for name, seal := range map[string]bool{"durable": false, "sorted": true} {
		b.Run(name, func(b *testing.B) {
			bed := flowstoretest.NewBed(b, open, b.TempDir())
			made := bed.NewMade(1)
			made.Hosts, made.Plain = 1_000_000, true
			var list []flowstore.Delivery
			for i := range 20 {
				list = append(list, made.Delivery(flowstoretest.Minute(paper.Time(i)*60), flowstoretest.Far, 5000))
			}
			n := 0
			for b.Loop() {
				for i := range list { // the same records as another batch
					list[i].Header.Number = int64(n + 1)
					n++
					if got, err := bed.Put(b.Context(), now, list[i]); err != nil || got[0] != flowstore.Stored {
						b.Fatal(got, err)
					}
				}
				if seal {
					if err := bed.Engine.(*Engine).Seal(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(n*5000)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkOneAddress asks for one address over thirty days of 20,000 records.
func BenchmarkOneAddress(b *testing.B) {
	bed := flowstoretest.NewBed(b, open, b.TempDir())
	made := bed.NewMade(1)
	made.Hosts, made.Plain = 100_000, true
	for d := range paper.Time(30) {
		bed.Deliver(b, flowstore.Stored, made.Delivery(flowstoretest.Minute(d*86400), flowstoretest.Far, 20_000))
		if err := bed.Engine.(*Engine).Seal(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	q := flowstoretest.Span(1000)
	q.Kind, q.Address = flowstore.Records, flowstoretest.Address(1000).String()
	for b.Loop() {
		n := 0
		if _, err := bed.Gate.Look(b.Context(), bed.Ask(q), func(x *flow.Batch) error {
			n += len(x.Records)
			return nil
		}); err != nil || n == 0 {
			b.Fatal(n, err)
		}
	}
}
