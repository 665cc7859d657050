package header

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/packet/capture"
)

const zero12 = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// around puts an IPv4 packet of a protocol around b.
func around(proto byte, b string) string {
	h := []byte("\x45\x00\x00\x00\x00\x00\x00\x00\x40\x00\x00\x00\x0a\x09\x09\x01\x0a\x09\x09\x02")
	h[9] = proto
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+len(b)))
	return string(h) + b
}

// toPort puts a UDP datagram and an IPv4 packet around b.
func toPort(port uint16, b string) string {
	u := binary.BigEndian.AppendUint16([]byte{0x30, 0x39}, port)
	u = binary.BigEndian.AppendUint16(u, uint16(8+len(b)))
	return around(17, string(u)+"\x00\x00"+b)
}

func TestTunnels(t *testing.T) {
	v4, v6 := string(ipPacket(t, false)), string(ipPacket(t, true))
	ether := func(kind, b string) string { return zero12 + kind + b }
	const four, six = "10.0.0.1:4000>192.0.2.1:2000/17 33 octets, 5 of payload", "2001:db8::1:4000>2001:db8::2:2000/17 53 octets, 5 of payload"
	outer := func(proto, octets, payload int, ports string) string {
		p := [2]string{"0", "0"}
		if ports != "" {
			p = [2]string{"12345", ports}
		}
		return fmt.Sprintf("10.9.9.1:%s>10.9.9.2:%s/%d %d octets, %d of payload", p[0], p[1], proto, octets, payload)
	}
	nested := func(n int) (s string) {
		for s = v4; n > 0; n-- {
			s = around(4, s)
		}
		return s
	}
	arp := ether("\x08\x06", string(make([]byte, 28)))
	const gre, erspan = "\x00\x00", "\x10\x00\x88\xbe\x00\x00\x00\x07"
	for _, c := range []struct {
		name, b, want string
	}{
		{"IP in IP", around(4, v4), four},
		{"6in4", around(41, v6), six},
		{"eight deep", nested(8), four},
		{"nine deep: the ninth counts", nested(9), outer(4, 53, 0, "")},
		{"inside cut short", around(4, v4[:19]), outer(4, 39, 0, "")},
		{"inside makes no sense", around(41, v4), outer(41, 53, 0, "")},
		{"GRE", around(47, gre+"\x08\x00"+v4), four},
		{"GRE, IPv6", around(47, gre+"\x86\xdd"+v6), six},
		{"GRE with checksum, key and sequence", around(47, "\xb0\x00\x08\x00"+zero12+v4), four},
		{"GRE with a source route", around(47, "\x40\x00\x08\x00"+v4), outer(47, 57, 0, "")},
		{"GRE, version 2", around(47, "\x00\x02\x08\x00"+v4), outer(47, 57, 0, "")},
		{"GRE cut short", around(47, "\xb0\x00\x08\x00\x00"), outer(47, 25, 0, "")},
		{"GRE of Ethernet", around(47, gre+"\x65\x58"+ether("\x81\x00\x00\x07\x08\x00", v4)), four},
		{"GRE of MPLS", around(47, gre+"\x88\x47\x00\x01\x01\x40"+v4), four},
		{"GRE of ARP", around(47, gre+"\x65\x58"+arp), outer(47, 66, 0, "")},
		{"GRE of something else", around(47, gre+"\x00\xfe"+v4), outer(47, 57, 0, "")},
		{"keep-alive", around(47, gre+"\x08\x00"+around(47, "\x00\x00\x00\x00")), outer(47, 48, 0, "")},
		{"keep-alive, answered", around(47, "\x00\x00\x00\x00"), outer(47, 24, 0, "")},
		{"PPTP", around(47, "\x30\x81\x88\x0b\x00\x25\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\xff\x03\x00\x21"+v4), four},
		{"PPTP, encrypted", around(47, "\x30\x01\x88\x0b\x00\x25\x00\x01\x00\x00\x00\x01\x00\xfd"+v4), outer(47, 67, 0, "")},
		{"ERSPAN I", around(47, gre+"\x88\xbe"+ether("\x08\x00", v4)), four},
		{"ERSPAN II", around(47, erspan+"\x10\x07\x00\x01\x00\x00\x00\x00"+ether("\x08\x00", v4)), four},
		{"ERSPAN III", around(47, "\x10\x00\x22\xeb\x00\x00\x00\x07\x20\x07\x00\x01"+zero12[:8]+ether("\x86\xdd", v6)), six},
		{"ERSPAN III with more", around(47, "\x10\x00\x22\xeb\x00\x00\x00\x07\x20\x07\x00\x01"+zero12[:7]+"\x01"+zero12[:8]+ether("\x86\xdd", v6)), six},
		{"ERSPAN of another version", around(47, erspan+"\x70\x07\x00\x01\x00\x00\x00\x00"+ether("\x08\x00", v4)), outer(47, 83, 0, "")},
		{"VXLAN", toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+ether("\x08\x00", v4)), four},
		{"VXLAN, old port", toPort(8472, "\x08\x00\x00\x00\x00\x00\x07\x00"+ether("\x86\xdd", v6)), six},
		{"VXLAN, generic, of IP", toPort(4790, "\x0c\x00\x00\x02\x00\x00\x07\x00"+v6), six},
		{"VXLAN, generic, of Ethernet", toPort(4790, "\x0c\x00\x00\x03\x00\x00\x07\x00"+ether("\x08\x00", v4)), four},
		{"VXLAN, generic, of something else", toPort(4790, "\x0c\x00\x00\x04\x00\x00\x07\x00"+v4), outer(17, 69, 41, "4790")},
		{"VXLAN without a number", toPort(4789, "\x00\x00\x00\x00\x00\x00\x07\x00"+ether("\x08\x00", v4)), outer(17, 83, 55, "4789")},
		{"VXLAN of ARP", toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+arp), outer(17, 78, 50, "4789")},
		{"VXLAN of what makes no sense", toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+ether("\x08\x00", v6)), outer(17, 103, 75, "4789")},
		{"not VXLAN", toPort(4789, "hello"), outer(17, 33, 5, "4789")},
		{"Geneve", toPort(6081, "\x00\x00\x65\x58\x00\x00\x07\x00"+ether("\x08\x00", v4)), four},
		{"Geneve with options, of IP", toPort(6081, "\x02\x40\x08\x00\x00\x00\x07\x00"+zero12[:8]+v4), four},
		{"Geneve with many options", toPort(6081, "\x20\x40\x86\xdd\x00\x00\x07\x00"+string(make([]byte, 128))+v6), six},
		{"Geneve, options cut short", toPort(6081, "\x3f\x40\x08\x00\x00\x00\x07\x00"+v4), outer(17, 69, 41, "6081")},
		{"GTP-U", toPort(2152, "\x30\xff\x00\x21\x00\x00\x00\x01"+v4), four},
		{"GTP-U, sequence", toPort(2152, "\x32\xff\x00\x25\x00\x00\x00\x01\x00\x01\x00\x00"+v6), six},
		{"GTP-U, extension headers", toPort(2152, "\x34\xff\x00\x2d\x00\x00\x00\x01\x00\x00\x00\x85\x01\x00\x00\x85\x01\x00\x00\x00"+v4), four},
		{"GTP-U, extension of no length", toPort(2152, "\x34\xff\x00\x2d\x00\x00\x00\x01\x00\x00\x00\x85\x00\x00\x00\x85"+v4), outer(17, 77, 49, "2152")},
		{"GTP-U echo", toPort(2152, "\x32\x01\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00"), outer(17, 40, 12, "2152")},
		{"L2TP", toPort(1701, "\x00\x02\x00\x01\x00\x01\xff\x03\x00\x21"+v4), four},
		{"L2TP with all there is", toPort(1701, "\x4a\x02\x00\x40\x00\x01\x00\x01\x00\x00\x00\x00\x00\x02\x00\x00\xff\x03\x00\x57"+v6), six},
		{"L2TP control", toPort(1701, "\xc8\x02\x00\x0c\x00\x00\x00\x00\x00\x00\x00\x00"), outer(17, 40, 12, "1701")},
		{"L2TP, offset too large", toPort(1701, "\x02\x02\x00\x01\x00\x01\xff\xff"+v4), outer(17, 69, 41, "1701")},
		{"MPLS in UDP", toPort(6635, "\x00\x01\x01\x40"+v6), six},
		{"MPLS in IP", around(137, "\x00\x01\x00\x40\x00\x02\x01\x40"+v4), four},
		{"all together", around(47, gre+"\x65\x58"+ether("\x88\x47", "\x00\x01\x01\x40"+toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+ether("\x88\x64", "\x11\x00\x00\x01\x00\x24\x00\x21"+around(41, v6))))), six},
	} {
		if got := readFrame(101, []byte(c.b)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		for n := range c.b {
			readFrame(101, []byte(c.b[:n]))
		}
	}
	for _, c := range []struct {
		name, b, want string
	}{
		{"MPLS", ether("\x88\x47", "\x00\x01\x00\x40\x00\x02\x01\x40"+v4), four},
		{"MPLS, multicast, behind a tag", ether("\x81\x00\x00\x07\x88\x48", "\x00\x01\x01\x40"+v6), six},
		{"MPLS without end", ether("\x88\x47", "\x00\x01\x00\x40\x00\x02\x00\x40"), "verdict 2"},
		{"MPLS with nothing", ether("\x88\x47", "\x00\x01\x01\x40"), "verdict 2"},
		{"pseudowire with a control word", ether("\x88\x47", "\x00\x01\x01\x40\x00\x00\x00\x07"+ether("\x08\x00", v4)), four},
		{"pseudowire without", ether("\x88\x47", "\x00\x01\x01\x40"+ether("\x08\x00", v4)), four},
		{"pseudowire from a card that begins with 4", ether("\x88\x47", "\x00\x01\x01\x40\x40"+ether("\x08\x00", v4)[1:]), four},
		{"pseudowires without end", func() (s string) {
			for s = v4; len(s) < 2000; {
				s = ether("\x88\x47", "\x00\x01\x01\x40"+s)
			}
			return s
		}(), "verdict 1"},
		{"associated channel", ether("\x88\x47", "\x00\x01\x01\x40\x10\x00\x00\x21"+zero12+zero12), "verdict 1"},
		{"PPPoE", ether("\x88\x64", "\x11\x00\x00\x01\x00\x23\x00\x21"+v4), four},
		{"PPPoE, IPv6, padded", ether("\x88\x64", "\x11\x00\x00\x01\x00\x37\x00\x57"+v6+zero12), six},
		{"PPPoE of MPLS", ether("\x88\x64", "\x11\x00\x00\x01\x00\x27\x02\x81\x00\x01\x01\x40"+v4), four},
		{"PPPoE of LCP", ether("\x88\x64", "\x11\x00\x00\x01\x00\x06\xc0\x21\x09\x00\x00\x04"), "verdict 1"},
		{"PPPoE discovery", ether("\x88\x63", "\x11\x09\x00\x00\x00\x04\x01\x01\x00\x00"), "verdict 1"},
		{"PPPoE cut short", ether("\x88\x64", "\x11\x00"), "verdict 2"},
	} {
		if got := readFrame(1, []byte(c.b)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		for n := range c.b {
			readFrame(1, []byte(c.b[:n]))
		}
	}
}

// TestTunnelsInFragments: the first fragment of a tunnel's packet shows what is
// inside; the later ones are the tunnel's own.
func TestTunnelsInFragments(t *testing.T) {
	whole := []byte(toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+zero12+"\x08\x00"+string(ipPacket(t, false))))
	var h Packet
	read := func(b []byte) string {
		return brief(&h, h.Read(&capture.Frame{Link: 101, Data: b, Wire: uint32(len(b)), Time: 1}))
	}
	if got, want := read(fragmentOf(whole, 5, 0, true)), "10.0.0.1:4000>192.0.2.1:2000/17 33 octets, 5 of payload"; got != want {
		t.Errorf("first: got %q, want %q", got, want)
	}
	later := append(append([]byte(nil), whole[:20]...), "the rest"...)
	binary.BigEndian.PutUint16(later[2:], 28)
	if got, want := read(fragmentOf(later, 5, 1480, false)), "10.9.9.1:12345>10.9.9.2:4789/17 28 octets, 0 of payload"; got != want {
		t.Errorf("later: got %q, want %q", got, want)
	}
}

