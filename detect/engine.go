package detect

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Placer says on which side of the border an address lies; [direction.Table] is
// one.
type Placer interface {
	Side(a flow.Addr) direction.Side
	Private(a flow.Addr) bool
}

// Config is the engine's part of the configuration.
type Config struct {
	// Names, Addrs and Clients bound the tables of host names, destination
	// addresses and source hosts.
	Names   int `toml:"names" say:"detect.config.names"`
	Addrs   int `toml:"addrs" say:"detect.config.addrs"`
	Clients int `toml:"clients" say:"detect.config.clients"`
	// AsEdge drops domestic and unknown records before any detector sees them, as
	// an edge must (words.md: direction), and counts them.
	AsEdge bool
	// History is how many sightings of names and certificates at addresses are
	// remembered for a report (about 70 octets each), 0 for none.
	History int
}

// DefaultConfig serves a site or a carrier link of some hundred thousand hosts in
// about 300 MB.
func DefaultConfig() Config {
	return Config{Names: 400_000, Addrs: 1_000_000, Clients: 500_000}
}

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("names", c.Names, 1000, 1<<28),
		conf.Between("addrs", c.Addrs, 1000, 1<<28),
		conf.Between("clients", c.Clients, 1000, 1<<28),
	)
}

// Engine feeds records to detectors and gathers their findings. It has one owner
// goroutine, which lends the detectors out within a call of Observe; several engines
// over disjoint records can be merged.
type Engine struct {
	cfg       Config
	placer    Placer
	detectors []Detector
	names     *Names
	addrs     *Prevalence
	lookups   lookups
	clients   *clients
	seen      direction.Counts
	dropped   uint64
	first     int64
	now       int64
	few       bool     // clients are fewer than smallNetwork
	events    []Event  // of the batch at hand
	ends      []ends   // of the records that approach saw last
	glance    uint64   // what approaching saw; it means nothing
	history   *history // nil without Config.History
}

// NewEngine makes an engine that runs detectors in the order given.
func NewEngine(cfg Config, p Placer, detectors ...Detector) *Engine {
	e := &Engine{
		cfg: cfg, placer: p, detectors: detectors,
		names: NewNames(cfg.Names), addrs: NewPrevalence(cfg.Addrs),
		lookups: lookups{slots.NewLately[NameID](lookupGeneration)}, clients: newClients(cfg.Clients), few: true,
	}
	if cfg.History > 0 {
		e.history = newHistory(cfg.History)
	}
	return e
}

// Observe takes in all records of b: first what detectors share is worked out for
// each record, then the detectors see them, each all of them in their order. What
// only findings ask for is counted beside them.
func (e *Engine) Observe(b *flow.Batch) {
	e.events = e.events[:0]
	for from := 0; from < len(b.Records); from += stretch {
		part := b.Records[from:min(from+stretch, len(b.Records))]
		e.approach(b, part)
		for i := range part {
			e.prepare(b, &part[i], &e.ends[i])
		}
	}
	chores := [...]func(){e.countClients, e.countNames, e.countAddrs, e.remember}
	all := len(e.detectors) + len(chores)
	do := func(i int) {
		if i < len(e.detectors) {
			e.show(e.detectors[i])
		} else {
			chores[i-len(e.detectors)]()
		}
	}
	// A detector is shown a batch by one goroutine only; whoever is free takes the
	// next detector. Nobody runs on when Observe returns.
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)); i <= all; i = int(next.Add(1)) {
			do(i - 1)
		}
	}
	var others sync.WaitGroup
	if len(e.events) >= worthSharing {
		for range min(runtime.GOMAXPROCS(0), all) - 1 {
			others.Go(work)
		}
	}
	work()
	others.Wait()
}

const (
	// worthSharing is how many events a batch needs before several goroutines show it.
	worthSharing = 64
	// stretch is how many events a detector looks ahead at: as many as fit into the
	// nearest memory with what belongs to them.
	stretch = 128
)

func (e *Engine) show(d Detector) {
	a, ok := d.(Approacher)
	if !ok {
		for i := range e.events {
			d.Observe(&e.events[i])
		}
		return
	}
	for part := range slices.Chunk(e.events, stretch) {
		a.Approach(part)
		for i := range part {
			d.Observe(&part[i])
		}
	}
}

// ends are the hashes of what a record shows, worked out ahead.
type ends struct{ src, dst, name uint64 }

// approach works out the hashes of all that part shows, and reads what prepare will
// ask by them, so that many records wait for memory side by side.
func (e *Engine) approach(b *flow.Batch, part []flow.Record) {
	e.ends = e.ends[:0]
	for i := range part {
		r := &part[i]
		at := ends{src: HashAddr(r.Src), dst: HashAddr(r.Dst)}
		if text, _ := shown(b, r); text.Len > 0 {
			at.name = e.names.hash(b.Bytes(text))
			e.glance += e.names.byHash.Touch(at.name)
		} else if r.Kind != flow.KindDNS {
			e.glance += e.lookups.told.Touch(told(at.src, at.dst))
		}
		e.ends = append(e.ends, at)
	}
}

// shown is the name that a record itself shows, and where.
func shown(b *flow.Batch, r *flow.Record) (flow.Text, NameSource) {
	if d := b.DNSOf(r); d != nil {
		return d.Question, NameLookup
	}
	if t := b.TLSOf(r); t != nil && t.SNI.Len > 0 {
		return t.SNI, NameSNI
	}
	return r.Host, NameHost
}

