package export

import (
	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/packet/header"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// Belief says when exports in a capture are read.
type Belief uint8

// The beliefs.
const (
	Mostly Belief = iota // while exports are most of the capture's UDP datagrams
	Always
	Never
)

// Options say how exports are read; the zero value is for use.
type Options struct {
	Belief Belief
	IPFIX  ipfix.Options // its Link is not used
	SFlow  sflow.Options // its Link is not used
}

// Collector reads the exports of all inputs of a run. It has one owner.
type Collector struct {
	o     Options
	flows *ipfix.Decoder
	sflow *sflow.Decoder
	links map[point]uint32
	files uint32
	told  uint64 // data sets without template that were reported
}

// point is an observation point: a domain of an exporter, or an agent of sFlow.
type point struct {
	file   uint32 // of an exporter whose messages lie in a file
	addr   flow.Addr
	domain uint32
	sflow  bool
}

// maxLinks is how many observation points get a number of their own.
const maxLinks = 1 << 16

// NewCollector makes a collector.
func NewCollector(o Options) *Collector {
	c := &Collector{o: o, links: map[point]uint32{}}
	o.IPFIX.Link = func(from ipfix.Exporter, _ uint16, domain uint32) uint32 {
		return c.link(point{addr: from.Addr, domain: domain})
	}
	o.SFlow.Link = func(_, agent flow.Addr, sub uint32) uint32 {
		return c.link(point{addr: agent, domain: sub, sflow: true})
	}
	c.flows, c.sflow = ipfix.NewDecoder(o.IPFIX), sflow.NewDecoder(o.SFlow)
	return c
}

// Link numbers a domain of an exporter, from 1, where somebody else received what it
// exported; the zero address stands for all that are not known. In a capture the same
// exporter has the same number.
func (c *Collector) Link(exporter flow.Addr, domain uint32) uint32 {
	return c.link(point{addr: exporter, domain: domain})
}

// link numbers an observation point, from 1.
func (c *Collector) link(p point) uint32 {
	n, known := c.links[p]
	if !known {
		if len(c.links) >= maxLinks {
			return maxLinks
		}
		n = uint32(len(c.links)) + 1
		c.links[p] = n
	}
	return n
}

// Exporters lists the exporters met in captures.
func (c *Collector) Exporters() []ipfix.ExporterStats { return c.flows.Exporters() }

// Agents lists the agents of sFlow met in captures.
func (c *Collector) Agents() []sflow.AgentStats { return c.sflow.Agents() }

// Capture is what is known of the exports in one capture. It has one owner, that of
// its collector.
type Capture struct {
	c         *Collector
	datagrams uint64 // of UDP, with payload
	exports   uint64
}

// Capture begins to look at another capture.
func (c *Collector) Capture() *Capture { return &Capture{c: c} }

// Datagram looks at the payload of the UDP packet h, which stands at the place at. If
// it is an export and believed, its flows are appended to b, and is is true. The error
// is about a part of it that could not be read; all others were.
func (x *Capture) Datagram(h *header.Packet, at fault.Place, b *flow.Batch) (is bool, err error) {
	x.datagrams++
	if x.c.o.Belief == Never {
		return false, nil
	}
	protocol := Recognise(h.Payload)
	if protocol == None && usual(h.DstPort) {
		protocol = byPort(h.Payload)
	}
	if protocol == None {
		return false, nil
	}
	x.exports++
	if x.c.o.Belief == Mostly && x.exports*2 <= x.datagrams {
		return false, nil
	}
	if protocol == SFlow {
		err = x.c.sflow.Decode(h.Payload, h.Src, h.Time, b)
	} else {
		err = x.c.flows.Decode(h.Payload, ipfix.Exporter{Addr: h.Src, Port: h.SrcPort}, b)
	}
	if err != nil {
		return true, explain(err, at)
	}
	return true, nil
}

// End says, at the end of the capture, what is missing: data whose template did not
// come.
func (x *Capture) End(at fault.Place) error {
	if x.exports == 0 {
		return nil
	}
	n := x.c.flows.Unread()
	if n <= x.c.told {
		return nil
	}
	missing := n - x.c.told
	x.c.told = n
	return unread(missing, at)
}
