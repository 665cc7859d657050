package bus_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/internal/bus"
)

// BenchmarkSend64K sends sealed batches of 64 KiB that are kept at once, in the process,
// by one goroutine or eight; durable before each acknowledgement, or every second.
func BenchmarkSend64K(b *testing.B) {
	for _, every := range []time.Duration{0, time.Second} {
		for _, at := range []int{1, 8} {
			b.Run(fmt.Sprintf("sync=%v/at=%d", every, at), func(b *testing.B) {
				c := made(b)
				cfg := config(b, b.TempDir())
				cfg.SyncEvery, cfg.InFlight = every, 64
				node, _ := c.run(bus.NewNode(cfg, c.party(hub), quiet()))
				own := c.line(node.Line())
				c.must(own.Admit(b.Context(), cfg, hub))
				s := newShelf()
				stop := c.receive(own, cfg, s, slog.New(slog.NewTextHandler(os.Stderr, nil)), hub)
				defer stop()
				send := own.Sender(senderConfig(), c.to)
				batch := make([]byte, 64<<10)
				_, _ = rand.Read(batch)
				b.SetBytes(int64(len(batch)))
				var n atomic.Uint64
				b.SetParallelism(max(1, at/2))
				b.ResetTimer()
				one := func() {
					if _, err := send.Send(b.Context(), bus.BatchID("g", n.Add(1)), batch); err != nil {
						b.Error(err)
					}
				}
				if at == 1 {
					for range b.N {
						one()
					}
				} else {
					b.RunParallel(func(p *testing.PB) {
						for p.Next() {
							one()
						}
					})
				}
				s.await(b, b.N)
			})
		}
	}
}
