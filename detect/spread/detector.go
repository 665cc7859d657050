package spread

import (
	"math"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

const protoTCP = 6

// Detector is the method's state. See [detect.Detector].
type Detector struct {
	cfg   Config
	nodes *slots.Table[node]
	now   int64
}

// New makes a detector; cfg is valid.
func New(cfg Config) *Detector {
	d := &Detector{cfg: cfg}
	d.nodes = slots.New(cfg.Nodes, d.worth)
	return d
}

// worth is what a node would be missed for: how many machines it turned to, less
// the longer it has been quiet.
func (d *Detector) worth(n *node) float64 {
	w := count(n.targets[:]) + float64(min(8, n.parentWide)) // a wide host was let in: it may be next
	if n.outbreakAt != 0 && !n.parent.IsZero() {
		w += 100
	}
	return w / (1 + float64(max(0, d.now-max(n.last, n.parentAt)))/float64(d.cfg.Incubation))
}

// Kind is [detect.Spread].
func (d *Detector) Kind() detect.Kind { return detect.Spread }

// Observe takes one exchange on a service that attackers spread by.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	if r.Proto != protoTCP || useOf(r.DstPort) == other || r.Src == r.Dst {
		return
	}
	outcome := detect.OutcomeOf(r)
	if outcome == detect.OutcomeUnknown || e.Name != 0 && !e.DstDomestic {
		return // a client that looked up whom it calls
	}
	d.now = e.Now
	n, fresh := d.nodes.Put(nodeKey(r.Src, r.DstPort))
	if fresh {
		n.addr, n.port, n.seen = r.Src, r.DstPort, e.Now
		n.burstAt, n.hourAt = e.Now, e.Now
		n.inside, n.class = e.SrcDomestic, e.Class
	}
	n.class = e.Class
	n.turn(r.Dst, e.Now, outcome, &d.cfg)
	if outcome != detect.OutcomeAnswered {
		return
	}
	// The next Put may move n's slot to somebody else: a copy outlives it.
	from := *n
	b, fresh := d.nodes.Put(nodeKey(r.Dst, r.DstPort))
	if fresh {
		b.addr, b.port, b.seen, b.inside = r.Dst, r.DstPort, e.Now, e.DstDomestic
		b.burstAt, b.hourAt = e.Now, e.Now
	}
	b.letIn(&from, e.Now, &d.cfg)
}

// Merge adds what other saw. Of a host that both saw, breadth is added up, and of
// the two bursts and parents the earlier outbreak and its parent stay.
func (d *Detector) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*Detector)
	d.now = max(d.now, o.now)
	for key, theirs := range o.nodes.All() {
		if mine := d.nodes.Get(key); mine != nil {
			mine.add(theirs, &d.cfg)
		} else {
			d.nodes.Insert(key, theirs)
		}
	}
}

func (n *node) add(o *node, cfg *Config) {
	for i := range n.targets {
		n.targets[i] |= o.targets[i]
		n.sessions[i] |= o.sessions[i]
	}
	n.addParent(o)
	n.addBurst(o, cfg)
	n.addHours(o)
	n.seen, n.last = min(n.seen, o.seen), max(n.last, o.last)
	n.parentWide = max(n.parentWide, o.parentWide)
	n.tried += o.tried
	n.failed += o.failed
}

func (n *node) addParent(o *node) {
	earlier := o.outbreakAt != 0 && (n.outbreakAt == 0 || o.outbreakAt < n.outbreakAt)
	later := n.outbreakAt == 0 && o.parentAt > n.parentAt
	if !o.parent.IsZero() && (n.parent.IsZero() || earlier || later) {
		n.parent, n.parentAt, n.parentInside, n.before = o.parent, o.parentAt, o.parentInside, o.before
	}
}

func (n *node) addBurst(o *node, cfg *Config) {
	if o.outbreakAt != 0 && (n.outbreakAt == 0 || o.outbreakAt < n.outbreakAt) {
		n.outbreakAt = o.outbreakAt
	}
	if !near(n.burstAt, o.burstAt, int64(cfg.Burst)) {
		return
	}
	for i := range n.burst {
		n.burst[i] |= o.burst[i]
	}
	if n.outbreakAt == 0 && count(n.burst[:]) >= float64(cfg.Outbreak) {
		n.outbreakAt = min(n.burstAt, o.burstAt)
	}
}

func (n *node) addHours(o *node) {
	switch {
	case near(n.hourAt, o.hourAt, hour) && n.hourAt == n.peakAt && o.hourAt == o.peakAt:
		for i := range n.hourly {
			n.hourly[i] |= o.hourly[i]
		}
		n.peak, n.past = uint16(math.Round(count(n.hourly[:]))), max(n.past, o.past)
	case o.peak > n.peak:
		n.past, n.peak, n.peakAt = max(n.peak, o.past), o.peak, o.peakAt
	default:
		n.past = max(n.past, o.peak)
	}
}

func near(a, b, within int64) bool { return max(a, b)-min(a, b) <= within }
