package receive

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/noroshi-acd/noroshi/flow/ipfix"
)

var home = netip.MustParseAddrPort("192.0.2.1:2055")

// sender makes the messages of one exporter.
type sender struct {
	protocol Protocol
	way      ipfix.Counting
	number   uint32
	uptime   uint32
	sent     uint32
	options  bool // some messages have records about the exporter too
}

func (s *sender) next(g *rand.Rand) Message {
	m := Message{Protocol: s.protocol, Domain: 7, Uptime: s.uptime}
	m.Flows, m.Whole = 1+g.Uint32N(30), true
	m.Records, m.Made = m.Flows, uint64(m.Flows)
	if s.options && g.IntN(4) == 0 {
		m.Records += 1 + g.Uint32N(3)
	}
	if s.protocol != IPFIX {
		s.uptime += 100
	}
	units := map[ipfix.Counting]uint32{ipfix.CountsRecords: m.Records, ipfix.CountsMessages: 1, ipfix.CountsFlows: m.Flows, ipfix.CountsAfter: m.Flows}[s.way]
	m.Number = s.number
	s.number += units
	if s.way == ipfix.CountsAfter {
		m.Number = s.number
	}
	s.sent++
	return m
}

func (s *sender) units(m Message) uint64 {
	_, n, _ := span(s.way, &m)
	return uint64(n)
}

// TestExact: messages are dropped, repeated and reordered, and the exporter restarts; all
// is counted as it was, for every way of counting.
func TestExact(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, tt := range []sender{
		{protocol: NetFlow5, way: ipfix.CountsRecords},
		{protocol: NetFlow9, way: ipfix.CountsMessages, options: true},
		{protocol: IPFIX, way: ipfix.CountsRecords, options: true},
		{protocol: IPFIX, way: ipfix.CountsAfter, options: true},
		{protocol: IPFIX, way: ipfix.CountsFlows, options: true},
		{protocol: SFlow5, way: ipfix.CountsMessages},
	} {
		for round := range 10 {
			t.Run(fmt.Sprintf("%v/%d/%d", tt.protocol, tt.way, round), func(t *testing.T) {
				exact(t, tt, rand.New(rand.NewPCG(seed, uint64(round))))
			})
		}
	}
}

func exact(t *testing.T, s sender, g *rand.Rand) {
	table := NewTable(Options{})
	s.number, s.uptime = g.Uint32(), 1<<31
	want := Exporter{From: netip.AddrPortFrom(home.Addr(), 0), Protocol: s.protocol, Domain: 7, Counting: s.way}
	var unique uint64
	for life := range 4 {
		if life > 0 {
			want.Restarts++
			s.number, s.uptime = 0, 1000
		}
		var sent []Message
		for range 300 {
			sent = append(sent, s.next(g))
		}
		calm := func(i int) bool { return i < 4 || i >= len(sent)-2 }
		var arrive []int
		for i := range sent {
			if !calm(i) && g.IntN(20) == 0 {
				want.LostGap += s.units(sent[i])
				continue
			}
			arrive = append(arrive, i)
		}
		for i := 4; i < len(arrive)-8; i += 8 { // one in some is overtaken by a few
			if g.IntN(3) == 0 {
				k := i + 1 + g.IntN(5)
				x := arrive[i]
				copy(arrive[i:k], arrive[i+1:k+1])
				arrive[k] = x
				want.Late++
			}
		}
		for _, i := range arrive {
			unique++
			datagram := binary.BigEndian.AppendUint64(nil, unique)
			for n := range 2 {
				if n == 1 && g.IntN(15) > 0 {
					break
				}
				want.Datagrams++
				want.Bytes += 8
				is := table.Take(datagram, home, sent[i])
				if (n == 1) != (is == Repeat) {
					t.Fatalf("life %d, message %d: %d", life, i, is)
				}
				if n == 1 {
					want.Repeats++
				} else {
					want.Records += sent[i].Made
				}
			}
		}
	}
	got := table.Exporters(true)
	if diff := cmp.Diff([]Exporter{want}, got, cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})); diff != "" {
		t.Errorf("(-sent +counted)\n%s", diff)
	}
}

