package knownbad

import (
	"slices"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/knownbad/strip"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// contact is what is known of one machine and one indicator.
type contact struct {
	host        flow.Addr // the machine; the bad one itself when it came from outside
	other       flow.Addr // the other end, the one with most bytes when there are several
	otherBytes  uint64
	first, last int64
	answered    uint32 // exchanges in which both sides spoke
	tried       uint32 // exchanges in which nobody answered
	asked       uint32 // questions to DNS
	data        uint32 // exchanges in which more came back than empty packets
	up, down    uint64 // bytes from and to the machine
	open        opened
	indicator   uint32
	nameID      detect.NameID
	name        string // as it was seen
	others      detect.Sketch
	times       strip.Strip
	port        uint16
	proto       uint8
	service     flow.Service
	class       direction.Class
	mode        mode
	zone        bool // the name seen lies beneath the indicator
	ports       bool // there was more than one port
	begun       bool // port, proto and other are set
}

// opened is the newest snapshot of an exchange that goes on; its counters run from
// the start, so that they replace those of the snapshot before.
type opened struct {
	first    int64
	up, down uint64
}

// worth is what the table would miss: how far it got, then how often.
func (c *contact) worth() float64 {
	w := float64(c.asked+c.tried) + 1
	if c.answered > 0 {
		w += 1e6 + float64(c.answered)
	}
	if c.mode != inward {
		w *= 1e6
	}
	return w
}

// see adds one record.
func (c *contact) see(r *flow.Record, s *sight) {
	c.first, c.last = min(c.first, r.First), max(c.last, r.Last, r.First)
	if s.asked {
		c.asked++
		c.times.Add(r.First, 1)
		return
	}
	if !c.begun {
		c.begun, c.port, c.proto, c.service = true, s.port, r.Proto, r.Service
	}
	if c.port != s.port || c.proto != r.Proto {
		c.ports = true
	}
	if c.service == flow.ServiceUnknown {
		c.service = r.Service
	}
	up, down := s.up*uint64(max(r.Sampling, 1)), s.down*uint64(max(r.Sampling, 1))
	c.prefer(s.other, up+down)
	c.others.Add(detect.HashAddr(s.other))
	again := c.open.first == r.First && r.Kind != flow.KindPart && (c.open.up|c.open.down) != 0
	if r.Kind == flow.KindSnapshot {
		c.open = opened{r.First, up, down}
	} else {
		if again {
			c.open = opened{}
		}
		c.up, c.down = c.up+up, c.down+down
	}
	if s.data {
		c.data++
	}
	switch {
	case again:
		return // the same exchange, seen before
	case s.answered:
		c.answered++
	default:
		c.tried++
	}
	c.times.Add(r.First, 1)
}

// prefer makes other the end that the finding names if it exchanged more at once;
// of equals the lower address, so that the order of records does not matter.
func (c *contact) prefer(other flow.Addr, bytes uint64) {
	if c.other.IsZero() || bytes > c.otherBytes || bytes == c.otherBytes && slices.Compare(other[:], c.other[:]) < 0 {
		c.other, c.otherBytes = other, bytes
	}
}

// bytes gives the bytes each way with those of an exchange still open.
func (c *contact) bytes() (up, down uint64) { return c.up + c.open.up, c.down + c.open.down }

// join adds a contact with the same key that another detector kept.
func (c *contact) join(o *contact) {
	c.first, c.last = min(c.first, o.first), max(c.last, o.last)
	c.answered, c.tried, c.asked = c.answered+o.answered, c.tried+o.tried, c.asked+o.asked
	c.data, c.up, c.down = c.data+o.data, c.up+o.up, c.down+o.down
	if o.open.first > c.open.first {
		c.open = o.open
	}
	if o.begun {
		if !c.begun {
			c.port, c.proto, c.service, c.begun = o.port, o.proto, o.service, true
		}
		if c.service == flow.ServiceUnknown {
			c.service = o.service
		}
		c.ports = c.ports || o.ports || c.port != o.port || c.proto != o.proto
		c.prefer(o.other, o.otherBytes)
	}
	if c.name == "" {
		c.name, c.zone = o.name, o.zone
	}
	if c.nameID == 0 {
		c.nameID = o.nameID
	}
	c.others.Union(&o.others)
	c.times.Join(&o.times)
}
