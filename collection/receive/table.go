package receive

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"slices"

	"github.com/noroshi-acd/noroshi/flow/ipfix"
)

// Options are the limits of a table; zero fields take the default.
type Options struct {
	Exporters int // remembered at once; 4,096
	Window    int // messages of an exporter that may overtake one; 32
	Idle      int // datagrams of all exporters after which a silent one may be forgotten; 1,048,576
	// Accept says from which addresses datagrams are taken; nil takes all. Addresses can
	// be forged: it keeps out mistakes, and makes forging guess.
	Accept func(netip.Addr) bool
}

// Verdict is what a datagram is by its number.
type Verdict uint8

// The verdicts. A caller drops the records of Repeat, which it has counted already, and
// of Refused.
const (
	New      Verdict = iota // its records are new: in order, or after a gap
	Late                    // the same, after others that were sent later
	Restart                 // the exporter has begun a new count
	Stray                   // its number fits nothing so far; its records are new
	Repeat                  // it came before, octet for octet
	Refused                 // Accept does not take its sender
	Together                // of an exporter too many: counted, its numbers not followed
)

// repeats is how many datagrams of each exporter are known again.
const repeats = 64

// key is what an exporter is known by. Port is 0 until two are found to speak as one.
type key struct {
	from     netip.AddrPort
	agent    netip.Addr
	domain   uint32
	protocol Protocol
}

// exporter is what is known of one.
type exporter struct {
	Exporter
	port   uint16
	was    uint16 // the port before a restart on another one
	moved  uint64 // the message at which it changed
	split  bool   // two speak as one: told apart by their ports
	uptime uint32
	tick   uint64
	tracks []track
	recent [repeats]uint64
}

// Exporter is what was received from one exporter, in one domain.
type Exporter struct {
	From     netip.AddrPort // port 0 unless two exporters of one address and domain were told apart by it
	Protocol Protocol
	Domain   uint32
	Agent    netip.Addr // of sFlow
	// Datagrams are those that came, repeated ones too; Bytes are of their contents.
	Datagrams, Bytes uint64
	Records          uint64 // flow records made, but of Repeats
	Undecodable      uint64 // datagrams of which a part could not be read
	Late             uint64 // datagrams that others had overtaken; not lost
	Repeats          uint64 // datagrams that came before, octet for octet
	Restarts         uint64 // new counts
	Strays           uint64 // datagrams whose numbers fit nothing

	// What is missing for good, in units of Counting: lost before the socket, and dropped
	// at it. Pending may still come.
	LostGap, LostSocket, Pending uint64
	Counting                     ipfix.Counting // CountsUnknown: no loss can be told
}

// LostRecords gives the losses in records. Where the exporter counts messages it is an
// estimate by the mean of what came, and exact is false.
func (e Exporter) LostRecords() (gap, socket uint64, exact bool) {
	if e.Counting != ipfix.CountsMessages {
		return e.LostGap, e.LostSocket, true
	}
	seen := max(e.Datagrams-e.Repeats, 1)
	mean := func(n uint64) uint64 { return uint64(float64(n)*float64(e.Records)/float64(seen) + 0.5) }
	return mean(e.LostGap), mean(e.LostSocket), e.LostGap+e.LostSocket == 0
}

// Totals are what a table counts beside its exporters.
type Totals struct {
	Datagrams   uint64 // all that came
	Unreadable  uint64 // of these, without a head of a known protocol
	Refused     uint64 // of these, by Accept
	Together    uint64 // of these, of exporters too many
	Records     uint64 // of Together, and of exporters that were forgotten
	Forgotten   uint64 // exporters that were silent, to make room
	LostGap     uint64 // of those, in their units
	LostSocket  uint64 // of those, in their units
	Undecodable uint64 // of those and Together, datagrams
	Dropped     uint64 // datagrams that the kernel dropped at the socket
	Unplaced    uint64 // of these, for which no exporter's gap was found (yet)
}

