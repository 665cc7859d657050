package tls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	stdtls "crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/big"
	"net"
	"slices"
	"testing"
	"time"
)

// maker builds a ClientHello.
type maker struct {
	legacy     uint16
	suites     []uint16
	extensions []extension
}

type extension struct {
	kind uint16
	body []byte
}

func words(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint16(b, x)
	}
	return b
}

func vec8(b []byte) []byte  { return append([]byte{byte(len(b))}, b...) }
func vec16(b []byte) []byte { return append(words(uint16(len(b))), b...) }

func (m maker) body() []byte {
	b := append(words(m.legacy), make([]byte, 32)...)
	b = append(b, vec8([]byte("session id"))...)
	b = append(b, vec16(words(m.suites...))...)
	b = append(b, 1, 0)
	var e []byte
	for _, x := range m.extensions {
		e = append(append(e, words(x.kind)...), vec16(x.body)...)
	}
	if m.extensions != nil {
		b = append(b, vec16(e)...)
	}
	return b
}

func handshakeMessage(kind byte, body []byte) []byte {
	return append([]byte{kind, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// records puts a handshake into records of at most size bytes.
func records(b []byte, size int) (out []byte) {
	for len(b) > 0 {
		n := min(size, len(b))
		out = append(append(out, 22, 3, 1), vec16(b[:n])...)
		b = b[n:]
	}
	return out
}

func serverName(s string) extension {
	return extension{0, vec16(append([]byte{0}, vec16([]byte(s))...))}
}

func alpn(names ...string) extension {
	var b []byte
	for _, n := range names {
		b = append(b, vec8([]byte(n))...)
	}
	return extension{16, vec16(b)}
}

// TestJA3 against the example that the fingerprint's authors published.
func TestJA3(t *testing.T) {
	m := maker{legacy: 769, suites: []uint16{0x0a0a, 47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4},
		extensions: []extension{serverName("a.example"), {0x1a1a, nil}, {10, vec16(words(0x2a2a, 23, 24, 25))}, {11, vec8([]byte{0})}}}
	var p Parser
	h, err := p.Hello(m.body())
	if err != nil {
		t.Fatal(err)
	}
	if got := string(p.AppendJA3(nil, h)); got != "ada70206e40642a3e4461f35503241d5" {
		t.Errorf("got %s", got)
	}
}

func TestJA4(t *testing.T) {
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])[:12]
	}
	versions := extension{43, vec8(words(0x7a7a, 0x0304, 0x0303))}
	signatures := extension{13, vec16(words(0x0403, 0x0804))}
	for _, c := range []struct {
		name string
		m    maker
		want string
	}{
		{"browser", maker{0x0303, []uint16{0x3a3a, 0x1302, 0x1301, 0xc02b}, []extension{{0xeaea, nil}, versions, serverName("x.example"), alpn("h2", "http/1.1"), signatures, {5, nil}}},
			"t13d0305h2_" + digest("1301,1302,c02b") + "_" + digest("0005,000d,002b_0403,0804")},
		{"bare", maker{0x0301, []uint16{5, 4}, nil}, "t10i020000_" + digest("0004,0005") + "_000000000000"},
		{"no suites", maker{0x0303, nil, []extension{signatures}}, "t12i000100_000000000000_" + digest("000d_0403,0804")},
		{"only names", maker{0x0300, []uint16{5}, []extension{serverName("x"), alpn("http/1.1")}}, "ts3d0102h1_" + digest("0005") + "_000000000000"},
		{"protocol of one letter", maker{0x0302, []uint16{5}, []extension{alpn("q")}}, "t11i0101qq_" + digest("0005") + "_000000000000"},
		{"protocol that is no text", maker{0x0302, []uint16{5}, []extension{alpn("0\xab\xcd")}}, "t11i010199_" + digest("0005") + "_000000000000"},
		{"protocol that begins with no letter", maker{0x0302, []uint16{5}, []extension{alpn(" a")}}, "t11i010121_" + digest("0005") + "_000000000000"},
		{"unknown version", maker{0x0909, []uint16{5}, nil}, "t00i010000_" + digest("0005") + "_000000000000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var p Parser
			h, err := p.Hello(c.m.body())
			if err != nil {
				t.Fatal(err)
			}
			if got := string(p.AppendJA4(nil, h, OverTCP)); got != c.want || len(got) != JA4Len {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestClientInPieces: however a hello is cut into records, and however much of it is
// there, want leads to its end and never beyond.
func TestClientInPieces(t *testing.T) {
	m := maker{0x0303, []uint16{5, 6}, []extension{serverName("in.pieces.example"), {21, make([]byte, 700)}}}
	for _, size := range []int{1, 7, 100, 5000} {
		stream := records(handshakeMessage(1, m.body()), size)
		var p Parser
		have, looks := 1, 0
		for {
			h, want, err := p.Client(stream[:have])
			looks++
			if err == nil {
				if string(h.ServerName) != "in.pieces.example" {
					t.Errorf("server name %q", h.ServerName)
				}
				break
			}
			if !errors.Is(err, ErrMore) || want <= have || want > len(stream) {
				t.Fatalf("records of %d: after %d of %d bytes: want %d, %v", size, have, len(stream), want, err)
			}
			have = want
		}
		if looks > 2*len(stream)/size+4 { // a record's header, then its body
			t.Errorf("records of %d: looked %d times", size, looks)
		}
	}
}

func TestNotAHandshake(t *testing.T) {
	var p Parser
	whole := records(handshakeMessage(1, maker{0x0303, []uint16{5}, nil}.body()), 5000)
	for name, b := range map[string][]byte{
		"HTTP": []byte("GET / HTTP/1.1\r\n"), "nothing": nil, "alert": {21, 3, 1, 0, 2, 1, 0},
		"server's": append([]byte{22, 3, 1, 0, 50, 2}, make([]byte, 60)...), "version 5": {22, 3, 5, 0, 1, 1},
		"empty record": {22, 3, 1, 0, 0, 1}, "cut by another record": append(append(bytes.Clone(whole[:3]), 0, 9), append(whole[5:14:14], 23, 3, 3, 0, 1)...),
		"vector too long": records(handshakeMessage(1, append(words(0x0303), append(make([]byte, 32), 200)...)), 5000),
	} {
		if _, _, err := p.Client(b); !errors.Is(err, ErrNot) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// wire is a connection that keeps what was written to it.
type wire struct {
	net.Conn
	sent bytes.Buffer
}

func (w *wire) Write(b []byte) (int, error) {
	w.sent.Write(b)
	return w.Conn.Write(b)
}

func leafFor(t testing.TB) stdtls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "leaf.example", Organization: []string{"Example"}},
		DNSNames: []string{"leaf.example", "*.leaf.example"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, EmailAddresses: []string{"person@leaf.example"},
		NotBefore: time.Unix(1_700_000_000, 0), NotAfter: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return stdtls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// shake gives what both sides of a real handshake sent.
func shake(t testing.TB, version uint16, leaf stdtls.Certificate) (client, server []byte) {
	a, b := net.Pipe()
	cw, sw := &wire{Conn: a}, &wire{Conn: b}
	done := make(chan error, 1)
	srv := stdtls.Server(sw, &stdtls.Config{Certificates: []stdtls.Certificate{leaf}, NextProtos: []string{"h2"}})
	go func() { done <- srv.Handshake() }()
	cl := stdtls.Client(cw, &stdtls.Config{ServerName: "leaf.example", InsecureSkipVerify: true, MaxVersion: version, NextProtos: []string{"h2"}})
	if err := cl.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	return cw.sent.Bytes(), sw.sent.Bytes()
}

func TestRealHandshake(t *testing.T) {
	leaf := leafFor(t)
	sum := sha256.Sum256(leaf.Certificate[0])
	for _, version := range []uint16{stdtls.VersionTLS12, stdtls.VersionTLS13} {
		client, server := shake(t, version, leaf)
		var p Parser
		h, _, err := p.Client(client)
		if err != nil || string(h.ServerName) != "leaf.example" || h.Version != version || string(h.alpn) != "h2" {
			t.Errorf("version %x: hello %+v, %v", version, h, err)
		}
		r, _, err := p.Server(server)
		if err != nil || r.Version != version {
			t.Fatalf("version %x: reply %x, %v", version, r.Version, err)
		}
		if version == stdtls.VersionTLS13 {
			if r.Leaf != nil {
				t.Error("a certificate out of encrypted records")
			}
			continue
		}
		c, err := ReadCertificate(r.Leaf)
		if err != nil || string(c.Digest[:]) != hex.EncodeToString(sum[:]) || c.Subject != "CN=leaf.example,O=Example" || c.Issuer != c.Subject ||
			!slices.Equal(c.Names, []string{"leaf.example", "*.leaf.example", "192.0.2.1"}) || c.NotBefore != 1_700_000_000e9 || c.NotAfter != 0 {
			t.Errorf("certificate %+v, %v", c, err)
		}
		// The leaf is enough: a long chain need not be whole.
		end := bytes.Index(server, leaf.Certificate[0]) + len(leaf.Certificate[0])
		if r, _, err := p.Server(server[:end]); err != nil || r.Leaf == nil {
			t.Errorf("cut behind the leaf: %v", err)
		}
		if _, want, err := p.Server(server[:end-1]); !errors.Is(err, ErrMore) || want < end {
			t.Errorf("cut inside the leaf: want %d, %v", want, err)
		}
	}
}

func TestBadCertificateHasItsDigest(t *testing.T) {
	c, err := ReadCertificate([]byte("no certificate"))
	sum := sha256.Sum256([]byte("no certificate"))
	if err == nil || string(c.Digest[:]) != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzHandshake(f *testing.F) {
	m := maker{0x0303, []uint16{0x0a0a, 5, 6}, []extension{serverName("fuzz.example"), alpn("h2"), {10, vec16(words(29))}, {43, vec8(words(0x0304))}}}
	f.Add(records(handshakeMessage(1, m.body()), 40))
	_, server := shake(f, stdtls.VersionTLS12, leafFor(f))
	f.Add(server)
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Parser
		if h, want, err := p.Client(b); err == nil {
			ja4 := p.AppendJA4(nil, h, OverTCP)
			ja3 := p.AppendJA3(nil, h)
			if len(ja4) != JA4Len || len(ja3) != 32 || len(h.ServerName) > maxServerName {
				t.Errorf("%q %q %d", ja4, ja3, len(h.ServerName))
			}
			for _, c := range ja4 {
				if !alphanumeric(c) && c != '_' {
					t.Errorf("JA4 %q", ja4)
				}
			}
		} else if errors.Is(err, ErrMore) && want <= len(b) {
			t.Errorf("wants %d of %d bytes", want, len(b))
		}
		if r, want, err := p.Server(b); err == nil && r.Leaf != nil {
			_, _ = ReadCertificate(r.Leaf)
		} else if errors.Is(err, ErrMore) && want <= len(b) {
			t.Errorf("the server wants %d of %d bytes", want, len(b))
		}
		_, _ = ReadCertificate(b)
	})
}
