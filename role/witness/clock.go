package witness

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"
)

// source is where the time comes from.
type source struct {
	wall   func() time.Time
	steady func() time.Duration // since some instant; goes on evenly whatever happens to wall
	kernel func() bool          // whether somebody keeps the wall clock right
}

// system is the machine's own clocks.
func system() source {
	start := time.Now()
	return source{
		wall:   func() time.Time { return time.Now().Round(0) }, // without its steady part
		steady: func() time.Duration { return time.Since(start) },
		kernel: func() bool {
			var t syscall.Timex
			state, err := syscall.Adjtimex(&t)
			return err == nil && state != timeError
		},
	}
}

const (
	timeError  = 5 // of adjtimex: the clock is not kept right
	jump       = 2 * time.Second
	freshness  = 10 * time.Minute // of what a peer's clock said
	fewestSure = 2                // peers that must agree, so that one alone says nothing
)

// clock says what time it is only when that is sure: somebody vouches for the machine's
// clock (the kernel, that it is kept right; the operator; or at least two other
// witnesses), and no majority of the other witnesses, two at least, says otherwise. A jump
// of the clock takes the peers' and the kernel's earlier word away.
type clock struct {
	source
	vouched bool
	most    time.Duration

	mu       sync.Mutex
	until    time.Time // of the trust root; zero: there is none
	lastWall time.Time
	lastTick time.Duration
	peers    map[string]offset
	stepped  bool // since the kernel last vouched
}

// offset is by how much a peer's clock is ahead.
type offset struct {
	least, most time.Duration
	at          time.Duration
}

func newClock(s source, c ClockConfig) *clock {
	return &clock{source: s, vouched: c.Vouched, most: c.Most, peers: map[string]offset{}, lastWall: s.wall(), lastTick: s.steady()}
}

// errUnsure is why the clock cannot be relied upon.
var errUnsure = errors.New("nobody vouches for this machine's clock")

// tick notices a jump. c is locked.
func (c *clock) tick() time.Time {
	now, tick := c.wall(), c.steady()
	if d := now.Sub(c.lastWall) - (tick - c.lastTick); d > jump || d < -jump {
		clear(c.peers)
		c.stepped = true
	}
	c.lastWall, c.lastTick = now, tick
	return now
}

// Now gives the time, or why it is not sure.
func (c *clock) Now() (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.tick()
	agree, against := c.count()
	kernel := c.kernel()
	if kernel {
		c.stepped = false // the one who keeps the clock right made the jump, or has mended it
	}
	switch {
	case !c.until.IsZero() && !now.Before(c.until):
		return now, fmt.Errorf("the trust root ended at %s", c.until.Format(time.RFC3339))
	case against >= fewestSure && against > agree:
		return now, fmt.Errorf("the clocks of %d other witnesses differ from this one by more than %s, of %d they do not", against, c.most, agree)
	case c.vouched && !c.stepped, kernel, agree >= fewestSure && agree > against:
		return now, nil
	}
	if c.stepped {
		return now, errors.New("this machine's clock has jumped, and nobody has vouched for it since")
	}
	return now, errUnsure
}

// count gives how many fresh peers agree with the clock, and how many do not.
func (c *clock) count() (agree, against int) {
	tick := c.steady()
	for _, o := range c.peers {
		switch {
		case tick-o.at > freshness:
		case o.most < -c.most || o.least > c.most:
			against++
		default:
			agree++
		}
	}
	return agree, against
}

// lasts notes until when the trust root lasts.
func (c *clock) lasts(until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.until = until
}

// Offset takes what a peer's clock said.
func (c *clock) Offset(peer string, least, most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tick()
	c.peers[peer] = offset{least, most, c.steady()}
}
