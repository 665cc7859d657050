package meter

import (
	"fmt"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow"
)

// piece is what a meter emits, in a form that compares.
type piece struct {
	First, Last            int64
	Src, Dst               string
	SrcBytes, DstBytes     uint64
	SrcPackets, DstPackets uint64
	Flags                  [2]uint8
	Kind                   flow.Kind
	State                  flow.State
	End                    bool
}

func pieceOf(f *Flow, end bool) piece {
	return piece{f.First, f.Last, fmt.Sprintf("%v %d/%d", f.Src, f.SrcPort, f.Proto), fmt.Sprintf("%v %d", f.Dst, f.DstPort),
		f.SrcBytes, f.DstBytes, f.SrcPackets, f.DstPackets, [2]uint8{f.SrcFlags, f.DstFlags}, f.Kind(), f.State(), end}
}

func run(o Options, packets []Packet) []piece {
	var got []piece
	m := New(o, func(f *Flow, end bool) { got = append(got, pieceOf(f, end)) })
	for i := range packets {
		m.Add(&packets[i])
	}
	m.Flush()
	if m.Open() != 0 {
		panic("flows left after Flush")
	}
	return got
}

// oracle is the meter done slowly: a list of flows, searched from the start for each
// packet, and every flow looked at for its end each time.
func oracle(o Options, packets []Packet) []piece {
	o = o.WithDefaults()
	type entry struct {
		f    Flow
		seen int64
	}
	var open []*entry
	var out []piece
	var clock int64
	for n, p := range packets {
		if n == 0 || p.Time > clock {
			clock = p.Time
		}
		var mine *entry
		var rest []*entry
		for _, e := range open {
			idle := o.IdleUDP
			if e.f.Proto == 6 {
				idle = o.IdleTCP
			}
			if e.f.closed() {
				idle = o.Closed
			}
			forth := e.f.Src == p.Src && e.f.Dst == p.Dst && e.f.SrcPort == p.SrcPort && e.f.DstPort == p.DstPort
			back := e.f.Src == p.Dst && e.f.Dst == p.Src && e.f.SrcPort == p.DstPort && e.f.DstPort == p.SrcPort
			if p.Proto == 1 {
				back = e.f.Src == p.Dst && e.f.Dst == p.Src && e.f.SrcPort == p.SrcPort && e.f.DstPort == p.DstPort
			}
			hit := e.f.Proto == p.Proto && (forth || back)
			again := hit && p.Proto == 6 && p.Flags&(flow.SYN|flow.ACK) == flow.SYN &&
				(e.f.closed() || (e.f.allSrc|e.f.allDst)&flow.FIN != 0)
			if clock-e.seen > int64(idle) || again {
				out = append(out, pieceOf(&e.f, true))
				continue
			}
			if hit {
				mine = e
			}
			rest = append(rest, e)
		}
		open = rest
		if mine == nil {
			mine = &entry{f: Flow{Src: p.Src, Dst: p.Dst, SrcPort: p.SrcPort, DstPort: p.DstPort, Proto: p.Proto}}
			receiver, midstream := begin(&p)
			if receiver {
				mine.f.Src, mine.f.Dst = p.Dst, p.Src
				if p.Proto != 1 {
					mine.f.SrcPort, mine.f.DstPort = p.DstPort, p.SrcPort
				}
			}
			if midstream {
				mine.f.bits |= bitMidstream
			}
			open = append(open, mine)
		} else if p.Time-mine.f.First >= int64(o.Active) {
			mine.f.bits |= bitSliced
			out = append(out, pieceOf(&mine.f, false))
			mine.f.cut()
		}
		first, last, more := mine.f.First, mine.f.Last, mine.f.SrcPackets+mine.f.DstPackets > 0
		mine.f.add(&p, mine.f.Src == p.Src && mine.f.SrcPort == p.SrcPort, int64(o.Active))
		mine.f.First, mine.f.Last = p.Time, p.Time
		if more {
			if mine.f.First, mine.f.Last = first, max(last, p.Time); p.Time < first && first-p.Time < int64(o.Active) {
				mine.f.First = p.Time
			}
		}
		mine.seen = clock
		if p.Proto == 6 && (p.Flags&flow.RST != 0 || mine.f.allSrc&mine.f.allDst&flow.FIN != 0) {
			mine.f.bits |= bitClosed
		}
	}
	for _, e := range open {
		out = append(out, pieceOf(&e.f, true))
	}
	return out
}

