package world

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

// Actor is somebody who does something now and says when to be called again. A
// time not after now ends the part. It may emit exchanges that begin at now or
// later.
type Actor func(s *Stage, now int64) (next int64)

// Threat is one planted threat as truth records it.
type Threat struct {
	Kind   string // beacon, long, dnstunnel, dga, scan, …
	Class  string
	Src    netip.Addr
	Target string // destination address or name; * for many
	Count  int    // exchanges
}

// Stage plays actors in order of time. It has one owner.
type Stage struct {
	*World
	Threats []*Threat
	Honest  []Threat // who uses which machine-made service, to name false alarms
	due     Queue[Actor]
	pending Queue[Exchange]
	known   map[lookup]int64 // until when a host remembers an address
	ports   []uint16         // last source port of each host
	now     int64
}

type lookup struct {
	host int
	name string
}

// NewStage makes an empty stage in w.
func NewStage(w *World) *Stage {
	return &Stage{World: w, known: map[lookup]int64{}, ports: make([]uint16, len(w.Hosts))}
}

// Enter lets a play from time at on.
func (s *Stage) Enter(at int64, a Actor) { s.due.Push(at, a) }

// Plant notes a threat; its actor counts exchanges in Count.
func (s *Stage) Plant(t Threat) *Threat {
	s.Threats = append(s.Threats, &t)
	return &t
}

// Emit notes an exchange that begins at or after the current time.
func (s *Stage) Emit(x Exchange) {
	if x.At < s.End {
		s.pending.Push(x.At, x)
	}
}

// Play runs all actors to the world's end and hands their exchanges to see in
// order of beginning. x is valid only during the call.
func (s *Stage) Play(see func(x *Exchange) error) error {
	for s.due.Len() > 0 {
		at, a := s.due.Pop()
		if at >= s.End {
			continue
		}
		s.now = at
		for s.pending.Len() > 0 && s.pending.Next() <= at {
			if err := s.deliver(see); err != nil {
				return err
			}
		}
		if next := a(s, at); next > at && next < s.End {
			s.due.Push(next, a)
		}
	}
	for s.pending.Len() > 0 {
		if err := s.deliver(see); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stage) deliver(see func(x *Exchange) error) error {
	_, x := s.pending.Pop()
	if over := x.At + x.Dur - s.End; over > 0 { // what lies after the end is not seen
		share := 1 - float64(over)/float64(x.Dur)
		x.Dur -= over
		x.Up, x.Down = int64(float64(x.Up)*share), int64(float64(x.Down)*share)
		x.UpCount, x.DownCount = int64(float64(x.UpCount)*share), int64(float64(x.DownCount)*share)
		if x.Ending == Closed {
			x.Ending = Open
		}
	}
	return see(&x)
}

// Port gives host h a fresh source port.
func (s *Stage) Port(h *Host) uint16 {
	p := &s.ports[h.ID]
	if *p < 49152 || *p == 65535 {
		*p = 49152 + uint16(h.ID*7919%12000)
	}
	*p++
	return *p
}

// Talk lets h use svc at time at: a lookup when h does not remember the address,
// then the exchange x, whose ends, ports, protocol and name Talk fills in. It
// returns the time at which x begins. x.Dst, where it is valid, is kept: it picks
// one of the service's addresses.
func (s *Stage) Talk(h *Host, svc *Service, at int64, x Exchange) int64 {
	if !x.Dst.IsValid() {
		x.Dst = svc.Addrs[int(uint64(at)>>16)%len(svc.Addrs)]
	}
	if svc.Name != "" {
		at = s.Lookup(h, svc, x.Dst, at)
	}
	x.At, x.Src, x.SrcPort, x.DstPort, x.Protocol, x.Name = at, h.Addr, s.Port(h), svc.Port, svc.Protocol, svc.Name
	if x.Dst.Is6() {
		x.Src = h.Addr6
	}
	s.Emit(x)
	return at
}

// Lookup emits the DNS exchange by which h learns that svc is at dst, unless h
// still remembers, and returns when h knows.
func (s *Stage) Lookup(h *Host, svc *Service, dst netip.Addr, at int64) int64 {
	key := lookup{h.ID, svc.Name}
	if s.known[key] > at {
		return at
	}
	s.known[key] = at + int64(max(svc.TTL, time.Second))
	x := Exchange{At: at, Type: TypeA, Name: svc.Name, TTL: svc.TTL}
	if dst.Is6() {
		x.Type = TypeAAAA
	}
	x.Answers = append(x.Answers, dst)
	for _, a := range svc.Addrs {
		if len(x.Answers) < 4 && a != dst && a.Is6() == dst.Is6() {
			x.Answers = append(x.Answers, a)
		}
	}
	s.Ask(h, x)
	return at + int64(12*time.Millisecond)
}

// Ask emits the DNS question x of h to the world's resolver.
func (s *Stage) Ask(h *Host, x Exchange) {
	x.Src, x.SrcPort, x.Dst, x.DstPort, x.Protocol = h.Addr, s.Port(h), s.Resolver, 53, DNS
	x.Dur = int64(4*time.Millisecond) + int64(uint64(x.At)%7)*int64(time.Millisecond)
	if x.Up == 0 {
		x.Up = int64(len(x.Name)) + 18
	}
	if x.Down == 0 {
		x.Down = x.Up + 16*int64(len(x.Answers))
		if x.Rcode == NXDomain {
			x.Down += 75
		}
	}
	x.UpCount, x.DownCount = 1, 1
	s.Emit(x)
}

// Forget empties what hosts remember of addresses that ran out before now, so
// that the memory stays bounded; the stage's owner may call it now and then.
func (s *Stage) Forget() {
	for k, until := range s.known {
		if until < s.now {
			delete(s.known, k)
		}
	}
}

// Sorted gives the threats in order of kind, class, source, target.
func (s *Stage) Sorted() []Threat {
	all := make([]Threat, len(s.Threats))
	for i, t := range s.Threats {
		all[i] = *t
	}
	slices.SortStableFunc(all, func(a, b Threat) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Class, b.Class), a.Src.Compare(b.Src), cmp.Compare(a.Target, b.Target))
	})
	return all
}
