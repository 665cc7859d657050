package packet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	mdns "github.com/miekg/dns"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/meter"
	"github.com/noroshi-acd/noroshi/flow/packet/quic/quictest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// clientHello makes a record with a ClientHello for a server name.
func clientHello(name string) []byte {
	u16 := func(n int) []byte { return []byte{byte(n >> 8), byte(n)} }
	vec := func(b []byte) []byte { return append(u16(len(b)), b...) }
	sni := vec(vec(append([]byte{0}, vec([]byte(name))...)))
	padding := vec(make([]byte, 500))
	ext := append(append([]byte{0, 0}, sni...), append([]byte{0, 21}, padding...)...)
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(append(body, 0, 0, 2, 0x13, 1, 1, 0), vec(ext)...)
	msg := append([]byte{1, 0}, vec(body)...)
	return append([]byte{22, 3, 1}, vec(msg)...)
}

// line writes a record as text.
func line(b *flow.Batch, r *flow.Record) string {
	s := fmt.Sprintf("kind %d %v:%d>%v:%d/%d %d/%d packets", r.Kind, r.Src, r.SrcPort, r.Dst, r.DstPort, r.Proto, r.SrcPackets, r.DstPackets)
	if r.Host.Len > 0 {
		s += " host " + b.String(r.Host)
	}
	if x := b.TLSOf(r); x != nil {
		s += " sni " + b.String(x.SNI)
	}
	if d := b.DNSOf(r); d != nil {
		s += fmt.Sprintf(" asks %s %d rcode %d answers %d", b.String(d.Question), d.Type, d.Rcode, d.Answers.To-d.Answers.From)
	}
	return s
}

func lines(b *flow.Batch) (all []string) {
	for i := range b.Records {
		all = append(all, line(b, &b.Records[i]))
	}
	return all
}

