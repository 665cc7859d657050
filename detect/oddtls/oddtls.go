package oddtls

import (
	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Past tells when a name was first seen by others (certificate logs, passive DNS).
type Past interface {
	// FirstSeen gives the time in ns; ok is false when nothing is known.
	FirstSeen(name string) (ns int64, ok bool)
}

// Detector is the odd-TLS method. It implements [detect.Detector].
type Detector struct {
	cfg        Config
	past       Past // nil for none
	pairs      *slots.Table[pair]
	certs      *slots.Table[certificate]
	issuers    *slots.Table[use]
	clients    *slots.Table[use]
	handshakes uint64
	again      *slots.Gate // pairs that came lately
	keys       []uint64    // of the events that Approach saw last
	glance     uint64      // what it read; it means nothing
}

// use counts who uses an issuer or a client program, and for what.
type use struct {
	hosts, ends detect.Sketch // ends: certificates of an issuer, servers of a client
	count       uint32
}

// pair is one machine at one server.
type pair struct {
	src, dst    flow.Addr
	first, last int64  // ns
	sent        uint64 // octets to the server
	cert        uint64 // key of the latest certificate, 0 for none seen
	client      uint64 // key of the client's fingerprint, 0 for none
	name        detect.NameID
	count       uint32
	other       uint32 // handshakes with another fingerprint than client
	version     uint16 // lowest agreed, 0 for unknown
	port        uint16
	named       detect.NameSource
	fit         fit // of the name and the certificate, the worst seen
	weak        bool
	class       direction.Class
	line        detect.Timeline
}

var _ detect.Detector = (*Detector)(nil)

// New makes a detector; cfg MUST be valid, past may be nil.
func New(cfg Config, past Past) *Detector {
	byUse := func(u *use) float64 { return float64(u.count) }
	return &Detector{
		cfg: cfg, past: past, again: slots.NewGate(16 * cfg.Pairs),
		pairs:   slots.New(cfg.Pairs, func(p *pair) float64 { return float64(p.last) + p.promise()*float64(day) }),
		certs:   slots.New(cfg.Certificates, func(c *certificate) float64 { return float64(c.last) + c.promise()*float64(day) }),
		issuers: slots.New(cfg.Certificates, byUse), clients: slots.New(cfg.Certificates, byUse),
	}
}

// promise says for how many days after its last handshake a pair outlasts a plain one
// where room is short: a week of plain pairs must not push out the odd one of Monday.
func (p *pair) promise() float64 {
	w := 0.0
	if p.weak {
		w += 4
	}
	if p.fit == fitNo {
		w += 2
	}
	if p.named == detect.NameNone {
		w++
	}
	return w
}

// promise is the same for a certificate.
func (c *certificate) promise() float64 {
	if c.selfSigned || c.shape != shapeNamed {
		return 4
	}
	return 0
}

// Kind gives "odd-tls".
func (d *Detector) Kind() detect.Kind { return detect.OddTLS }

// Approach implements [detect.Approacher].
func (d *Detector) Approach(events []detect.Event) {
	d.keys = d.keys[:0]
	for i := range events {
		if e := &events[i]; telling(e) {
			d.keys = append(d.keys, pairKeyOf(e.SrcHash(), e.DstHash(), e.Rec.DstPort))
		}
	}
	d.glance += d.pairs.Approach(d.keys)
}

// telling says whether e shows a handshake that is looked at. Datagram TLS is left out: calls and games sign their
// own certificates by design; so are servers inside, which do the same.
func telling(e *detect.Event) bool {
	return e.TLS != nil && !e.DstPrivate && !e.Rec.Dst.IsZero() && e.TLS.Version>>8 != 0xfe && (!e.DstDomestic || e.SrcDomestic)
}

// Observe takes a handshake.
func (d *Detector) Observe(e *detect.Event) {
	if !telling(e) {
		return
	}
	t, r := e.TLS, e.Rec
	d.handshakes++
	host := e.SrcHash()
	key := pairKeyOf(host, e.DstHash(), r.DstPort)
	if d.mustWait(e, key) {
		d.client(e, &pair{}, host)
		return
	}
	p, fresh := d.pairs.Put(key)
	if fresh {
		p.src, p.dst, p.port, p.first, p.last = r.Src, r.Dst, r.DstPort, r.First, r.First
	}
	p.first, p.last, p.class = min(p.first, r.First), max(p.last, r.First), e.Class
	p.count++
	p.sent += r.SrcBytes
	p.line.Add(r.First)
	renamed := e.Name != p.name
	if e.Name != 0 {
		p.name, p.named = e.Name, e.NameFrom
	}
	if t.Version != 0 && (p.version == 0 || t.Version < p.version) {
		p.version = t.Version
	}
	d.client(e, p, host)
	if shown(t) {
		d.certificate(e, p, host, renamed)
	}
}

// mustWait says whether a pair must come again before it gets room that is short: it
// is new, has a name and shows no certificate.
func (d *Detector) mustWait(e *detect.Event, key uint64) bool {
	return d.pairs.Crowded() && e.Name != 0 && !shown(e.TLS) && d.pairs.Get(key) == nil && !d.again.Again(key)
}

// client notes the program that opened the exchange.
func (d *Detector) client(e *detect.Event, p *pair, host uint64) {
	b, t := e.Batch, e.TLS
	print := t.JA4
	if print.Len == 0 {
		print = t.JA3
	}
	if print.Len == 0 {
		return
	}
	key := hash(b.Bytes(print)) | 1
	switch p.client {
	case 0:
		p.client = key
	case key:
	default:
		p.other++
	}
	u, _ := d.clients.Put(key)
	u.count++
	u.hosts.Add(host)
	u.ends.Add(e.DstHash())
}

// certificate notes the certificate that the server showed; renamed says that another
// name was asked for than before.
func (d *Detector) certificate(e *detect.Event, p *pair, host uint64, renamed bool) {
	b, t := e.Batch, e.TLS
	key := certificateKey(b, t)
	c, fresh := d.certs.Put(key)
	if fresh {
		*c = newCertificate(b, t)
		c.first = e.Rec.First
		u, _ := d.issuers.Put(c.issuerKey)
		u.count++
		u.ends.Add(key)
	}
	c.last = max(c.last, e.Rec.First)
	c.hosts.Add(host)
	c.servers.Add(e.DstHash())
	if t.SNI.Len > 0 && (renamed || p.cert != key) {
		p.fit = max(p.fit, fitOf(b, t, b.Bytes(t.SNI)))
	}
	p.cert = key
	p.weak = c.selfSigned || c.shape != shapeNamed
}

func pairKeyOf(src, dst uint64, port uint16) uint64 {
	return detect.Mix(src ^ dst*0x9e3779b97f4a7c15 ^ uint64(port)<<48)
}

// Merge adds the state of other, which MUST be a *Detector.
func (d *Detector) Merge(other detect.Detector, c *detect.Context) {
	o := other.(*Detector)
	d.handshakes += o.handshakes
	mergeUses(d.issuers, o.issuers)
	mergeUses(d.clients, o.clients)
	for k, theirs := range o.certs.All() {
		mine := d.certs.Get(k)
		if mine == nil {
			d.certs.Insert(k, theirs)
			continue
		}
		mine.first, mine.last = min(mine.first, theirs.first), max(mine.last, theirs.last)
		mine.hosts.Union(&theirs.hosts)
		mine.servers.Union(&theirs.servers)
	}
	for k, theirs := range o.pairs.All() {
		x := *theirs
		if c.Translate != nil {
			if x.name = c.Translate(x.name); x.name == 0 {
				x.named = detect.NameNone
			}
		}
		if mine := d.pairs.Get(k); mine == nil {
			d.pairs.Insert(k, &x)
		} else {
			mine.merge(&x)
		}
	}
}

func mergeUses(to, from *slots.Table[use]) {
	for k, theirs := range from.All() {
		mine := to.Get(k)
		if mine == nil {
			to.Insert(k, theirs)
			continue
		}
		mine.hosts.Union(&theirs.hosts)
		mine.ends.Union(&theirs.ends)
		mine.count += theirs.count
	}
}

func (p *pair) merge(o *pair) {
	if o.last >= p.last {
		p.class = o.class
		if o.cert != 0 {
			p.cert, p.weak = o.cert, o.weak
		}
		if o.name != 0 {
			p.name, p.named = o.name, o.named
		}
	}
	if p.cert == 0 {
		p.cert, p.weak = o.cert, o.weak
	}
	if p.name == 0 {
		p.name, p.named = o.name, o.named
	}
	switch {
	case p.client == 0:
		p.client = o.client
	case o.client != 0 && o.client != p.client:
		p.other += o.count - min(o.other, o.count)
	}
	if o.version != 0 && (p.version == 0 || o.version < p.version) {
		p.version = o.version
	}
	p.fit = max(p.fit, o.fit)
	p.first, p.last = min(p.first, o.first), max(p.last, o.last)
	p.count, p.other, p.sent = p.count+o.count, p.other+o.other, p.sent+o.sent
	p.line.Merge(&o.line)
}
