package knownbad

import (
	"bytes"
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/indicator"
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/internal/conf"
	"github.com/noroshi-acd/noroshi/internal/slots"
)

// Config is the detector's part of the configuration.
type Config struct {
	// Contacts is how many contacts (a machine and an indicator) are kept; beyond it
	// those that got least far go first.
	Contacts int `toml:"contacts" say:"knownbad.config.contacts"`
	// PopularHosts and PopularShare say when an address is too popular for its listing
	// to be believed: at least so many machines, and at least this share of all.
	PopularHosts int     `toml:"popular_hosts" say:"knownbad.config.popular_hosts"`
	PopularShare float64 `toml:"popular_share" say:"knownbad.config.popular_share"`
}

// DefaultConfig keeps 32,768 contacts in about 8 MB.
func DefaultConfig() Config { return Config{Contacts: 1 << 15, PopularHosts: 30, PopularShare: 0.25} }

// Validate gives every value that cannot be.
func (c Config) Validate() []conf.Problem {
	return slices.Concat(
		conf.Between("contacts", c.Contacts, 1, 1<<24),
		conf.Between("popular_hosts", c.PopularHosts, 2, 1_000_000),
		conf.Between("popular_share", c.PopularShare, 0.001, 1),
	)
}

// Detector matches records against a set. It is a [detect.Detector].
type Detector struct {
	cfg      Config
	set      *Set
	contacts *slots.Table[contact]
	// verdicts remembers, by the engine's number of a name, what the set says of it:
	// 0 not asked yet, -1 nothing, else the indicator. It grows with the engine's table.
	verdicts []int32
}

// New makes a detector over set, which may be shared.
func New(cfg Config, set *Set) *Detector {
	return &Detector{cfg: cfg, set: set, contacts: slots.New(cfg.Contacts, (*contact).worth)}
}

// Kind gives [detect.KnownBad].
func (d *Detector) Kind() detect.Kind { return detect.KnownBad }

// mode says how a machine came into contact with an indicator.
type mode uint8

const (
	outward mode = iota // the machine turned to the bad one
	inward              // the bad one turned to us
	own                 // the bad one is one of ours
)

// sight is one record's match.
type sight struct {
	host, other flow.Addr // the machine concerned and the other end
	port        uint16    // of the side that was called
	mode        mode
	asked       bool // only a question to DNS
	answered    bool
	data        bool   // what was called sent more than empty packets
	up, down    uint64 // bytes from and to the machine concerned
	name        []byte // as it was seen, nil when it was not
	nameID      detect.NameID
}

// Observe matches one record.
func (d *Detector) Observe(e *detect.Event) {
	r := e.Rec
	if detect.IsReply(r) {
		return // an unreachable or an echo's reply is not the machine's own doing
	}
	if n := d.set.addr(r.Dst); n != 0 {
		s := outwardSight(r, false)
		s.answered = s.answered || e.DNS != nil && e.DNS.Rcode != flow.NoRcode
		d.note(e, n, s)
	}
	if n := d.set.addr(r.Src); n != 0 {
		d.note(e, n, inwardSight(e))
	}
	if e.DNS != nil {
		d.lookUp(e)
	} else if e.Name != 0 || r.Host.Len > 0 || e.TLS != nil {
		d.named(e)
	}
	if e.TLS != nil {
		d.handshake(e)
	}
}

// lookUp matches the question of a DNS exchange and the names in its answer.
func (d *Detector) lookUp(e *detect.Event) {
	b, r := e.Batch, e.Rec
	see := func(name []byte) uint32 {
		n := d.set.name(name)
		if n == 0 {
			return 0
		}
		s := sight{host: r.Src, mode: outward, asked: true, answered: len(b.Answers[e.DNS.Answers.From:e.DNS.Answers.To]) > 0, name: name, nameID: e.Name}
		d.note(e, n, s)
		return n
	}
	found := see(b.Bytes(e.DNS.Question))
	for _, a := range b.Answers[e.DNS.Answers.From:e.DNS.Answers.To] {
		if found != 0 {
			break
		}
		found = see(b.Bytes(a.Name))
	}
	// A connection that the engine ascribes to this question is one to the indicator.
	if e.Name != 0 && (found != 0 || d.verdict(e.Name) == 0) {
		d.remember(e.Name, found)
	}
}

// named matches the name that the engine gives an exchange.
func (d *Detector) named(e *detect.Event) {
	v := d.verdict(e.Name)
	var name []byte
	switch {
	case e.NameFrom == detect.NameLookup:
	case e.TLS != nil && e.TLS.SNI.Len > 0:
		name = e.Batch.Bytes(e.TLS.SNI)
	default:
		name = e.Batch.Bytes(e.Rec.Host)
	}
	if v == 0 && len(name) > 0 {
		n := d.set.name(name)
		d.remember(e.Name, n)
		v = int32(n)
	}
	if v <= 0 {
		return
	}
	s := calledSight(e)
	s.name, s.nameID = name, e.Name
	d.note(e, uint32(v), s)
}

