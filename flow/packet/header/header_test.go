package header

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/noroshi-acd/noroshi/flow/packet/capture"
)

func serialise(t testing.TB, l ...gopacket.SerializableLayer) []byte {
	buf := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, l...); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// brief writes what the headers say.
func brief(h *Packet, v Verdict) string {
	if v != Good {
		return fmt.Sprintf("verdict %d", v)
	}
	return fmt.Sprintf("%v:%d>%v:%d/%d %d octets, %d of payload", h.Src, h.SrcPort, h.Dst, h.DstPort, h.Proto, h.Bytes, len(h.Payload))
}

func readFrame(l capture.Link, b []byte) string {
	var h Packet
	return brief(&h, h.Read(&capture.Frame{Link: l, Data: b, Wire: uint32(len(b))}))
}

// ipPacket is an IP packet with a UDP datagram of 5 octets in it.
func ipPacket(t testing.TB, v6 bool) []byte {
	u := &layers.UDP{SrcPort: 4000, DstPort: 2000}
	if v6 {
		l := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolUDP, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
		_ = u.SetNetworkLayerForChecksum(l)
		return serialise(t, l, u, gopacket.Payload("hello"))
	}
	l := &layers.IPv4{Version: 4, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(10, 0, 0, 1), DstIP: net.IPv4(192, 0, 2, 1)}
	_ = u.SetNetworkLayerForChecksum(l)
	return serialise(t, l, u, gopacket.Payload("hello"))
}

func TestLinks(t *testing.T) {
	v4, v6 := ipPacket(t, false), ipPacket(t, true)
	const four, six = "10.0.0.1:4000>192.0.2.1:2000/17 33 octets, 5 of payload", "2001:db8::1:4000>2001:db8::2:2000/17 53 octets, 5 of payload"
	join := func(head string, b []byte) []byte { return append([]byte(head), b...) }
	zeros := func(n int) string { return string(make([]byte, n)) }
	llc := "\xaa\xaa\x03\x00\x00\x00\x08\x00"
	wifi := func(control string, n int) string { return control + zeros(n-2) + llc }
	for _, c := range []struct {
		name string
		link capture.Link
		b    []byte
		want string
	}{
		{"Ethernet", 1, join(zeros(12)+"\x08\x00", v4), four},
		{"Ethernet, padded", 1, append(join(zeros(12)+"\x08\x00", v4), "padding"...), four},
		{"Ethernet, IPv6", 1, join(zeros(12)+"\x86\xdd", v6), six},
		{"one tag", 1, join(zeros(12)+"\x81\x00\x00\x07\x08\x00", v4), four},
		{"two tags", 1, join(zeros(12)+"\x88\xa8\x00\x07\x81\x00\x00\x08\x86\xdd", v6), six},
		{"tags without end", 1, []byte(zeros(12) + "\x81\x00\x00\x07\x81\x00\x00\x07\x81\x00\x00\x07\x81\x00\x00\x07\x81\x00\x00\x07\x08\x00"), "verdict 1"},
		{"802.3 with SNAP", 1, join(zeros(12)+"\x00\x30"+llc, v4), four},
		{"spanning tree", 1, []byte(zeros(12) + "\x00\x30\x42\x42\x03" + zeros(40)), "verdict 1"},
		{"ARP", 1, []byte(zeros(12) + "\x08\x06" + zeros(28)), "verdict 1"},
		{"short Ethernet", 1, []byte("short"), "verdict 2"},
		{"raw", 101, v4, four}, {"raw 12", 12, v6, six}, {"raw 14", 14, v4, four}, {"IPv4", 228, v4, four}, {"IPv6", 229, v6, six},
		{"null", 0, join("\x02\x00\x00\x00", v4), four}, {"loop", 108, join("\x00\x00\x00\x18", v6), six},
		{"cooked", 113, join(zeros(14)+"\x08\x00", v4), four}, {"cooked 2", 276, join("\x86\xdd"+zeros(18), v6), six},
		{"cooked, tagged", 113, join(zeros(14)+"\x81\x00\x00\x07\x08\x00", v4), four},
		{"PPP", 9, join("\x00\x21", v4), four}, {"PPP, framed", 50, join("\xff\x03\x00\x57", v6), six}, {"PPP, compressed", 9, join("\x21", v4), four},
		{"LCP", 9, []byte("\xc0\x21\x01\x01"), "verdict 1"},
		{"Cisco HDLC", 104, join("\x0f\x00\x08\x00", v4), four},
		{"Wi-Fi", 105, join(wifi("\x08\x01", 24), v4), four},
		{"Wi-Fi, quality of service", 105, join(wifi("\x88\x02", 26), v4), four},
		{"Wi-Fi, four addresses", 105, join(wifi("\x08\x03", 30), v4), four},
		{"Wi-Fi, encrypted", 105, join(wifi("\x08\x41", 24), v4), "verdict 1"},
		{"beacon frame", 105, []byte("\x80\x00" + zeros(40)), "verdict 1"},
		{"radiotap", 127, join("\x00\x00\x0c\x00"+zeros(8)+wifi("\x08\x01", 24), v4), four},
		{"radiotap, too long", 127, []byte("\x00\x00\xff\xff" + zeros(8)), "verdict 3"},
		{"per-packet information", 192, join("\x00\x00\x08\x00\x01\x00\x00\x00"+zeros(12)+"\x08\x00", v4), four},
		{"per-packet information in itself", 192, []byte("\x00\x00\x08\x00\xc0\x00\x00\x00" + zeros(30)), "verdict 3"},
		{"USB", 189, v4, "verdict 4"},
	} {
		if got := readFrame(c.link, c.b); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		for n := range c.b { // cut anywhere: never a panic
			readFrame(c.link, c.b[:n])
		}
	}
}