func wantLines(t *testing.T, b *flow.Batch, want ...string) {
	t.Helper()
	got := lines(b)
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("no record %q in\n%s", w, strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d records, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func TestNamesOfFlows(t *testing.T) {
	c := end{"10.0.0.1", 40000}
	for _, mss := range []int{1400, 200, 1} {
		p := newTape(t)
		p.talk(c, end{"192.0.2.1", 443}, mss, clientHello("Mail.Example"), nil)
		p.talk(c, end{"192.0.2.2", 8000}, 1400, []byte("CONNECT web.example:443 HTTP/1.1\r\nHost: web.example:443\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n"))
		b, _ := p.read(Options{})
		var sni, host string
		for i := range b.Records {
			if x := b.TLSOf(&b.Records[i]); x != nil {
				sni = b.String(x.SNI)
				if b.Records[i].Service != flow.ServiceTLS || b.String(x.JA4)[:4] != "t12d" || x.JA3.Len != 32 {
					t.Errorf("TLS part %+v, JA4 %s", x, b.String(x.JA4))
				}
			}
			host += b.String(b.Records[i].Host)
		}
		if sni != "mail.example" || host != "web.example" {
			t.Errorf("segments of %d: SNI %q, Host %q", mss, sni, host)
		}
	}
}

// TestHelloOutOfOrder: segments of a hello that come twice, late or overlapping are
// put in order.
func TestHelloOutOfOrder(t *testing.T) {
	hello := clientHello("shuffled.example")
	c, s := end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}
	for name, order := range map[string][][2]int{
		"last before middle": {{0, 100}, {300, len(hello)}, {100, 300}},
		"twice":              {{0, 100}, {0, 100}, {100, len(hello)}},
		"overlapping":        {{0, 100}, {50, 200}, {150, len(hello)}},
		"three islands":      {{0, 100}, {300, 400}, {400, len(hello)}, {200, 300}, {100, 200}},
	} {
		p := newTape(t)
		for _, o := range order {
			p.tcp(c, s, flow.ACK, uint32(0xffffff80+o[0]), hello[o[0]:o[1]]) // the numbers wrap around
		}
		b, r := p.read(Options{})
		if len(b.TLS) != 1 || b.String(b.TLS[0].SNI) != "shuffled.example" || r.buffers.lent != 0 {
			t.Errorf("%s: %v, %d buffers still lent", name, lines(b), r.buffers.lent)
		}
	}
}

// TestBuffersAreBounded: a flood of half hellos does not take more than its share.
func TestBuffersAreBounded(t *testing.T) {
	p := newTape(t)
	half := clientHello("half.example")[:100]
	for i := range maxBuffers + 500 {
		p.tcp(end{"10.0.0.1", uint16(10000 + i)}, end{"192.0.2.1", 443}, flow.ACK, 1, half)
	}
	_, r := p.read(Options{})
	if r.Stats().Refused != 500 || r.buffers.lent != 0 || len(r.buffers.free) != maxBuffers {
		t.Errorf("%d refused, %d lent, %d free", r.Stats().Refused, r.buffers.lent, len(r.buffers.free))
	}
}

func TestLookups(t *testing.T) {
	c, s := end{"10.0.0.1", 40000}, end{"192.0.2.53", 53}
	m := new(mdns.Msg).SetQuestion("A.Example.", 1)
	q, _ := m.Pack()
	rr, _ := mdns.NewRR("a.example. 5 IN A 192.0.2.9")
	m.Response, m.Answer = true, []mdns.RR{rr}
	a, _ := m.Pack()
	lost, _ := new(mdns.Msg).SetQuestion("lost.example.", 65399).Pack()
	p := newTape(t)
	p.udp(c, s, q)
	p.udp(s, c, a)
	p.udp(c, s, lost)
	p.udp(c, s, []byte("not DNS"))
	two := append(prefixed(q), prefixed(lost)...)
	p.talk(end{"10.0.0.2", 40000}, s, 5, two, prefixed(a))
	p.udp(end{"10.0.0.3", 5353}, end{"224.0.0.251", 5353}, q) // no lookup
	b, r := p.read(Options{})
	segments := func(n int) int { return (n + 4) / 5 }
	wantLines(t, b,
		"kind 3 10.0.0.1:40000>192.0.2.53:53/17 0/0 packets asks a.example 1 rcode 0 answers 1",
		"kind 3 10.0.0.1:40000>192.0.2.53:53/17 0/0 packets asks lost.example 65399 rcode 65535 answers 0",
		"kind 0 10.0.0.1:40000>192.0.2.53:53/17 3/1 packets",
		"kind 3 10.0.0.2:40000>192.0.2.53:53/6 0/0 packets asks a.example 1 rcode 0 answers 1",
		"kind 3 10.0.0.2:40000>192.0.2.53:53/6 0/0 packets asks lost.example 65399 rcode 65535 answers 0",
		fmt.Sprintf("kind 0 10.0.0.2:40000>192.0.2.53:53/6 %d/%d packets", 3+segments(len(two)), 2+segments(len(a)+2)),
		"kind 0 10.0.0.3:5353>224.0.0.251:5353/17 1/0 packets")
	if r.Stats().BadDNS != 1 || r.buffers.lent != 0 {
		t.Errorf("stats %+v, %d buffers lent", r.Stats(), r.buffers.lent)
	}
}

// TestOrder: records come by the time of their end, whatever ended them.
func TestOrder(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	p := newTape(t)
	for i := range 3000 {
		p.wait(time.Duration(rnd.IntN(200)) * time.Millisecond)
		c, s := end{"10.0.0.1", uint16(10000 + rnd.IntN(300))}, end{"192.0.2.1", 80}
		if i%3 == 0 {
			p.udp(c, s, []byte("x"))
			continue
		}
		p.tcp(c, s, []uint8{flow.SYN, flow.ACK, flow.RST}[rnd.IntN(3)], 1, nil)
	}
	b, _ := p.read(Options{Meter: meter.Options{IdleUDP: 7 * time.Second, IdleTCP: 40 * time.Second}})
	if len(b.Records) < 1000 || !slices.IsSortedFunc(b.Records, func(x, y flow.Record) int { return int(x.Last - y.Last) }) {
		t.Errorf("%d records, not in order", len(b.Records))
	}
}

// TestOrderIsBounded: with little room records leave early, and none is lost.
func TestOrderIsBounded(t *testing.T) {
	o := newOrder(time.Minute)
	o.limit = 20_000
	o.advance(1000 * second)
	n, most := 0, 0
	var b flow.Batch
	for i := range 5000 {
		last := (1000 - int64(i%60)) * second
		x := o.begin(last)
		x.Records = append(x.Records, flow.Record{Last: last})
		o.put()
		most = max(most, o.bytes)
		b.Reset()
		o.drain(&b)
		n += len(b.Records)
	}
	o.flush()
	for b.Reset(); len(o.ready) > 0; b.Reset() {
		o.drain(&b)
		n += len(b.Records)
	}
	if n != 5000 || most > 20_000 || o.bytes != 0 {
		t.Errorf("%d records, at most %d bytes, %d left", n, most, o.bytes)
	}
}

// stamp sets the stamp of packet i of a made capture, in seconds.
func stamp(t *testing.T, file []byte, i int, sec uint32) {
	at := 24
	for ; i > 0; i-- {
		at += 16 + int(binary.LittleEndian.Uint32(file[at+8:]))
	}
	binary.LittleEndian.PutUint32(file[at:], sec)
}

// TestAbsurdStamps: one wrong stamp is skipped and ends nothing; a clock that was
// really set is followed.
func TestAbsurdStamps(t *testing.T) {
	make := func(n int) []byte {
		p := newTape(t)
		for range n {
			p.wait(time.Second)
			p.tcp(end{"10.0.0.1", 40000}, end{"192.0.2.1", 9999}, flow.ACK, 1, nil)
		}
		return p.out.Bytes()
	}
	at := uint32(epoch.Unix())
	for _, c := range []struct {
		name    string
		stamps  map[int]uint32
		records int
		skipped uint64
	}{
		{"none", nil, 1, 0},
		{"one far ahead", map[int]uint32{5: 4_000_000_000}, 1, 1},
		{"one in 1970", map[int]uint32{5: 0}, 1, 1},
		{"the first in 1970", map[int]uint32{0: 0}, 1, 1},
		{"the first far ahead", map[int]uint32{0: 4_000_000_000}, 1, 1},
		{"the last far ahead", map[int]uint32{19: 4_000_000_000}, 2, 0},
		{"two apart", map[int]uint32{5: 4_000_000_000, 12: 7}, 1, 2},
		{"an hour back and on", map[int]uint32{5: at - 3600, 9: at - 3600}, 1, 0},
		{"set back for good", map[int]uint32{10: at - 1e6, 11: at - 1e6 + 1, 12: at - 1e6 + 2, 13: at - 1e6 + 3, 14: at - 1e6 + 4,
			15: at - 1e6 + 5, 16: at - 1e6 + 5, 17: at - 1e6 + 5, 18: at - 1e6 + 5, 19: at - 1e6 + 5}, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := make(20)
			for i, sec := range c.stamps {
				stamp(t, file, i, sec)
			}
			b, r := readBytes(t, file, Options{})
			n := uint64(0)
			for i := range b.Records {
				n += b.Records[i].SrcPackets
			}
			if len(b.Records) != c.records || r.skips.Count != c.skipped || n+c.skipped != 20 {
				t.Errorf("%d packets in %v, skipped %v", n, lines(b), r.skips.First)
			}
		})
	}
	// A clock set back by an hour: the flow goes on after a while.
	file := make(200)
	for i := 100; i < 200; i++ {
		stamp(t, file, i, at-3600+uint32(i))
	}
	b, r := readBytes(t, file, Options{})
	if r.skips.Count != 0 || len(b.Records) != 2 {
		t.Errorf("set back by an hour: %v, skipped %v", lines(b), r.skips.First)
	}
}

