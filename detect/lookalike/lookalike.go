package lookalike

import (
	"golang.org/x/net/publicsuffix"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/lookalike/brand"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Past tells when a name was first seen by others (certificate logs, passive DNS).
type Past interface {
	// FirstSeen gives the time in ns; ok is false when nothing is known.
	FirstSeen(name string) (ns int64, ok bool)
}

// Detector is the look-alike method. It implements [detect.Detector].
type Detector struct {
	cfg      Config
	book     *brand.Book
	past     Past // nil for none
	verdicts []int32
	matches  []match // from 1; what verdicts point at
	contacts *slots.Table[contact]
	// vouched holds domains (by hash) to which a brand's own name leads by an alias.
	vouched *slots.Table[int64]
}

// match is an imitating name.
type match struct {
	brand.Match
	site uint64 // hash of the registrable domain
}

// contact is one machine at one imitating name.
type contact struct {
	src, dst    flow.Addr
	name        detect.NameID
	first, last int64 // ns
	asked       uint32
	visited     uint32
	sent        uint64 // octets to it
	match       int32
	port        uint16
	proto       uint8
	class       direction.Class
	placed      bool // class is that of a visit, not of a question
	line        detect.Timeline
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid, past may be nil.
func New(cfg Config, book *brand.Book, past Past) *Detector {
	return &Detector{
		cfg: cfg, book: book, past: past, matches: make([]match, 1),
		contacts: slots.New(cfg.Contacts, func(c *contact) float64 { return float64(c.last)/3600e9 + float64(min(c.visited, 24)) }),
		vouched:  slots.New(4096, func(at *int64) float64 { return float64(*at) }),
	}
}

// Kind gives "look-alike".
func (d *Detector) Kind() detect.Kind { return detect.LookAlike }

// Observe notes that e's source looked an imitating name up, or turned to it.
func (d *Detector) Observe(e *detect.Event) {
	b := e.Batch
	if e.DNS != nil {
		d.vouch(e)
		if e.Name != 0 {
			d.note(e, d.verdict(e.Name, b.Bytes(e.DNS.Question)))
		}
		return
	}
	if e.Name == 0 {
		return
	}
	switch e.NameFrom {
	case detect.NameSNI:
		d.note(e, d.verdict(e.Name, b.Bytes(e.TLS.SNI)))
	case detect.NameHost:
		d.note(e, d.verdict(e.Name, b.Bytes(e.Rec.Host)))
	case detect.NameLookup:
		d.note(e, d.verdict(e.Name, nil))
	}
}

// vouch remembers the domains of the aliases that a brand's own name leads to.
func (d *Detector) vouch(e *detect.Event) {
	all := e.Batch.Answers[e.DNS.Answers.From:e.DNS.Answers.To]
	for i := range all {
		if all[i].Name.Len == 0 {
			continue
		}
		if !d.book.Own(string(e.Batch.Bytes(e.DNS.Question))) {
			return
		}
		at, _ := d.vouched.Put(site(string(e.Batch.Bytes(all[i].Name))))
		*at = e.Now
	}
}

// verdict gives what name imitates: an index of matches, 0 for nothing or when it is
// not known and text is nil. Each name is judged once.
func (d *Detector) verdict(id detect.NameID, text []byte) int32 {
	if int(id) < len(d.verdicts) {
		if v := d.verdicts[id]; v != 0 {
			return max(v, 0)
		}
	}
	if text == nil {
		return 0
	}
	v := d.judge(string(text))
	if int(id) >= len(d.verdicts) {
		d.verdicts = append(d.verdicts, make([]int32, max(int(id)+1-len(d.verdicts), 1024))...)
	}
	if d.verdicts[id] = v; v == 0 {
		d.verdicts[id] = -1
	}
	return v
}

func (d *Detector) judge(name string) int32 {
	m, ok := d.book.Judge(name)
	if !ok || len(d.matches) > d.cfg.Names {
		return 0
	}
	d.matches = append(d.matches, match{Match: m, site: site(name)})
	return int32(len(d.matches) - 1)
}

// note adds a look-up or a visit.
func (d *Detector) note(e *detect.Event, v int32) {
	if v == 0 {
		return
	}
	r := e.Rec
	c, fresh := d.contacts.Put(key(r.Src, e.Name))
	if fresh {
		c.src, c.name, c.match, c.first, c.last, c.class = r.Src, e.Name, v, r.First, r.First, e.Class
	}
	c.first, c.last = min(c.first, r.First), max(c.last, r.First)
	c.line.Add(r.First)
	if e.DNS != nil {
		c.asked++
		return
	}
	c.visited++
	c.sent += r.SrcBytes
	c.class, c.placed = e.Class, true
	if !r.Dst.IsZero() {
		c.dst, c.port, c.proto = r.Dst, r.DstPort, r.Proto
	}
}

func key(src flow.Addr, name detect.NameID) uint64 {
	return detect.Mix(detect.HashAddr(src) ^ uint64(name)*0x9e3779b97f4a7c15)
}

// site is a hash of the registrable domain of name, the same in every process.
func site(name string) uint64 {
	if s, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil {
		name = s
	}
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return detect.Mix(h)
}

// Merge adds the state of other, which MUST be a *Detector with the same book.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	for k, at := range o.vouched.All() {
		mine, _ := d.vouched.Put(k)
		*mine = max(*mine, *at)
	}
	for _, theirs := range o.contacts.All() {
		x := *theirs
		if c.Translate != nil {
			x.name = c.Translate(x.name)
		}
		if x.name == 0 {
			continue
		}
		if x.match = d.verdict(x.name, []byte(c.Names.Text(x.name))); x.match == 0 {
			continue
		}
		mine := d.contacts.Get(key(x.src, x.name))
		if mine == nil {
			d.contacts.Insert(key(x.src, x.name), &x)
			continue
		}
		if x.placed && (!mine.placed || x.last > mine.last) {
			mine.dst, mine.port, mine.proto, mine.class, mine.placed = x.dst, x.port, x.proto, x.class, true
		}
		mine.first, mine.last = min(mine.first, x.first), max(mine.last, x.last)
		mine.asked, mine.visited, mine.sent = mine.asked+x.asked, mine.visited+x.visited, mine.sent+x.sent
		mine.line.Merge(&x.line)
	}
}
