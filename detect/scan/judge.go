package scan

import (
	"math"

	"github.com/noroshi-acd/noroshi/flow"
)

// mode is the shape of a scan.
type mode uint8

const (
	none       mode = iota
	vertical        // many services of one target
	horizontal      // one service of many targets
	block           // many of many
)

// String gives the mode's name in evidence and message keys.
func (m mode) String() string { return [...]string{"none", "vertical", "horizontal", "block"}[m] }

// verdict is what a window's probes amount to.
type verdict struct {
	score    float32
	walk     float32
	targets  uint32
	services uint32
	probes   uint32
	answered uint32
	first    int64
	last     int64
	dst      flow.Addr // vertical
	service  service   // horizontal
	mode     mode
}

// Scores are made from the net breadth: distinct targets or services whose first
// contact failed, less those that answered. 25 are High.
const (
	highBreadth = 25.0
	unproven    = 0.45 // the walk has not come far enough, whatever the breadth
	sweepScore  = 0.85 // pings alone
)

func scoreOf(breadth float64) float64 {
	if breadth <= 0 {
		return 0
	}
	return 1 - math.Exp(-2*math.Ln2/highBreadth*breadth)
}

// judge weighs the window.
func (s *source) judge() verdict {
	v := s.judgeBlock()
	for i := range s.services {
		if b := &s.services[i]; b.probes > 0 {
			v = worse(v, s.judgeService(b))
		}
	}
	for i := range s.hosts {
		if b := &s.hosts[i]; b.probes > 0 {
			v = worse(v, s.judgeTarget(b))
		}
	}
	v.first, v.last = s.first, s.last
	return v
}

func worse(a, b verdict) verdict {
	if b.score > a.score {
		return b
	}
	return a
}

// judgeService weighs one service over many targets.
func (s *source) judgeService(b *byService) verdict {
	n := min(count(b.targets[:]), float64(b.probes))
	net := n - float64(b.answered)
	if b.web() {
		// A broken path beside one that works, to about as many servers.
		net = min(net, n*max(0, 1-1.25*float64(s.answered)/float64(b.probes)))
	}
	if b.noisy() {
		net *= 0.3
	}
	if !b.known() {
		// Peer-to-peer: this port is one of many, and some peers answer.
		if others := 1 - min(1, float64(b.probes)/float64(s.probes)); others > 0.2 {
			net *= 0.3 * (1 - others)
		}
		if float64(s.answered) > 0.05*float64(s.probes) {
			net *= 0.3
		}
	}
	score := scoreOf(net)
	if b.top < enough {
		score = min(score, unproven)
	}
	if b.proto == protoICMP || b.proto == protoICMPv6 {
		score = min(score, sweepScore)
	}
	return verdict{
		mode: horizontal, score: float32(score), walk: b.top, service: b.service,
		targets: uint32(math.Round(n)), services: 1, probes: uint32(b.probes), answered: uint32(b.answered),
	}
}

// judgeTarget weighs one target over many services.
func (s *source) judgeTarget(b *byTarget) verdict {
	n := min(count(b.services[:]), float64(b.probes))
	score := scoreOf(n - float64(b.answered))
	if b.top < enough {
		score = min(score, unproven)
	}
	return verdict{
		mode: vertical, score: float32(score), walk: b.top, dst: b.addr,
		targets: 1, services: uint32(math.Round(n)), probes: uint32(b.probes), answered: uint32(b.answered),
	}
}

// judgeBlock weighs many services of many targets: each target asked for several
// services and each service asked of several targets, or system ports all over.
func (s *source) judgeBlock() verdict {
	targets, ports, probes := float64(s.targets.Count()), float64(s.ports.Count()), float64(s.probes)
	if targets < 4 || ports < 4 {
		return verdict{}
	}
	answered := float64(s.answered)
	if !(probes >= 2*targets && probes >= 2*ports) {
		if float64(s.system) < 0.7*probes || ports < 12 {
			return verdict{}
		}
		answered = 2 * float64(s.answered)
	}
	walk := float32(stepFailed*probes + stepAnswered*float64(s.answered))
	score := scoreOf(min(probes, targets*ports) - answered)
	if walk < enough {
		score = min(score, unproven)
	}
	return verdict{
		mode: block, score: float32(score), walk: walk,
		targets: uint32(targets), services: uint32(ports), probes: s.probes, answered: s.answered,
	}
}
