package door

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Limits bound what strangers can take.
type Limits struct {
	Rate        float64        // requests of one address a second
	Burst       int            // of one address at once
	Addresses   int            // that are kept in mind
	Slots       int            // checkpoints worked on at once; half of them for the known
	Wait        time.Duration  // for a slot
	Connections int            // at once; an eighth of them for the known
	PerAddress  int            // connections of one address
	Known       time.Duration  // how long an address through which a log grew is known
	Always      []netip.Prefix // known without that
}

// DefaultLimits are enough for some hundred logs that grow each second.
func DefaultLimits() Limits {
	return Limits{
		Rate: 20, Burst: 60, Addresses: 1 << 16, Slots: 16, Wait: 250 * time.Millisecond,
		Connections: 1024, PerAddress: 32, Known: 24 * time.Hour,
	}
}

// network is what counts as one address: an IPv4 address, or a /64 of IPv6, which one
// subscriber has.
func network(addr string) netip.Addr {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil {
		return netip.Addr{}
	}
	a := ap.Addr().Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.Addr()
	}
	return a
}

// bucket is what one address may still ask.
type bucket struct {
	addr  netip.Addr
	left  float64
	at    time.Time
	known time.Time // until when
}

// buckets keeps the addresses in mind that asked last.
type buckets struct {
	limits Limits
	mu     sync.Mutex
	table  map[netip.Addr]*list.Element
	queue  *list.List // the one that asked last stands in front
}

func newBuckets(l Limits) *buckets {
	return &buckets{limits: l, table: map[netip.Addr]*list.Element{}, queue: list.New()}
}

// of gives the bucket of an address. Strangers are forgotten first.
func (b *buckets) of(a netip.Addr, now time.Time) *bucket {
	if e := b.table[a]; e != nil {
		b.queue.MoveToFront(e)
		return e.Value.(*bucket)
	}
	if len(b.table) >= b.limits.Addresses {
		b.forget(now)
	}
	n := &bucket{addr: a, left: float64(b.limits.Burst), at: now}
	b.table[a] = b.queue.PushFront(n)
	return n
}

// forget drops the address that was away for longest; of the last few, one that is not
// known.
func (b *buckets) forget(now time.Time) {
	for range 64 {
		e := b.queue.Back()
		if !e.Value.(*bucket).known.After(now) {
			break
		}
		b.queue.MoveToFront(e)
	}
	e := b.queue.Back()
	delete(b.table, e.Value.(*bucket).addr)
	b.queue.Remove(e)
}

// take says whether an address may ask now, and whether it is known.
func (b *buckets) take(a netip.Addr, now time.Time) (ok, known bool) {
	if b.always(a) {
		return true, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.of(a, now)
	if passed := now.Sub(n.at).Seconds(); passed > 0 {
		n.left = min(float64(b.limits.Burst), n.left+passed*b.limits.Rate)
		n.at = now
	}
	known = n.known.After(now)
	if b.limits.Rate <= 0 {
		return true, known
	}
	if n.left < 1 {
		return false, known
	}
	n.left--
	return true, known
}

func (b *buckets) always(a netip.Addr) bool {
	for _, p := range b.limits.Always {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// isKnown says whether an address is known, without counting.
func (b *buckets) isKnown(a netip.Addr, now time.Time) bool {
	if b.always(a) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.table[a]
	return e != nil && e.Value.(*bucket).known.After(now)
}

// know remembers an address through which a log grew. Who lacks the log's key cannot
// bring that about but by carrying the log's own new checkpoint.
func (b *buckets) know(a netip.Addr, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.of(a, now).known = now.Add(b.limits.Known)
}

// slots are the places where checkpoints are worked on.
type slots struct {
	all, strangers chan struct{}
	wait           time.Duration
}

func newSlots(l Limits) *slots {
	n := max(2, l.Slots)
	return &slots{all: make(chan struct{}, n), strangers: make(chan struct{}, n/2), wait: l.Wait}
}

// enter waits for a place; leave MUST be called when ok.
func (s *slots) enter(ctx context.Context, known bool) (leave func(), ok bool) {
	timer := time.NewTimer(s.wait)
	defer timer.Stop()
	if !known {
		select {
		case s.strangers <- struct{}{}:
		case <-timer.C:
			return nil, false
		case <-ctx.Done():
			return nil, false
		}
	}
	select {
	case s.all <- struct{}{}:
		return func() {
			<-s.all
			if !known {
				<-s.strangers
			}
		}, true
	case <-timer.C:
	case <-ctx.Done():
	}
	if !known {
		<-s.strangers
	}
	return nil, false
}

// listener bounds the connections that are open.
type listener struct {
	net.Listener
	door *Door
	mu   sync.Mutex
	open int
	by   map[netip.Addr]int
}

// Listen puts the door's bounds on connections before a listener.
func (d *Door) Listen(l net.Listener) net.Listener {
	return &listener{Listener: l, door: d, by: map[netip.Addr]int{}}
}

// Accept gives the next connection that there is room for; others are closed at once.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		a := network(c.RemoteAddr().String())
		if l.enter(a) {
			return &conn{Conn: c, leave: sync.OnceFunc(func() { l.leave(a) })}, nil
		}
		l.door.refused.Add(1)
		c.Close()
	}
}

func (l *listener) enter(a netip.Addr) bool {
	limits := l.door.c.Limits
	most := limits.Connections
	if !l.door.buckets.isKnown(a, l.door.c.Now()) {
		most -= most / 8
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= most || l.by[a] >= limits.PerAddress {
		return false
	}
	l.open++
	l.by[a]++
	return true
}

func (l *listener) leave(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.by[a]--; l.by[a] == 0 {
		delete(l.by, a)
	}
}

type conn struct {
	net.Conn
	leave func()
}

// Close gives the connection's room back.
func (c *conn) Close() error {
	c.leave()
	return c.Conn.Close()
}