// TestInnerLength: a packet without a length of its own has what the tunnel's left it.
func TestInnerLength(t *testing.T) {
	in := []byte(ipPacket(t, false))
	in[2], in[3] = 0, 0
	b := []byte(around(4, string(in)))
	binary.BigEndian.PutUint16(b[2:], 1020) // of which little was captured
	if got, want := readFrame(101, b), "10.0.0.1:4000>192.0.2.1:2000/17 1000 octets, 5 of payload"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// innermost is what gopacket finds at the bottom of an Ethernet frame.
func innermost(b []byte) (src, dst netip.Addr, from, to uint16, ok bool) {
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy)
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			src, _ = netip.AddrFromSlice(l.SrcIP)
			dst, _ = netip.AddrFromSlice(l.DstIP)
			from, to, ok = 0, 0, true
		case *layers.IPv6:
			src, _ = netip.AddrFromSlice(l.SrcIP)
			dst, _ = netip.AddrFromSlice(l.DstIP)
			from, to, ok = 0, 0, true
		case *layers.UDP:
			from, to = uint16(l.SrcPort), uint16(l.DstPort)
		case *layers.TCP:
			from, to = uint16(l.SrcPort), uint16(l.DstPort)
		}
	}
	return src, dst, from, to, ok && p.ErrorLayer() == nil
}