func TestIPHeaders(t *testing.T) {
	v4, v6 := ipPacket(t, false), ipPacket(t, true)
	patch := func(b []byte, at int, with ...byte) []byte {
		b = append([]byte(nil), b...)
		copy(b[at:], with)
		return b
	}
	options := append(append(patch(v4[:20], 0, 0x47, 0, 0, 41), 1, 1, 1, 1, 1, 1, 1, 1), v4[20:]...)
	// Hop-by-hop, routing, destination options, authentication, then UDP.
	chain := []byte{43, 0, 0, 0, 0, 0, 0, 0, 60, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 51, 0, 0, 0, 0, 0, 0, 0, 17, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	extended := append(append(patch(v6[:40], 4, 0, byte(13+len(chain)), 0), chain...), v6[40:]...)
	endless := patch(v6[:40], 6, 0)
	for range 30 {
		endless = append(endless, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	binary.BigEndian.PutUint16(endless[4:], 240)
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"options", options, "10.0.0.1:4000>192.0.2.1:2000/17 41 octets, 5 of payload"},
		{"length left to the card", patch(v4, 2, 0, 0), "10.0.0.1:4000>192.0.2.1:2000/17 33 octets, 5 of payload"},
		{"longer than captured", patch(v4, 2, 5, 220), "10.0.0.1:4000>192.0.2.1:2000/17 1500 octets, 5 of payload"},
		{"shorter than its header", patch(v4, 2, 0, 19), "verdict 3"},
		{"header too small", patch(v4, 0, 0x44), "verdict 3"},
		{"ports missing", v4[:22], "verdict 2"},
		{"extension headers", extended, fmt.Sprintf("2001:db8::1:4000>2001:db8::2:2000/17 %d octets, 5 of payload", 53+len(chain))},
		{"extensions without end", endless, "verdict 3"},
		{"extension cut short", extended[:50], "verdict 2"},
	} {
		if got := readFrame(101, c.b); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// fragmentOf makes fragments of a datagram: offset and whether more follow.
func fragmentOf(b []byte, id uint16, offset int, more bool) []byte {
	b = append([]byte(nil), b...)
	binary.BigEndian.PutUint16(b[4:], id)
	place := uint16(offset / 8)
	if more {
		place |= 0x2000
	}
	binary.BigEndian.PutUint16(b[6:], place)
	return b
}

func TestFragments(t *testing.T) {
	v4 := ipPacket(t, false)
	var h Packet
	read := func(b []byte, at int64) string {
		v := h.Read(&capture.Frame{Link: 101, Data: b, Wire: uint32(len(b)), Time: at})
		return fmt.Sprintf("%d>%d verdict %d", h.SrcPort, h.DstPort, v)
	}
	for i, c := range []struct {
		b    []byte
		at   int64
		want string
	}{
		{fragmentOf(v4, 7, 8, true), 0, "0>0 verdict 0"}, // before the first
		{fragmentOf(v4, 7, 0, true), 1, "4000>2000 verdict 0"},
		{fragmentOf(v4, 7, 8, true), 2, "4000>2000 verdict 0"},
		{fragmentOf(v4, 8, 8, false), 3, "0>0 verdict 0"}, // another datagram
		{fragmentOf(v4, 7, 16, false), 4, "4000>2000 verdict 0"},
		{fragmentOf(v4, 7, 16, false), 2 * fragmentLife, "0>0 verdict 0"}, // too late
	} {
		if got := read(c.b, c.at); got != c.want {
			t.Errorf("fragment %d: got %s, want %s", i, got, c.want)
		}
	}
	if h.fragments.orphans != 3 {
		t.Errorf("%d orphans, want 3", h.fragments.orphans)
	}
	// IPv6: a fragment header before the datagram.
	v6 := ipPacket(t, true)
	for i, place := range []uint16{1, 8 | 1, 16} {
		b := append(append(append([]byte(nil), v6[:40]...), 17, 0, byte(place>>8), byte(place), 0, 0, 0, 9), v6[40:]...)
		b[6], b[5] = 44, b[5]+8
		if got := read(b, int64(i)); got != "4000>2000 verdict 0" {
			t.Errorf("IPv6 fragment %d: %s", i, got)
		}
	}
}

// TestHeadersAgreeWithGopacket on packets with random bytes in their headers.
func TestHeadersAgreeWithGopacket(t *testing.T) {
	compared := 0
	for i := range 3000 {
		b := append(make([]byte, 12), 8, 0)
		b = append(b, ipPacket(t, i%3 == 0)...)
		if i%3 == 0 {
			b[12], b[13] = 0x86, 0xdd
		}
		b[14+i*7/3%28] ^= byte(1 << (i / 28 % 8))
		p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy)
		if p.ErrorLayer() != nil || p.NetworkLayer() == nil || (b[14]>>4 == 6) != (i%3 == 0) {
			continue // gopacket does not look at the version
		}
		u, ok := p.TransportLayer().(*layers.UDP)
		if v4, is := p.NetworkLayer().(*layers.IPv4); !ok || is && v4.Flags&layers.IPv4MoreFragments != 0 {
			continue
		}
		var src, dst net.IP
		switch n := p.NetworkLayer().(type) {
		case *layers.IPv4:
			src, dst = n.SrcIP, n.DstIP
		case *layers.IPv6:
			src, dst = n.SrcIP, n.DstIP
		}
		a, _ := netip.AddrFromSlice(src)
		z, _ := netip.AddrFromSlice(dst)
		var h Packet
		if v := h.Read(&capture.Frame{Link: 1, Data: b, Wire: uint32(len(b))}); v != Good ||
			h.Src.Netip() != a.Unmap() || h.Dst.Netip() != z.Unmap() || h.SrcPort != uint16(u.SrcPort) || h.DstPort != uint16(u.DstPort) {
			t.Errorf("packet %x: %s, gopacket %v:%d>%v:%d", b, brief(&h, v), a, u.SrcPort, z, u.DstPort)
		}
		compared++
	}
	if compared < 500 {
		t.Errorf("only %d packets compared", compared)
	}
}