func TestStrictDeliversFirst(t *testing.T) {
	p := newTape(t)
	p.udp(end{"10.0.0.1", 1}, end{"10.0.0.2", 2}, nil)
	p.frame([]byte("short"))
	p.udp(end{"10.0.0.1", 1}, end{"10.0.0.2", 2}, nil)
	r, err := NewReader(bytes.NewReader(p.out.Bytes()), "made.pcap", &fault.Skips{Strict: true}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b flow.Batch
	err = collect(r, &b)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || f.Place.Offset == 0 || f.Hint == "" || len(b.Records) != 1 || b.Records[0].SrcPackets != 1 {
		t.Errorf("%v after %v", err, lines(&b))
	}
}

func TestLinkTypeIsNamed(t *testing.T) {
	file := newTape(t).out.Bytes()
	binary.LittleEndian.PutUint32(file[20:], 189)
	_, err := NewReader(bytes.NewReader(file), "usb.pcap", &fault.Skips{}, Options{})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "189") || fault.Hint(err) == "" {
		t.Errorf("got %v", err)
	}
}

// TestICMPError: the packet inside tells which flow was refused.
func TestICMPError(t *testing.T) {
	p := newTape(t)
	for _, v6 := range []bool{false, true} {
		src, dst, kind := "10.0.0.1", "192.0.2.1", []byte{3, 3, 0, 0, 0, 0, 0, 0}
		proto := layers.IPProtocolICMPv4
		if v6 {
			src, dst, proto, kind = "2001:db8::1", "2001:db8::2", layers.IPProtocolICMPv6, []byte{1, 4, 0, 0, 0, 0, 0, 0}
		}
		p.udp(end{src, 4000}, end{dst, 2000}, []byte("hello"))
		in := bytes.Clone(p.out.Bytes()[p.out.Len()-p.last+14:])
		p.layers(append(ip(dst, src, proto), gopacket.Payload(append(kind, in...)))...)
	}
	b, _ := p.read(Options{})
	refused := 0
	for i := range b.Records {
		if b.Records[i].Proto == 17 && b.Records[i].State == flow.StateRefused {
			refused++
		}
	}
	if refused != 2 || len(b.Records) != 4 {
		t.Errorf("%d refused of %v", refused, lines(b))
	}
}

