package detect

import (
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// NameID is an engine's number for a host name; 0 is no name.
type NameID uint32

// NameSource says where an event's name came from.
type NameSource uint8

// Where a name can come from.
const (
	NameNone   NameSource = iota
	NameSNI               // the exchange's own TLS ClientHello
	NameHost              // the exchange's own HTTP Host header
	NameLookup            // the source host asked for it in DNS shortly before and got this address
)

// Event is one record with what the engine worked out about it. It is valid
// only during Observe; a detector MUST copy what it keeps.
type Event struct {
	Batch *flow.Batch
	Rec   *flow.Record
	DNS   *flow.DNS // nil for none
	TLS   *flow.TLS // nil for none
	Now   int64     // stream time, ns: never runs backwards
	Class direction.Class
	// SrcDomestic and DstDomestic count private addresses as domestic and
	// unknown ones as foreign.
	SrcDomestic, DstDomestic bool
	DstPrivate               bool // destination is private, link-local, multicast or the like
	Name                     NameID
	NameFrom                 NameSource
	Site                     NameID // registrable domain of Name (public suffix list), or Name

	src, dst uint64 // HashAddr of both ends; 0 where they were not worked out
}

// SrcHash is HashAddr of the source, worked out once for all.
func (e *Event) SrcHash() uint64 {
	if e.src != 0 {
		return e.src
	}
	return HashAddr(e.Rec.Src)
}

// DstHash is HashAddr of the destination.
func (e *Event) DstHash() uint64 {
	if e.dst != 0 {
		return e.dst
	}
	return HashAddr(e.Rec.Dst)
}

// Detector is one method. No two of its calls run at the same time, but calls of
// different detectors do: a detector MUST NOT write to an event, to its batch or to
// another detector.
//
// Observe MUST NOT allocate per event in the steady state, and its state MUST
// stay within a fixed bound whatever the input. Findings MUST NOT change the
// state: it may be asked after every event. Merge adds the state of other, a
// detector of the same type that saw other records.
type Detector interface {
	Kind() Kind
	Observe(e *Event)
	Findings(c *Context) []Finding
	Merge(other Detector, c *Context)
}

// Approacher is a detector that gains from a glance at several events before it
// observes them one by one: reading the places it will need, one after the other
// without using what it reads, makes them wait for memory side by side. Approach MUST
// NOT change what Observe or Findings do.
type Approacher interface {
	Approach(events []Event)
}

// Context is what a detector may ask the engine when it scores.
type Context struct {
	Names      *Names      // NameID → text; prevalence of names
	Addrs      *Prevalence // prevalence of destination addresses
	Hosts      int         // distinct source hosts seen (estimate)
	First, Now int64       // bounds of stream time, ns
	// Translate turns a NameID of the engine that is being merged in into one of
	// this engine; nil outside Merge.
	Translate func(NameID) NameID
}
