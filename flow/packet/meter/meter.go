package meter

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Options are the limits of a meter; zero fields take the default.
type Options struct {
	Active   time.Duration `toml:"active" say:"meter.config.active"`       // a flow longer than this is cut into pieces; 5 min
	IdleTCP  time.Duration `toml:"idle_tcp" say:"meter.config.idle_tcp"`   // silence that ends a TCP flow; 60 s
	IdleUDP  time.Duration `toml:"idle_udp" say:"meter.config.idle_udp"`   // silence that ends any other flow; 60 s
	Closed   time.Duration `toml:"closed" say:"meter.config.closed"`       // silence that ends a TCP flow after FIN or RST; 5 s
	MaxFlows int           `toml:"max_flows" say:"meter.config.max_flows"` // flows held at once; 500,000
}

// Validate gives every value that a configuration, which holds the defaults to begin
// with, cannot have; a zero is one of them.
func (o Options) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("active", o.Active, time.Second, 24*time.Hour),
		conf.Between("idle_tcp", o.IdleTCP, time.Second, 24*time.Hour),
		conf.Between("idle_udp", o.IdleUDP, time.Second, 24*time.Hour),
		conf.Between("closed", o.Closed, 100*time.Millisecond, time.Hour),
		conf.Between("max_flows", o.MaxFlows, 1000, 1<<28),
	)
}

// WithDefaults gives o with the defaults filled in and impossible values mended.
func (o Options) WithDefaults() Options {
	set := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	set(&o.Active, 5*time.Minute)
	set(&o.IdleTCP, time.Minute)
	set(&o.IdleUDP, time.Minute)
	set(&o.Closed, 5*time.Second)
	if o.MaxFlows <= 0 {
		o.MaxFlows = 500_000
	}
	o.MaxFlows = min(o.MaxFlows, 1<<28)
	return o
}

// Longest is the longest silence that any flow may keep and still be open.
func (o Options) Longest() time.Duration { return max(o.IdleTCP, o.IdleUDP, o.Closed) }

// Meter is a table of flows. It has one owner and starts no goroutine.
type Meter struct {
	o       Options
	emit    func(f *Flow, end bool)
	flows   table
	wheel   wheel
	clock   int64
	started bool
	Evicted uint64 // flows ended early because the table was full
}

// New makes a meter. It calls emit for each piece of a flow, and with end set when
// it is the last one; the flow is valid during the call only. emit MUST NOT call
// the meter.
func New(o Options, emit func(f *Flow, end bool)) *Meter {
	m := &Meter{o: o.WithDefaults(), emit: emit}
	m.flows.init()
	m.wheel.init()
	return m
}

// Open is the number of flows in the table.
func (m *Meter) Open() int { return m.flows.live }

// Clock is the stream time, ns: the latest stamp seen.
func (m *Meter) Clock() int64 { return m.clock }

// Add counts one packet and gives its flow, and whether the flow's source sent it.
func (m *Meter) Add(p *Packet) (f *Flow, fromSrc bool) {
	m.Advance(p.Time)
	h := m.flows.hash(p)
	i := m.flows.find(h, p)
	if i >= 0 && m.over(m.flows.at(i), p) {
		m.end(i)
		i = -1
	}
	if i < 0 {
		i = m.open(h, p)
	}
	f = m.flows.at(i)
	fromSrc = f.SrcPort == p.SrcPort && f.Src == p.Src
	if p.Time-f.First >= int64(m.o.Active) && f.SrcPackets+f.DstPackets > 0 {
		f.bits |= bitSliced
		m.emit(f, false)
		f.cut()
	}
	f.add(p, fromSrc, int64(m.o.Active))
	f.touched = m.clock
	if p.Proto == protoTCP && p.Flags&(flow.FIN|flow.RST) != 0 && !f.closed() {
		if p.Flags&flow.RST != 0 || f.allSrc&f.allDst&flow.FIN != 0 {
			f.bits |= bitClosed
			m.wheel.remove(&m.flows, i)
			m.wheel.insert(&m.flows, i, m.deadline(f))
		}
	}
	return f, fromSrc
}

