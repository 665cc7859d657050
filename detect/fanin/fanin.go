package fanin

import (
	"iter"
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Nodes bounds the destinations remembered, Members the hosts over all of them.
	Nodes   int `toml:"nodes" say:"fanin.config.nodes"`
	Members int `toml:"members" say:"fanin.config.members"`
	// MinHosts is how many hosts a finding needs.
	MinHosts int `toml:"min_hosts" say:"fanin.config.min_hosts"`
}

// DefaultConfig serves some hundred thousand hosts in about 130 MB at most.
func DefaultConfig() Config { return Config{Nodes: 300_000, Members: 600_000, MinHosts: 8} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("nodes", c.Nodes, 1000, 1<<28),
		conf.Between("members", c.Members, max(1000, c.Nodes), 1<<30),
		conf.Between("min_hosts", c.MinHosts, 3, 1_000_000),
	)
}

// Detector is the fan-in method. It implements [detect.Detector].
type Detector struct {
	cfg   Config
	nodes store[node]
	hosts store[member]
	again *slots.Gate // of hosts at destinations, when there is no room for all
	probe uint64      // state of the random choice of what is forgotten

	samples []sample
	spare   []uint32 // samples that nobody uses
	// Forgotten counts destinations dropped because the tables were full.
	forgotten uint64
	keys      []uint64 // of the events that Approach saw last
	glance    uint64   // what it read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// key is a destination: by name where one is known, else by address and port.
type key struct {
	dst  flow.Addr
	name detect.NameID
	port uint16
}

func (k *key) hash() uint64 {
	if k.name != 0 {
		return detect.Mix(uint64(k.name)<<16 ^ uint64(k.port) ^ 1<<63)
	}
	return byAddress(detect.HashAddr(k.dst), k.port)
}

// hashTo is hash of e's destination, from what the engine worked out.
func (k *key) hashTo(e *detect.Event) uint64 {
	if k.name != 0 {
		return k.hash()
	}
	return byAddress(e.DstHash(), k.port)
}

func byAddress(dst uint64, port uint16) uint64 { return detect.Mix(dst*3 ^ uint64(port)) }

// node is one destination.
type node struct {
	key
	at      flow.Addr // the latest address
	proto   uint8
	service flow.Service
	class   direction.Class
	private bool
	first   int64
	last    int64
	count   uint64
	hosts   detect.Sketch
	largest uint64 // the largest hash of a member, once there is a sample
	sample  uint32 // 1 + index of its sample, 0 while there are fewer members than are watched
	members uint32 // how many are watched, at most sampleHosts: those with the smallest hashes
	head    uint32 // 1 + the first of them, which leads to the next
}

// sampleHosts is how many hosts of one destination are watched; more are sampled
// by hash, so that the sample is fair.
const sampleHosts = 64

// member is one host at one destination.
type member struct {
	src   flow.Addr
	hash  uint64
	first int64
	last  int64   // ns, latest contact
	wake  int64   // ns, start of the latest check-in when contacts within a minute are one
	near  moments // ln of gaps, contacts within a second taken as one
	far   moments // ln of gaps, contacts within a minute taken as one
	out   moments // ln of octets sent
	in    moments // ln of octets received
	next  uint32  // 1 + the next member of the same destination
	port  uint16
}

// moments are a running count, sum and sum of squares.
type moments struct {
	n       uint32
	sum, sq float32
}

func (m *moments) add(x float64) {
	m.n++
	m.sum += float32(x)
	m.sq += float32(x * x)
}

func (m *moments) join(o moments) {
	m.n += o.n
	m.sum += o.sum
	m.sq += o.sq
}

func (m moments) mean() float64 { return float64(m.sum) / float64(max(m.n, 1)) }

// sigma is the standard deviation.
func (m moments) sigma() float64 {
	if m.n < 2 {
		return math.Inf(1)
	}
	mean := m.mean()
	return math.Sqrt(max(0, float64(m.sq)/float64(m.n)-mean*mean))
}

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	return &Detector{cfg: cfg, again: slots.NewGate(4 * cfg.Members), probe: 0x9e3779b97f4a7c15}
}

