package longlived

import (
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// threads is how many connections of one pair are followed at a time.
const threads = 4

// thread is one connection as its pieces make it.
type thread struct {
	from, to int64
	up, down uint64 // octets of the last snapshot, which the next replaces
	port     uint16 // source port
	used     bool
	snapshot bool // up and down are those of a snapshot
	open     bool // the last piece says that it goes on
	closed   bool // it was seen to end
}

// flags of a pair.
const (
	flagSrcDomestic uint8 = 1 << iota
	flagDstDomestic
	flagPrivate
	flagOwnName    // the name came from the exchange itself
	flagSelfSigned // it showed a certificate that nobody else signed
)

// pair is what is known of one source, destination address and port.
type pair struct {
	src, dst    flow.Addr
	stays       spans
	threads     [threads]thread
	first, last int64
	longest     int64 // longest single connection, ns
	up, down    uint64
	pieces      int64
	connections int64
	name, site  detect.NameID
	port        uint16
	proto       uint8
	flags       uint8
	service     flow.Service
	class       direction.Class
}

// worth says how much a pair would be missed at time now: how long it stayed, less
// when that is longer ago than it lasted.
func (p *pair) worth(now int64) float64 {
	run := float64(p.stays.run() + 1)
	age := float64(max(now-p.last, 0)) / (run + float64(30*time.Minute))
	return run / (1 + age*age)
}

// note adds the record of e.
func (p *pair) note(e *detect.Event, c *Config) {
	r := e.Rec
	last := r.Last
	if p.pieces == 0 || r.First < p.first {
		p.first = r.First
	}
	p.last = max(p.last, last)
	p.pieces++
	p.learn(e)
	t, fresh := p.thread(r, last, int64(c.Stitch))
	if fresh {
		p.connections++
	}
	p.count(t, r, fresh)
	t.open = r.Kind == flow.KindPart || r.Kind == flow.KindSnapshot
	t.closed = !t.open && closed(r)
	length := t.to - t.from
	p.longest = max(p.longest, length)
	whole := last - r.First
	if fresh && whole < int64(c.Piece) && !t.open {
		return // too short to be a stay, unless more pieces follow
	}
	p.stays.add(span{t.from, t.to}, min(int64(c.Reopen), length/4))
}

// learn takes in what e says about the destination.
func (p *pair) learn(e *detect.Event) {
	r := e.Rec
	if e.Name != 0 && (p.name == 0 || e.NameFrom != detect.NameLookup || p.flags&flagOwnName == 0) {
		p.name, p.site = e.Name, e.Site
		if e.NameFrom != detect.NameLookup {
			p.flags |= flagOwnName
		}
	}
	if p.service == flow.ServiceUnknown || p.service == flow.ServiceOther {
		p.service = r.Service
	}
	if e.TLS != nil && e.TLS.Issuer.Len > 0 && string(e.Batch.Bytes(e.TLS.Issuer)) == string(e.Batch.Bytes(e.TLS.Subject)) {
		p.flags |= flagSelfSigned
	}
}

// thread finds the connection that r is a piece of, or makes it in place of the
// one that ended first.
func (p *pair) thread(r *flow.Record, last, stitch int64) (t *thread, fresh bool) {
	oldest := &p.threads[0]
	for i := range p.threads {
		t := &p.threads[i]
		if !t.used || t.to < oldest.to && oldest.used {
			oldest = t
		}
		if !t.used || t.port != r.SrcPort || r.First > t.to+stitch || last < t.from-stitch {
			continue
		}
		if t.closed && r.First > t.to && r.SrcFlags&flow.SYN != 0 {
			continue // the port is used again
		}
		t.from, t.to = min(t.from, r.First), max(t.to, last)
		p.join(t, stitch)
		return t, false
	}
	*oldest = thread{port: r.SrcPort, used: true, from: r.First, to: last}
	return oldest, true
}

// join takes into t the threads that turn out to be the same connection: pieces
// that came in disorder, between which one was missing so far.
func (p *pair) join(t *thread, stitch int64) {
	for i := range p.threads {
		o := &p.threads[i]
		if o == t || !o.used || o.port != t.port || o.closed && o.to < t.from || t.closed && t.to < o.from || o.from > t.to+stitch || o.to < t.from-stitch {
			continue
		}
		t.from, t.to = min(t.from, o.from), max(t.to, o.to)
		*o = thread{}
		p.connections--
	}
}

// count adds r's octets; those of a snapshot are replaced by what follows it.
func (p *pair) count(t *thread, r *flow.Record, fresh bool) {
	same := !fresh && t.snapshot && r.First-t.from < int64(time.Second)
	switch {
	case r.Kind == flow.KindSnapshot && same, r.Kind == flow.KindFlow && same:
		if r.SrcBytes+r.DstBytes < t.up+t.down {
			return // an older snapshot came late
		}
		p.up += r.SrcBytes - min(t.up, r.SrcBytes)
		p.down += r.DstBytes - min(t.down, r.DstBytes)
	default:
		p.up += r.SrcBytes
		p.down += r.DstBytes
	}
	t.snapshot = r.Kind == flow.KindSnapshot
	t.up, t.down = r.SrcBytes, r.DstBytes
}

// closed says whether r saw its connection end.
func closed(r *flow.Record) bool {
	return r.Proto == 6 && (r.SrcFlags|r.DstFlags)&(flow.FIN|flow.RST) != 0
}

// betweenSnapshots is the longest that a sensor waits between two looks at what is
// open; one each hour is usual.
const betweenSnapshots = int64(2 * time.Hour)

// open says whether a connection still stands at now.
func (p *pair) open(now, stitch int64) bool {
	for i := range p.threads {
		t := &p.threads[i]
		patience := stitch
		if t.snapshot {
			patience = betweenSnapshots
		}
		if t.used && !t.closed && (t.open || t.to >= now) && t.to+patience >= now {
			return true
		}
	}
	return false
}

// absorb adds what o, the same pair as seen by another engine, holds.
func (p *pair) absorb(o *pair, c *Config) {
	p.first, p.last = min(p.first, o.first), max(p.last, o.last)
	p.longest = max(p.longest, o.longest)
	p.up, p.down = p.up+o.up, p.down+o.down
	p.pieces += o.pieces
	p.connections += o.connections
	if p.name == 0 {
		p.name, p.site = o.name, o.site
	}
	if p.service == flow.ServiceUnknown {
		p.service = o.service
	}
	p.flags |= o.flags
	p.stays.union(&o.stays, int64(c.Reopen))
	for _, t := range o.threads {
		if !t.used {
			continue
		}
		mine, fresh := p.thread(&flow.Record{First: t.from, SrcPort: t.port}, t.to, int64(c.Stitch))
		if fresh {
			*mine = t
			continue
		}
		p.connections-- // one connection, seen by both
		mine.open, mine.closed = t.open && mine.open, t.closed || mine.closed
		p.longest = max(p.longest, mine.to-mine.from)
		p.stays.add(span{mine.from, mine.to}, 0)
	}
}