// wrap draws what carries the layers so far; link says that these begin with Ethernet.
func wrap(rt *rapid.T, n int, in []gopacket.SerializableLayer) []gopacket.SerializableLayer {
	v6 := rapid.Bool().Draw(rt, "around IPv6")
	_, inV4 := in[0].(*layers.IPv4)
	_, link := in[0].(*layers.Ethernet)
	inType := layers.EthernetTypeIPv6
	inProto := layers.IPProtocolIPv6
	if inV4 {
		inType, inProto = layers.EthernetTypeIPv4, layers.IPProtocolIPv4
	} else if link {
		inType = layers.EthernetTypeTransparentEthernetBridging
	}
	network := func(p layers.IPProtocol) (gopacket.SerializableLayer, gopacket.NetworkLayer) {
		if v6 {
			l := &layers.IPv6{Version: 6, NextHeader: p, SrcIP: net.ParseIP(fmt.Sprintf("2001:db8:%d::1", n)), DstIP: net.ParseIP("2001:db8::9")}
			return l, l
		}
		l := &layers.IPv4{Version: 4, Protocol: p, SrcIP: net.IPv4(10, 9, byte(n), 1), DstIP: net.IPv4(10, 9, byte(n), 2)}
		return l, l
	}
	udp := func(port layers.UDPPort, head gopacket.SerializableLayer) []gopacket.SerializableLayer {
		l, nl := network(layers.IPProtocolUDP)
		u := &layers.UDP{SrcPort: 55555, DstPort: port}
		_ = u.SetNetworkLayerForChecksum(nl)
		return append([]gopacket.SerializableLayer{l, u, head}, in...)
	}
	gre := &layers.GRE{Protocol: inType, KeyPresent: rapid.Bool().Draw(rt, "key"), SeqPresent: rapid.Bool().Draw(rt, "sequence"), ChecksumPresent: rapid.Bool().Draw(rt, "checksum")}
	greIP, _ := network(layers.IPProtocolGRE)
	ether := func(kind layers.EthernetType, more ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
		e := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: kind}
		return append(append([]gopacket.SerializableLayer{e}, more...), in...)
	}
	if link {
		switch rapid.IntRange(0, 3).Draw(rt, "tunnel of Ethernet") {
		case 0:
			return udp(4789, &layers.VXLAN{ValidIDFlag: true, VNI: 7})
		case 1:
			return udp(6081, &layers.Geneve{Protocol: inType, VNI: 7})
		case 2:
			gre.Protocol, gre.SeqPresent = layers.EthernetTypeERSPAN, true
			return append([]gopacket.SerializableLayer{greIP, gre, &layers.ERSPANII{Version: 1, SessionID: 7}}, in...)
		}
		return append([]gopacket.SerializableLayer{greIP, gre}, in...)
	}
	switch rapid.IntRange(0, 5).Draw(rt, "carrier of IP") {
	case 0:
		l, _ := network(inProto)
		return append([]gopacket.SerializableLayer{l}, in...)
	case 1:
		return udp(2152, &layers.GTPv1U{Version: 1, ProtocolType: 1, MessageType: 255, TEID: 7})
	case 2:
		return ether(layers.EthernetTypeMPLSUnicast, &layers.MPLS{Label: 16}, &layers.MPLS{Label: 17, StackBottom: true})
	case 3:
		kind := layers.PPPTypeIPv6
		if inV4 {
			kind = layers.PPPTypeIPv4
		}
		return ether(layers.EthernetTypePPPoESession, &layers.PPPoE{Version: 1, Type: 1, SessionId: 7}, &layers.PPP{PPPType: kind})
	case 4:
		return ether(layers.EthernetTypeDot1Q, &layers.Dot1Q{VLANIdentifier: 7, Type: inType})
	}
	return append([]gopacket.SerializableLayer{greIP, gre}, in...)
}

