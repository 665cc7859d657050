package hot

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/made/day"
	"github.com/noroshi-acd/noroshi/bench/made/zeeklog"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// Section measures them in this process.
func Section(_ context.Context, b *bed.Bed, s *report.Section) error {
	testing.Init()
	if err := flag.Set("test.benchtime", map[bool]string{false: "1s", true: "100ms"}[b.Quick]); err != nil {
		return err
	}
	table, err := direction.New(direction.Options{})
	if err != nil {
		return err
	}
	b.Say("looking up directions")
	lookups(s, table, b.Rand("addresses"))
	b.Say("hiding and selecting")
	if err := pseudonyms(s, b.Rand("pseudonyms")); err != nil {
		return err
	}
	if err := selecting(s, b.Rand("selectors"), b.Size(1_000_000, 200_000)); err != nil {
		return err
	}
	dir, err := b.Dir("hot")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	hosts := b.Size(1000, 200)
	size, err := makeLogs(dir, b.Seed, hosts)
	if err != nil {
		return err
	}
	b.Say("reading Zeek logs")
	batches, err := read(s, dir, size)
	if err != nil {
		return err
	}
	b.Say("feeding the engine")
	engine(s, table, batches)
	memory(s, table, batches, hosts)
	s.Note(fmt.Sprintf("In this process, GOMAXPROCS %d, by testing.Benchmark; pseudonyms and selectors by processor time. Memory of a host: live heap after a day of %d hosts with all detectors, less that of an empty engine, by host. Tables are bounded, so it falls as hosts grow.", runtime.GOMAXPROCS(0), hosts))
	return nil
}

func lookups(s *report.Section, table *direction.Table, r *rand.Rand) {
	for _, c := range []struct {
		what string
		make func() flow.Addr
	}{
		{"direction of a random IPv4 address", func() flow.Addr {
			return flow.Addr4([4]byte{byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
		}},
		{"direction of a random IPv6 address", func() flow.Addr {
			a := flow.Addr{0x20, 1}
			for i := 2; i < len(a); i++ {
				a[i] = byte(r.IntN(256))
			}
			return a
		}},
	} {
		addrs := make([]flow.Addr, 1<<16)
		for i := range addrs {
			addrs[i] = c.make()
		}
		known := 0
		res := testing.Benchmark(func(b *testing.B) {
			for i := range b.N {
				if table.Side(addrs[i&(1<<16-1)]) != direction.SideUnknown {
					known++
				}
			}
		})
		ns := float64(res.T.Nanoseconds()) / float64(max(1, res.N))
		s.Add(report.Figure{What: c.what, Measured: fmt.Sprintf("%.1f ns", ns), Peer: "bart 73 ns at 1 M prefixes, maxminddb 182 ns (quoted)", Verdict: report.Shown, Values: map[string]float64{"ns": ns}})
	}
}

// makeLogs writes a day of hosts and gives its size in bytes.
func makeLogs(dir string, seed uint64, hosts int) (int64, error) {
	o := day.Default()
	o.Seed, o.Hosts, o.Browsing = seed, hosts, 10
	stage, err := day.Stage(o)
	if err != nil {
		return 0, err
	}
	if _, err := zeeklog.Write(dir, stage, zeeklog.Options{}); err != nil {
		return 0, err
	}
	size := int64(0)
	all, _ := filepath.Glob(filepath.Join(dir, "*.log"))
	for _, p := range all {
		if i, err := os.Stat(p); err == nil {
			size += i.Size()
		}
	}
	return size, nil
}

// read measures the Zeek reader and keeps what it read.
func read(s *report.Section, dir string, size int64) ([]*flow.Batch, error) {
	var batches []*flow.Batch
	records := 0
	if err := bed.Each([]string{dir}, func(b *flow.Batch) error {
		c := new(flow.Batch)
		for i := range b.Records {
			c.Copy(b, &b.Records[i])
		}
		records += len(c.Records)
		batches = append(batches, c)
		return nil
	}); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := bed.Each([]string{dir}, func(*flow.Batch) error { return nil }); err != nil {
		return nil, err
	}
	took := time.Since(start).Seconds()
	s.Add(report.Figure{What: "Zeek logs (TSV), read and joined", Measured: fmt.Sprintf("%.0f MB/s, %.2f M records/s", float64(size)/took/1e6, float64(records)/took/1e6),
		Peer: "RITA 5: 0.026 M records/s, whole (quoted)", Verdict: report.Shown, Values: map[string]float64{"mb_per_s": float64(size) / took / 1e6, "records_per_s": float64(records) / took}})
	return batches, nil
}

// engine measures one pass over the records, all detectors.
func engine(s *report.Section, table *direction.Table, batches []*flow.Batch) {
	records := 0
	for _, b := range batches {
		records += len(b.Records)
	}
	var found time.Duration
	res := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			b.StopTimer()
			e := bed.NewEngine(table)
			b.StartTimer()
			for _, x := range batches {
				e.Observe(x)
			}
			b.StopTimer()
			start := time.Now()
			e.Findings()
			found = time.Since(start)
			b.StartTimer()
		}
	})
	per := float64(max(1, res.N)) * float64(max(1, records))
	ns := float64(res.T.Nanoseconds()) / per
	s.Add(report.Figure{What: "engine, all detectors, one record", Measured: fmt.Sprintf("%.0f ns, %.3f allocations", ns, float64(res.MemAllocs)/per), Verdict: report.Shown, Values: map[string]float64{"ns": ns}})
	s.Add(report.Figure{What: fmt.Sprintf("all findings asked for, once, after %.2f M records", float64(records)/1e6), Measured: found.Round(time.Millisecond).String(), Verdict: report.Shown, Values: map[string]float64{"s": found.Seconds()}})
}

// memory measures live heap.
func memory(s *report.Section, table *direction.Table, batches []*flow.Batch, hosts int) {
	live := func() int64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	none := live()
	var e *detect.Engine = bed.NewEngine(table)
	empty := live()
	for _, b := range batches {
		e.Observe(b)
	}
	full := live()
	runtime.KeepAlive(e)
	runtime.KeepAlive(batches)
	per := float64(full-empty) / float64(hosts)
	s.Add(report.Figure{What: "engine, memory", Measured: fmt.Sprintf("%.1f MiB empty, %.1f KiB by host", float64(empty-none)/(1<<20), per/1024), Verdict: report.Shown,
		Values: map[string]float64{"empty_mib": float64(empty-none) / (1 << 20), "bytes_per_host": per}})
}
