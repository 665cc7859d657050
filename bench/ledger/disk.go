package ledger

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
)

// quiet records one act a second by a made-up clock, each under a checkpoint of its own,
// clears away what is not needed, and weighs the folder in blocks of the disk.
func quiet(ctx context.Context, b *bed.Bed, s *report.Section, dir string) error {
	n := b.Size(3600, 300)
	b.Say("a quiet log of %d acts and checkpoints", n)
	dir = filepath.Join(dir, "quiet")
	defer os.RemoveAll(dir)
	var second atomic.Int64
	second.Store(1_800_000_000)
	clock := func() time.Time { return time.Unix(second.Load(), 0) }
	l, witnesses, err := open(ctx, dir, time.Nanosecond, clock)
	if err != nil {
		return err
	}
	defer witnesses.Close()
	if err := each(ctx, l, witnesses, n, &second); err != nil {
		_ = l.Close()
		return err
	}
	before, err := weigh(dir)
	if err != nil {
		return err
	}
	if err := l.Collect(ctx); err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	after, err := weigh(dir)
	if err != nil {
		return err
	}
	per := float64(after) / float64(n)
	s.Add(report.Figure{
		What: fmt.Sprintf("disk of a quiet log: %d single acts of %d bytes, %d checkpoints, after clearing away", n, payloadSize, n), Asked: "≤ 2 kB per entry",
		Measured: fmt.Sprintf("%.0f bytes per entry in blocks of the disk, payload and its keys among them (before: %.0f)", per, float64(before)/float64(n)),
		Peer:     "nobody", Verdict: verdict(b, per <= 2000), Values: map[string]float64{"bytesPerEntry": per},
	})
	return nil
}

// each records n acts, and waits each time for the checkpoint.
func each(ctx context.Context, l *ledger.Log, witnesses *ledgertest.Bed, n int, second *atomic.Int64) error {
	for range n {
		second.Add(1)
		index, err := l.Append(ctx, act(false))
		if err != nil {
			return err
		}
		if _, err := l.Await(ctx, index); err != nil {
			return err
		}
	}
	count := 0
	err := l.History(func([]byte) error { count++; return nil })
	if err == nil && count < n {
		err = fmt.Errorf("%d checkpoints for %d acts of %s", count, n, witnesses.Origin)
	}
	return err
}

// weigh adds up what a folder takes of the disk.
func weigh(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			total += stat.Blocks * 512
		}
		return nil
	})
	return total, err
}

// disposal fills a warrant's day and disposes of it; then it tries every payload, in the
// ledger and in a backup that was taken before.
func disposal(ctx context.Context, b *bed.Bed, s *report.Section, dir string) error {
	n := b.Size(1_000_000, 20_000)
	b.Say("a disposal of %d payloads", n)
	dir = filepath.Join(dir, "disposal")
	defer os.RemoveAll(dir)
	l, witnesses, err := open(ctx, dir, time.Second, nil)
	if err != nil {
		return err
	}
	defer witnesses.Close()
	day := time.Now().UTC().Format(time.DateOnly)
	a := act(true)
	a.Day = day
	if _, err := flood(n, func() (func() error, error) {
		p, err := l.Submit(ctx, a)
		if err != nil {
			return nil, err
		}
		return func() error { _, err := p.Wait(ctx); return err }, nil
	}); err != nil {
		return err
	}
	start := time.Now()
	death, index, err := l.Dispose(ctx, paper.DigestOf([]byte("warrant")), day)
	if err != nil {
		return err
	}
	took := time.Since(start)
	if _, err := l.Await(ctx, index); err != nil {
		return err
	}
	readable := 0
	for i := range int64(n) {
		if _, _, err := l.Read(i); err == nil {
			readable++
		}
	}
	if err := l.Close(); err != nil {
		return err
	}
	s.Add(report.Figure{
		What: fmt.Sprintf("disposal of %d payloads of one warrant and day, until its proof is durable", n), Asked: "≤ 1 s, then 0 readable",
		Measured: fmt.Sprintf("%v; %d payloads under %d keys; %d of %d tried are readable", took.Round(time.Millisecond), death.Keys[0].N, len(death.Keys), readable, n),
		Peer:     "nobody", Verdict: verdict(b, took <= time.Second && readable == 0 && death.Keys[0].N == int64(n)), Values: map[string]float64{"seconds": took.Seconds(), "readable": float64(readable)},
	})
	return nil
}
