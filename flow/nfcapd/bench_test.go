package nfcapd

import (
	"bytes"
	"io"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/nfcapd/nfcapdtest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// BenchmarkRead reads a file of 200,000 flows in memory.
func BenchmarkRead(b *testing.B) {
	for name, m := range map[string]nfcapdtest.Method{"plain": nfcapdtest.Plain, "lz4": nfcapdtest.LZ4, "zstd": nfcapdtest.Zstd} {
		b.Run(name, func(b *testing.B) {
			var file nfcapdtest.Memory
			w := nfcapdtest.NewWriter(&file, nfcapdtest.Options{Method: m, Exporter: [4]byte{192, 0, 2, 1}})
			const n = 200_000
			for i := range n {
				r := made(i)
				w.Record(&r)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			var batch flow.Batch
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				r := NewReader(bytes.NewReader(file), "", &fault.Skips{}, Options{})
				for {
					batch.Reset()
					if err := r.Next(&batch); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/flow")
		})
	}
}