func FuzzReader(f *testing.F) {
	p := newTape(f)
	p.talk(end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}, 200, clientHello("a.example"), []byte{22, 3, 3, 0, 4, 2})
	q, _ := new(mdns.Msg).SetQuestion("a.example.", 1).Pack()
	p.udp(end{"2001:db8::1", 40000}, end{"2001:db8::2", 53}, q)
	p.talk(end{"10.0.0.1", 40001}, end{"192.0.2.1", 53}, 7, prefixed(q), nil)
	p.talk(end{"10.0.0.1", 40001}, end{"192.0.2.1", 80}, 700, []byte("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), nil)
	l := ip("10.0.0.1", "10.0.0.2", layers.IPProtocolICMPv4)
	p.layers(append(l, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(3, 1)}, gopacket.Payload(serialise(f, l[1:]...)))...)
	whole := quictest.Initial{Version: 1, KeyID: "identify", ID: "identify", Frames: quictest.Crypto(0, quictest.ClientHello(f, "a.example", "")), Pad: 1162}.Packet(f)
	p.udp(end{"10.0.0.1", 40002}, end{"192.0.2.1", 443}, whole)
	v := &layers.VXLAN{ValidIDFlag: true, VNI: 7}
	o := ip("10.9.0.1", "10.9.0.2", layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: 50000, DstPort: 4789}
	_ = u.SetNetworkLayerForChecksum(o[1].(gopacket.NetworkLayer))
	p.layers(append(append(o, u, v), ip("10.0.0.1", "10.0.0.2", layers.IPProtocolESP)...)...)
	f.Add(p.out.Bytes(), uint16(1))
	f.Add(p.out.Bytes()[:600], uint16(113))
	f.Fuzz(func(t *testing.T, file []byte, link uint16) {
		if len(file) >= 24 && link%4 != 0 {
			file = bytes.Clone(file)
			binary.LittleEndian.PutUint16(file[20:], link)
		}
		r, err := NewReader(bytes.NewReader(file), "fuzz", &fault.Skips{}, Options{Meter: meter.Options{MaxFlows: 4}})
		if err != nil {
			return
		}
		var b flow.Batch
		if err := collect(r, &b); err != nil {
			t.Fatal(err)
		}
		var n uint64
		for i := range b.Records {
			n += b.Records[i].SrcPackets + b.Records[i].DstPackets
			if b.Records[i].First > b.Records[i].Last {
				t.Errorf("a record that ends before it begins: %+v", b.Records[i])
			}
		}
		if s := r.Stats(); n > s.Packets || n+s.Other+r.skips.Count < s.Packets {
			t.Errorf("%d packets metered, %+v, %d skipped", n, s, r.skips.Count)
		}
		if r.buffers.lent != 0 || r.quic.Held() != 0 || r.meter.Open() != 0 {
			t.Errorf("%d buffers lent, %d ClientHellos held, %d flows open", r.buffers.lent, r.quic.Held(), r.meter.Open())
		}
	})
}
