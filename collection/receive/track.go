package receive

import "github.com/noroshi-acd/noroshi/flow/ipfix"

// Limits of what is taken for loss.
const (
	maxGap   = 1 << 20 // units; more ahead is no gap
	maxHoles = 16      // that are open at a time
)

// hole is a run of numbers that have not come.
type hole struct {
	from, to uint32 // to is behind it
	until    uint64 // the message after which it is lost
	socket   uint32 // of 256: which share of it the socket dropped
}

// track follows the numbers of an exporter by one way of counting.
type track struct {
	way    ipfix.Counting
	begun  bool
	blind  bool // the message before could not be counted
	judged uint64
	hits   uint64
	next   uint32
	probe  uint32 // what would follow, if the jump before was a restart
	probes bool
	holes  [maxHoles]hole
	open   int
	gap    uint64 // units lost before the socket
	socket uint64 // units lost at it

	late, strays, restarts uint64 // messages
}

// what became of a message.
type what uint8

const (
	inOrder what = iota
	ahead        // something before it is missing
	late         // it was missing
	restart      // the one before it was the first of a new count
	stray        // its number fits nothing so far
)

// span is which numbers a message has, by a way of counting. known is false when its
// length could not be counted.
func span(way ipfix.Counting, m *Message) (start, length uint32, known bool) {
	switch way {
	case ipfix.CountsMessages:
		return m.Number, 1, true
	case ipfix.CountsFlows:
		return m.Number, m.Flows, m.Whole
	case ipfix.CountsAfter:
		return m.Number - m.Flows, m.Flows, m.Whole
	}
	return m.Number, m.Records, m.Whole
}

// take follows a message and counts what it was.
func (t *track) take(m *Message, now, window uint64, dropped func(gap uint32) uint32) what {
	is := t.follow(m, now, window, dropped)
	switch is {
	case late:
		t.late++
	case stray:
		t.strays++
	case restart:
		t.strays--
		t.restarts++
	}
	return is
}

// follow follows a message; now is how many the exporter has sent. dropped is the share
// (of 256) of a gap of so many units that the socket dropped.
func (t *track) follow(m *Message, now, window uint64, dropped func(gap uint32) uint32) what {
	for t.open > 0 && t.holes[0].until < now {
		t.lose()
	}
	start, length, known := span(t.way, m)
	if !t.begun || t.blind {
		return t.see(start, length, known, m)
	}
	if !known && t.way == ipfix.CountsAfter {
		t.blind = true
		return inOrder
	}
	t.judged++
	switch gap := int32(start - t.next); {
	case gap == 0:
		t.hits++
		t.settle(start, length, known)
		return inOrder
	case gap > 0 && gap < maxGap:
		t.miss(hole{t.next, start, now + window, dropped(uint32(gap))})
		t.settle(start, length, known)
		return ahead
	case gap < 0 && t.fill(start, length):
		t.hits++
		return late
	case t.probes && start == t.probe:
		for t.open > 0 {
			t.lose()
		}
		t.hits++
		t.settle(start, length, known)
		return restart
	}
	t.probes, t.probe = known, start+length
	return stray
}

// see begins to count at a message. One that was blind may have come late.
func (t *track) see(start, length uint32, known bool, m *Message) what {
	if t.way == ipfix.CountsAfter && !known {
		start = m.Number
		known = true // the number behind it is its own
		length = 0
	}
	if t.begun && int32(start-t.next) < 0 && t.fill(start, length) {
		return late
	}
	t.begun = true
	t.settle(start, length, known)
	return inOrder
}

func (t *track) settle(start, length uint32, known bool) {
	t.next, t.blind, t.probes = start+length, !known, false
}

// again begins anew: the exporter has restarted. What was missing stays missing.
func (t *track) again() {
	for t.open > 0 {
		t.lose()
	}
	t.begun, t.blind, t.probes = false, false, false
}

// miss opens a hole.
func (t *track) miss(h hole) {
	if t.open == maxHoles {
		t.lose()
	}
	t.holes[t.open] = h
	t.open++
}

// lose closes the oldest hole: what is in it will not come.
func (t *track) lose() {
	h := t.holes[0]
	n := uint64(h.to - h.from)
	atSocket := (n*uint64(h.socket) + 128) / 256
	t.socket += atSocket
	t.gap += n - atSocket
	copy(t.holes[:], t.holes[1:t.open])
	t.open--
}

// fill takes a run out of the hole that it lies in.
func (t *track) fill(start, length uint32) bool {
	for i := range t.open {
		h := &t.holes[i]
		before := start - h.from // how far into the hole it begins
		if before >= h.to-h.from || length > h.to-start {
			continue
		}
		rest := hole{start + length, h.to, h.until, h.socket}
		h.to = start
		switch {
		case h.from != h.to && rest.from != rest.to:
			t.split(i, rest)
		case h.from == h.to && rest.from != rest.to:
			*h = rest
		case h.from == h.to:
			copy(t.holes[i:], t.holes[i+1:t.open])
			t.open--
		}
		return true
	}
	return false
}

// split puts what is left behind a filled run after hole i.
func (t *track) split(i int, rest hole) {
	if t.open == maxHoles {
		if t.lose(); i == 0 { // it was the one that is split: its rest is the oldest now
			i = -1
		} else {
			i--
		}
	}
	copy(t.holes[i+2:], t.holes[i+1:t.open])
	t.holes[i+1] = rest
	t.open++
}

// pending is how many units may still come.
func (t *track) pending() (n uint64) {
	for _, h := range t.holes[:t.open] {
		n += uint64(h.to - h.from)
	}
	return n
}