// TestTunnelsAgreeWithGopacket: whatever carries a packet, both find the same at the
// bottom; and cutting the frame anywhere is no panic.
func TestTunnelsAgreeWithGopacket(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v4 := &layers.IPv4{Version: 4, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(198, 51, 100, 1), DstIP: net.IPv4(198, 51, 100, 2)}
		u := &layers.UDP{SrcPort: 4000, DstPort: 2000}
		_ = u.SetNetworkLayerForChecksum(v4)
		stack := []gopacket.SerializableLayer{v4, u, gopacket.Payload("hello")}
		for n := range rapid.IntRange(1, 4).Draw(rt, "how deep") {
			stack = wrap(rt, n, stack)
		}
		if _, ok := stack[0].(*layers.Ethernet); !ok {
			e := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv6}
			if _, is := stack[0].(*layers.IPv4); is {
				e.EthernetType = layers.EthernetTypeIPv4
			}
			stack = append([]gopacket.SerializableLayer{e}, stack...)
		}
		b := serialise(t, stack...)
		src, dst, from, to, ok := innermost(b)
		if !ok || to != 2000 {
			rt.Fatalf("gopacket cannot read %x", b)
		}
		var h Packet
		v := h.Read(&capture.Frame{Link: 1, Data: b, Wire: uint32(len(b))})
		if v != Good || h.Src.Netip() != src || h.Dst.Netip() != dst || h.SrcPort != from || h.DstPort != to || string(h.Payload) != "hello" {
			rt.Fatalf("%x: %s, gopacket %v:%d>%v:%d", b, brief(&h, v), src, from, dst, to)
		}
		readFrame(1, b[:rapid.IntRange(0, len(b)).Draw(rt, "cut")])
	})
}

