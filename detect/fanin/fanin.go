package fanin

import (
	"math"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Nodes bounds the destinations remembered, Members the hosts over all of them.
	Nodes   int `toml:"nodes" say:"fanin.config.nodes"`
	Members int `toml:"members" say:"fanin.config.members"`
	// MinHosts is how many hosts a finding needs.
	MinHosts int `toml:"min_hosts" say:"fanin.config.min_hosts"`
}

// DefaultConfig serves some hundred thousand hosts in about 120 MB at most.
func DefaultConfig() Config { return Config{Nodes: 300_000, Members: 1_000_000, MinHosts: 8} }

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
	cfg     Config
	nodes   map[key]*node
	members int
	// Forgotten counts destinations dropped because the tables were full.
	forgotten uint64
}

var _ detect.Detector = (*Detector)(nil)

// key is a destination: by name where one is known, else by address and port.
type key struct {
	dst  flow.Addr
	name detect.NameID
	port uint16
}

// node is one destination.
type node struct {
	dst     flow.Addr
	proto   uint8
	service flow.Service
	class   direction.Class
	private bool
	first   int64
	last    int64
	count   uint64
	hosts   detect.Sketch
	members []member // at most sampleHosts, those with the smallest hashes
}

// sampleHosts is how many hosts of one destination are watched; more are sampled
// by hash, so that the sample is fair.
const sampleHosts = 64

// member is one host at one destination.
type member struct {
	src   flow.Addr
	hash  uint64
	first int64
	last  int64 // ns, latest contact
	wake  int64 // ns, start of the latest check-in when contacts within a minute are one
	port  uint16
	near  moments // ln of gaps, contacts within a second taken as one
	far   moments // ln of gaps, contacts within a minute taken as one
	out   moments // ln of octets sent
	in    moments // ln of octets received
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
func New(cfg Config) *Detector { return &Detector{cfg: cfg, nodes: map[key]*node{}} }

// Kind gives "fan-in".
func (d *Detector) Kind() detect.Kind { return detect.FanIn }

// Observe notes that e's source turned to e's destination.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	if r.Kind == flow.KindDNS || e.DstPrivate && e.Name == 0 || r.Proto == 1 || r.Proto == 58 || r.DstPort == 53 {
		return
	}
	k := key{name: e.Name, port: r.DstPort}
	if e.Name == 0 {
		if r.Dst.IsZero() {
			return
		}
		k.dst = r.Dst
	}
	n := d.nodes[k]
	if n == nil {
		if len(d.nodes) >= d.cfg.Nodes && !d.forget() {
			return
		}
		n = &node{proto: r.Proto, class: e.Class, private: e.DstPrivate, first: r.First}
		d.nodes[k] = n
	}
	n.dst, n.last, n.count = r.Dst, max(n.last, r.First), n.count+1
	if n.service == flow.ServiceUnknown {
		n.service = r.Service
	}
	h := detect.HashAddr(r.Src)
	n.hosts.Add(h)
	if m := d.member(n, r.Src, h, r.First); m != nil {
		m.note(r)
	}
}

// member finds or makes the host's entry; nil when the host is not in the sample.
func (d *Detector) member(n *node, src flow.Addr, h uint64, at int64) *member {
	largest := 0
	for i := range n.members {
		m := &n.members[i]
		if m.hash == h && m.src == src {
			return m
		}
		if m.hash > n.members[largest].hash {
			largest = i
		}
	}
	fresh := member{src: src, hash: h, first: at, last: math.MinInt64, wake: math.MinInt64}
	switch {
	case len(n.members) >= sampleHosts:
		if n.members[largest].hash < h {
			return nil
		}
		n.members[largest] = fresh
		return &n.members[largest]
	case d.members >= d.cfg.Members && !d.forget():
		return nil
	}
	d.members++
	n.members = append(n.members, fresh)
	return &n.members[len(n.members)-1]
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

// forget drops the destinations of which least is remembered among a few; false
// when there is none. Go's map order is random, so a flood cannot choose.
func (d *Detector) forget() bool {
	var victim key
	worst, looked := int64(math.MaxInt64), 0
	for k, n := range d.nodes {
		if worth := n.last + int64(len(n.members))*int64(3600e9); worth < worst {
			victim, worst = k, worth
		}
		if looked++; looked == 8 {
			break
		}
	}
	if looked == 0 {
		return false
	}
	d.members -= len(d.nodes[victim].members)
	delete(d.nodes, victim)
	d.forgotten++
	return true
}

// Merge adds the state of other, which MUST be a *Detector.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	for k, n := range other.(*Detector).nodes {
		if c.Translate != nil {
			k.name = c.Translate(k.name)
		}
		mine := d.nodes[k]
		if mine == nil {
			if len(d.nodes) >= d.cfg.Nodes && !d.forget() {
				continue
			}
			d.nodes[k] = n
			d.members += len(n.members)
			continue
		}
		mine.hosts.Union(&n.hosts)
		mine.count += n.count
		mine.first, mine.last = min(mine.first, n.first), max(mine.last, n.last)
		for _, m := range n.members {
			if to := d.member(mine, m.src, m.hash, m.first); to != nil {
				to.merge(m)
			}
		}
	}
}

func (m *member) merge(o member) {
	m.first = min(m.first, o.first)
	m.last, m.wake = max(m.last, o.last), max(m.wake, o.wake)
	m.near.join(o.near)
	m.far.join(o.far)
	m.out.join(o.out)
	m.in.join(o.in)
}