// Table follows the exporters of one socket. It has one owner.
type Table struct {
	o      Options
	all    map[key]*exporter
	last   *exporter
	lastIs key
	seed   maphash.Seed
	totals Totals
	looked uint64 // the datagram at which room was looked for
}

// NewTable makes a table that knows nobody.
func NewTable(o Options) *Table {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&o.Exporters, 4096)
	set(&o.Window, 32)
	set(&o.Idle, 1<<20)
	return &Table{o: o, all: map[key]*exporter{}, seed: maphash.MakeSeed()}
}

// Drops says that the kernel has dropped n datagrams before the next one that is taken.
func (t *Table) Drops(n uint64) {
	t.totals.Dropped += n
	t.totals.Unplaced += n
}

// Unreadable counts a datagram that Head could not read.
func (t *Table) Unreadable() { t.totals.Datagrams++; t.totals.Unreadable++ }

// Take follows a datagram that Head has read and a decoder has counted.
func (t *Table) Take(datagram []byte, from netip.AddrPort, m Message) Verdict {
	t.totals.Datagrams++
	if t.o.Accept != nil && !t.o.Accept(from.Addr()) {
		t.totals.Refused++
		return Refused
	}
	e := t.exporter(key{netip.AddrPortFrom(from.Addr(), 0), m.Agent, m.Domain, m.Protocol})
	if e != nil && e.split {
		e = t.exporter(key{from, m.Agent, m.Domain, m.Protocol})
	}
	if e == nil {
		t.totals.Together++
		t.totals.Records += m.Made
		if m.Bad {
			t.totals.Undecodable++
		}
		return Together
	}
	e.tick = t.totals.Datagrams
	e.Datagrams++
	e.Bytes += uint64(len(datagram))
	if m.Bad {
		e.Undecodable++
	}
	sum := maphash.Bytes(t.seed, datagram)
	if slices.Contains(e.recent[:], sum) {
		e.Repeats++
		return Repeat
	}
	e.recent[e.Datagrams%repeats] = sum
	e.Records += m.Made
	return t.follow(e, from.Port(), &m)
}

// follow takes up the number of a new message.
func (t *Table) follow(e *exporter, port uint16, m *Message) Verdict {
	first := e.Datagrams == 1
	best := e.best()
	fits := first || best.fits(m)
	fell := m.Protocol != IPFIX && int32(m.Uptime-e.uptime) < -10_000
	begins := !first && !fits && (fell || port != e.port)
	if !first && port != e.port {
		if port == e.was && e.Datagrams-e.moved < repeats && !fits {
			e.split = true // the old one speaks again: they are two
			return Stray
		}
		e.was, e.port, e.moved = e.port, port, e.Datagrams
	}
	if begins {
		e.again()
	}
	if first || begins || int32(m.Uptime-e.uptime) > 0 {
		e.port, e.uptime = port, m.Uptime
	}
	return verdict(t.number(e, best, m), begins)
}

// again begins a new count by all ways.
func (e *exporter) again() {
	for i := range e.tracks {
		e.tracks[i].again()
	}
	e.Restarts++
}

// fits says whether a message can follow, with at most a small gap.
func (t *track) fits(m *Message) bool {
	start, _, _ := span(t.way, m)
	gap := int32(start - t.next)
	return t.begun && !t.blind && gap >= 0 && gap < maxGap/256
}

// number gives a message to all ways of counting, and says what it is by the best one.
func (t *Table) number(e *exporter, best *track, m *Message) what {
	is, owed := inOrder, t.totals.Unplaced
	for i := range e.tracks {
		track := &e.tracks[i]
		var placed uint64
		got := track.take(m, e.Datagrams, uint64(t.o.Window), func(gap uint32) uint32 {
			missing := max(e.datagrams(track.way, gap), 1)
			placed = min(owed, missing)
			return uint32(placed * 256 / missing)
		})
		if track == best {
			is = got
			t.totals.Unplaced -= placed
		}
	}
	return is
}

// datagrams is about how many datagrams a gap is.
func (e *exporter) datagrams(way ipfix.Counting, gap uint32) uint64 {
	if way == ipfix.CountsMessages || e.Records == 0 {
		return uint64(gap)
	}
	seen := e.Datagrams - e.Repeats
	return (uint64(gap)*seen + e.Records/2) / e.Records
}

