package papers

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/trust"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
	"github.com/noroshi-acd/noroshi/books"
)

// most is what a check of a warrant may take.
const most = 150 * time.Microsecond

// Section measures the checks in this process.
func Section(_ context.Context, b *bed.Bed, s *report.Section) error {
	b.Say("checking warrants")
	check, bare, err := warrants(b)
	if err != nil {
		return err
	}
	s.Add(report.Figure{
		What:     "check of a warrant with a lock of 2 of 3 and scope, its envelope read",
		Asked:    fmt.Sprintf("≤ %d µs", most.Microseconds()),
		Measured: fmt.Sprintf("%.0f µs by CPU time", micro(check)),
		Peer:     fmt.Sprintf("its two signatures alone, crypto/ed25519: %.0f µs (this run)", micro(bare)),
		Verdict:  report.Judge(check <= most),
		Values:   map[string]float64{"check_us": micro(check), "signatures_us": micro(bare)},
		Chart: &report.Chart{Unit: "µs", Target: micro(most), Most: true, Bars: []report.Bar{
			{Who: "check", Value: micro(check), Ours: true}, {Who: "two signatures", Value: micro(bare)},
		}},
	})
	b.Say("reconciling books")
	page, err := pages(b)
	if err != nil {
		return err
	}
	s.Add(report.Figure{
		What: "books of one day and link, five sheets, reconciled", Asked: "–",
		Measured: fmt.Sprintf("%.2f µs a page", micro(page)), Verdict: report.Shown,
	})
	s.Note("CPU time (user and system) of one Go processor, the two of a row in turns of a tenth of a second, medians. The warrant, the trust root and the liveness are a made-up country's, as in the tests.")
	return nil
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

// warrants gives the cost of a check and of the bare signatures in it.
func warrants(b *bed.Bed) (check, bare time.Duration, err error) {
	w, err := warranttest.New(trust.Lab, func(w *warranttest.World) { w.Collection.Locks[0].K = 2 })
	if err != nil {
		return 0, 0, err
	}
	e, err := w.Seal(w.CollectionWarrant(), "member-1", "member-2")
	if err != nil {
		return 0, 0, err
	}
	data, err := e.Marshal()
	if err != nil {
		return 0, 0, err
	}
	in, err := w.Input(e)
	if err != nil {
		return 0, 0, err
	}
	message := paper.PAE(e.PayloadType, e.Payload)
	keys := map[paper.KeyID]ed25519.PublicKey{}
	for _, name := range []string{"member-1", "member-2"} {
		keys[w.Key(name).ID()] = w.Key(name).Key
	}
	ours := func() error {
		e, err := paper.ParseEnvelope(data)
		if err != nil {
			return err
		}
		in.Chain = []*paper.Envelope{e}
		if _, list := warrant.Check(in); len(list) > 0 {
			return fmt.Errorf("the warrant is refused: %v", unmet.List(list))
		}
		return nil
	}
	theirs := func() error {
		for _, s := range e.Signatures {
			if !ed25519.Verify(keys[s.KeyID], message, s.Sig) {
				return errors.New("a signature does not verify")
			}
		}
		return nil
	}
	return turns(b, ours, theirs)
}

// pages gives the cost of a page of a day's books.
func pages(b *bed.Bed) (time.Duration, error) {
	const start, minutes = warranttest.Now - warranttest.Now%60, 1440
	var list []books.Page
	for _, sheet := range books.Sheets() {
		for m := range int64(minutes) {
			n := 1000 * (m + 1)
			minute := start + paper.Time(60*m)
			list = append(list, books.NewPage(sheet, paper.DigestOf([]byte("warrant")), "carrier/1", m+1, minute, minute+61, map[books.Name]int64{
				books.Offered: n, books.Copied: n, books.Seen: n, books.Selected: n, books.Taken: n, books.Forwarded: n,
				books.Received: n, books.Stored: n, books.Held: n,
			}))
		}
	}
	once := func() error {
		if found := books.Reconcile(list, start+60*minutes); len(found) > 0 {
			return fmt.Errorf("honest books do not balance: %v", found[0])
		}
		return nil
	}
	all, _, err := turns(b, once, func() error { return nil })
	return all / time.Duration(len(list)), err
}

// turns has both do their work in turns and gives what one time of each costs.
func turns(b *bed.Bed, ours, theirs func() error) (one, other time.Duration, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var costs [2][]time.Duration
	for range b.Size(15, 3) {
		for i, do := range []func() error{ours, theirs} {
			n, began, until := 0, bed.Used(), time.Now().Add(100*time.Millisecond)
			for time.Now().Before(until) {
				if err := do(); err != nil {
					return 0, 0, err
				}
				n++
			}
			costs[i] = append(costs[i], (bed.Used()-began)/time.Duration(n))
		}
	}
	for i := range costs {
		slices.Sort(costs[i])
	}
	return costs[0][len(costs[0])/2], costs[1][len(costs[1])/2], nil
}