func sorted(p []piece) []piece {
	p = slices.Clone(p)
	sort.Slice(p, func(i, j int) bool { return fmt.Sprint(p[i]) < fmt.Sprint(p[j]) })
	return p
}

func drawPackets(t *rapid.T) []Packet {
	now := int64(1_700_000_000e9)
	n := rapid.IntRange(0, 300).Draw(t, "packets")
	packets := make([]Packet, n)
	for i := range packets {
		step := rapid.SampledFrom([]int64{0, 1e6, 1e9, 5e9, 5e9 + 1, 30e9, 60e9, 60e9 + 1, 400e9, 5000e9, -1e6, -20e9}).Draw(t, "step")
		now += step
		p := &packets[i]
		p.Time = now
		p.Src = flow.Addr{15: byte(rapid.IntRange(1, 3).Draw(t, "src"))}
		p.Dst = flow.Addr{15: byte(rapid.IntRange(1, 3).Draw(t, "dst"))}
		p.Proto = rapid.SampledFrom([]uint8{6, 6, 6, 17, 1}).Draw(t, "proto")
		p.SrcPort = rapid.SampledFrom([]uint16{40000, 443, 53}).Draw(t, "sport")
		p.DstPort = rapid.SampledFrom([]uint16{40000, 443, 53}).Draw(t, "dport")
		p.Bytes = uint32(rapid.IntRange(20, 1500).Draw(t, "bytes"))
		switch p.Proto {
		case 6:
			p.Flags = rapid.SampledFrom([]uint8{flow.SYN, flow.SYN | flow.ACK, flow.ACK, flow.ACK, flow.FIN | flow.ACK, flow.RST}).Draw(t, "flags")
		case 1:
			p.SrcPort, p.DstPort, p.Reply = 8, 0, rapid.Bool().Draw(t, "reply")
		}
	}
	return packets
}

func TestMeterIsTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := drawPackets(t)
		o := Options{Active: rapid.SampledFrom([]time.Duration{0, 5 * time.Second, time.Hour}).Draw(t, "active"),
			IdleTCP: rapid.SampledFrom([]time.Duration{0, 2 * time.Second, 20 * time.Minute}).Draw(t, "idle")}
		if d := cmp.Diff(sorted(oracle(o, packets)), sorted(run(o, packets))); d != "" {
			t.Fatalf("oracle and meter differ (-want +got):\n%s", d)
		}
	})
}

// TestNothingIsLost: whatever the limit, each packet and octet is in one piece.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packets := drawPackets(t)
		most := rapid.IntRange(1, 4).Draw(t, "limit")
		var n, bytes, wantBytes uint64
		m := New(Options{MaxFlows: most}, func(f *Flow, _ bool) {
			n += f.SrcPackets + f.DstPackets
			bytes += f.SrcBytes + f.DstBytes
			if f.First > f.Last || f.SrcPackets+f.DstPackets == 0 {
				t.Fatalf("an impossible piece: %+v", f)
			}
		})
		for i := range packets {
			m.Add(&packets[i])
			wantBytes += uint64(packets[i].Bytes)
			if m.Open() > most {
				t.Fatalf("%d flows open, at most %d allowed", m.Open(), most)
			}
		}
		m.Flush()
		if n != uint64(len(packets)) || bytes != wantBytes {
			t.Fatalf("%d packets and %d octets out, %d and %d in", n, bytes, len(packets), wantBytes)
		}
	})
}

