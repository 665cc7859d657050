package sflow

import (
	"cmp"
	"slices"

	"github.com/noroshi-acd/noroshi/flow"
)

// agentKey is one stream of datagrams.
type agentKey struct {
	from  flow.Addr // where datagrams come from
	agent flow.Addr // what they say they come from
	sub   uint32
}

// agent is what is known of a stream.
type agent struct {
	key       agentKey
	link      uint32
	used      uint64
	begun     bool
	number    uint32
	datagrams uint64
	flows     uint64
	lost      uint64
	dropped   uint64
	drops     map[uint64]uint32 // last count of each source
}

// Limits of what is remembered and believed.
const (
	maxSources = 256
	maxGap     = 1 << 20
	maxLate    = 1 << 10
)

func (d *Decoder) agent(key agentKey) *agent {
	d.tick++
	a := d.last
	if a == nil || a.key != key {
		if a = d.agents[key]; a == nil {
			a = d.begin(key)
		}
		d.last = a
	}
	a.used = d.tick
	a.datagrams++
	return a
}

func (d *Decoder) begin(key agentKey) *agent {
	if len(d.agents) >= d.o.Agents {
		var oldest *agent
		for _, a := range d.agents {
			if oldest == nil || a.used < oldest.used {
				oldest = a
			}
		}
		delete(d.agents, oldest.key)
		d.stats.Evicted++
	}
	d.links++
	a := &agent{key: key, link: d.links, drops: map[uint64]uint32{}}
	if d.o.Link != nil {
		a.link = d.o.Link(key.from, key.agent, key.sub)
	}
	d.agents[key] = a
	return a
}

// follow takes up the number of a datagram.
func (a *agent) follow(n uint32) {
	switch ahead := n - a.number; {
	case !a.begun:
	case -ahead > 0 && -ahead < maxLate: // it comes late: it was taken for lost
		a.lost -= min(a.lost, 1)
		return
	case ahead > 1 && ahead < maxGap:
		a.lost += uint64(ahead - 1)
	}
	a.begun, a.number = true, n
}

// drop takes up how many packets a source has failed to sample since it started.
func (a *agent) drop(source uint64, drops uint32) {
	last, known := a.drops[source]
	switch {
	case known && drops-last < maxGap:
		a.dropped += uint64(drops - last)
	case !known && len(a.drops) >= maxSources:
		return
	}
	if !known || last != drops {
		a.drops[source] = drops
	}
}

// AgentStats is what one agent sent.
type AgentStats struct {
	From, Agent flow.Addr
	Sub         uint32
	Link        uint32 // as in the records
	Datagrams   uint64
	Flows       uint64
	Lost        uint64 // datagrams missing by their numbers
	Dropped     uint64 // packets that the agent should have sampled and could not
}

// Agents lists what was received, in the order of links.
func (d *Decoder) Agents() []AgentStats {
	var all []AgentStats
	for _, a := range d.agents {
		all = append(all, AgentStats{From: a.key.from, Agent: a.key.agent, Sub: a.key.sub, Link: a.link,
			Datagrams: a.datagrams, Flows: a.flows, Lost: a.lost, Dropped: a.dropped})
	}
	slices.SortFunc(all, func(a, b AgentStats) int { return cmp.Or(cmp.Compare(a.Link, b.Link), cmp.Compare(a.Sub, b.Sub)) })
	return all
}
