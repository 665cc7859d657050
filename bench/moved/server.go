package moved

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/flow"
)

// malware is what stays when its server moves.
type malware struct {
	period, jitter     float64 // s; share of it
	out, in            uint64  // octets of a contact without the name
	outNoise, inNoise  uint64
	duration           float64 // s, median
	port               uint16
	service            flow.Service
	named              bool
	ja4                string // empty where the sensor gave none
	certificate        bool   // its server shows one of its own making
	validity, subjects int    // days; form of the subject
	lost               float64
}

// invent makes a malware.
func invent(r *rand.Rand) malware {
	m := malware{
		period: 30 * math.Pow(120, r.Float64()), jitter: []float64{0, 0.05, 0.1, 0.2, 0.3, 0.5}[r.IntN(6)],
		out: 260 + r.Uint64N(900), in: 180 + r.Uint64N(900), outNoise: 1 + r.Uint64N(60), inNoise: 1 + r.Uint64N(60),
		duration: 0.2 + 2*r.Float64(), port: 443, service: flow.ServiceTLS, named: r.IntN(3) > 0,
		validity: []int{30, 90, 365, 3650}[r.IntN(4)], subjects: r.IntN(3), lost: 0.03 * r.Float64(),
	}
	switch r.IntN(5) {
	case 0:
		m.port, m.service, m.named = []uint16{4444, 8081, 1337}[r.IntN(3)], flow.ServiceUnknown, false
	case 1:
		m.port, m.service, m.named = 80, flow.ServiceHTTP, true
	case 2:
		m.port, m.certificate = 8443, true
	}
	if m.service == flow.ServiceTLS && r.IntN(2) == 0 {
		m.ja4 = fmt.Sprintf("t13d%02d%02d00_%012x_%012x", 10+r.IntN(30), 5+r.IntN(10), r.Uint64N(1<<48), r.Uint64N(1<<48))
	}
	return m
}

// life is a malware at one server on one host.
type life struct {
	malware
	host, server flow.Addr
	name         string
	digest       string
}

func (m malware) settle(r *rand.Rand, host, server flow.Addr) life {
	l := life{malware: m, host: host, server: server, digest: fmt.Sprintf("%064x", r.Uint64())}
	if m.named || m.service == flow.ServiceTLS && m.certificate {
		b := make([]byte, 5+r.IntN(14))
		for i := range b {
			b[i] = 'a' + byte(r.IntN(26))
		}
		l.name = string(b) + []string{".example", ".example.net", ".example.org"}[r.IntN(3)]
	}
	return l
}

// contact is one of a life's contacts.
type contact struct {
	at  int64 // ns
	l   *life
	out uint64
	in  uint64
	dur int64
	src uint16
}

// contacts plays l from..to (ns).
func (l *life) contacts(r *rand.Rand, from, to int64) []contact {
	var all []contact
	for at := from + int64(r.Float64()*l.period*1e9); at < to; at += int64(l.period * (1 - l.jitter + 2*l.jitter*r.Float64()) * 1e9) {
		if r.Float64() < l.lost {
			continue
		}
		c := contact{at: at, l: l, out: l.out + uint64(len(l.name)) + r.Uint64N(l.outNoise), in: l.in + r.Uint64N(l.inNoise), src: uint16(20000 + r.IntN(40000))}
		if r.IntN(40) == 0 {
			c.in += uint64(r.ExpFloat64() * 20000) // an order
		}
		c.dur = int64(l.duration * (0.6 + 0.8*r.Float64()) * 1e9)
		all = append(all, c)
	}
	return all
}

// put appends the contact to b.
func (c *contact) put(b *flow.Batch) {
	rec := flow.Record{
		First: c.at, Last: c.at + c.dur, Src: c.l.host, Dst: c.l.server, SrcPort: c.src, DstPort: c.l.port, Proto: 6,
		SrcBytes: c.out + 5*40, DstBytes: c.in + 4*40, SrcPackets: 5, DstPackets: 4, State: flow.StateEstablished, Service: c.l.service,
	}
	switch {
	case c.l.service == flow.ServiceHTTP:
		rec.Host = b.AddName([]byte(c.l.name))
	case c.l.service == flow.ServiceTLS:
		rec.TLS = b.AddTLS(c.l.handshake(b))
	}
	b.Records = append(b.Records, rec)
}

func (l *life) handshake(b *flow.Batch) flow.TLS {
	t := flow.TLS{JA4: b.AddText([]byte(l.ja4))}
	if l.named {
		t.SNI = b.AddName([]byte(l.name))
	}
	if !l.certificate {
		return t
	}
	subject := []string{"CN=" + l.name, "CN=" + l.name + ",O=" + l.name[:4] + " Ltd,C=US", "CN=" + l.digest[52:]}[l.subjects]
	t.Digest, t.Subject, t.Issuer = b.AddText([]byte(l.digest)), b.AddText([]byte(subject)), b.AddText([]byte(subject))
	t.NotBefore = detecttest.Start - int64(len(l.name))*86400e9
	t.NotAfter = t.NotBefore + int64(l.validity)*86400e9
	return t
}

// ordered sorts contacts by time.
func ordered(all []contact) []contact {
	slices.SortStableFunc(all, func(a, b contact) int { return cmp.Compare(a.at, b.at) })
	return all
}
