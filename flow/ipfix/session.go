package ipfix

import (
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix/template"
)

// Exporter is where datagrams come from, as their IP and UDP headers say.
type Exporter struct {
	Addr flow.Addr
	Port uint16
}

// Versions that are read.
const (
	v5  = 5
	v9  = 9
	v10 = 10
)

// sessionKey is what templates are valid for: RFC 3954 and RFC 7011 (8) tie them to
// the transport session and the domain.
type sessionKey struct {
	from    Exporter
	version uint16
	domain  uint32
}

// host is the key without the port: exporters that send from several ports mostly
// send templates from one.
func (k sessionKey) host() sessionKey { k.from.Port = 0; return k }

// known is a template that was received.
type known struct {
	plan *template.Plan
	sum  uint64 // of its octets: a refresh that changes nothing costs nothing
}

// session is one stream of messages.
type session struct {
	key      sessionKey
	link     uint32
	plans    map[uint16]known
	lastID   uint16 // of lastPlan, which is nil when there is none
	lastPlan *template.Plan
	sampling template.Sampling
	start    uint64 // of the exporter, ms since 1970, 0 when unknown
	seq      sequence
	used     uint64 // tick of the last message
	messages uint64
	flows    uint64
	unread   uint64 // data sets whose template never came
}

// session gives the session of a message, making it when it is new.
func (d *Decoder) session(key sessionKey) *session {
	d.tick++
	s := d.last
	if s == nil || s.key != key {
		if s = d.sessions[key]; s == nil {
			s = d.begin(key)
		}
		d.last = s
	}
	s.used = d.tick
	s.messages++
	return s
}

func (d *Decoder) begin(key sessionKey) *session {
	if len(d.sessions) >= d.o.Sessions {
		d.evict(nil)
	}
	d.links++
	s := &session{key: key, link: d.links, plans: map[uint16]known{}}
	if d.o.Link != nil {
		s.link = d.o.Link(key.from, key.version, key.domain)
	}
	d.sessions[key] = s
	d.siblings[key.host()] = append(d.siblings[key.host()], s)
	return s
}

// evict forgets the session that was silent for longest, those without templates
// first, but not keep. It says whether there was one.
func (d *Decoder) evict(keep *session) bool {
	var worst *session
	for _, s := range d.sessions {
		if s != keep && (worst == nil || s.worse(worst)) {
			worst = s
		}
	}
	if worst == nil {
		return false
	}
	delete(d.sessions, worst.key)
	host := worst.key.host()
	if rest := slices.DeleteFunc(d.siblings[host], func(s *session) bool { return s == worst }); len(rest) > 0 {
		d.siblings[host] = rest
	} else {
		delete(d.siblings, host)
	}
	if d.last == worst {
		d.last = nil
	}
	d.templates -= len(worst.plans)
	d.stats.Evicted++
	return true
}

func (s *session) worse(o *session) bool {
	if a, b := len(s.plans) == 0, len(o.plans) == 0; a != b {
		return a
	}
	return s.used < o.used
}

// plan gives the plan of a data set and the session that it was announced in, nil
// when it was not. An exporter with several collectors may send from one port what
// belongs to the data from another: the port spoken from last wins.
func (d *Decoder) plan(s *session, id uint16) (*template.Plan, *session) {
	if s.lastPlan != nil && s.lastID == id {
		return s.lastPlan, s
	}
	if k, ok := s.plans[id]; ok {
		s.lastID, s.lastPlan = id, k.plan
		return k.plan, s
	}
	var found *template.Plan
	by := s
	for _, o := range d.siblings[s.key.host()] {
		if k, ok := o.plans[id]; ok && (found == nil || o.used > by.used) {
			found, by = k.plan, o
		}
	}
	return found, by
}

// forget takes a template out.
func (d *Decoder) forget(s *session, id uint16) {
	if _, ok := s.plans[id]; ok {
		delete(s.plans, id)
		d.templates--
	}
	s.lastPlan = nil
}

// ExporterStats is what one exporter sent in one domain.
type ExporterStats struct {
	Exporter
	Version  uint16
	Domain   uint32
	Link     uint32 // as in the records
	Messages uint64
	Flows    uint64
	Unread   uint64   // data sets whose template never came, those that still wait for it too
	Lost     uint64   // missing by the sequence numbers, in units of what they count
	Counting Counting // what that is
}

// Exporters lists what was received, in the order of links.
func (d *Decoder) Exporters() []ExporterStats {
	var all []ExporterStats
	for _, s := range d.sessions {
		lost, unit := s.seq.lost(s.key.version)
		all = append(all, ExporterStats{Exporter: s.key.from, Version: s.key.version, Domain: s.key.domain, Link: s.link,
			Messages: s.messages, Flows: s.flows, Unread: s.unread + d.waiting.count(s), Lost: lost, Counting: unit})
	}
	sortExporters(all)
	return all
}

// Unread gives how many data sets could not be read so far, because their template has
// not come: those that were given up, and those that still wait.
func (d *Decoder) Unread() uint64 {
	n := uint64(len(d.waiting.sets))
	for _, s := range d.sessions {
		n += s.unread
	}
	return n
}