// TestWindow: what comes within the window is not lost, what comes behind it is told as
// lost before; until then it is pending.
func TestWindow(t *testing.T) {
	s := sender{protocol: NetFlow9, way: ipfix.CountsMessages}
	g := rand.New(rand.NewPCG(1, 1))
	table := NewTable(Options{Window: 8})
	take := func(m Message) Verdict {
		return table.Take(fmt.Append(nil, m.Number), home, m)
	}
	take(s.next(g))
	overtaken, lost := s.next(g), s.next(g)
	for range 5 {
		take(s.next(g))
	}
	if x := table.Exporters(false)[0]; x.LostGap != 0 || x.Pending != 2 {
		t.Errorf("in the window: %+v", x)
	}
	if got := take(overtaken); got != Late {
		t.Errorf("overtaken by five: %d", got)
	}
	for range 10 {
		take(s.next(g))
	}
	if x := table.Exporters(false)[0]; x.LostGap != 1 || x.Pending != 0 || x.Late != 1 {
		t.Errorf("behind the window: %+v", x)
	}
	if got := take(lost); got != Stray {
		t.Errorf("after the window: %d", got)
	}
	take(s.next(g))
	if x := table.Exporters(true)[0]; x.LostGap != 1 || x.Strays != 1 || x.Restarts != 0 {
		t.Errorf("a stray: %+v", x)
	}
}

// TestWrap: numbers and uptimes that wrap are neither gap nor restart.
func TestWrap(t *testing.T) {
	for _, p := range []Protocol{NetFlow5, IPFIX} {
		s := sender{protocol: p, way: ipfix.CountsRecords, number: 1<<32 - 500, uptime: 1<<32 - 1000}
		g := rand.New(rand.NewPCG(2, 2))
		table := NewTable(Options{})
		for i := range 200 {
			if got := table.Take(fmt.Append(nil, i), home, s.next(g)); got != New {
				t.Fatalf("%v, message %d: %d", p, i, got)
			}
		}
		if x := table.Exporters(true)[0]; x.LostGap != 0 || x.Restarts != 0 {
			t.Errorf("%+v", x)
		}
	}
}

// TestTwoAsOne: two exporters of one address and domain are told apart by their ports.
func TestTwoAsOne(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 3))
	a := sender{protocol: IPFIX, way: ipfix.CountsRecords, number: 1000}
	b := sender{protocol: IPFIX, way: ipfix.CountsRecords, number: 5_000_000}
	table := NewTable(Options{})
	for i := range 200 {
		s, port := &a, uint16(4000)
		if i%2 == 1 {
			s, port = &b, 4001
		}
		table.Take(fmt.Append(nil, i), netip.AddrPortFrom(home.Addr(), port), s.next(g))
	}
	for _, x := range table.Exporters(true) {
		if x.LostGap != 0 || x.From.Port() != 0 && (x.Datagrams < 90 || x.Strays+x.Restarts != 0) {
			t.Errorf("%+v", x)
		}
	}
	if n := len(table.Exporters(true)); n != 3 {
		t.Errorf("%d exporters", n)
	}
}

// TestRestartOnAnotherPort: an exporter that comes back from another port has restarted,
// also where there is no uptime.
func TestRestartOnAnotherPort(t *testing.T) {
	g := rand.New(rand.NewPCG(4, 4))
	s := sender{protocol: IPFIX, way: ipfix.CountsRecords, number: 0}
	table := NewTable(Options{})
	for i := range 100 {
		table.Take(fmt.Append(nil, i), home, s.next(g))
	}
	s.number = 0
	again := netip.AddrPortFrom(home.Addr(), 9999)
	if got := table.Take([]byte("again"), again, s.next(g)); got != Restart {
		t.Errorf("the first is %d", got)
	}
	for i := range 100 {
		table.Take(fmt.Append(nil, "b", i), again, s.next(g))
	}
	if x := table.Exporters(true)[0]; x.Restarts != 1 || x.LostGap != 0 || x.Strays != 0 {
		t.Errorf("%+v", x)
	}
}

