package share

import (
	"strconv"

	"github.com/noroshi-acd/noroshi/flow/ipfix"
	"github.com/noroshi-acd/noroshi/flow/sflow"
	"github.com/noroshi-acd/noroshi/internal/i18n"
)

// Exporter is a device whose reports of flows stood in a capture.
type Exporter struct {
	Addr     string // covered where it must be
	Protocol string // NetFlow v5, NetFlow v9, IPFIX, sFlow v5
	Domain   uint32 // observation domain, engine or sub-agent
	Messages uint64 // datagrams that came
	Flows    uint64
	Unread   uint64 // sets of data whose template never came
	Lost     uint64 // missing by the sequence numbers, in Units
	Units    Unit
	Dropped  uint64 // packets that it should have sampled and could not (sFlow)
}

// Unit is what an exporter's sequence numbers count.
type Unit string

// The units.
const (
	Datagrams Unit = "datagrams"
	Records   Unit = "records"
	NotTold   Unit = "" // in no way that was recognised: no loss can be told
)

// Whole says that nothing of x is known to be missing.
func (x *Exporter) Whole() bool { return x.Unread == 0 && x.Lost == 0 && x.Dropped == 0 }

// Text says in a sentence what is missing of x.
func (x *Exporter) Text() i18n.Text {
	key := "share.lost." + string(x.Units)
	switch {
	case x.Units == NotTold:
		key = "share.lost.unknown"
	case x.Lost == 0:
		key = "share.lost.none"
	}
	args := []any{"from", i18n.Escape(x.Addr), "protocol", x.Protocol, "domain", strconv.FormatUint(uint64(x.Domain), 10), "lost", x.Lost, "unread", x.Unread, "dropped", x.Dropped, "messages", x.Messages}
	t := i18n.Both(key, args...)
	add := func(key string, n uint64) {
		if more := i18n.Both(key, args...); n > 0 {
			t.JA, t.EN = t.JA+more.JA, t.EN+" "+more.EN
		}
	}
	add("share.lost.templates", x.Unread)
	add("share.lost.dropped", x.Dropped)
	return t
}

// TellExporters gives exporters of flows and agents of sFlow under cover.
func TellExporters(flows []ipfix.ExporterStats, agents []sflow.AgentStats, c Cover) []Exporter {
	var out []Exporter
	for _, f := range flows {
		x := Exporter{Addr: c.Addr(f.Addr), Domain: f.Domain, Messages: f.Messages, Flows: f.Flows, Unread: f.Unread, Lost: f.Lost, Units: Records}
		switch f.Version {
		case 5:
			x.Protocol = "NetFlow v5"
		case 9:
			x.Protocol = "NetFlow v9"
		default:
			x.Protocol = "IPFIX"
		}
		switch f.Counting {
		case ipfix.CountsMessages:
			x.Units = Datagrams
		case ipfix.CountsUnknown:
			x.Units, x.Lost = NotTold, 0
		}
		out = append(out, x)
	}
	for _, a := range agents {
		out = append(out, Exporter{Addr: c.Addr(a.Agent), Protocol: "sFlow v5", Domain: a.Sub, Messages: a.Datagrams, Flows: a.Flows, Lost: a.Lost, Units: Datagrams, Dropped: a.Dropped})
	}
	return out
}
