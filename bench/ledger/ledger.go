package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/ledger"
	"github.com/noroshi-acd/noroshi/ledger/ledgertest"
	"github.com/noroshi-acd/noroshi/ledger/proof"
)

// payloadSize is the length of each payload in bytes.
const payloadSize = 500

// Section measures a ledger with four witnesses of which three must cosign.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	dir, err := b.Dir("ledger")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, part := range []func(context.Context, *bed.Bed, *report.Section, string) error{durable, waiting, quiet, disposal} {
		if err := part(ctx, b, s, dir); err != nil {
			return err
		}
	}
	s.Note("Four witnesses in the same process over loopback HTTP, three must cosign; they verify the log's signature and the consistency, keep their state in memory, and share the machine's processors with the ledger. All files on the disk of the bench folder, with fsync.")
	return nil
}

// open begins a ledger in a new folder.
func open(ctx context.Context, dir string, interval time.Duration, clock func() time.Time) (*ledger.Log, *ledgertest.Bed, error) {
	witnesses, err := ledgertest.NewBed("ledger.example/bench", 4, 3, clock)
	if err != nil {
		return nil, nil, err
	}
	now := time.Now
	if clock != nil {
		now = clock
	}
	l, err := ledger.Open(ctx, ledger.Config{
		Dir: filepath.Join(dir, "ledger"), Keys: filepath.Join(dir, "keys"), Origin: witnesses.Origin, Key: witnesses.Key, Role: "hub", Keeper: paper.Ed25519(witnesses.Key),
		Witnesses: witnesses.Asked(), Quorum: 3, Birthday: now().UTC().Format(time.DateOnly), Interval: interval, Clock: clock,
	})
	if err != nil {
		witnesses.Close()
		return nil, nil, err
	}
	return l, witnesses, nil
}

func act(data bool) ledger.Act {
	a := ledger.Act{Entry: proof.Entry{Class: proof.GrantOpen, Role: "acquirer", Instrument: "collection", Warrant: paper.DigestOf([]byte("warrant"))}, Payload: make([]byte, payloadSize), Data: data}
	_, _ = rand.Read(a.Payload)
	return a
}

// rate is how fast something went, by the clock and by processor time.
type rate struct{ wall, cpu float64 }

// durable writes payloads by turns into a ledger and into bare Tessera.
func durable(ctx context.Context, b *bed.Bed, s *report.Section, dir string) error {
	n := b.Size(200_000, 20_000)
	var ours, bare []rate
	for turn := range 3 {
		b.Say("ledger and bare Tessera, turn %d", turn+1)
		r, err := oursDurable(ctx, filepath.Join(dir, fmt.Sprint("ours", turn)), n)
		if err != nil {
			return err
		}
		ours = append(ours, r)
		if r, err = bareDurable(ctx, filepath.Join(dir, fmt.Sprint("bare", turn)), n); err != nil {
			return err
		}
		bare = append(bare, r)
	}
	wall, peer := median(ours, func(r rate) float64 { return r.wall }), median(bare, func(r rate) float64 { return r.wall })
	cpu, peerCPU := median(ours, func(r rate) float64 { return r.cpu }), median(bare, func(r rate) float64 { return r.cpu })
	ratio := wall / peer
	s.Add(report.Figure{
		What: fmt.Sprintf("durable payloads of %d bytes, with payload store", payloadSize), Asked: "≥ 0.6 of bare Tessera",
		Measured: fmt.Sprintf("%.0f/s, %.2f of bare Tessera (by processor time %.0f/s, %.2f)", wall, ratio, cpu, cpu/peerCPU),
		Peer:     fmt.Sprintf("Tessera POSIX %.0f/s, by processor time %.0f/s (this run)", peer, peerCPU), Verdict: verdict(b, ratio >= 0.6),
		Values: map[string]float64{"perSecond": wall, "peerPerSecond": peer, "ratio": ratio, "ratioCPU": cpu / peerCPU},
		Chart:  &report.Chart{Unit: "1/s", Target: 0.6 * peer, Bars: []report.Bar{{Who: "noroshi", Value: wall, Ours: true}, {Who: "Tessera", Value: peer}}},
	})
	return nil
}

// verdict judges only in full size.
func verdict(b *bed.Bed, met bool) report.Verdict {
	if b.Quick {
		return report.Shown
	}
	return report.Judge(met)
}

