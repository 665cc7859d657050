package packet

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	mdns "github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/noroshi-acd/noroshi/flow/flowtest"
	"github.com/noroshi-acd/noroshi/flow/packet/quic/quictest"
	"github.com/noroshi-acd/noroshi/internal/fault"
)

// TestInvariant05_NoContentComesThrough: what people say to one another stands in
// payloads of every kind here, and nothing of it arrives in a batch; names that are
// machine information do.
func TestInvariant05_NoContentComesThrough(t *testing.T) {
	flowtest.CheckNoContent(t, func(rt *rapid.T, p *flowtest.Plants) []byte {
		tape := newTape(t)
		mss := rapid.SampledFrom([]int{1400, 1400, 300, 90}).Draw(rt, "segment size")
		client, server := end{"10.0.0.5", 40000}, end{"192.0.2.80", 80}

		// HTTP: everything but Host is content. A second request is not read at all.
		second := p.Content("Host of a later request")
		request := fmt.Sprintf("POST /%s?q=%s HTTP/1.1\r\nHost: %s.example:8080\r\nCookie: a=%s\r\nReferer: http://%s.example/\r\n\r\nHost: %s\r\n",
			p.Content("path"), p.Content("query"), p.Keep("Host"), p.Content("cookie"), p.Content("referer"), p.Content("body"))
		more := fmt.Sprintf("GET /%s HTTP/1.1\r\nHost: %s.example\r\n\r\n", p.Content("second path"), second)
		tape.talk(client, server, 1400, []byte(request+more), []byte("HTTP/1.1 200 OK\r\nSet-Cookie: "+string(p.Content("set-cookie"))+"\r\n\r\n"+string(p.Content("page"))))

		tape.talk(end{"10.0.0.5", 40010}, server, 1400, []byte("POST / HTTP/1.0\r\nX: y\r\n\r\nHost: "+string(p.Content("Host in a body"))+"\r\n"), nil)

		// Other protocols, on their own and on borrowed ports.
		for i, port := range []uint16{25, 21, 22, 53, 80, 443, 5353, 9999} {
			c, s := end{"10.0.0.6", uint16(41000 + i)}, end{"192.0.2.25", port}
			said := fmt.Sprintf("MAIL FROM:<%s@example>\r\nSubject: %s\r\n\r\n%s", p.Content("sender"), p.Content("subject"), p.Content("mail"))
			tape.talk(c, s, mss, []byte(said), []byte("220 "+string(p.Content("greeting"))))
			tape.udp(c, s, p.Content("datagram"))
		}
		tape.talk(end{"10.0.0.7", 40001}, end{"192.0.2.22", 22}, 1400, []byte("SSH-2.0-"+string(p.Content("SSH software"))+"\r\n"), []byte("SSH-2.0-x\r\n"))

		// TLS: the hello is in clear, what follows is not ours to see.
		hello := clientHello(string(p.Keep("SNI")) + ".example")
		data := append([]byte{23, 3, 3, 0, 24}, p.Content("application data")...)
		tape.talk(end{"10.0.0.5", 40002}, end{"192.0.2.43", 443}, mss, append(hello, data...), data)

		// QUIC: only what a ClientHello over TCP would show is taken out of Initial packets.
		id := string(p.Content("connection identifier")[:8])
		message := quictest.ClientHello(t, string(p.Keep("SNI over QUIC"))+".example", string(p.Content("transport parameters")))
		cut := rapid.IntRange(1, len(message)-1).Draw(rt, "end of the first CRYPTO frame")
		for i, part := range [][]byte{quictest.Crypto(0, message[:cut]), quictest.Crypto(cut, message[cut:])} {
			b := quictest.Initial{Version: 1, KeyID: id, ID: id, Number: uint32(i), Token: string(p.Content("token")), Frames: part, Pad: 1000}.Packet(t)
			b = append(append(b, "\xd0\x00\x00\x00\x01\x00\x00\x18"...), p.Content("0-RTT")...)
			tape.udp(end{"10.0.0.8", 40006}, end{"192.0.2.43", 443}, b)
		}
		tape.udp(end{"10.0.0.8", 40006}, end{"192.0.2.43", 443}, append([]byte{0x40}, p.Content("1-RTT")...))
		half := quictest.Initial{Version: 1, KeyID: id, ID: id, Frames: append(quictest.Crypto(0, message[:cut]), quictest.Crypto(len(message), p.Content("behind the ClientHello"))...)}.Packet(t)
		tape.udp(end{"10.0.0.8", 40007}, end{"192.0.2.43", 443}, half)

		// Tunnels: what is inside is a packet like any other.
		inside := func(layer ...gopacket.SerializableLayer) {
			l := ip("10.0.0.9", "192.0.2.9", layers.IPProtocolUDP)
			u := &layers.UDP{SrcPort: 50000, DstPort: 4789}
			_ = u.SetNetworkLayerForChecksum(l[1].(gopacket.NetworkLayer))
			tape.layers(append(append(l, u, &layers.VXLAN{ValidIDFlag: true, VNI: 7}), layer...)...)
		}
		l := ip("10.0.0.9", "192.0.2.80", layers.IPProtocolTCP)
		web := &layers.TCP{SrcPort: 40008, DstPort: 80, ACK: true}
		_ = web.SetNetworkLayerForChecksum(l[1].(gopacket.NetworkLayer))
		inside(append(l, web, gopacket.Payload(fmt.Sprintf("GET /%s HTTP/1.1\r\nHost: %s.example\r\n\r\n%s", p.Content("path in a tunnel"), p.Keep("Host in a tunnel"), p.Content("body in a tunnel"))))...)
		inside(&layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: 0x1234}, gopacket.Payload(p.Content("no IP in a tunnel")))

		// DNS: question and names are kept, TXT and NULL never are.
		ask := func(from end, kind uint16, name []byte, answers ...mdns.RR) {
			resolver := end{"192.0.2.53", 53}
			m := new(mdns.Msg).SetQuestion(string(name)+".example.", kind)
			q, _ := m.Pack()
			m.Response, m.Answer = true, answers
			a, _ := m.Pack()
			if rapid.Bool().Draw(rt, "over TCP") {
				tape.talk(from, resolver, mss, prefixed(q), prefixed(a))
				return
			}
			tape.udp(from, resolver, q)
			tape.udp(resolver, from, a)
		}
		head := func(kind uint16) mdns.RR_Header {
			return mdns.RR_Header{Name: "a.example.", Rrtype: kind, Class: 1, Ttl: 5}
		}
		ask(end{"10.0.0.5", 40003}, mdns.TypeTXT, p.Keep("TXT question"), &mdns.TXT{Hdr: head(mdns.TypeTXT), Txt: []string{string(p.Content("TXT")), ""}})
		ask(end{"10.0.0.5", 40004}, mdns.TypeNULL, p.Keep("NULL question"), &mdns.NULL{Hdr: head(mdns.TypeNULL), Data: "\x18" + string(p.Content("NULL")) + "\x00"})
		ask(end{"10.0.0.5", 40005}, mdns.TypeCNAME, p.Keep("CNAME question"), &mdns.CNAME{Hdr: head(mdns.TypeCNAME), Target: string(p.Keep("CNAME")) + ".example."})

		// Content beside the protocols: ICMP, padding, a protocol without ports.
		l = ip("10.0.0.5", "192.0.2.1", layers.IPProtocolICMPv4)
		tape.layers(append(l, &layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}, gopacket.Payload(p.Content("ping")))...)
		l = ip("10.0.0.5", "192.0.2.1", layers.IPProtocolESP)
		tape.layers(append(l, gopacket.Payload(p.Content("ESP")))...)
		l = ip("10.0.0.5", "192.0.2.1", layers.IPProtocolTCP)
		padded := &layers.TCP{SrcPort: 1, DstPort: 2}
		_ = padded.SetNetworkLayerForChecksum(l[1].(gopacket.NetworkLayer))
		tape.frame(append(serialise(t, append(l, padded)...), p.Content("padding")...))
		return tape.out.Bytes()
	}, func(input []byte) (flowtest.Reader, error) {
		return NewReader(bytes.NewReader(input), "made.pcap", &fault.Skips{}, Options{})
	})
}

func prefixed(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }
