package capture

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"math/big"
	"time"

	"github.com/noroshi-acd/noroshi/bench/made/world"
)

// shape is what a client library's ClientHello looks like.
type shape struct {
	suites     []uint16
	extensions []uint16 // in this order
	groups     []uint16
	signatures []uint16
	protocols  []string // ALPN
	grease     bool
	versions   []uint16
}

// Values that mean nothing (RFC 8701), at the beginning and the end.
const (
	grease     = 0x1a1a
	lastGrease = 0x2a2a
)

// shapes gives one shape for each client; a function, not a variable, so that
// nobody can change it.
func shapes(c world.Client) shape {
	switch c {
	case world.Browser:
		return shape{
			suites:     []uint16{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
			extensions: []uint16{0, 23, 0xff01, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27},
			groups:     []uint16{29, 23, 24}, signatures: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
			protocols: []string{"h2", "http/1.1"}, grease: true, versions: []uint16{0x0304, 0x0303},
		}
	case world.Platform:
		return shape{
			suites:     []uint16{0x1302, 0x1301, 0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc024, 0xc023, 0xc028, 0xc027, 0x009d, 0x009c},
			extensions: []uint16{0, 5, 10, 11, 13, 35, 16, 23, 43, 45, 51, 0xff01},
			groups:     []uint16{29, 23, 24}, signatures: []uint16{0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503},
			protocols: []string{"h2", "http/1.1"}, versions: []uint16{0x0304, 0x0303},
		}
	case world.Embedded:
		return shape{
			suites:     []uint16{0xc02c, 0xc030, 0xc02b, 0xc02f, 0xc0ac, 0xc0ad},
			extensions: []uint16{0, 13, 10, 11, 23},
			groups:     []uint16{24, 23}, signatures: []uint16{0x0503, 0x0501, 0x0403, 0x0401},
		}
	}
	return shape{
		suites:     []uint16{0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x1301, 0x1302, 0x1303},
		extensions: []uint16{0, 5, 10, 11, 13, 0xff01, 18, 43, 51},
		groups:     []uint16{29, 23, 24, 25}, signatures: []uint16{0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401},
		versions: []uint16{0x0304, 0x0303},
	}
}

// clientHello makes the handshake record that opens TLS to name.
func clientHello(r world.Rand, c world.Client, name string) []byte {
	s := shapes(c)
	b := []byte{22, 3, 1, 0, 0, 1, 0, 0, 0, 3, 3}
	b = random(b, r, 32)
	b = random(append(b, 32), r, 32)
	suites, ext := s.suites, s.extensions
	if s.grease {
		suites = append([]uint16{grease}, suites...)
		ext = append(append([]uint16{grease}, ext...), lastGrease)
	}
	b = list16(b, suites)
	b = append(b, 1, 0)
	start := len(b)
	b = append(b, 0, 0)
	for _, e := range ext {
		if e == 0 && name == "" {
			continue
		}
		b = binary.BigEndian.AppendUint16(b, e)
		at := len(b)
		b = s.extension(append(b, 0, 0), r, e, name)
		binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
	}
	binary.BigEndian.PutUint16(b[start:], uint16(len(b)-start-2))
	binary.BigEndian.PutUint16(b[3:], uint16(len(b)-5))
	b[6], b[7], b[8] = 0, byte((len(b)-9)>>8), byte(len(b)-9)
	return b
}

// extension appends the body of extension e.
func (s shape) extension(b []byte, r world.Rand, e uint16, name string) []byte {
	switch e {
	case 0:
		b = binary.BigEndian.AppendUint16(b, uint16(len(name)+3))
		b = append(b, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(len(name)))
		b = append(b, name...)
	case 10:
		if s.grease {
			return list16(b, append([]uint16{grease}, s.groups...))
		}
		b = list16(b, s.groups)
	case 13:
		b = list16(b, s.signatures)
	case 16:
		b = alpn(b, s.protocols)
	case 43:
		b = append(b, byte(2*len(s.versions)))
		for _, v := range s.versions {
			b = binary.BigEndian.AppendUint16(b, v)
		}
	case 51:
		b = random(append(b, 0, 36, 0, 29, 0, 32), r, 32)
	default:
		b = append(b, constant(e)...)
	}
	return b
}

// constant gives the body of an extension that is always the same.
func constant(e uint16) string {
	switch e {
	case 5: // status_request
		return "\x01\x00\x00\x00\x00"
	case 11: // ec_point_formats
		return "\x01\x00"
	case 27: // compress_certificate
		return "\x02\x00\x02"
	case 45: // psk_key_exchange_modes
		return "\x01\x01"
	case lastGrease, 0xff01: // renegotiation_info
		return "\x00"
	}
	return ""
}

// alpn appends the list of application protocols.
func alpn(b []byte, protocols []string) []byte {
	at := len(b)
	b = append(b, 0, 0)
	for _, p := range protocols {
		b = append(append(b, byte(len(p))), p...)
	}
	binary.BigEndian.PutUint16(b[at:], uint16(len(b)-at-2))
	return b
}

// serverHello makes the server's answer. Of TLS 1.3 the rest is hidden; of TLS 1.2
// the certificate follows in clear.
func serverHello(r world.Rand, version uint16, cert []byte) []byte {
	body := random([]byte{2, 0, 0, 0, 3, 3}, r, 32)
	body = random(append(body, 32), r, 32)
	if version == 0x0304 {
		body = append(body, 0x13, 0x01, 0, 0, 46, 0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32)
		body = random(body, r, 32)
	} else {
		body = append(body, 0xc0, 0x2b, 0, 0, 5, 0xff, 0x01, 0, 1, 0)
	}
	body[2], body[3] = byte((len(body)-4)>>8), byte(len(body)-4)
	b := record(nil, 22, body)
	if version == 0x0304 {
		return sealed(record(b, 20, []byte{1}), r, 2600)
	}
	n := len(cert)
	msg := []byte{11, 0, byte((n + 6) >> 8), byte(n + 6), 0, byte((n + 3) >> 8), byte(n + 3), 0, byte(n >> 8), byte(n)}
	b = record(b, 22, append(msg, cert...))
	key := random([]byte{12, 0, 0, 104, 3, 0, 29, 32}, r, 32)
	key = random(append(key, 0x08, 0x07, 0, 64), r, 64) // signed with Ed25519
	return record(record(b, 22, key), 22, []byte{14, 0, 0, 0})
}

func record(b []byte, kind byte, body []byte) []byte {
	return append(append(b, kind, 3, 3, byte(len(body)>>8), byte(len(body))), body...)
}

// sealed appends n bytes as application data records, headers included.
func sealed(b []byte, r world.Rand, n int) []byte {
	for n > 0 {
		body := min(max(n-5, 17), 16000)
		b = append(b, 23, 3, 3, byte(body>>8), byte(body))
		b = random(b, r, body)
		n -= body + 5
	}
	return b
}

func list16(b []byte, list []uint16) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(2*len(list)))
	for _, v := range list {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func random(b []byte, r world.Rand, n int) []byte {
	for ; n >= 8; n -= 8 {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	for ; n > 0; n-- {
		b = append(b, byte(r.Uint32()))
	}
	return b
}

// certificate makes a certificate for name, signed by itself or by a made-up
// authority; the same arguments give the same bytes.
func certificate(seed uint64, name string, self bool, now time.Time) ([]byte, error) {
	r := world.NewRand(seed, "certificate "+name, 0)
	key := ed25519.NewKeyFromSeed(random(nil, r, 32))
	t := &x509.Certificate{
		SerialNumber: big.NewInt(r.Int64()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-20 * 24 * time.Hour).Truncate(time.Hour), NotAfter: now.Add(70 * 24 * time.Hour).Truncate(time.Hour),
	}
	if name != "" {
		t.DNSNames = []string{name}
	}
	parent, signer := t, key
	if !self {
		issuer := []string{"Morning Issuing Authority 3", "Common Web Trust R2"}[r.IntN(2)]
		parent = &x509.Certificate{Subject: pkix.Name{CommonName: issuer, Organization: []string{"Made-up Trust"}}}
		signer = ed25519.NewKeyFromSeed(random(nil, world.NewRand(seed, issuer, 0), 32))
	}
	return x509.CreateCertificate(nil, t, parent, key.Public(), signer)
}
