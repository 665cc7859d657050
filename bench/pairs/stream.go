package pairs

import (
	"math/rand/v2"

	"github.com/noroshi-acd/noroshi/flow"
)

const (
	begin = int64(1_795_132_800e9) // ns: the stream's first moment
	span  = int64(24 * 3600e9)     // ns: how long it lasts
)

// laps is how often the stream goes round all pairs, each time in another order, so
// that none of them falls silent for good; what remains goes by popularity.
const laps = 3

// stream makes the records of a world, in the order of time.
type stream struct {
	*world
	r       *rand.Rand
	next    int // record to be made
	step    uint64
	at      uint64 // where the lap stands
	planted []event
	texts   map[uint64]flow.Text // names and prints that the batch at hand holds
}

// event is one record of something planted.
type event struct {
	at  int64 // ns
	put func(b *flow.Batch, at int64)
}

func newStream(w *world, seed uint64, planted []event) *stream {
	return &stream{world: w, r: rand.New(rand.NewPCG(seed, 2)), planted: planted, texts: map[uint64]flow.Text{}}
}

// fill makes the next batch; false at the end.
func (s *stream) fill(b *flow.Batch) bool {
	b.Reset()
	clear(s.texts)
	for len(b.Records) < flow.BatchSize && s.next < s.Records {
		at := begin + int64(float64(span)*float64(s.next)/float64(s.Records))
		for len(s.planted) > 0 && s.planted[0].at <= at {
			s.planted[0].put(b, s.planted[0].at)
			s.planted = s.planted[1:]
		}
		s.make(b, at)
		s.next++
	}
	return len(b.Records) > 0
}

// pair chooses whose turn it is.
func (s *stream) pair() int {
	p := uint64(len(s.to))
	share := uint64(s.Records) / (laps * p) // one in so many records belongs to the lap
	if share == 0 || uint64(s.next)%share == 0 {
		if uint64(s.next)/max(share, 1)%p == 0 {
			s.step, s.at = coprime(s.r.Uint64N(p), p), s.r.Uint64N(p)
		}
		s.at = (s.at + s.step) % p
		return int(s.at)
	}
	u, v := s.r.Float64(), s.r.Float64()
	h := int(float64(s.Hosts) * u * u)
	first, n := s.first[h], s.first[h+1]-s.first[h]
	if n == 0 {
		return int(v * float64(p))
	}
	return int(first) + int(float64(n)*v*v*v)
}

// coprime gives the first number from n on that has no factor in common with p.
func coprime(n, p uint64) uint64 {
	for n = max(n, 1); ; n++ {
		a, b := n, p
		for b != 0 {
			a, b = b, a%b
		}
		if a == 1 {
			return n
		}
	}
}

// make appends one record: a question for the name in one of eight, else an
// exchange.
func (s *stream) make(b *flow.Batch, at int64) {
	p := s.pair()
	d, bits := &s.servers[s.to[p]], s.r.Uint64()
	r := flow.Record{
		First: at, Src: s.hosts[s.from[p]], SrcPort: 32768 + uint16(bits&0x7fff), Proto: d.proto,
		Kind: flow.KindFlow, State: flow.StateEstablished,
	}
	if d.nameLen > 0 && bits>>16&7 == 0 {
		s.ask(b, &r, d, bits)
		return
	}
	r.Dst, r.DstPort, r.Service = d.addr, d.port, d.service
	up, down := d.up*s.amounts[bits>>20&(1<<12-1)], d.down*s.amounts[bits>>32&(1<<12-1)]
	r.SrcBytes, r.DstBytes = 120+uint64(up), 100+uint64(down)
	r.SrcPackets, r.DstPackets = 2+r.SrcBytes/900, 2+r.DstBytes/1200
	r.Last = at + int64(float32(2e9)*s.amounts[bits>>44&(1<<12-1)])
	if d.proto == 6 {
		r.SrcFlags, r.DstFlags = flow.SYN|flow.ACK|flow.PSH|flow.FIN, flow.SYN|flow.ACK|flow.PSH|flow.FIN
	}
	switch k := bits >> 56; {
	case k < 5:
		r.State, r.SrcBytes, r.SrcPackets, r.DstBytes, r.DstPackets, r.DstFlags, r.Last = flow.StateAttempt, 180, 3, 0, 0, 0, at
		r.SrcFlags &= flow.SYN
	case k < 150 && d.nameLen > 0 && d.service != flow.ServiceHTTP:
		r.TLS = b.AddTLS(s.shake(b, d, k < 12, at))
	case k < 150 && d.nameLen > 0:
		r.Host = s.word(b, d)
	}
	b.Records = append(b.Records, r)
}

// word gives d's name as text of b.
func (s *stream) word(b *flow.Batch, d *server) flow.Text {
	return s.put(b, uint64(d.name)<<8|1, s.text[d.name:d.name+uint32(d.nameLen)])
}

// put adds a text to b once.
func (s *stream) put(b *flow.Batch, key uint64, text []byte) flow.Text {
	t, ok := s.texts[key]
	if !ok {
		t = b.AddText(text)
		s.texts[key] = t
	}
	return t
}

// shake makes the facts of a handshake, with a certificate where it was seen.
func (s *stream) shake(b *flow.Batch, d *server, certificate bool, at int64) flow.TLS {
	x := &s.shapes[d.shape]
	t := flow.TLS{SNI: s.word(b, d), JA4: s.put(b, uint64(d.shape)<<8|2, []byte(x.ja4)), Version: 0x0304}
	if certificate {
		name := s.text[d.name : d.name+uint32(d.nameLen)]
		var digest [64]byte
		v := uint64(d.name)*0x9e3779b97f4a7c15 + 1
		for i := range digest {
			digest[i] = "0123456789abcdef"[v>>(uint(i)%16*4)&15]
		}
		t.Version, t.Digest = 0x0303, s.put(b, uint64(d.name)<<8|3, digest[:])
		t.Subject, t.Issuer = s.put(b, uint64(d.name)<<8|4, append([]byte("CN="), name...)), s.put(b, uint64(d.shape)<<8|5, []byte(x.issuer))
		t.Names.From = uint32(len(b.Names))
		b.Names = append(b.Names, t.SNI)
		t.Names.To = uint32(len(b.Names))
		t.NotBefore, t.NotAfter = at-40*24*3600e9, at+50*24*3600e9
	}
	return t
}

// ask makes the question for d's name and its answer.
func (s *stream) ask(b *flow.Batch, r *flow.Record, d *server, bits uint64) {
	from := uint32(len(b.Answers))
	b.Answers = append(b.Answers, flow.Answer{Addr: d.addr, Type: 1, TTL: 300})
	r.DNS = b.AddDNS(flow.DNS{Question: s.word(b, d), Type: 1, Answers: flow.Span{From: from, To: from + 1}})
	r.Kind, r.Service, r.Proto, r.Dst, r.DstPort = flow.KindDNS, flow.ServiceDNS, 17, s.resolvers[bits>>8&31], 53
	r.Last, r.SrcBytes, r.DstBytes, r.SrcPackets, r.DstPackets = r.First+15e6, 70, 130, 1, 1
	b.Records = append(b.Records, *r)
}
