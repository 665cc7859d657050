package packet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdtls "crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/noroshi-acd/noroshi/flow"
	"github.com/noroshi-acd/noroshi/flow/packet/quic"
	"github.com/noroshi-acd/noroshi/flow/packet/quic/quictest"
)

// fromServer looks like a server's Initial packet that cannot be opened.
var fromServer = []byte("\xc0\x00\x00\x00\x01\x00\x08serverid\x00\x40\x20" + strings.Repeat("x", 32))

func TestQUIC(t *testing.T) {
	c, s := end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}
	hello := quictest.ClientHello(t, "mail.example", "")
	id := "identify"
	first := quictest.Initial{Version: quic.Version1, KeyID: id, ID: id, Frames: quictest.Crypto(0, hello), Pad: 1162}
	greased := first
	greased.Grease = true
	part := func(from, to int, number uint32, id string) []byte {
		return quictest.Initial{Version: quic.Version1, KeyID: "identify", ID: id, Number: number, Frames: quictest.Crypto(from, hello[from:to]), Pad: 1162}.Packet(t)
	}
	zeroRTT := []byte("\xd0\x00\x00\x00\x01\x08identify\x00\x04data")
	type sent struct {
		server bool
		b      []byte
	}
	for name, talk := range map[string][]sent{
		"one datagram":                  {{false, first.Packet(t)}, {true, fromServer}},
		"two datagrams":                 {{false, part(0, 600, 0, id)}, {false, part(600, len(hello), 1, id)}, {true, fromServer}},
		"two datagrams, last first":     {{false, part(600, len(hello), 0, id)}, {false, part(0, 600, 1, id)}, {true, fromServer}},
		"the server speaks between":     {{false, part(0, 600, 0, id)}, {true, fromServer}, {false, part(600, len(hello), 1, "serverid")}, {true, fromServer}},
		"0-RTT comes first":             {{false, zeroRTT}, {false, append(bytes.Clone(zeroRTT), first.Packet(t)...)}, {true, fromServer}},
		"after a version negotiation":   {{false, append([]byte("\xc0\x1a\x1a\x1a\x1a\x08identify\x00"), make([]byte, 1100)...)}, {true, []byte("\xc0\x00\x00\x00\x00\x00\x08identify\x00\x00\x00\x01")}, {false, first.Packet(t)}, {true, fromServer}},
		"the fixed bit is greased":      {{false, greased.Packet(t)}, {true, fromServer}},
		"data of the connection behind": {{false, first.Packet(t)}, {true, fromServer}, {false, []byte("\x40 short header")}, {true, []byte("\x40 short header")}},
	} {
		p := newTape(t)
		for _, d := range talk {
			if d.server {
				p.udp(s, c, d.b)
			} else {
				p.udp(c, s, d.b)
			}
		}
		b, r := p.read(Options{})
		if len(b.Records) != 1 || b.TLSOf(&b.Records[0]) == nil {
			t.Errorf("%s: %v", name, lines(b))
			continue
		}
		x := b.TLSOf(&b.Records[0])
		if b.Records[0].Service != flow.ServiceQUIC || b.String(x.SNI) != "mail.example" || x.Version != 0x0304 || !strings.HasPrefix(b.String(x.JA4), "q13d") ||
			b.String(x.JA4)[8:10] != "h3" || x.JA3.Len != 32 || r.quic.Held() != 0 {
			t.Errorf("%s: service %d, SNI %q, version %x, JA4 %s, %d held", name, b.Records[0].Service, b.String(x.SNI), x.Version, b.String(x.JA4), r.quic.Held())
		}
	}
}

// TestQUICUnanswered: a version was offered, none agreed on; and what only looks like
// QUIC is a flow like any other.
func TestQUICUnanswered(t *testing.T) {
	id := "identify"
	p := newTape(t)
	p.udp(end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}, quictest.Initial{Version: 1, KeyID: id, ID: id, Frames: quictest.Crypto(0, quictest.ClientHello(t, "a.example", ""))}.Packet(t))
	p.udp(end{"10.0.0.1", 40001}, end{"192.0.2.1", 9999}, []byte("\xc0\x00\x00\x00\x01\x08identify\x00\x00\x40\x20"+strings.Repeat("x", 32)))
	p.udp(end{"10.0.0.1", 40002}, end{"192.0.2.1", 9999}, quictest.Initial{Version: 1, KeyID: id, ID: id, Frames: quictest.Crypto(0, []byte{1, 0, 0, 1, 3})}.Packet(t))
	b, r := p.read(Options{})
	for i := range b.Records {
		x := b.TLSOf(&b.Records[i])
		if (x != nil) != (b.Records[i].SrcPort == 40000) || x != nil && (x.Version != 0 || b.String(x.SNI) != "a.example") {
			t.Errorf("port %d: %+v", b.Records[i].SrcPort, x)
		}
	}
	if len(b.Records) != 3 || r.Stats().BadTLS != 1 {
		t.Errorf("%v, %+v", lines(b), r.Stats())
	}
}