// over says whether p, which has f's ports, begins another flow.
func (m *Meter) over(f *Flow, p *Packet) bool {
	if m.expired(f) {
		return true
	}
	if p.Proto != protoTCP || p.Flags&(flow.SYN|flow.ACK) != flow.SYN {
		return false
	}
	return f.closed() || (f.allSrc|f.allDst)&flow.FIN != 0
}

func (m *Meter) expired(f *Flow) bool { return m.clock-f.touched > m.idle(f) }

func (m *Meter) idle(f *Flow) int64 {
	switch {
	case f.closed():
		return int64(m.o.Closed)
	case f.Proto == protoTCP:
		return int64(m.o.IdleTCP)
	}
	return int64(m.o.IdleUDP)
}

// deadline is the stream time after which f has expired if nothing comes.
func (m *Meter) deadline(f *Flow) int64 { return f.touched + m.idle(f) }

func (m *Meter) open(h uint32, p *Packet) int32 {
	if m.flows.live >= m.o.MaxFlows {
		m.evict()
	}
	i := m.flows.add(h)
	f := m.flows.at(i)
	byReceiver, midstream := begin(p)
	f.Src, f.Dst, f.SrcPort, f.DstPort, f.Proto = p.Src, p.Dst, p.SrcPort, p.DstPort, p.Proto
	if byReceiver {
		f.Src, f.Dst = p.Dst, p.Src
		if !m.flows.portless(p.Proto) {
			f.SrcPort, f.DstPort = p.DstPort, p.SrcPort
		}
	}
	if midstream {
		f.bits |= bitMidstream
	}
	f.touched = m.clock
	m.wheel.insert(&m.flows, i, m.deadline(f))
	return i
}

func (m *Meter) end(i int32) {
	m.emit(m.flows.at(i), true)
	m.wheel.remove(&m.flows, i)
	m.flows.remove(i)
}

// evict ends the flow that was idle for longest, to the wheel's precision of about
// a second; finished flows go before open ones.
func (m *Meter) evict() {
	for k := int64(1); k <= slots; k++ {
		tick := m.wheel.cursor + k
		for i := m.wheel.head[tick%slots]; i >= 0; i = m.wheel.head[tick%slots] {
			if due := tickOf(m.deadline(m.flows.at(i))) + 1; due > tick && tick < m.wheel.cursor+slots-1 {
				m.wheel.remove(&m.flows, i)
				m.wheel.insert(&m.flows, i, m.deadline(m.flows.at(i)))
				continue
			}
			m.Evicted++
			m.end(i)
			return
		}
	}
}

// Refuse notes an ICMP error about p, a packet that was sent earlier: its flow was
// refused, unless its destination had spoken.
func (m *Meter) Refuse(p *Packet) {
	if i := m.flows.find(m.flows.hash(p), p); i >= 0 {
		if f := m.flows.at(i); f.Src == p.Src && f.SrcPort == p.SrcPort {
			f.bits |= bitRefused
		}
	}
}

// Advance moves stream time to now, if that is later, and ends what has expired.
func (m *Meter) Advance(now int64) {
	if !m.started {
		m.started, m.clock = true, now
		m.wheel.cursor = tickOf(now)
	}
	if now <= m.clock {
		return
	}
	m.clock = now
	if tickOf(now) > m.wheel.cursor {
		m.sweep(tickOf(now))
	}
}

func (m *Meter) sweep(to int64) {
	w := &m.wheel
	w.cursor = max(w.cursor, to-slots)
	for w.cursor < to {
		w.cursor++
		i := w.take(w.cursor)
		for i >= 0 {
			f := m.flows.at(i)
			next := f.next
			f.slot = -1
			if m.expired(f) {
				m.end(i)
			} else {
				w.insert(&m.flows, i, m.deadline(f))
			}
			i = next
		}
	}
}

// Flush ends all flows, the longest idle first to about a second.
func (m *Meter) Flush() {
	for k := int64(1); k <= slots; k++ {
		for i := m.wheel.head[(m.wheel.cursor+k)%slots]; i >= 0; i = m.wheel.head[(m.wheel.cursor+k)%slots] {
			m.end(i)
		}
	}
}

// Rewind ends all flows and sets stream time to now, which may be earlier: the
// caller is sure that the input's clock really changed.
func (m *Meter) Rewind(now int64) {
	m.Flush()
	m.clock, m.started = now, true
	m.wheel.cursor = tickOf(now)
}