// Kind gives "fan-in".
func (d *Detector) Kind() detect.Kind { return detect.FanIn }

// keyOf gives e's destination; ok is false where e is no contact that counts.
func keyOf(e *detect.Event) (k key, ok bool) {
	r := e.Rec
	if r.Kind == flow.KindDNS || e.DstPrivate && e.Name == 0 || r.Proto == 1 || r.Proto == 58 || r.DstPort == 53 {
		return k, false
	}
	k = key{name: e.Name, port: r.DstPort}
	if e.Name == 0 {
		k.dst = r.Dst
		return k, !r.Dst.IsZero()
	}
	return k, true
}

// Approach implements [detect.Approacher]: first the indices, then the destinations.
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	seen := uint64(0)
	for i := range events {
		k, ok := keyOf(&events[i])
		if !ok {
			continue
		}
		kh := k.hashTo(&events[i])
		mh := memberHash(kh, events[i].SrcHash())
		seen += d.nodes.index.Touch(kh) + d.hosts.index.Touch(mh)
		d.keys = append(d.keys, kh, mh)
	}
	for i := 0; i < len(d.keys); i += 2 {
		if n := d.nodes.get(d.keys[i]); n != nil {
			seen += n.count + n.hosts[3]
		}
		if m := d.hosts.get(d.keys[i+1]); m != nil {
			seen += uint64(m.last) + uint64(m.port)
		}
	}
	d.glance += seen
}

// Observe notes that e's source turned to e's destination.
func (d *Detector) Observe(e *detect.Event) {
	k, ok := keyOf(e)
	if !ok {
		return
	}
	r, kh := e.Rec, k.hashTo(e)
	n := d.nodes.get(kh)
	if n == nil {
		if d.nodes.used() >= d.cfg.Nodes && (!d.again.Again(kh) || !d.forget(0)) {
			return
		}
		n, _ = d.nodes.add(kh)
		*n = node{key: k, proto: r.Proto, class: e.Class, private: e.DstPrivate, first: r.First}
	}
	n.at, n.last, n.count = r.Dst, max(n.last, r.First), n.count+1
	if n.service == flow.ServiceUnknown {
		n.service = r.Service
	}
	h := e.SrcHash()
	n.hosts.Add(h)
	if m := d.member(n, kh, r.Src, h, r.First); m != nil {
		m.note(r)
	}
}

func memberHash(node, host uint64) uint64 { return detect.Mix(node ^ host*3) }

// member finds or makes the host's entry at the node with hash kh; nil when the host
// is not in the sample, or there is no room and the host is new.
func (d *Detector) member(n *node, kh uint64, src flow.Addr, h uint64, at int64) *member {
	full := n.sample != 0
	if full && h > n.largest {
		return nil
	}
	mh := memberHash(kh, h)
	if m := d.hosts.get(mh); m != nil {
		return m
	}
	if full {
		return d.replace(n, kh, src, h, at)
	}
	if d.hosts.used() >= d.cfg.Members {
		if !d.again.Again(mh) || !d.forget(1) || n.first == math.MinInt64 {
			return nil // no room, or n was itself what had to go
		}
	}
	m, i := d.hosts.add(mh)
	*m = member{src: src, hash: h, first: at, last: math.MinInt64, wake: math.MinInt64, next: n.head}
	n.head = i + 1
	if n.members++; n.members >= sampleHosts {
		d.fill(n)
	}
	return m
}

// sample is the members of a destination that has as many as are watched, for
// finding the one that must give way.
type sample struct {
	hash [sampleHosts]uint64
	at   [sampleHosts]uint32
}

// fill makes n's sample.
func (d *Detector) fill(n *node) {
	if k := len(d.spare); k > 0 {
		n.sample, d.spare = d.spare[k-1], d.spare[:k-1]
	} else {
		d.samples = append(d.samples, sample{})
		n.sample = uint32(len(d.samples))
	}
	s, k := &d.samples[n.sample-1], 0
	for i := n.head; i != 0 && k < sampleHosts; i = d.hosts.at(i - 1).next {
		s.hash[k], s.at[k] = d.hosts.at(i-1).hash, i-1
		k++
	}
	n.largest = slices.Max(s.hash[:])
}