// TestPlaced: what the socket dropped is told from what was lost before it, and what no
// exporter misses stays unplaced.
func TestPlaced(t *testing.T) {
	for _, s := range []sender{{protocol: SFlow5, way: ipfix.CountsMessages}, {protocol: IPFIX, way: ipfix.CountsRecords}} {
		g := rand.New(rand.NewPCG(5, 5))
		table := NewTable(Options{})
		n := 0
		take := func() {
			n++
			table.Take(fmt.Append(nil, n), home, s.next(g))
		}
		skip := func(k int) (units uint64) {
			for range k {
				units += s.units(s.next(g))
			}
			return units
		}
		for range 200 {
			take()
		}
		before := skip(10) // on the way
		take()
		for range 50 {
			take()
		}
		table.Drops(10)
		at := skip(10) // at the socket
		take()
		table.Drops(3)
		take()
		x, totals := table.Exporters(true)[0], table.Totals()
		if x.LostGap+x.LostSocket != before+at || totals.Dropped != 13 {
			t.Fatalf("%+v, %d and %d were lost", x, before, at)
		}
		exactly := s.way == ipfix.CountsMessages
		if exactly && (x.LostSocket != at || totals.Unplaced != 3) {
			t.Errorf("%+v, %+v, %d were lost at the socket", x, totals, at)
		}
		// By records, how many datagrams a gap was is known by the mean alone.
		if !exactly && (x.LostSocket < at*7/10 || x.LostSocket > at || totals.Unplaced > 6) {
			t.Errorf("%+v, %+v, %d were lost at the socket", x, totals, at)
		}
	}
}

// TestBounded: however many strangers speak, the table holds as many as it was told, and
// no datagram is left out of the counts; one that is silent makes room.
func TestBounded(t *testing.T) {
	table := NewTable(Options{Exporters: 16, Idle: 500, Accept: func(a netip.Addr) bool { return a != netip.MustParseAddr("203.0.113.9") }})
	g := rand.New(rand.NewPCG(6, 6))
	s := sender{protocol: NetFlow5, way: ipfix.CountsRecords}
	const n = 5000
	for i := range n {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1)
		if i%5 == 0 {
			from = home
		}
		if i%50 == 1 {
			from = netip.MustParseAddrPort("203.0.113.9:1")
		}
		table.Take(fmt.Append(nil, i), from, s.next(g))
		if len(table.all) > 16 {
			t.Fatalf("%d exporters", len(table.all))
		}
	}
	table.Unreadable()
	all := table.Exporters(true)
	i := slices.IndexFunc(all, func(e Exporter) bool { return e.From.Addr() == home.Addr() })
	if i < 0 || all[i].Datagrams != n/5 {
		t.Errorf("the one that always speaks: %d", i)
	}
	got := table.Totals()
	if got.Datagrams != n+1 || got.Unreadable != 1 || got.Refused != n/50 || got.Forgotten == 0 || got.Together == 0 {
		t.Errorf("%+v", got)
	}
}

// FuzzHead: no datagram makes the head reader or a table fail.
func FuzzHead(f *testing.F) {
	f.Add([]byte{0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0}, uint32(3))
	f.Add([]byte{0, 10, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, uint32(3))
	f.Add(append([]byte{0, 0, 0, 5, 0, 0, 0, 2}, make([]byte, 40)...), uint32(3))
	f.Fuzz(func(t *testing.T, p []byte, flows uint32) {
		m, ok := Head(p)
		if ok != (m.Protocol != Unreadable) {
			t.Fatal(m, ok)
		}
		table := NewTable(Options{Exporters: 2, Window: 3})
		for i := range uint32(40) { // numbers jump about
			m.Number = m.Number*flows + i
			m.Flows, m.Records, m.Whole = flows+i, flows, i%3 > 0
			table.Take(append(p, byte(i)), home, m)
			for _, e := range table.all {
				for _, x := range e.tracks {
					if x.open < 0 || x.open > maxHoles {
						t.Fatal(x.open)
					}
				}
			}
		}
		if x := table.Exporters(true); len(x) != 1 || x[0].Datagrams != 40 {
			t.Fatalf("%+v", x)
		}
	})
}
