package cases

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/noroshi-acd/noroshi/detect"
	"github.com/noroshi-acd/noroshi/detect/detecttest"
	"github.com/noroshi-acd/noroshi/detect/habit/indicator"
	"github.com/noroshi-acd/noroshi/flow"
)

// Spans, s.
const (
	minute = 60.0
	hour   = 3600.0
	day    = 24 * hour
	days   = 6 // a world begins on a Friday, at midnight UTC
)

const (
	kilo = 1 << 10
	mega = 1 << 20
)

// contact is one exchange, or one look-up where Question is set.
type contact struct {
	at, lasts        float64 // s
	src, dst         flow.Addr
	port, from       uint16 // from 0: a new one
	proto            uint8  // 0 means TCP
	name             string // in the handshake
	out, in          uint64 // octets
	failed           flow.State
	hello            *hello
	question, server string // asked for; a name server's name as the answer
	answers          []flow.Addr
	ttl              uint32
	kind, rcode      uint16 // of the question
}

// hello is what a handshake shows.
type hello struct {
	ja4, subject, issuer string
	names                []string
	before, after        int64 // days from the start; both 0: no certificate is seen
	version              uint16
}

// world is one network and what happens in it.
type world struct {
	*rand.Rand
	hosts []int // in the order in which they are cast
	cast  int
	ends  int // outside addresses given so far
	all   []contact
	cases []*planted

	bad    []string // indicators that its people were given
	habits []indicator.Habit
}

// planted is a case with those who play in it.
type planted struct {
	class   *class
	hosts   map[flow.Addr]bool
	ends    map[flow.Addr]bool
	names   []string
	reached detect.Level
	found   bool
}

// population is the machines of a world.
const population = 260

func newWorld(r *rand.Rand) *world { return &world{Rand: r, hosts: r.Perm(population), ends: 30_000} }

// host casts a machine that plays nothing else.
func (w *world) host() flow.Addr {
	w.cast++
	return detecttest.Home(w.hosts[(w.cast-1)%population])
}

// some casts n machines that may play in other cases too.
func (w *world) some(n int) (all []flow.Addr) {
	for _, h := range w.Perm(population)[:n] {
		all = append(all, detecttest.Home(h))
	}
	return all
}

// end gives an outside address that nobody has used.
func (w *world) end() flow.Addr {
	w.ends += 1 + w.IntN(3)
	return detecttest.Abroad(w.ends)
}

// word makes a name's part.
func (w *world) word(n int) string {
	const consonants, vowels = "bdfgklmnprst", "aeiou"
	b := make([]byte, n)
	for i := range b {
		if b[i] = consonants[w.IntN(len(consonants))]; i%2 == 1 {
			b[i] = vowels[w.IntN(len(vowels))]
		}
	}
	return string(b)
}

// chance makes letters without sense.
func (w *world) chance(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte(w.IntN(26))
	}
	return string(b)
}

// site makes a name under a domain of its own, in zones that nobody can register in.
func (w *world) site() string {
	return w.word(5+w.IntN(4)) + "." + w.word(6+w.IntN(5)) + []string{".example", ".test", ".invalid"}[w.IntN(3)]
}

// workday gives a moment in working hours.
func (w *world) workday() float64 {
	d := []float64{0, 3, 4, 5}[w.IntN(4)]
	return d*day + 9*hour + w.Float64()*9*hour
}

// plant adds a case of class c.
func (w *world) plant(c *class) {
	p := &planted{class: c, hosts: map[flow.Addr]bool{}, ends: map[flow.Addr]bool{}}
	names := map[string]bool{}
	for _, x := range c.play(w) {
		p.hosts[x.src], p.ends[x.dst] = true, true
		for _, a := range x.answers {
			p.ends[a] = true
		}
		if n := cmp.Or(x.name, x.question); n != "" && !names[n] {
			names[n] = true
			p.names = append(p.names, n)
		}
		w.all = append(w.all, x)
	}
	w.cases = append(w.cases, p)
}

