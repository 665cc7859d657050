package revocation

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/carry"
	"github.com/noroshi-acd/noroshi/authority/live/issue"
	"github.com/noroshi-acd/noroshi/authority/live/livetest"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/authority/warrant/warranttest"
	"github.com/noroshi-acd/noroshi/bench/bed"
	"github.com/noroshi-acd/noroshi/bench/report"
)

// watchers is how many taps listen at once.
const watchers = 8

// Section measures it in this process, over loopback.
func Section(ctx context.Context, b *bed.Bed, s *report.Section) error {
	dir, err := b.Dir("revocation")
	if err != nil {
		return err
	}
	n := b.Size(400, 50)
	b.Say("revoking %d warrants", n)
	took, lease, err := measure(ctx, dir, n)
	if err != nil {
		return err
	}
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	s.Add(report.Figure{
		What: fmt.Sprintf("%d revocations, connected, until the last of %d watches knows", n, watchers), Asked: "p99 ≤ 1 s",
		Measured: fmt.Sprintf("p50 %v, p99 %v, slowest %v", p50.Round(time.Microsecond), p99.Round(time.Microsecond), took[len(took)-1].Round(time.Microsecond)),
		Peer:     "nobody", Verdict: report.Judge(p99 <= time.Second), Values: map[string]float64{"p99Seconds": p99.Seconds()},
	})
	s.Add(report.Figure{
		What: "cut off: the last batch after the last word", Asked: "within the lease of 60 s", Measured: lease.String(),
		Peer: "nobody", Verdict: report.Judge(lease > 0 && lease <= time.Minute), Values: map[string]float64{"seconds": lease.Seconds()},
	})
	s.Note("Every statement is durable at the issuer before it is sent, and at each watch before it counts. The clock of the second figure is the test's.")
	return nil
}

// measure gives how long each of n revocations took, in order, and how long after the
// last word a claim still stood.
func measure(ctx context.Context, dir string, n int) (took []time.Duration, lease time.Duration, err error) {
	c, err := livetest.New()
	if err != nil {
		return nil, 0, err
	}
	clock, err := c.Clock(c.True, 0)
	if err != nil {
		return nil, 0, err
	}
	issuer, err := issue.Open(issue.Config{
		Dir: filepath.Join(dir, "issuer"), Key: c.Signer("liveness"), Clock: clock, Profiles: c.Profile, Interval: time.Hour,
		Missing: func(paper.Digest, paper.ID) paper.Time { return paper.TimeOf(c.True.Now()) },
	}, c.View)
	if err != nil {
		return nil, 0, err
	}
	defer issuer.Close()
	server := httptest.NewServer(carry.Handler(issuer, nil))
	defer server.Close()
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer server.CloseClientConnections()
	defer stop()
	running.Go(func() { _ = issuer.Run(ctx) })
	var watches []*live.Watch
	for i := range watchers {
		w, err := live.OpenWatch(filepath.Join(dir, fmt.Sprint("watch", i)), c.View, clock, c.Profile)
		if err != nil {
			return nil, 0, err
		}
		defer w.Close()
		watches = append(watches, w)
		running.Go(func() { _ = (&carry.Carrier{URL: server.URL, Sink: w, Client: server.Client()}).Run(ctx) })
	}
	for i := range n {
		d, err := revoke(c, clock, issuer, watches, i)
		if err != nil {
			return nil, 0, err
		}
		took = append(took, d)
	}
	slices.Sort(took)
	claim, err := admit(c, issuer, n)
	if err != nil {
		return nil, 0, err
	}
	if err := until(claim, clock, watches, live.Through); err != nil {
		return nil, 0, err
	}
	for stop(); watches[0].Judge(claim, nil).At(clock.Now()) == live.Through; lease += 100 * time.Millisecond {
		c.True.Pass(100 * time.Millisecond)
	}
	return took, lease, nil
}

// admit lets another warrant stand.
func admit(c *livetest.Country, issuer *issue.Issuer, i int) (*live.Claim, error) {
	w := *c.Of
	w.Nonce = warranttest.Nonce(fmt.Sprint(i))
	e, err := c.Seal(&w)
	if err != nil {
		return nil, err
	}
	if list, err := issuer.Admit(e, &warrant.UrgentCount{}); err != nil || len(list) > 0 {
		return nil, fmt.Errorf("the warrant is refused: %s, %w", unmet.List(list), err)
	}
	return &live.Claim{Chain: []paper.Digest{e.Digest()}, NotAfter: w.NotAfter, Hold: time.Minute}, nil
}

func revoke(c *livetest.Country, clock *live.Clock, issuer *issue.Issuer, watches []*live.Watch, i int) (time.Duration, error) {
	claim, err := admit(c, issuer, i)
	if err != nil {
		return 0, err
	}
	if err := until(claim, clock, watches, live.Through); err != nil {
		return 0, err
	}
	stop, err := paper.Seal(warrant.RevocationType, warrant.Revocation{At: paper.TimeOf(c.True.Now()), Reason: "measured", Warrant: claim.Chain[0]},
		c.Signer("member-1"), c.Signer("member-2"), c.Signer("member-3"))
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if list, err := issuer.Stop(stop); err != nil || len(list) > 0 {
		return 0, fmt.Errorf("the revocation is refused: %s, %w", unmet.List(list), err)
	}
	err = until(claim, clock, watches, live.Revoked)
	return time.Since(begin), err
}

// until waits until every watch comes to a verdict.
func until(claim *live.Claim, clock *live.Clock, watches []*live.Watch, v live.Verdict) error {
	begin := time.Now()
	for _, w := range watches {
		for w.Judge(claim, nil).At(clock.Now()) != v {
			if time.Since(begin) > 30*time.Second {
				return fmt.Errorf("after 30 s a watch does not say %v", v)
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	return nil
}