// replace gives the host the entry of the member with the largest hash.
func (d *Detector) replace(n *node, kh uint64, src flow.Addr, h uint64, at int64) *member {
	s := &d.samples[n.sample-1]
	k := slices.Index(s.hash[:], n.largest)
	if k < 0 {
		return nil
	}
	m := d.hosts.move(memberHash(kh, n.largest), memberHash(kh, h), s.at[k])
	*m = member{src: src, hash: h, first: at, last: math.MinInt64, wake: math.MinInt64, next: m.next}
	s.hash[k] = h
	n.largest = slices.Max(s.hash[:])
	return m
}

// each walks the members of n.
func (d *Detector) each(n *node) iter.Seq[*member] {
	return func(yield func(*member) bool) {
		for i := n.head; i != 0; {
			m := d.hosts.at(i - 1)
			i = m.next
			if !yield(m) {
				return
			}
		}
	}
}

// note adds one contact to m.
func (m *member) note(r *flow.Record) {
	if r.Proto == 6 && r.SrcPort != 0 && r.SrcPort == m.port {
		return // the same connection seen again
	}
	m.port = r.SrcPort
	if r.SrcBytes > 0 {
		m.out.add(math.Log(float64(r.SrcBytes)))
	}
	if r.DstBytes > 0 {
		m.in.add(math.Log(float64(r.DstBytes)))
	}
	if m.last == math.MinInt64 {
		m.last, m.wake = r.First, r.First
		return
	}
	if gap := r.First - m.last; gap > 1e9 {
		m.near.add(math.Log(float64(gap) / 1e9))
		m.last = r.First
	}
	if gap := r.First - m.wake; gap > 60e9 {
		m.far.add(math.Log(float64(gap) / 1e9))
		m.wake = r.First
	}
}

// forget drops the destination of which least is remembered among a random few, so
// that a flood cannot choose; only those count that have least members, and false is
// for none.
func (d *Detector) forget(least uint32) bool {
	// First all are read, then compared: so they wait for memory side by side.
	var which [8]*node
	var worths [8]int64
	for k := range which {
		d.probe = detect.Mix(d.probe + 1)
		if which[k] = d.nodes.any(d.probe); which[k] == nil {
			return false
		}
		worths[k] = which[k].last + int64(which[k].members)*int64(3600e9)
	}
	var victim *node
	worst := int64(math.MaxInt64)
	for k, n := range which {
		if n.first == math.MinInt64 || n.members < least {
			continue // a free place, or nothing to be gained
		}
		if worths[k] < worst {
			victim, worst = n, worths[k]
		}
	}
	if victim == nil {
		return false
	}
	kh := victim.key.hash()
	for m := range d.each(victim) {
		d.hosts.remove(memberHash(kh, m.hash))
	}
	d.nodes.remove(kh)
	if victim.sample != 0 {
		d.spare = append(d.spare, victim.sample)
	}
	victim.first = math.MinInt64
	d.forgotten++
	return true
}

// Merge adds the state of other, which MUST be a *Detector.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for _, i := range o.nodes.index.All() {
		n := o.nodes.at(*i)
		k := n.key
		if c.Translate != nil {
			k.name = c.Translate(k.name)
		}
		kh := k.hash()
		mine := d.nodes.get(kh)
		if mine == nil {
			if d.nodes.used() >= d.cfg.Nodes && !d.forget(0) {
				continue
			}
			mine, _ = d.nodes.add(kh)
			*mine = *n
			mine.key, mine.members, mine.head, mine.sample = k, 0, 0, 0
		} else {
			mine.hosts.Union(&n.hosts)
			mine.count += n.count
			mine.first, mine.last = min(mine.first, n.first), max(mine.last, n.last)
		}
		for m := range o.each(n) {
			if to := d.member(mine, kh, m.src, m.hash, m.first); to != nil {
				to.merge(m)
			}
		}
	}
}

func (m *member) merge(o *member) {
	m.first = min(m.first, o.first)
	m.last, m.wake = max(m.last, o.last), max(m.wake, o.wake)
	m.near.join(o.near)
	m.far.join(o.far)
	m.out.join(o.out)
	m.in.join(o.in)
}