func tcp(at time.Duration, from, to byte, sport, dport uint16, flags uint8) Packet {
	return Packet{Time: int64(at), Src: flow.Addr{15: from}, Dst: flow.Addr{15: to}, SrcPort: sport, DstPort: dport, Proto: 6, Flags: flags, Bytes: 40}
}

func TestWhoBeganAndHowItWent(t *testing.T) {
	const s, a, f, r = flow.SYN, flow.ACK, flow.FIN, flow.RST
	udp := func(sport, dport uint16, dst flow.Addr) Packet {
		return Packet{Src: flow.Addr{15: 1}, Dst: dst, SrcPort: sport, DstPort: dport, Proto: 17}
	}
	host := flow.Addr{15: 2}
	for _, c := range []struct {
		name    string
		packets []Packet
		src     string
		state   flow.State
	}{
		{"answered", []Packet{tcp(0, 1, 2, 4000, 9999, s), tcp(1, 2, 1, 9999, 4000, s|a), tcp(2, 1, 2, 4000, 9999, a)}, "::1 4000/6", flow.StateEstablished},
		{"SYN lost", []Packet{tcp(1, 2, 1, 443, 4000, s|a), tcp(2, 1, 2, 4000, 443, a)}, "::1 4000/6", flow.StateEstablished},
		{"nobody answers", []Packet{tcp(0, 1, 2, 4000, 22, s), tcp(3, 1, 2, 4000, 22, s)}, "::1 4000/6", flow.StateAttempt},
		{"refused", []Packet{tcp(0, 1, 2, 4000, 22, s), tcp(3, 2, 1, 22, 4000, r|a)}, "::1 4000/6", flow.StateRefused},
		{"reset later", []Packet{tcp(0, 1, 2, 4000, 22, s), tcp(1, 2, 1, 22, 4000, s|a), tcp(3, 2, 1, 22, 4000, r)}, "::1 4000/6", flow.StateEstablished},
		{"midstream from the server", []Packet{tcp(0, 2, 1, 443, 50000, a), tcp(1, 1, 2, 50000, 443, a)}, "::1 50000/6", flow.StateMidstream},
		{"midstream, lower port", []Packet{tcp(0, 2, 1, 20000, 50000, a)}, "::1 50000/6", flow.StateMidstream},
		{"server on a low client port", []Packet{tcp(0, 1, 2, 22, 50000, s), tcp(0, 2, 1, 50000, 22, s|a)}, "::1 22/6", flow.StateEstablished},
		{"UDP asked", []Packet{udp(5000, 53, host)}, "::1 5000/17", flow.StateAttempt},
		{"UDP answer first", []Packet{udp(53, 5000, host)}, "::2 5000/17", flow.StateMidstream},
		{"UDP to a group", []Packet{udp(67, 6800, flow.Addr{0: 0xff, 15: 2})}, "::1 67/17", flow.StateAttempt},
		{"echo reply first", []Packet{{Src: flow.Addr{15: 1}, Dst: host, Proto: 1, SrcPort: 8, Reply: true}}, "::2 8/1", flow.StateMidstream},
		{"goodbye", []Packet{tcp(0, 1, 2, 4000, 22, s), tcp(1, 2, 1, 22, 4000, s|a), tcp(2, 1, 2, 4000, 22, f|a), tcp(3, 2, 1, 22, 4000, f|a), tcp(4, 1, 2, 4000, 22, a)}, "::1 4000/6", flow.StateEstablished},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := run(Options{}, c.packets)
			if len(got) != 1 || got[0].Src != c.src || got[0].State != c.state || got[0].Kind != flow.KindFlow {
				t.Errorf("got %+v, want one flow from %s in state %d", got, c.src, c.state)
			}
		})
	}
}

