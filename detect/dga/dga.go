package dga

import (
	"slices"
	"time"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/dga/lexical"
	"github.com/noroshi-acd/noroshi/detect/dga/population"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Hosts is how many source hosts are remembered. One costs about 1 KB, one
	// that asks for suspicious names up to 12 KB.
	Hosts int `toml:"hosts" say:"dga.config.hosts"`
	// Window is how long a suspicious lookup counts.
	Window time.Duration `toml:"window" say:"dga.config.window"`
	// MinNames is how many distinct registrable domains a finding needs.
	MinNames int `toml:"min_names" say:"dga.config.min_names"`
}

// DefaultConfig remembers 16,384 hosts and counts lookups for six hours.
func DefaultConfig() Config { return Config{Hosts: 1 << 14, Window: 6 * time.Hour, MinNames: 6} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("hosts", c.Hosts, 64, 1<<24),
		conf.Between("window", c.Window, time.Minute, 48*time.Hour),
		conf.Between("min_names", c.MinNames, 4, ringLen/2),
	)
}

// Score gives the log-odds that a program made name up, at even prior odds; see
// [lexical.Score].
func Score(name []byte) float64 { return lexical.Score(name) }

// BagScore judges names that one host asked for together: zero and above says that
// a program made them up; see [lexical.BagScore].
func BagScore(names [][]byte) float64 { return lexical.BagScore(names) }

// Detector is the DGA method. It implements [detect.Detector].
type Detector struct {
	cfg       Config
	hosts     *slots.Table[*host]
	memo      memo
	alive     slots.Bloom // sites that some host got an address for
	endpoints *slots.Table[endpoint]
	people    *population.Population
	glance    uint64 // what Approach read; it means nothing
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid.
func New(cfg Config) *Detector {
	return &Detector{
		cfg: cfg, hosts: slots.New(cfg.Hosts, worth), memo: newMemo(), alive: slots.NewBloom(),
		endpoints: newEndpoints(cfg.Hosts), people: population.New(),
	}
}

// worth says how much a host would be missed: those lately seen, and those with
// evidence as if seen half a day later, at high a week.
func worth(h **host) float64 {
	if *h == nil {
		return 0
	}
	score := (*h).peak.score
	if a := (*h).alike; a != nil {
		score = max(score, a.score)
	}
	if score >= detect.HighScore {
		score *= 14
	}
	return float64((*h).last)/1e9 + score*12*3600
}

// Kind gives "dga".
func (d *Detector) Kind() detect.Kind { return detect.DGA }

// The record types by which a program looks for an address; a sensor that gives no
// type has 0.
func addressType(t uint16) bool { return t == 0 || t == 1 || t == 28 || t == 65 || t == 255 }

// localPort says whether the lookup went to the neighbourhood: mDNS, LLMNR, NetBIOS.
func localPort(p uint16) bool { return p == 5353 || p == 5355 || p == 137 }

// Approach implements [detect.Approacher]: first the verdicts, then what is known of
// the sites.
func (d *Detector) Approach(events []detect.Event) {
	seen := uint64(0)
	for i := range events {
		if v := d.memo.known(events[i].Name); v != nil {
			seen += v.site
		}
	}
	for i := range events {
		e := &events[i]
		if e.DNS != nil {
			seen += d.hosts.Touch(e.SrcHash())
		}
		if v := d.memo.known(e.Name); v != nil && e.NameFrom != detect.NameNone {
			seen += d.people.Touch(v.site, e.DstHash())
		}
	}
	d.glance += seen
}

// Observe notes the lookup that e is, or the contact under a made-up name.
func (d *Detector) Observe(e *detect.Event) {
	q := e.DNS
	if q == nil {
		d.contact(e)
		return
	}
	if q.Question.Len == 0 || !addressType(q.Type) || localPort(e.Rec.DstPort) {
		return
	}
	f, answer := fateOf(e.Batch, q)
	if f == fateNone {
		return
	}
	name := e.Batch.Bytes(q.Question)
	if v := d.memo.of(e.Name, name); v.ok {
		d.look(e, v, name, f, answer)
	}
}

// look notes a lookup of name that ended in f.
func (d *Detector) look(e *detect.Event, v *verdict, name []byte, f fate, answer flow.Addr) {
	known := d.alive.Has(v.site)
	if f == fateLive && !known {
		d.alive.Add(v.site)
	}
	h := d.host(e)
	h.last, h.class = e.Now, e.Class
	h.ask(v.site)
	at := detect.HashAddr(answer)
	if f == fateLive {
		d.meet(v, e.SrcHash(), at)
	}
	if f == fateLive && v.z < liveScore && h.find(v.site) < 0 && (known || !h.fits(v, e.Now)) {
		return
	}
	l := lookup{
		first: e.Now, last: e.Now, site: v.site, asked: h.asked, z: float32(v.z),
		length: v.length, suffix: v.suffix, private: v.private, fate: f,
		known: f != fateLive && known,
	}
	if f == fateLive {
		l.answer = at
	}
	l.setText(name[v.from:])
	if h.note(&l, int64(d.cfg.Window)) {
		d.judge(h, &l, answer)
	}
}

// meet notes that a name led a host to an address. Names under one provider are
// left out: its customers share its machines.
func (d *Detector) meet(v *verdict, host, addr uint64) {
	if !v.private {
		d.people.Note(v.site, host, addr, v.z)
	}
}

// honest says whether what all hosts do speaks against the live site at an address.
func (d *Detector) honest(site, addr uint64, all int) bool {
	return d.people.Shared(addr) || d.people.Popular(site, all)
}

// all gives the number of hosts that the population is judged by; c may be nil.
func (d *Detector) all(c *detect.Context) int {
	if c == nil {
		return d.hosts.Len()
	}
	return max(d.hosts.Len(), c.Hosts)
}

func (d *Detector) host(e *detect.Event) *host {
	p, fresh := d.hosts.Over(e.SrcHash())
	if *p == nil {
		*p = &host{addr: e.Rec.Src, first: e.Now}
	} else if fresh || (*p).addr != e.Rec.Src { // the memory of one that had to go
		**p = host{addr: e.Rec.Src, first: e.Now, ring: (*p).ring[:0]}
	}
	return *p
}

// fateOf says what became of a lookup, and gives the least address that came back:
// the least, so that a set of addresses in any order is one answer.
func fateOf(b *flow.Batch, q *flow.DNS) (fate, flow.Addr) {
	switch q.Rcode {
	case 3:
		return fateDead, flow.Addr{}
	case 2, 5, flow.NoRcode:
		return fateSilent, flow.Addr{}
	}
	var least flow.Addr
	f := fateNone
	for _, a := range b.Answers[q.Answers.From:q.Answers.To] {
		if a.Addr.IsZero() {
			continue
		}
		if f == fateNone || slices.Compare(a.Addr[:], least[:]) < 0 {
			least = a.Addr
		}
		f = fateLive
	}
	return f, least
}

// Merge adds what other, which MUST be a *Detector, saw.
func (d *Detector) Merge(other detect.Detector, _ *detect.Context) {
	o := other.(*Detector)
	d.alive.Merge(&o.alive)
	d.people.Merge(o.people)
	d.mergeEndpoints(o)
	for key, theirs := range o.hosts.All() {
		p, fresh := d.hosts.Put(key)
		if fresh || (*p).addr != (*theirs).addr {
			c := **theirs
			c.ring = slices.Clone(c.ring)
			c.alike = c.alike.clone()
			*p = &c
			continue
		}
		d.mergeHost(*p, *theirs)
	}
}
