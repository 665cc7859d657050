package spool

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkAppend: durable batches of 60 KB (some 1,000 records) on the disk that holds
// the test's folder, by callers at the same time; beside it, the file's own fsync.
func BenchmarkAppend(b *testing.B) {
	content := strings.Repeat("noroshi ", 7500)
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			dir := b.TempDir()
			s, err := Open(Config{Dir: filepath.Join(dir, "spool"), Keys: filepath.Join(dir, "keys"), Parent: parent, MaxBytes: 8 << 30})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			b.SetBytes(int64(len(content)))
			var left atomic.Int64
			left.Store(int64(b.N))
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					for left.Add(-1) >= 0 {
						n, err := s.Append(batch(one, content))
						if err == nil && n%64 == 0 {
							numbers := make([]uint64, 64)
							for i := range numbers {
								numbers[i] = n - uint64(i)
							}
							err = s.Ack(numbers...)
						}
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(s.Stats().Fsyncs)/float64(b.N), "fsyncs/op")
		})
	}
	b.Run("peer=write+fsync", func(b *testing.B) {
		f, err := os.Create(filepath.Join(b.TempDir(), "f"))
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		b.SetBytes(int64(len(content)))
		for range b.N {
			if _, err := f.WriteString(content); err != nil {
				b.Fatal(err)
			}
			if err := f.Sync(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