// prepare works out the event of r and appends it to e.events.
func (e *Engine) prepare(b *flow.Batch, r *flow.Record, at *ends) {
	src, dst := e.placer.Side(r.Src), e.placer.Side(r.Dst)
	class := direction.ClassOf(src, dst)
	e.seen.Add(class)
	if e.cfg.AsEdge && (class == direction.Domestic || class == direction.Unknown) {
		e.dropped++
		return
	}
	if e.now == 0 || r.First < e.first {
		e.first = r.First
	}
	e.now = max(e.now, r.First)
	e.events = append(e.events, Event{
		Batch: b, Rec: r, DNS: b.DNSOf(r), TLS: b.TLSOf(r), Now: e.now, Class: class,
		src: at.src, dst: at.dst, SrcDomestic: src == direction.SideDomestic, DstDomestic: dst == direction.SideDomestic, DstPrivate: e.placer.Private(r.Dst),
	})
	ev := &e.events[len(e.events)-1]
	if ev.DNS != nil {
		e.lookUp(b, ev, at)
	} else {
		e.name(b, ev, at)
		if e.few {
			e.clients.seen(at.src, ev)
			e.few = e.clients.count() < smallNetwork
		}
	}
}

// ahead does do for every event and lets touch read, a stretch ahead, what it needs.
func (e *Engine) ahead(touch func(ev *Event) uint64, do func(ev *Event)) (seen uint64) {
	for part := range slices.Chunk(e.events, stretch) {
		for i := range part {
			seen += touch(&part[i])
		}
		for i := range part {
			do(&part[i])
		}
	}
	return seen
}

// countClients counts who behaves as a client. While there are few, names depend on
// how many: then prepare has counted already, and doing it again changes nothing.
func (e *Engine) countClients() {
	e.clients.glance += e.ahead(func(ev *Event) uint64 { return e.clients.turned.Touch(ev.src) }, func(ev *Event) {
		if ev.DNS == nil {
			e.clients.seen(ev.src, ev)
		}
	})
}

// countNames counts how many hosts know a name.
func (e *Engine) countNames() {
	e.names.glance += e.ahead(func(ev *Event) uint64 { return e.names.touch(ev.Name, ev.Site) }, func(ev *Event) {
		if ev.DNS == nil {
			e.names.Seen(ev.Name, ev.src)
		}
	})
}

// countAddrs counts how many hosts know an address.
func (e *Engine) countAddrs() {
	e.addrs.glance += e.ahead(func(ev *Event) uint64 { return e.addrs.places.Touch(ev.dst) }, func(ev *Event) {
		if ev.DNS == nil && !ev.Rec.Dst.IsZero() && ev.Rec.Kind != flow.KindFacts {
			e.addrs.seen(ev.dst, ev.src)
		}
	})
}

// remember notes what a report tells of names and certificates.
func (e *Engine) remember() {
	if e.history == nil {
		return
	}
	for i := range e.events {
		e.history.observe(e.events[i].Batch, &e.events[i])
	}
}

// name finds the name that the exchange itself shows, else the one that its
// source looked up.
func (e *Engine) name(b *flow.Batch, ev *Event, at *ends) {
	if text, from := shown(b, ev.Rec); text.Len > 0 {
		ev.Name, ev.NameFrom = e.names.id(at.name, b.Bytes(text)), from
	} else if ev.Name = e.lookups.find(at.src, at.dst, e.few); ev.Name != 0 {
		ev.NameFrom = NameLookup
	}
	ev.Site = e.names.Site(ev.Name)
}

// smallNetwork is the number of clients below which one host's look-up may name
// another's destination.
const smallNetwork = 8

// lookUp notes which name the source was told which address for.
func (e *Engine) lookUp(b *flow.Batch, ev *Event, at *ends) {
	d := ev.DNS
	if d.Question.Len == 0 {
		return
	}
	for _, a := range b.Answers[d.Answers.From:d.Answers.To] {
		if a.Addr.IsZero() {
			continue
		}
		if ev.Name == 0 {
			ev.Name, ev.NameFrom = e.names.id(at.name, b.Bytes(d.Question)), NameLookup
			ev.Site = e.names.Site(ev.Name)
		}
		e.lookups.add(at.src, HashAddr(a.Addr), ev.Name, e.few)
	}
}

// Context is what detectors may ask now.
func (e *Engine) Context() *Context {
	return &Context{Names: e.names, Addrs: e.addrs, Hosts: e.clients.count(), First: e.first, Now: e.now}
}

// Findings gives what all detectors say now, combined and ranked, the surest
// first. It changes no state and may be called at any time.
func (e *Engine) Findings() []Finding {
	ctx := e.Context()
	var all []Finding
	for _, d := range e.detectors {
		all = append(all, d.Findings(ctx)...)
	}
	return Combine(all)
}

// Directions counts the records seen by direction class; dropped is how many of
// them AsEdge kept from the detectors.
func (e *Engine) Directions() (seen direction.Counts, dropped uint64) { return e.seen, e.dropped }

// Merge adds the state of o, an engine with the same detectors in the same order
// that saw other records. o MUST NOT be used afterwards.
func (e *Engine) Merge(o *Engine) {
	to := make([]NameID, len(o.names.text))
	for id := 1; id < len(to); id++ {
		to[id] = e.names.ID([]byte(o.names.text[id]))
	}
	e.names.Merge(o.names)
	e.addrs.Merge(o.addrs)
	e.clients.merge(o.clients)
	e.few = e.clients.count() < smallNetwork
	e.seen.Merge(&o.seen)
	e.dropped += o.dropped
	if e.history != nil && o.history != nil {
		e.history.merge(o.history, to)
	}
	if o.now != 0 {
		if e.now == 0 || o.first < e.first {
			e.first = o.first
		}
		e.now = max(e.now, o.now)
	}
	ctx := e.Context()
	ctx.Translate = func(id NameID) NameID { return to[id] }
	for i, d := range e.detectors {
		d.Merge(o.detectors[i], ctx)
	}
}
