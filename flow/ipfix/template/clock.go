package template

import (
	"math"

	"github.com/noroshi-acd/noroshi/flow"
)

const (
	milli     = int64(1e6)
	second    = int64(1e9)
	ntpToUnix = 2208988800 // seconds from 1900 to 1970
	maxMillis = uint64(math.MaxInt64 / milli)
	maxSecond = uint64(math.MaxInt64 / second)
)

// Message is what a message says about all of its records.
type Message struct {
	Export int64 // when it was sent, ns since 1970-01-01 UTC
	// Uptime is how long the exporter had been up at Export, ms modulo 2^32; it
	// means something when Up is set.
	Uptime   uint32
	Up       bool
	Link     uint32 // for the records
	Sampling *Sampling
}

// Since sets when the exporter started, ms since 1970.
func (m *Message) Since(start uint64) {
	m.Uptime, m.Up = uint32(uint64(m.Export/milli)-start), true
}

// instant turns a value into ns since 1970; 0 when it says nothing.
func (m *Message) instant(u unit, v uint64) int64 {
	if v == 0 && u != uptime && u != microsAgo {
		return 0
	}
	switch u {
	case uptime:
		if m.Up {
			return m.Export - int64(int32(m.Uptime-uint32(v)))*milli
		}
	case millis:
		if v <= maxMillis {
			return int64(v) * milli
		}
	case seconds:
		if v <= maxSecond {
			return int64(v) * second
		}
	case ntp:
		if s := v >> 32; s >= ntpToUnix {
			return int64(s-ntpToUnix)*second + int64((v&math.MaxUint32)*1e9>>32)
		}
	case microsAgo:
		if v <= math.MaxUint32 {
			return m.Export - int64(v)*1000
		}
	}
	return 0
}

// span gives the length of a flow in ns, as far as it was stated.
func (p *Plan) span(v *Values, m *Message) int64 {
	n := v.n[length]
	switch {
	case p.lengthUnit == perMilli && n <= math.MaxUint32:
		return int64(n) * milli
	case p.lengthUnit == perMicro && n <= 1000*math.MaxUint32:
		return int64(n) * 1000
	case !m.Up && p.startUnit == uptime && p.endUnit == uptime:
		return max(0, int64(int32(uint32(v.n[end])-uint32(v.n[start])))) * milli
	}
	return 0
}

// times sets the ends of r. Where a template gives no time, or an exporter's start
// is not known, the flow is taken to end when it was exported.
func (p *Plan) times(v *Values, m *Message, r *flow.Record) {
	if p.is(boot) {
		m.Since(v.n[boot])
	}
	first, last := m.instant(p.startUnit, v.n[start]), m.instant(p.endUnit, v.n[end])
	if first == 0 || last == 0 {
		switch span := p.span(v, m); {
		case first != 0:
			last = first + span
		case last != 0:
			first = last - span
		default:
			first, last = m.Export-span, m.Export
		}
	}
	r.First, r.Last = min(first, last), max(first, last)
}