// about says whether f speaks of the case.
func (p *planted) about(f *detect.Finding) bool {
	if !p.hosts[f.Src] && !slices.ContainsFunc(f.Sources, func(a flow.Addr) bool { return p.hosts[a] }) && !p.ends[f.Dst] {
		return false
	}
	var none flow.Addr
	switch {
	case p.ends[f.Dst] && f.Dst != none:
		return true
	case f.Name != "":
		return slices.ContainsFunc(p.names, func(n string) bool { return n == f.Name || strings.HasSuffix(n, "."+f.Name) })
	}
	return f.Dst == none
}

// feed plays the world's contacts in order.
func (w *world) feed(e *detect.Engine) {
	slices.SortStableFunc(w.all, func(a, b contact) int { return cmp.Compare(a.at, b.at) })
	var b flow.Batch
	port := uint16(20000)
	for i := range w.all {
		if x := &w.all[i]; x.from == 0 {
			port = port%40000 + 20001
			x.from = port
		}
		w.all[i].put(&b)
		if len(b.Records) >= 512 || i == len(w.all)-1 {
			e.Observe(&b)
			b.Reset()
		}
	}
}

// resolver is the name server inside.
func resolver() flow.Addr { return detecttest.Home(65000) }

// put appends the contact's record.
func (x *contact) put(b *flow.Batch) {
	at := detecttest.Start + int64(x.at*1e9)
	if x.question != "" {
		d := flow.DNS{Question: b.AddName([]byte(x.question)), Type: max(x.kind, 1), Rcode: x.rcode}
		d.Answers.From = uint32(len(b.Answers))
		for _, a := range x.answers {
			b.Answers = append(b.Answers, flow.Answer{Addr: a, Type: 1, TTL: x.ttl})
		}
		if x.server != "" {
			d.Type = 2
			b.Answers = append(b.Answers, flow.Answer{Name: b.AddName([]byte(x.server)), Type: 2, TTL: x.ttl})
		}
		d.Answers.To = uint32(len(b.Answers))
		b.Records = append(b.Records, flow.Record{First: at, Last: at + 1e7, Kind: flow.KindDNS, Service: flow.ServiceDNS, Proto: 17, Src: x.src, Dst: x.dst, SrcPort: x.from, DstPort: 53,
			SrcBytes: x.out, DstBytes: x.in, SrcPackets: 1, DstPackets: 1, State: flow.StateEstablished, DNS: b.AddDNS(d)})
		return
	}
	r := flow.Record{First: at, Last: at + int64(max(x.lasts, 0.2)*1e9), Src: x.src, Dst: x.dst, SrcPort: x.from, DstPort: x.port, Proto: x.proto,
		SrcBytes: x.out, DstBytes: x.in, SrcPackets: 1 + x.out/1000, DstPackets: x.in / 1000, State: x.failed}
	if r.Proto == 0 {
		r.Proto = 6
	}
	if x.failed == flow.StateUnknown {
		r.State, r.DstPackets = flow.StateEstablished, r.DstPackets+1
	}
	if x.name != "" || x.hello != nil {
		r.Service = flow.ServiceTLS
		r.TLS = b.AddTLS(x.handshake(b))
	}
	b.Records = append(b.Records, r)
}

func (x *contact) handshake(b *flow.Batch) flow.TLS {
	t := flow.TLS{SNI: b.AddName([]byte(x.name)), Version: 0x0304}
	h := x.hello
	if h == nil {
		return t
	}
	const oneDay = int64(day * 1e9)
	t.JA4, t.Subject, t.Issuer = b.AddText([]byte(h.ja4)), b.AddText([]byte(h.subject)), b.AddText([]byte(h.issuer))
	if h.before != 0 || h.after != 0 {
		t.Version, t.NotBefore, t.NotAfter = 0x0303, detecttest.Start+h.before*oneDay, detecttest.Start+h.after*oneDay
	}
	if h.version != 0 {
		t.Version = h.version
	}
	t.Names.From = uint32(len(b.Names))
	for _, n := range h.names {
		b.Names = append(b.Names, b.AddName([]byte(n)))
	}
	t.Names.To = uint32(len(b.Names))
	return t
}
