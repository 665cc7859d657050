package template

import (
	"math"
)

// load moves one value into its slot: eight octets from at, shifted and masked.
type load struct {
	at    uint16
	slot  slot
	shift uint8
	mask  uint64
}

// step is a part of a record of variable length: so many octets with the loads in
// them (in a copy of at least eight octets), then perhaps a field that says its own
// length.
type step struct {
	fixed    int
	loads    []load
	variable bool
	slot     slot // of the variable field, slots for none
}

// Use is what records of a template are good for.
type Use uint8

// The uses.
const (
	Nothing Use = iota // nothing that a flow record can hold: MAC addresses, counters of interfaces, events of translators
	Flows              // flows
	Packets            // single packets by their first octets
	Options            // how the exporter measures
)

// Plan is a compiled template. It is never changed once made.
type Plan struct {
	Use    Use
	Min    int  // the shortest record, octets
	Varies bool // records have different lengths

	loads []load // when lengths are fixed
	steps []step // when not
	has   uint64 // slots that are filled
	wide  bool   // addresses are IPv6
	both  bool   // there are addresses of both families

	startUnit, endUnit, lengthUnit unit
	hostAt, hostLen                int // in records of fixed length
	frameAt, frameLen              int
}

// is says whether slot s is filled.
func (p *Plan) is(s slot) bool { return p.has>>s&1 != 0 }

// any says whether one of the slots is filled.
func (p *Plan) any(list ...slot) bool {
	for _, s := range list {
		if p.is(s) {
			return true
		}
	}
	return false
}

// Compile makes the plan of s. It gives nil for a template that no data can follow:
// without any octet, with too many fields, or with records longer than a message.
func Compile(s *Spec) *Plan {
	if len(s.Fields) == 0 || len(s.Fields) > maxFields || s.Scope > len(s.Fields) {
		return nil
	}
	p := &Plan{}
	chosen := p.choose(s)
	for _, f := range s.Fields {
		if f.Length == Variable {
			p.Varies = true
			p.Min++
		} else {
			p.Min += int(f.Length)
		}
	}
	if p.Min == 0 || p.Min > math.MaxUint16 {
		return nil
	}
	p.lay(s, chosen)
	p.use(s)
	return p
}

// choose picks the field that fills each slot: 1 + its index.
func (p *Plan) choose(s *Spec) (chosen [slots]int) {
	var best [slots]element
	for i, f := range s.Fields {
		e, ok := s.of(i)
		if !ok || !fits(e, f.Length) {
			continue
		}
		if chosen[e.slot] == 0 || e.rank < best[e.slot].rank {
			chosen[e.slot], best[e.slot] = 1+i, e
			p.has |= 1 << e.slot
		}
	}
	p.startUnit, p.endUnit, p.lengthUnit = best[start].unit, best[end].unit, best[length].unit
	return chosen
}

// fits says whether a field of n octets can hold the element's value.
func fits(e element, n uint16) bool {
	switch {
	case e.slot >= host:
		return n > 0
	case e.wide:
		return n == 16
	case e.slot == src4 || e.slot == dst4:
		return n == 4
	case e.unit == ntp:
		return n == 8
	case e.slot == probability:
		return n == 8 || n == 4
	}
	return n >= 1 && n <= 8
}

// lay sets the loads at their places.
func (p *Plan) lay(s *Spec, chosen [slots]int) {
	slotOf := make([]slot, len(s.Fields))
	for i := range slotOf {
		slotOf[i] = slots
	}
	for sl, i := range chosen {
		if i > 0 {
			slotOf[i-1] = slot(sl)
		}
	}
	at, loads := 0, []load(nil)
	var pieces []step
	for i, f := range s.Fields {
		if f.Length == Variable {
			pieces = append(pieces, step{fixed: at, loads: loads, variable: true, slot: slotOf[i]})
			at, loads = 0, nil
			continue
		}
		n := int(f.Length)
		switch sl := slotOf[i]; {
		case sl == slots:
		case sl == host:
			p.hostAt, p.hostLen = at, n
		case sl >= frame:
			p.frameAt, p.frameLen = at, n
		case sl == src6 || sl == dst6:
			loads = append(loads, load{at: uint16(at), slot: sl, mask: math.MaxUint64}, load{at: uint16(at + 8), slot: sl + 1, mask: math.MaxUint64})
		default:
			loads = append(loads, load{at: uint16(at), slot: sl, shift: uint8(64 - 8*n), mask: math.MaxUint64})
		}
		at += n
	}
	if !p.Varies {
		shape(loads, at)
		p.loads = loads
		return
	}
	pieces = append(pieces, step{fixed: at, loads: loads, slot: slots})
	for _, x := range pieces {
		shape(x.loads, x.fixed)
	}
	// What stands behind the first variable field is not where these say.
	if p.hostLen > 0 {
		p.has, p.hostLen = p.has&^(1<<host), 0
	}
	if p.frameLen > 0 {
		p.has, p.frameLen = p.has&^(1<<frame|1<<packet), 0
	}
	p.steps = pieces
}

// shape moves loads so that none reads past the record's n octets, which are at
// least eight: shorter records are read from a copy with zeros behind.
func shape(loads []load, n int) {
	n = max(n, 8)
	for i := range loads {
		l := &loads[i]
		if width := 64 - int(l.shift); width < 64 {
			l.mask = 1<<width - 1
		}
		if over := int(l.at) + 8 - n; over > 0 {
			l.at -= uint16(over)
			l.shift -= uint8(8 * over)
		}
	}
}

// use decides what records are good for.
func (p *Plan) use(s *Spec) {
	v4, v6 := p.is(src4) && p.is(dst4), p.is(src6) && p.is(dst6)
	p.wide, p.both = v6 && !v4, v4 && v6
	switch {
	case s.Options:
		p.Use = Options
	case (v4 || v6) && p.any(srcBytes, srcPackets, dstBytes, dstPackets):
		p.Use = Flows
	case p.any(frame, packet):
		p.Use = Packets
	}
}
