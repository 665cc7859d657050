package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// DefaultLimit is the time that a group gives all its parts to stop.
const DefaultLimit = 30 * time.Second

// ErrStuck is reported when a part did not stop within the limit. Its goroutine is
// lost: the process should end.
var ErrStuck = errors.New("did not stop in time")

// Part is one thing that runs. It MUST return when ctx is done, and MUST call
// ready once when what starts after it may rely on it. Returning nil before it is
// told to stop ends the group without an error.
type Part func(ctx context.Context, ready func()) error

// Group is a list of parts. It is for one goroutine.
type Group struct {
	Limit time.Duration // for stopping all parts; 0 means DefaultLimit
	parts []started
}

// started is a part and, once it runs, how to stop it and how it ended.
type started struct {
	name  string
	part  Part
	stop  context.CancelFunc
	ready chan struct{}
	ended chan struct{} // closed after err is set
	err   error
}

// Add appends a part; name stands in errors.
func (g *Group) Add(name string, p Part) {
	g.parts = append(g.parts, started{name: name, part: p, ready: make(chan struct{}), ended: make(chan struct{})})
}

// Run starts the parts in order, waits until one ends or ctx is done, and stops
// those that run in reverse order. It gives all errors of the parts, joined, each
// with the part's name; a part that ends with the cancellation of its own context
// after it was told to stop has no error. It may be called once.
func (g *Group) Run(ctx context.Context) error {
	running := g.start(ctx)
	if running == len(g.parts) {
		g.wait(ctx)
	}
	return g.stop(running)
}

// start starts the parts one after the other and gives how many it started.
func (g *Group) start(ctx context.Context) int {
	for i := range g.parts {
		if ctx.Err() != nil || g.anyEnded(i) {
			return i
		}
		p := &g.parts[i]
		// Not under ctx: a part is stopped in its turn, not with all others at once.
		mine, stop := context.WithCancel(context.WithoutCancel(ctx))
		p.stop = stop
		go func() {
			defer close(p.ended)
			once := false
			p.err = p.part(mine, func() {
				if !once {
					once = true
					close(p.ready)
				}
			})
			if mine.Err() != nil && errors.Is(p.err, context.Canceled) {
				p.err = nil
			}
		}()
		select {
		case <-p.ready:
		case <-p.ended:
			return i + 1
		case <-ctx.Done():
			return i + 1
		}
	}
	return len(g.parts)
}

func (g *Group) anyEnded(n int) bool {
	for i := range n {
		select {
		case <-g.parts[i].ended:
			return true
		default:
		}
	}
	return false
}

// wait waits until ctx is done or any part has ended.
func (g *Group) wait(ctx context.Context) {
	over := make(chan struct{}, len(g.parts))
	quit := make(chan struct{})
	for i := range g.parts {
		go func() {
			select {
			case <-g.parts[i].ended:
				over <- struct{}{}
			case <-quit:
			}
		}()
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
	close(quit)
}

// stop stops the first n parts from the last to the first.
func (g *Group) stop(n int) error {
	limit := g.Limit
	if limit == 0 {
		limit = DefaultLimit
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var list []error
	late := false
	for i := n - 1; i >= 0; i-- {
		p := &g.parts[i]
		p.stop()
		if !late {
			select {
			case <-p.ended:
			case <-timer.C:
				late = true
			}
		}
		select {
		case <-p.ended:
			if p.err != nil {
				list = append(list, fmt.Errorf("%s: %w", p.name, p.err))
			}
		default:
			list = append(list, fmt.Errorf("%s: %w (limit %s)", p.name, ErrStuck, limit))
		}
	}
	return errors.Join(list...)
}

// Signals gives a context that ends at the first interrupt or termination signal.
// After that the signals have their usual effect again, so that a second one ends
// a process that hangs. stop releases it.
func Signals(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, release := signal.NotifyContext(parent, os.Interrupt, syscall.SIGTERM)
	unhook := context.AfterFunc(ctx, release)
	return ctx, func() {
		unhook()
		release()
	}
}
