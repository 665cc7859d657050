package lease

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/noroshi-acd/noroshi/authority/live"
	"github.com/noroshi-acd/noroshi/authority/live/keep"
	"github.com/noroshi-acd/noroshi/authority/liveness"
	"github.com/noroshi-acd/noroshi/authority/paper"
	"github.com/noroshi-acd/noroshi/authority/unmet"
	"github.com/noroshi-acd/noroshi/authority/warrant"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// maxLeases is how many effects hold at once.
const maxLeases = 1 << 16

// retryAfter is how long after a failed End it is tried again.
const retryAfter = time.Second

// Lease is an effect that holds until nobody renews its permission. Every statement
// in which the warrant stands renews it.
type Lease struct {
	// ID names the effect for whoever ends it, also after a restart.
	ID paper.ID `json:"id"`
	// Chain is the warrant's chain, the first warrant first.
	Chain []paper.Digest `json:"chain"`
	// Effect is what holds.
	Effect paper.ID `json:"effect"`
	// HoldS is how old liveness may become, s.
	HoldS int64 `json:"hold_s"`
	// NotAfter is the first instant at which the warrant is over.
	NotAfter paper.Time `json:"not_after"`
	// Deadline is when it ends by the machine's wall clock if the clock is not sure after
	// a restart. It is renewed with the lease.
	Deadline paper.Time `json:"deadline"`
	// Begun is the wall clock's time when Deadline was last written.
	Begun paper.Time `json:"begun"`
}

// Ender undoes effects. End MUST be ready for an effect that never began or has ended:
// after a crash it is called again.
type Ender interface {
	End(ctx context.Context, l Lease, why live.Verdict) error
}

// Leases holds effects and ends them by itself. They are on disk before the effect
// begins, so that a restart finds what it left behind.
type Leases struct {
	clock *live.Clock
	watch *live.Watch
	ender Ender

	mu     sync.Mutex // held by all that changes the folder and the map
	folder *keep.Folder
	leases map[paper.ID]*leased
	wake   chan struct{} // holds a token when Run must look anew
}

// leased is one lease. ending is true while its End is tried; it never comes back.
type leased struct {
	Lease
	judged *live.Judgement
	ending bool
	why    live.Verdict
	retry  int64 // steady ns at which End is tried again
}

// Open opens the folder and finds the effects of before. Nothing ends before Run.
func Open(dir string, clock *live.Clock, watch *live.Watch, ender Ender) (*Leases, error) {
	folder, err := keep.Open(dir)
	if err != nil {
		return nil, err
	}
	l := &Leases{clock: clock, watch: watch, ender: ender, folder: folder, leases: map[paper.ID]*leased{}, wake: make(chan struct{}, 1)}
	names, err := folder.List("")
	for _, n := range names {
		x := new(leased)
		var data []byte
		if data, err = folder.Get(n); err != nil {
			break
		}
		if bad := paper.Unmarshal(data, &x.Lease); bad != nil {
			err = folder.Damaged(n, bad)
			break
		}
		l.leases[x.ID] = x
	}
	if err != nil {
		_ = folder.Close()
		return nil, err
	}
	return l, nil
}

// Close gives the folder free. Effects hold on, and end when the folder is opened again:
// whoever closes and does not come back must end them before.
func (l *Leases) Close() error { return l.folder.Close() }

// Begin writes a lease for an effect that a check has just found right, to be called
// before the effect begins. holdS is the effect's own lease; 0 means 60 s. All that is
// not met now is given back, and then nothing is written.
//
// Invariant 1: what cannot be ended is not begun.
func (l *Leases) Begin(id paper.ID, v *warrant.Verified, effect paper.ID, holdS int64) ([]unmet.Unmet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := id.Check(); err != nil {
		return nil, err
	}
	if l.leases[id] != nil {
		return nil, live.Wrong(fault.Invalid, "leased", fault.Place{Offset: -1, Field: string(id)}, nil)
	}
	if len(l.leases) >= maxLeases {
		return nil, live.Wrong(fault.Limit, "many", fault.Place{Offset: -1}, nil, "most", maxLeases)
	}
	if holdS <= 0 {
		holdS = int64(liveness.HoldAge / time.Second)
	}
	x := &leased{Lease: Lease{ID: id, Chain: v.Chain, Effect: effect, HoldS: holdS, NotAfter: v.Leaf.NotAfter}}
	verdict, _ := l.judge(x)
	if verdict != live.Through {
		var list unmet.List
		list.Add("lease", codeOf(verdict))
		return list, nil
	}
	if err := l.write(x); err != nil {
		return nil, err
	}
	l.leases[id] = x
	l.nudge()
	return nil, nil
}

// codeOf is what a verdict is called among unmet conditions.
func codeOf(v live.Verdict) string {
	switch v {
	case live.Unsure:
		return "clock-unsure"
	case live.Silent, live.Stale:
		return "liveness-none"
	}
	return "not-live"
}