func median(list []rate, of func(rate) float64) float64 {
	var values []float64
	for _, r := range list {
		values = append(values, of(r))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// writers is how many goroutines bring payloads, window how many each has on its way.
const writers, window = 4, 2048

// flood has n payloads brought and waits for all; add gives the wait for one.
func flood(n int, add func() (func() error, error)) (rate, error) {
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	start, used := time.Now(), bed.Used()
	for w := range writers {
		all.Go(func() {
			var on []func() error
			settle := func(most int) {
				for len(on) > most {
					if err := on[0](); err != nil {
						failed.Store(&err)
					}
					on = on[1:]
				}
			}
			for i := w; i < n; i += writers {
				wait, err := add()
				if err != nil {
					failed.Store(&err)
					return
				}
				on = append(on, wait)
				settle(window)
			}
			settle(0)
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return rate{}, *err
	}
	return rate{float64(n) / time.Since(start).Seconds(), float64(n) / (bed.Used() - used).Seconds()}, nil
}

func oursDurable(ctx context.Context, dir string, n int) (rate, error) {
	defer os.RemoveAll(dir)
	l, witnesses, err := open(ctx, dir, time.Second, nil)
	if err != nil {
		return rate{}, err
	}
	defer witnesses.Close()
	r, err := flood(n, func() (func() error, error) {
		p, err := l.Submit(ctx, act(false))
		if err != nil {
			return nil, err
		}
		return func() error { _, err := p.Wait(ctx); return err }, nil
	})
	if end := l.Close(); err == nil {
		err = end
	}
	return r, err
}

// noteSigner signs Tessera's checkpoints.
type noteSigner struct {
	note.Verifier
	key ed25519.PrivateKey
}

func (s noteSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.key, text), nil }

func bareDurable(ctx context.Context, dir string, n int) (rate, error) {
	defer os.RemoveAll(dir)
	witnesses, err := ledgertest.NewBed("ledger.example/bare", 0, 0, nil)
	if err != nil {
		return rate{}, err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return rate{}, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return rate{}, err
	}
	appender, _, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(noteSigner{witnesses.Log, witnesses.Key}).WithBatching(4096, 100*time.Millisecond).
		WithCheckpointInterval(time.Second).WithGarbageCollectionInterval(0))
	if err != nil {
		return rate{}, err
	}
	return flood(n, func() (func() error, error) {
		data := make([]byte, payloadSize)
		_, _ = rand.Read(data)
		future := appender.Add(ctx, tessera.NewEntry(data))
		return func() error { _, err := future(); return err }, nil
	})
}

// waiting has many who each wait for the cosigned checkpoint of their act before they
// bring the next.
func waiting(ctx context.Context, b *bed.Bed, s *report.Section, dir string) error {
	b.Say("acts that wait for a cosigned checkpoint")
	dir = filepath.Join(dir, "waiting")
	defer os.RemoveAll(dir)
	l, witnesses, err := open(ctx, dir, 0, nil)
	if err != nil {
		return err
	}
	defer witnesses.Close()
	const many = 6_000
	length := time.Duration(b.Size(20, 3)) * time.Second
	var all sync.WaitGroup
	took := make([][]time.Duration, many)
	var failed atomic.Pointer[error]
	begin, used := time.Now(), bed.Used()
	for w := range many {
		all.Go(func() {
			for time.Since(begin) < length {
				start := time.Now()
				index, err := l.Append(ctx, act(false))
				if err == nil {
					_, err = l.Await(ctx, index)
				}
				if err != nil {
					failed.Store(&err)
					return
				}
				took[w] = append(took[w], time.Since(start))
			}
		})
	}
	all.Wait()
	length, spent := time.Since(begin), bed.Used()-used
	if err := failed.Load(); err != nil {
		_ = l.Close()
		return *err
	}
	times := slices.Concat(took...)
	slices.Sort(times)
	per, p99 := float64(len(times))/length.Seconds(), times[len(times)*99/100]
	s.Add(report.Figure{
		What: "acts of 500 bytes, each waiting for a checkpoint cosigned by 3 of 4 witnesses", Asked: "≥ 15,000/s, p99 ≤ 1 s",
		Measured: fmt.Sprintf("%.0f/s, p50 %v, p99 %v, longest %v (%.0f per second of processor time, of which it got %.1f s in %.1f s)", per, times[len(times)/2].Round(time.Millisecond), p99.Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond), float64(len(times))/spent.Seconds(), spent.Seconds(), length.Seconds()),
		Peer:     "nobody", Verdict: verdict(b, per >= 15_000 && p99 <= time.Second),
		Values: map[string]float64{"perSecond": per, "p99Seconds": p99.Seconds(), "perSecondOfProcessor": float64(len(times)) / spent.Seconds()},
	})
	return l.Close()
}