// FuzzHeaders: no frame of any link type is read beyond its end or without end.
func FuzzHeaders(f *testing.F) {
	v4 := string(ipPacket(f, false))
	f.Add([]byte(zero12+"\x88\x47\x00\x01\x01\x40"+v4), uint32(len(v4)+18), uint8(1))
	f.Add([]byte(around(47, "\x30\x81\x88\x0b\x00\x25\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01\xff\x03\x00\x21"+v4)), uint32(0), uint8(101))
	f.Add([]byte(toPort(2152, "\x34\xff\x00\x2d\x00\x00\x00\x01\x00\x00\x00\x85\x01\x00\x00\x85\x01\x00\x00\x00"+v4)), uint32(9), uint8(101))
	f.Add([]byte(toPort(4789, "\x08\x00\x00\x00\x00\x00\x07\x00"+zero12+"\x08\x00"+v4)), uint32(1), uint8(101))
	f.Add([]byte(toPort(1701, "\x4a\x02\x00\x40\x00\x01\x00\x01\x00\x00\x00\x00\x00\x02\x00\x00\xff\x03\x00\x21"+v4)), uint32(2), uint8(101))
	f.Fuzz(func(t *testing.T, b []byte, wire uint32, link uint8) {
		var h Packet
		wire = max(wire, uint32(len(b)))
		if h.Read(&capture.Frame{Link: capture.Link(link), Data: b, Wire: wire}) == Good {
			if len(h.Payload) > len(b) || h.depth > maxDepth+2 || h.around > maxDepth {
				t.Errorf("%s, %d deep, %d around", brief(&h, Good), h.depth, h.around)
			}
		}
	})
}