func TestICMPRefuses(t *testing.T) {
	var got []piece
	m := New(Options{}, func(f *Flow, end bool) { got = append(got, pieceOf(f, end)) })
	p := Packet{Src: flow.Addr{15: 1}, Dst: flow.Addr{15: 2}, SrcPort: 5000, DstPort: 161, Proto: 17}
	m.Add(&p)
	m.Refuse(&p)
	m.Flush()
	if len(got) != 1 || got[0].State != flow.StateRefused {
		t.Errorf("got %+v, want a refused flow", got)
	}
}

func TestPortsUsedAgain(t *testing.T) {
	const s, a, f, r = flow.SYN, flow.ACK, flow.FIN, flow.RST
	got := run(Options{}, []Packet{
		tcp(0, 1, 2, 4000, 22, s), tcp(1, 2, 1, 22, 4000, r|a), // refused
		tcp(5e8, 1, 2, 4000, 22, s), tcp(6e8, 2, 1, 22, 4000, r|a), // tried again
		tcp(1e9, 1, 2, 4000, 22, s), tcp(1e9, 1, 2, 4000, 22, s), // a SYN repeated is no new flow
		tcp(2e9, 2, 1, 22, 4000, s|a), tcp(2e9, 1, 2, 4000, 22, f|a), tcp(2e9, 2, 1, 22, 4000, f|a),
		tcp(3e9, 1, 2, 4000, 22, s),
	})
	if len(got) != 4 {
		t.Errorf("got %d flows, want 4: %+v", len(got), got)
	}
}

// TestLongFlowIsCut: the pieces of a flow older than the active timeout add up, and
// all, also the last, say that they are pieces.
func TestLongFlowIsCut(t *testing.T) {
	var packets []Packet
	for i := range 100 {
		packets = append(packets, tcp(time.Duration(i)*10*time.Second, 1, 2, 4000, 22, flow.ACK))
	}
	got := run(Options{}, packets)
	n := uint64(0)
	for i, p := range got {
		n += p.SrcPackets
		if p.Kind != flow.KindPart || p.End != (i == len(got)-1) || time.Duration(p.Last-p.First) > 5*time.Minute {
			t.Errorf("piece %d: %+v", i, p)
		}
	}
	if len(got) != 4 || n != 100 {
		t.Errorf("%d pieces with %d packets, want 4 with 100", len(got), n)
	}
}

// TestFullTableEndsTheIdlest: a flood of new flows pushes out those idle for longest.
func TestFullTableEndsTheIdlest(t *testing.T) {
	var ended []uint16
	m := New(Options{MaxFlows: 1000}, func(f *Flow, _ bool) { ended = append(ended, f.SrcPort) })
	for i := range 3000 {
		p := tcp(time.Duration(i)*10*time.Millisecond, 1, 2, uint16(10000+i), 22, flow.SYN)
		m.Add(&p)
		keep := tcp(time.Duration(i)*10*time.Millisecond, 1, 2, 9999, 22, flow.ACK)
		m.Add(&keep)
	}
	if m.Evicted != 3001-1000 || m.Open() != 1000 {
		t.Errorf("%d evicted, %d open", m.Evicted, m.Open())
	}
	for i, port := range ended {
		// The wheel tells seconds apart: 100 flows here, 200 at its edges.
		if off := int(port) - 10000 - i; port == 9999 || off > 250 || off < -250 {
			t.Fatalf("eviction %d ended port %d", i, port)
		}
	}
}

func TestRewind(t *testing.T) {
	n := 0
	m := New(Options{}, func(*Flow, bool) { n++ })
	for _, at := range []time.Duration{1000 * time.Hour, 10 * time.Hour, 11 * time.Hour} {
		p := tcp(at, 1, 2, 4000, 22, flow.SYN)
		if at == 10*time.Hour {
			m.Rewind(int64(at))
		}
		m.Add(&p)
	}
	if n != 2 || m.Clock() != int64(11*time.Hour) {
		t.Errorf("%d flows ended, clock %v", n, time.Duration(m.Clock()))
	}
}
