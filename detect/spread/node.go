package spread

import (
	"math"
	"math/bits"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/direction"
	"github.com/noroshi-acd/noroshi/flow"
)

// use is what attackers use a service for.
type use uint8

const (
	other  use = iota
	admin      // remote administration: sessions that let the caller in
	device     // cameras, routers and the like, seldom administered by many
	data       // databases
	web        // so much honest use that only failures count
)

// useOf says what a TCP port is used for by what spreads.
func useOf(port uint16) use {
	switch port {
	case 22, 135, 139, 445, 3389, 5900, 5985, 5986, 2222:
		return admin
	case 23, 2323, 5555, 7547, 37215, 52869, 8291, 60001, 9530, 34567, 49152:
		return device
	case 1433, 3306, 5432, 1521, 6379, 9200, 27017, 2375, 11211:
		return data
	case 80, 81, 8000, 8080, 8081, 8088, 8443, 7001:
		return web
	}
	return other
}

const (
	targetWords = 4 // 256 bits: distinct machines turned to
	burstWords  = 2 // 128 bits: those new within a burst or an hour
	hour        = int64(3600e9)
)

// node is one host as a user of one service. It holds no pointer.
type node struct {
	addr, parent flow.Addr // parent: who was let in here last, zero for nobody
	seen         int64     // ns: first exchange either way
	last         int64     // ns: last turned to somebody
	parentAt     int64     // ns
	burstAt      int64     // ns: begin of the running burst
	hourAt       int64     // ns: begin of the running hour
	outbreakAt   int64     // ns: begin of the first burst that was an outbreak, 0 for none
	peakAt       int64     // ns: begin of the hour with most new sessions
	tried        uint32
	failed       uint32
	port         uint16
	before       uint16 // machines turned to when the parent came
	parentWide   uint16 // machines the parent had turned to by then
	peak         uint16 // most new machines that let it in within one hour
	past         uint16 // the most of the hours before that
	inside       bool
	parentInside bool
	class        direction.Class
	targets      [targetWords]uint64
	sessions     [targetWords]uint64 // machines that let it in
	burst        [burstWords]uint64
	hourly       [burstWords]uint64
}

func nodeKey(a flow.Addr, port uint16) uint64 {
	return detect.Mix(detect.HashAddr(a) ^ uint64(port)*0x9e3779b97f4a7c15)
}

// set notes h in a bitmap and says whether it was new there.
func set(bitmap []uint64, h uint64) bool {
	w, b := &bitmap[h>>6%uint64(len(bitmap))], uint64(1)<<(h&63)
	fresh := *w&b == 0
	*w |= b
	return fresh
}

// count estimates distinct things from a bitmap by linear counting.
func count(bitmap []uint64) float64 {
	ones, size := 0, 64*float64(len(bitmap))
	for _, w := range bitmap {
		ones += bits.OnesCount64(w)
	}
	if zero := size - float64(ones); zero >= 1 {
		return size * math.Log(size/zero)
	}
	return size * math.Log(2*size)
}

// turn notes that the host turned to dst, and whether it failed.
func (n *node) turn(dst flow.Addr, now int64, outcome detect.Outcome, cfg *Config) {
	h := detect.HashAddr(dst)
	n.tried++
	n.last = now
	if outcome == detect.OutcomeFailed {
		n.failed++
	}
	if set(n.targets[:], h) {
		if now-n.burstAt > int64(cfg.Burst) {
			n.burstAt, n.burst = now, [burstWords]uint64{}
		}
		set(n.burst[:], h)
		if n.outbreakAt == 0 && count(n.burst[:]) >= float64(cfg.Outbreak) {
			n.outbreakAt = max(1, n.burstAt) // some clocks count from zero
		}
	}
	if outcome == detect.OutcomeAnswered && set(n.sessions[:], h) {
		n.session(h, now)
	}
}

// session notes that a machine let the host in for the first time.
func (n *node) session(h uint64, now int64) {
	if now-n.hourAt > hour {
		n.hourAt, n.hourly = now, [burstWords]uint64{}
	}
	set(n.hourly[:], h)
	c := uint16(math.Round(count(n.hourly[:])))
	switch {
	case n.hourAt == n.peakAt:
		n.peak = c
	case c > n.peak:
		n.past, n.peak, n.peakAt = n.peak, c, n.hourAt
	default:
		n.past = max(n.past, c)
	}
}

// letIn notes that from was let in here. One that turned to many machines is
// remembered rather than one that did not.
func (n *node) letIn(from *node, now int64, cfg *Config) {
	if n.outbreakAt != 0 || from.addr == n.addr {
		return
	}
	wide, turned := uint16(math.Round(count(from.targets[:]))), uint16(math.Round(count(n.targets[:])))
	if !n.parent.IsZero() && now-n.parentAt <= int64(cfg.Incubation) &&
		(n.parentWide >= 3 && wide < 3 || turned > n.before+2) {
		return // the earlier one explains what may have begun
	}
	n.parent, n.parentAt, n.parentWide, n.parentInside = from.addr, now, wide, from.inside
	n.before = turned
}

func (n *node) failedShare() float64 { return float64(n.failed) / float64(max(1, n.tried)) }