// TestQUICIsBounded: a flow is looked at a few times only, and a flood of half hellos
// leaves nothing behind.
func TestQUICIsBounded(t *testing.T) {
	half := quictest.Initial{Version: 1, KeyID: "identify", ID: "identify", Frames: quictest.Crypto(0, []byte{1, 0, 2, 0, 3, 3})}.Packet(t)
	p := newTape(t)
	for range 3 * maxDatagrams {
		p.udp(end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}, half)
	}
	for i := range quic.MaxHeld + 20 {
		p.udp(end{"10.0.0.2", uint16(10000 + i)}, end{"192.0.2.1", 443}, half)
	}
	b, r := p.read(Options{})
	if r.Stats().Refused != 20 || r.quic.Held() != 0 || len(b.Records) != quic.MaxHeld+21 || len(b.TLS) != 0 {
		t.Errorf("%d refused, %d held, %d records", r.Stats().Refused, r.quic.Held(), len(b.Records))
	}
}

// dialogue is what two ends said, in order.
type dialogue struct {
	mu   sync.Mutex
	said []saying
}

type saying struct {
	client bool
	b      []byte
}

// speaker is one end's connection.
type speaker struct {
	net.Conn
	to     *dialogue
	client bool
}

func (s speaker) Write(b []byte) (int, error) {
	s.to.mu.Lock()
	s.to.said = append(s.to.said, saying{s.client, bytes.Clone(b)})
	s.to.mu.Unlock()
	return s.Conn.Write(b)
}

func selfSigned(t *testing.T) stdtls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return stdtls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestSecondHello: after a HelloRetryRequest a client sends another ClientHello. Its
// fingerprint gets a record of its own; the flow's keeps the first.
func TestSecondHello(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip("no loopback here:", err)
	}
	defer l.Close()
	var log dialogue
	pair := selfSigned(t)
	done := make(chan error, 1)
	go func() {
		z, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer z.Close()
		done <- stdtls.Server(speaker{z, &log, false}, &stdtls.Config{Certificates: []stdtls.Certificate{pair}, CurvePreferences: []stdtls.CurveID{stdtls.CurveP384}}).Handshake()
	}()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	client := stdtls.Client(speaker{a, &log, true}, &stdtls.Config{ServerName: "again.example", InsecureSkipVerify: true, CurvePreferences: []stdtls.CurveID{stdtls.X25519, stdtls.CurveP384}})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, mss := range []int{1400, 100, 6} {
		p := newTape(t)
		c, s := end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}
		seq := map[bool]uint32{true: 1000, false: 5000}
		for _, l := range log.said {
			for b := l.b; len(b) > 0; {
				n := min(mss, len(b))
				if l.client {
					p.tcp(c, s, flow.ACK, seq[true], b[:n])
				} else {
					p.tcp(s, c, flow.ACK, seq[false], b[:n])
				}
				seq[l.client] += uint32(n)
				b = b[n:]
			}
		}
		b, r := p.read(Options{})
		var got []string
		for i := range b.Records {
			x := b.TLSOf(&b.Records[i])
			got = append(got, fmt.Sprintf("kind %d %v:%d sni %s version %x", b.Records[i].Kind, b.Records[i].Src, b.Records[i].SrcPort, b.String(x.SNI), x.Version))
		}
		want := "[kind 4 10.0.0.1:40000 sni again.example version 0 kind 0 10.0.0.1:40000 sni again.example version 304]"
		if fmt.Sprint(got) != want || r.buffers.lent != 0 {
			t.Errorf("segments of %d: %v, want %s", mss, got, want)
		}
	}
}

// TestHelloSentTwice: a segment that was sent again is no second ClientHello.
func TestHelloSentTwice(t *testing.T) {
	c, s, hello := end{"10.0.0.1", 40000}, end{"192.0.2.1", 443}, clientHello("twice.example")
	p := newTape(t)
	p.tcp(c, s, flow.ACK, 1000, hello)
	p.tcp(c, s, flow.ACK, 1000, hello)
	p.tcp(c, s, flow.ACK, 1000+uint32(len(hello)), []byte("\x14\x03\x03\x00\x01\x01\x17\x03\x03\x00\x20 finished"))
	p.tcp(c, s, flow.ACK, 1000+uint32(len(hello))+20, hello)
	b, _ := p.read(Options{})
	wantLines(t, b, "kind 0 10.0.0.1:40000>192.0.2.1:443/6 4/0 packets sni twice.example")
}

// BenchmarkUDP: small datagrams, of which one in hundred begins a QUIC connection.
func BenchmarkUDP(b *testing.B) {
	const n = 200_000
	first := quictest.Initial{Version: 1, KeyID: "identify", ID: "identify", Frames: quictest.Crypto(0, quictest.ClientHello(b, "a.example", "")), Pad: 1162}.Packet(b)
	for _, c := range []struct {
		name  string
		every int
	}{{"no QUIC", n + 1}, {"one Initial in 100", 100}, {"all Initial", 1}} {
		p := newTape(b)
		for i := range n {
			payload := []byte("\x40 a datagram of some sort, thirty-two bytes")
			if i%c.every == c.every-1 {
				payload = first
			}
			p.udp(end{"10.0.0.1", uint16(1024 + i%50_000)}, end{fmt.Sprintf("192.0.2.%d", i/50_000), 443}, payload)
		}
		b.Run(c.name, func(b *testing.B) { benchmark(b, p.out.Bytes(), n) })
	}
}