// judge says whether a lease holds, and for how long at most it does so from now.
func (l *Leases) judge(x *leased) (live.Verdict, time.Duration) {
	r := l.clock.Read()
	x.judged = l.watch.Judge(&live.Claim{Chain: x.Chain, NotAfter: x.NotAfter, Hold: hold(x.HoldS)}, x.judged)
	now := l.clock.At(r)
	if v := x.judged.At(now); v != live.Unsure {
		return v, time.Duration(max(0, x.judged.Until()-now.Latest))
	}
	// Not sure: hold on to what was last written, unless the clock was set back.
	left := int64(x.Deadline)*second - r.Wall
	if x.Deadline == 0 || left <= 0 || r.Wall < int64(x.Begun)*second-int64(live.MostJump) {
		return live.Unsure, 0
	}
	return live.Through, time.Duration(left)
}

func hold(s int64) time.Duration { return time.Duration(min(s, 1<<32)) * time.Second }

const second = int64(time.Second)

// write puts a lease on disk with the deadline that it now has: as early as the clock
// can mean it.
func (l *Leases) write(x *leased) error {
	r := l.clock.Read()
	if now := l.clock.At(r); now.Sure && x.judged != nil {
		x.Begun = paper.Time(r.Wall / second)
		x.Deadline = paper.Time((r.Wall + x.judged.Until() - now.Latest) / second)
	}
	data, err := paper.Marshal(x.Lease)
	if err != nil {
		return err
	}
	return l.folder.Put(fileOf(x.ID), data)
}

// fileOf names the file of an effect: its name may hold slashes.
func fileOf(id paper.ID) string {
	return strings.TrimPrefix(string(paper.DigestOf([]byte(id))), "sha256:") + ".json"
}

// End ends an effect before its time, as its owner asked.
func (l *Leases) End(id paper.ID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.leases[id]
	if x == nil {
		return live.Wrong(fault.NotFound, "unleased", fault.Place{Offset: -1, Field: string(id)}, nil)
	}
	x.ending = true
	l.nudge()
	return nil
}

// List gives the effects that hold, by their names.
func (l *Leases) List() []Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Lease
	for _, x := range l.leases {
		list = append(list, x.Lease)
	}
	slices.SortFunc(list, func(a, b Lease) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

func (l *Leases) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Run ends effects whose lease is over, and tries again when that fails, until ctx
// ends. Effects outlive Run.
func (l *Leases) Run(ctx context.Context) error {
	for {
		changed := l.watch.Changed()
		next, err := l.round(ctx)
		if err != nil {
			return err
		}
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-changed:
		case <-l.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// longestNap bounds how long a change of the clock can go unseen.
const longestNap = time.Second

// round looks at every lease once and says when the next one may be over. The lock is
// not held while an effect is ended: a slow one keeps nobody from beginning others.
func (l *Leases) round(ctx context.Context) (time.Duration, error) {
	l.mu.Lock()
	next := longestNap
	var over []*leased
	steady := l.clock.Read().Steady
	for _, x := range l.leases {
		verdict, left := l.judge(x)
		if !x.ending && verdict != live.Through {
			x.ending, x.why = true, verdict
		}
		switch {
		case x.ending && x.retry <= steady:
			over = append(over, x)
		case x.ending:
			next = min(next, time.Duration(x.retry-steady))
		default:
			next = min(next, max(left, time.Millisecond))
			if err := l.renew(x); err != nil {
				l.mu.Unlock()
				return 0, err
			}
		}
	}
	l.mu.Unlock()
	slices.SortFunc(over, func(a, b *leased) int { return int(a.NotAfter - b.NotAfter) })
	var failed error
	for _, x := range over {
		err := l.ender.End(ctx, x.Lease, x.why)
		l.mu.Lock()
		if err == nil {
			err = l.folder.Remove(fileOf(x.ID))
		}
		if err == nil {
			delete(l.leases, x.ID)
		} else {
			x.retry = l.clock.Read().Steady + int64(retryAfter)
			next = min(next, retryAfter)
			failed = errors.Join(failed, err)
		}
		l.mu.Unlock()
	}
	if failed != nil && ctx.Err() != nil {
		return next, nil
	}
	return next, nil
}

// renew writes the deadline again when half of what was left of it has gone by.
func (l *Leases) renew(x *leased) error {
	r := l.clock.Read()
	now := l.clock.At(r)
	if !now.Sure || x.judged.Until() == 0 {
		return nil
	}
	deadline := paper.Time((r.Wall + x.judged.Until() - now.Latest) / second)
	if deadline < x.Deadline || deadline-x.Deadline > paper.Time(x.HoldS/4) {
		return l.write(x)
	}
	return nil
}