func verdict(is what, begins bool) Verdict {
	switch {
	case begins || is == restart:
		return Restart
	case is == late:
		return Late
	case is == stray:
		return Stray
	}
	return New
}

// best is the way of counting that fits most messages; the standard's, if none fits better.
func (e *exporter) best() *track {
	best := &e.tracks[0]
	for i := range e.tracks {
		if e.tracks[i].hits > best.hits {
			best = &e.tracks[i]
		}
	}
	return best
}

// ways are the ways of counting that are tried, the standard's first.
func (p Protocol) ways() []ipfix.Counting {
	switch p {
	case NetFlow5:
		return []ipfix.Counting{ipfix.CountsRecords}
	case NetFlow9:
		return []ipfix.Counting{ipfix.CountsMessages, ipfix.CountsRecords, ipfix.CountsFlows}
	case IPFIX:
		return []ipfix.Counting{ipfix.CountsRecords, ipfix.CountsFlows, ipfix.CountsAfter, ipfix.CountsMessages}
	}
	return []ipfix.Counting{ipfix.CountsMessages}
}

// exporter finds or makes an entry; nil when there are too many.
func (t *Table) exporter(k key) *exporter {
	if t.last != nil && t.lastIs == k {
		return t.last
	}
	e := t.all[k]
	if e == nil {
		if len(t.all) >= t.o.Exporters && !t.makeRoom() {
			return nil
		}
		e = &exporter{Exporter: Exporter{From: k.from, Protocol: k.protocol, Domain: k.domain, Agent: k.agent}}
		for _, way := range k.protocol.ways() {
			e.tracks = append(e.tracks, track{way: way})
		}
		t.all[k] = e
	}
	t.last, t.lastIs = e, k
	return e
}

// makeRoom forgets the exporter that was silent for longest. It looks only once in a
// while: strangers must not be able to make it look all the time.
func (t *Table) makeRoom() bool {
	now := t.totals.Datagrams
	if now-t.looked < uint64(t.o.Exporters) {
		return false
	}
	t.looked = now
	var oldest key
	least := now
	for k, e := range t.all {
		if e.tick < least {
			oldest, least = k, e.tick
		}
	}
	if now-least < uint64(t.o.Idle) {
		return false
	}
	e := t.all[oldest].show(true)
	delete(t.all, oldest)
	t.last = nil
	t.totals.Forgotten++
	t.totals.Records += e.Records
	t.totals.LostGap += e.LostGap
	t.totals.LostSocket += e.LostSocket
	t.totals.Undecodable += e.Undecodable
	return true
}

// show gives what is known of an exporter; all counts what may still come as lost.
func (e *exporter) show(all bool) Exporter {
	x, best := e.Exporter, *e.best()
	for all && best.open > 0 {
		best.lose()
	}
	x.Late, x.Strays, x.Restarts = best.late, best.strays, x.Restarts+best.restarts
	x.LostGap, x.LostSocket, x.Pending, x.Counting = best.gap, best.socket, best.pending(), best.way
	if len(e.tracks) > 1 && best.judged > 0 && best.hits*2 < best.judged {
		x.LostGap, x.LostSocket, x.Pending, x.Counting = 0, 0, 0, ipfix.CountsUnknown
	}
	return x
}

// Exporters lists what is known, in the order of addresses, protocols and domains. all
// counts what may still come as lost: for the last page, when nothing comes any more.
func (t *Table) Exporters(all bool) []Exporter {
	list := make([]Exporter, 0, len(t.all))
	for _, e := range t.all {
		list = append(list, e.show(all))
	}
	slices.SortFunc(list, func(a, b Exporter) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Protocol, b.Protocol), a.Agent.Compare(b.Agent), cmp.Compare(a.Domain, b.Domain))
	})
	return list
}

// Totals gives the counts beside exporters.
func (t *Table) Totals() Totals { return t.totals }
