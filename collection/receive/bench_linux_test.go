package receive

import (
	"fmt"
	"net/netip"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/ipfix/ipfixtest"
)

// cpu is what this thread has used, of both kinds.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkTake follows the numbers of a hundred exporters of NetFlow v9.
func BenchmarkTake(b *testing.B) {
	datagrams, _ := ipfixtest.Make(9, 2000, 1)
	table := NewTable(Options{})
	b.ReportAllocs()
	for i := range b.N {
		p := datagrams[i%len(datagrams)]
		m, ok := Head(p)
		if !ok {
			b.Fatal("no head")
		}
		m.Number = uint32(i / 100)
		p[12], p[13], p[14], p[15] = byte(m.Number>>24), byte(m.Number>>16), byte(m.Number>>8), byte(m.Number)
		m.Flows, m.Records, m.Whole, m.Made = 28, 28, true, 28
		table.Take(p, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i % 100)}), 2055), m)
	}
}

// BenchmarkReceive: datagrams of NetFlow v9 over loopback, received, decoded and followed,
// in CPU time of the one thread that does it; beside it nfcapd, which also writes them, in
// CPU time of its process.
func BenchmarkReceive(b *testing.B) {
	datagrams, _ := ipfixtest.Make(9, 2000, 1)
	b.Run("ours", func(b *testing.B) {
		s := listen(b, Config{Address: "127.0.0.1:0"})[0]
		c := dial(b, s.Addr())
		d, table := ipfix.NewDecoder(ipfix.Options{}), NewTable(Options{})
		var batch flow.Batch
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var used time.Duration
		for n := 0; n < b.N; {
			k := min(100, b.N-n)
			for i := range k {
				send(b, c, datagrams[(n+i)%len(datagrams)])
			}
			before := cpu(b)
			for range k {
				x, err := s.Read()
				if err != nil {
					b.Fatal(err)
				}
				m, _ := Head(x.Data)
				batch.Records = batch.Records[:0]
				m.Bad = d.Decode(x.Data, ipfix.Exporter{Addr: flow.AddrFrom(x.From.Addr()), Port: x.From.Port()}, &batch) != nil
				m.Counted, m.Made = d.Counted(), uint64(len(batch.Records))
				table.Drops(x.Dropped)
				table.Take(x.Data, x.From, m)
			}
			used += cpu(b) - before
			n += k
		}
		b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/datagram")
	})
	b.Run("peer=nfcapd", func(b *testing.B) {
		path, err := exec.LookPath("nfcapd")
		if err != nil {
			b.Skip("nfcapd is not installed")
		}
		probe := listen(b, Config{Address: "127.0.0.1:0"})[0]
		to := probe.Addr()
		_ = probe.Close()
		cmd := exec.CommandContext(b.Context(), path, "-w", b.TempDir(), "-b", "127.0.0.1", "-p", fmt.Sprint(to.Port()), "-B", "4000000")
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond) // it does not say when it listens
		c := dial(b, to)
		for i := range b.N {
			send(b, c, datagrams[i%len(datagrams)])
			if i%100 == 99 {
				time.Sleep(500 * time.Microsecond)
			}
		}
		time.Sleep(200 * time.Millisecond)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // it ends by the signal
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		b.ReportMetric(float64(used.Nanoseconds())/float64(b.N), "cpu-ns/datagram")
	})
}