// handshake matches the certificate and the client's fingerprints.
func (d *Detector) handshake(e *detect.Event) {
	b, t := e.Batch, e.TLS
	if n := d.set.exact(b.Bytes(t.Digest), indicator.Certificate); n != 0 {
		s := outwardSight(e.Rec, true)
		if e.DstDomestic && !e.SrcDomestic { // it is our machine that shows the certificate
			s = sight{host: e.Rec.Dst, other: e.Rec.Src, port: e.Rec.DstPort, mode: own, answered: true, up: e.Rec.DstBytes, down: e.Rec.SrcBytes}
		}
		d.note(e, n, s)
	}
	s := calledSight(e)
	if n := d.set.exact(b.Bytes(t.JA4), indicator.JA4); n != 0 {
		d.note(e, n, s)
	}
	if n := d.set.exact(b.Bytes(t.JA3), indicator.JA3); n != 0 {
		d.note(e, n, s)
	}
}

func (d *Detector) verdict(id detect.NameID) int32 {
	if id == 0 || int(id) >= len(d.verdicts) {
		return 0
	}
	return d.verdicts[id]
}

func (d *Detector) remember(id detect.NameID, n uint32) {
	if id == 0 {
		return
	}
	if int(id) >= len(d.verdicts) {
		d.verdicts = append(d.verdicts, make([]int32, max(int(id)+1-len(d.verdicts), 1024))...)
	}
	d.verdicts[id] = int32(n)
	if n == 0 {
		d.verdicts[id] = -1
	}
}

// outwardSight reads a record as the source's turning to the destination. facts
// says that the exchange showed a name or a handshake, so somebody answered.
func outwardSight(r *flow.Record, facts bool) sight {
	return sight{host: r.Src, other: r.Dst, port: r.DstPort, mode: outward,
		answered: answered(r) || facts && r.Kind == flow.KindFacts, up: r.SrcBytes, down: r.DstBytes}
}

// calledSight reads a record by what its client said: a name, a fingerprint. A
// client from outside says it of itself.
func calledSight(e *detect.Event) sight {
	s := outwardSight(e.Rec, true)
	if e.DstDomestic && !e.SrcDomestic {
		s.mode, s.data = inward, s.answered
	}
	return s
}

// headers is about what an empty packet weighs, bytes: what a scanner gets from a
// door that opens and says nothing.
const headers = 60

// inwardSight reads a record whose source is listed: the other half of an exchange
// that our side began, one of our own machines, or a touch from outside.
func inwardSight(e *detect.Event) sight {
	r := e.Rec
	switch {
	case replyHalf(r):
		return sight{host: r.Dst, other: r.Src, port: r.SrcPort, mode: outward, answered: true, up: r.DstBytes, down: r.SrcBytes}
	case e.SrcDomestic:
		return sight{host: r.Src, other: r.Dst, port: r.DstPort, mode: own, answered: answered(r), up: r.SrcBytes, down: r.DstBytes}
	}
	return sight{host: r.Src, other: r.Dst, port: r.DstPort, mode: inward, answered: answered(r), data: answered(r) && r.DstBytes > headers*r.DstPackets, up: r.SrcBytes, down: r.DstBytes}
}

// replyHalf says whether r is what a server sent back, as an exporter of one-way
// flows or a sensor that came in midway reports it.
func replyHalf(r *flow.Record) bool {
	if r.Proto != 6 && r.Proto != 17 || r.SrcPort >= 10_000 || r.DstPort < 32_768 {
		return false
	}
	if r.State == flow.StateMidstream {
		return true
	}
	oneWay := r.DstPackets == 0 && r.DstBytes == 0 && r.SrcBytes > 0
	began := r.Proto == 6 && r.SrcFlags&(flow.SYN|flow.ACK) == flow.SYN
	return oneWay && !began && r.State == flow.StateUnknown && r.SrcFlags&flow.ACK != 0
}

// answered says whether both sides of r spoke.
func answered(r *flow.Record) bool {
	switch r.State {
	case flow.StateEstablished:
		return true
	case flow.StateAttempt, flow.StateRefused:
		return false
	}
	return r.SrcPackets > 0 && r.DstPackets > 0 || r.SrcBytes > 0 && r.DstBytes > 0
}

// note adds a sight to its contact.
func (d *Detector) note(e *detect.Event, n uint32, s sight) {
	ent := &d.set.entries[n]
	if ent.expires != 0 && e.Rec.First >= ent.expires {
		return
	}
	key := detect.Mix(detect.HashAddr(s.host) ^ uint64(n)<<2 ^ uint64(s.mode))
	c := d.contacts.Get(key)
	if c == nil {
		fresh := contact{host: s.host, indicator: n, mode: s.mode, class: e.Class, first: e.Rec.First, last: e.Rec.First}
		if s.answered {
			fresh.answered = 1 // what the table weighs it by
		}
		if c = d.contacts.Insert(key, &fresh); c == nil {
			return
		}
		c.answered = 0
	}
	if c.name == "" && len(s.name) > 0 {
		c.name = string(s.name)
		c.zone = ent.kind == indicator.Name && !bytes.Equal(s.name, d.set.bytes(ent.value))
	}
	if c.nameID == 0 {
		c.nameID = s.nameID
	}
	c.see(e.Rec, &s)
}
